/** Unit tests, beside their files. The started server with real clients is e2e/vitest.config.ts. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{lib,components,app,scripts,bench}/**/*.test.{ts,tsx}"],
    exclude: ["**/node_modules/**", "lib/kernel/**"],
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
