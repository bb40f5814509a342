/**
 * The page itself while a folder of many small files is dropped on it and uploaded: tasks that hold the main thread up, and gaps
 * between its turns. The built page on a server of its own (`npm run build` first).
 *
 * Server, worker and browser share the processors with the page. How much of a gap is waiting for one of them say two figures beside
 * it: the same timer in an empty tab of its own process, and the longest task in CPU time instead of time passed.
 */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Page } from "@playwright/test";
import { CHROMIUM_FLAGS, findChromium } from "#e2e/chromium.ts";
import { createPeople } from "#e2e/people.ts";
import { startServer } from "#e2e/server.ts";
import { type BenchResult, compare, percentile } from "../measure.ts";
import { type Longest, take, traceTasks, watch } from "./main-thread.ts";

const FILES = Number(process.env.BENCH_FILES ?? 20_000);
const FILES_IN_FOLDER = 500;
/** The goals. */
const LONGEST_MS = 50;
const GAP_MS = 16;
/** Looking whether it is done must not be what holds the page up: by selectors, not by roles, and not in every frame. */
const POLL_MS = 250;

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
    const empty = await (await browser.newContext()).newPage();
    await page.waitForTimeout(2000);
    const tasks = await traceTasks(browser, page);
    for (const tab of [page, empty]) await watch(tab);
    await tasks.mark("dropped");
    const start = performance.now();
    await drop(page, folder);
    await page.waitForFunction(isWalked, undefined, { polling: POLL_MS, timeout: 300_000 });
    const walked = performance.now() - start;
    const walking = [await take(page), await take(empty)] as const;
    await tasks.mark("walked");
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Upload [\d,.\s]+ files/ })
      .click();
    await page.waitForFunction(isSent, undefined, { polling: POLL_MS, timeout: 600_000 });
    const sending = [await take(page), await take(empty)] as const;
    await tasks.mark("sent");
    const seconds = (performance.now() - start) / 1000;
    const [walkingTasks, sendingTasks] = await tasks.longest([
      ["dropped", "walked"],
      ["walked", "sent"],
    ]);
    const name = `${FILES} files dropped on the page`;
    const rows = (what: string, [ours, idle]: readonly [number[], number[]], { passed, cpu }: Longest) => [
      compare({ name: `${name}: longest task, ${what}`, unit: "ms", goal: { most: 1 } }, passed, LONGEST_MS),
      compare({ name: `${name}: longest in CPU time, ${what}`, unit: "ms" }, cpu),
      compare(
        { name: `${name}: gap, 99 of 100, ${what}`, unit: "ms", goal: { most: 1 } },
        percentile(ours, 0.99),
        GAP_MS,
      ),
      compare(
        { name: `${name}: gap / an empty tab's, ${what}`, unit: "ms" },
        percentile(ours, 0.99),
        percentile(idle, 0.99),
      ),
    ];
    return [
      ...rows("walking", walking, walkingTasks),
      ...rows("sending", sending, sendingTasks),
      compare({ name: `${name}: walked`, unit: "ms" }, walked),
      compare({ name: `${name}: all there`, unit: "s" }, seconds),
    ];
  } finally {
    await browser.close();
    await server.stop();
  }
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

const isSent = () => document.querySelector("[data-upload-panel] h2")?.textContent?.startsWith("Uploaded ") ?? false;

/** The dialog knows all files. */
const isWalked = () =>
  [...document.querySelectorAll("dialog[open] button")].some(({ textContent }) =>
    /^Upload [\d,.\s]+ files/.test(textContent ?? ""),
  );
