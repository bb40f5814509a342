/** The browser of the journeys: the system's Chromium, else Playwright's own, else one that is installed now. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "@playwright/test";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function runs(path: string): boolean {
  return spawnSync(path, ["--version"], { stdio: "ignore", timeout: 20_000 }).status === 0;
}

export function findChromium(): string | null {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      // Some systems keep a stub there that only says where to get the real one.
      if (existsSync(path) && runs(path)) return path;
    }
  }
  const own = chromium.executablePath();
  return existsSync(own) && runs(own) ? own : null;
}

/** Installs one where that needs nobody's consent: as root, by apt. Its path, or null and a reason on standard output. */
export function ensureChromium(): string | null {
  const found = findChromium();
  if (found !== null) return found;
  if (process.getuid?.() === 0 && spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit", env });
    spawnSync("apt-get", ["install", "-qq", "-y", "chromium"], { stdio: "inherit", env });
    const installed = findChromium();
    if (installed !== null) return installed;
  }
  console.log("No Chromium: install the package chromium, or run `npx playwright install --with-deps chromium`.");
  return null;
}

export const CHROMIUM_FLAGS = [
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Without a UTF-8 locale Chromium on Linux cannot name a dropped file outside ASCII, and leaves it out without a word. */
export const CHROMIUM_ENV = { ...process.env, LC_ALL: "C.UTF-8" };
