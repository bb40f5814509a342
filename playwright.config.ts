/** Journeys in real Chromium: e2e/*.spec.ts, each worker with a production server of its own (e2e/fixtures.ts). */
import { defineConfig } from "@playwright/test";
import { CHROMIUM_ENV, CHROMIUM_FLAGS, findChromium } from "./e2e/chromium.ts";

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  retries: process.env.CI ? 1 : 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    launchOptions: { executablePath: findChromium() ?? undefined, args: CHROMIUM_FLAGS, env: CHROMIUM_ENV },
  },
});
