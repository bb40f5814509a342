/** A real Chromium for the upload benchmark: the built page in it, and what its processes hold in memory. */
import { readFile } from "node:fs/promises";
import { type Browser, type CDPSession, chromium, type Page } from "@playwright/test";
import { build } from "vite";
import { CHROMIUM_ENV, CHROMIUM_FLAGS, findChromium } from "#e2e/chromium.ts";

/** Bundles page and worker into `folder`. */
export async function buildPage(folder: string): Promise<void> {
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: "warn",
    worker: { format: "es" },
    build: { outDir: folder, emptyOutDir: true, target: "esnext", modulePreload: false, chunkSizeWarningLimit: 5000 },
  });
}

export interface BenchBrowser {
  page: Page;
  /** Bytes of the renderer that holds the page, and of all processes together. */
  memory(): Promise<{ renderer: number; all: number }>;
  close(): Promise<void>;
}

export async function openBrowser(url: string): Promise<BenchBrowser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error("no Chromium: install the package chromium");
  const browser: Browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS, env: CHROMIUM_ENV });
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction("window.bench !== undefined");
  const session: CDPSession = await browser.newBrowserCDPSession();
  return {
    page,
    async memory() {
      const { processInfo } = await session.send("SystemInfo.getProcessInfo");
      const sizes = await Promise.all(
        processInfo.map(async ({ id, type }) => ({ type, bytes: await proportionalBytes(id) })),
      );
      const renderers = sizes.filter(({ type }) => type === "renderer").map(({ bytes }) => bytes);
      return { renderer: Math.max(0, ...renderers), all: sizes.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    close: () => browser.close(),
  };
}

/** Resident bytes, shared ones by their share; 0 for a process that has gone. */
async function proportionalBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}
