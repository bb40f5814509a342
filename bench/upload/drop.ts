/**
 * The page itself while a folder of many small files is dropped on it and uploaded: tasks that hold the main thread up, and gaps
 * between its turns. The built page on a server of its own (`npm run build` first).
 */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Page } from "@playwright/test";
import { CHROMIUM_FLAGS, findChromium } from "#e2e/chromium.ts";
import { createPeople } from "#e2e/people.ts";
import { startServer } from "#e2e/server.ts";
import { type BenchResult, compare } from "../measure.ts";

const FILES = Number(process.env.BENCH_FILES ?? 20_000);
const FILES_IN_FOLDER = 500;

interface Watched {
  /** ms of tasks over 50 ms. */
  long: number[];
  gaps: number[];
}

declare const window: { watched: Watched };

async function sourceFolder(): Promise<string> {
  const root = join(import.meta.dirname, `../.data/drop/many-${FILES}`);
  const mark = join(root, "../", `many-${FILES}.complete`);
  if (existsSync(mark)) return root;
  for (let index = 0; index < FILES; index++) {
    const folder = join(root, `part-${Math.floor(index / FILES_IN_FOLDER)}`);
    if (index % FILES_IN_FOLDER === 0) await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `note-${index}.json`), JSON.stringify({ index, note: "x".repeat(index % 300) }));
  }
  await writeFile(mark, "");
  return root;
}

export async function mainThread(): Promise<BenchResult[]> {
  const folder = await sourceFolder();
  const server = await startServer();
  const browser = await chromium.launch({ executablePath: findChromium() ?? undefined, args: CHROMIUM_FLAGS });
  try {
    const { owner } = await createPeople(server);
    const headers = { Authorization: `Bearer ${owner.token}` };
    await fetch(`${server.url}/api/buckets/${owner.name}/drop`, { method: "POST", headers });
    const page = await browser.newPage();
    const data = { name: owner.name, password: owner.password };
    await page.request.post(`${server.url}/api/session`, { data, headers: { origin: server.url } });
    await page.goto(`${server.url}/buckets/${owner.name}/drop`);
    await page.getByRole("button", { name: "Choose folder" }).waitFor();
    await page.waitForTimeout(2000);
    await watch(page);
    const start = performance.now();
    await drop(page, folder);
    const begin = page.getByRole("dialog").getByRole("button", { name: /^Upload [\d,.\s]+ files/ });
    const done = page.getByRole("heading", { name: /^Uploaded / });
    await begin.or(done).waitFor({ timeout: 300_000 });
    const walked = performance.now() - start;
    const walking = await take(page);
    if (await begin.isVisible()) await begin.click();
    await done.waitFor({ timeout: 600_000 });
    const sending = await take(page);
    const seconds = (performance.now() - start) / 1000;
    const name = `${FILES} files dropped on the page`;
    const rows = ([what, { long, gaps }]: [string, Watched]) => [
      compare({ name: `${name}: longest task, ${what}`, unit: "ms", goal: { most: 1 } }, Math.max(0, ...long), 50),
      compare({ name: `${name}: gap, 99 of 100, ${what}`, unit: "ms", goal: { most: 1 } }, percentile(gaps, 0.99), 16),
    ];
    return [
      ...rows(["walking", walking]),
      ...rows(["sending", sending]),
      compare({ name: `${name}: walked`, unit: "ms" }, walked),
      compare({ name: `${name}: all there`, unit: "s" }, seconds),
    ];
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.watched = { long: [], gaps: [] };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.watched.long.push(duration);
    }).observe({ type: "longtask" });
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      window.watched.gaps.push(now - last);
      last = now;
    }, 4);
  });
}

function take(page: Page): Promise<Watched> {
  return page.evaluate(() => {
    const taken = window.watched;
    window.watched = { long: [], gaps: [] };
    return taken;
  });
}

/** As the desktop drags a folder. */
async function drop(page: Page, folder: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "dragOver", "drop"] as const) {
    await devtools.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
    await page.waitForTimeout(300);
  }
}

function percentile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}
