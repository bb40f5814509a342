/**
 * The line in a real worker whose garbage is collected all the time: Chromium collects a Blob's stream with a read under way when
 * nothing else refers to it, and the upload would stand still without a word.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPage } from "../../bench/upload/chromium.ts";
import { type CountingStore, startCountingStore } from "../../bench/upload/counting-store.ts";
import type { BenchPage } from "../../bench/upload/page.ts";
import { randomBytes } from "../bytes.ts";
import { CHROMIUM_FLAGS, findChromium } from "../chromium.ts";

declare const window: { bench: BenchPage };

const SIZE = 96 * 1024 * 1024;
const executablePath = findChromium();
let folder: string;
let store: CountingStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooperage-upload-"));
  await buildPage(join(folder, "page"));
  await writeFile(join(folder, "model.bin"), randomBytes(SIZE, 5));
  store = await startCountingStore(join(folder, "page"));
});
afterAll(async () => {
  await store?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test.skipIf(executablePath === null)("an upload goes on while garbage is collected", async () => {
  const args = [...CHROMIUM_FLAGS, "--js-flags=--expose-gc"];
  const browser = await chromium.launch({ executablePath: executablePath!, args });
  try {
    const page = await browser.newPage();
    page.on("worker", (worker) => worker.evaluate("setInterval(() => gc(), 5); 0").catch(() => {}));
    await page.goto(store.url);
    await page.setInputFiles("input", join(folder, "model.bin"));
    const target = { origin: store.url, token: "hf_counting", bucket: "bench/upload", path: "model.bin" };
    const { packed } = await page.evaluate((target) => window.bench.ours(target), target);
    expect(packed).toBe(store.takeXorbBytes());
    expect(packed).toBeGreaterThan(SIZE);
  } finally {
    await browser.close();
  }
});
