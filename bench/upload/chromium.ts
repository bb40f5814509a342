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

/** What a process of the browser holds, bytes. */
export interface ProcessMemory {
  id: number;
  type: string;
  /** All that is in memory for it: what others map too counts in full, so that it does not matter who else runs. */
  resident: number;
  /** The same, what others map too by its share: these add up. */
  share: number;
}

export interface BenchBrowser {
  page: Page;
  memory(): Promise<ProcessMemory[]>;
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
      return Promise.all(processInfo.map(async ({ id, type }) => ({ id, type, ...(await memoryOf(id)) })));
    },
    close: () => browser.close(),
  };
}

/** Nought for a process that has gone. */
async function memoryOf(pid: number): Promise<{ resident: number; share: number }> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
  return { resident: bytes("Rss"), share: bytes("Pss") };
}
