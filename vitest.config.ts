/** Unit tests, beside their files. The started server with real clients is e2e/vitest.config.ts. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// As the server does for itself: tests start hundreds of threads and processes that all read the same sources.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, ".build/compile-cache");

export default defineConfig({
  test: {
    include: ["{lib,components,app,scripts,bench}/**/*.test.{ts,tsx}"],
    exclude: ["**/node_modules/**", "lib/kernel/**"],
    globalSetup: "scripts/test-folder.ts",
    pool: "forks",
    // Files share their process: a test puts back what it changes of the environment and of globals.
    isolate: false,
    // Vitest keeps a core for itself, of two that would be half; most of its own work is over before the tests begin.
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A wait for something to happen ends when it does; the limit is for what never does.
    expect: { poll: { timeout: 30_000 } },
  },
});
