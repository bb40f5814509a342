/**
 * Browsers that lack what Chromium has, by taking it from Chromium: in the page, and in the worker, whose scripts are changed on
 * their way. Uploads end all the same, with the same bytes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Page, TestInfo } from "@playwright/test";
import { randomBytes } from "./bytes.ts";
import { expect, type Journey, test } from "./fixtures.ts";
import { dropAndStart, expectUploaded, panel } from "./upload/dropping.ts";
import { hashFile } from "./upload/files.ts";
import { hashInBucket } from "./upload/store-counts.ts";

// A trace would hold what the browser sends.
test.use({ trace: "off" });

interface Lack {
  browser: string;
  /** Runs in the worker before anything else; counts in `fallbacks` how often it was met. */
  worker: string;
  /** Runs in the page before anything else. */
  page: string;
  /** Whether folders can be picked. */
  folders: boolean;
}

/** Neither kept file handles nor pickers: all but Chromium. */
const NO_HANDLES = `
  delete window.showOpenFilePicker;
  delete DataTransferItem.prototype.getAsFileSystemHandle;
`;
const LACKS: Lack[] = [
  {
    browser: "Firefox-like: byte streams that fill less than asked",
    worker: `
      const { read } = ReadableStreamBYOBReader.prototype;
      ReadableStreamBYOBReader.prototype.read = function (view) {
        self.fallbacks = (self.fallbacks ?? 0) + 1;
        return read.call(this, new Uint8Array(view.buffer, view.byteOffset, Math.min(view.byteLength, 70_001)));
      };
    `,
    page: NO_HANDLES,
    folders: true,
  },
  {
    browser: "Safari-like: no byte streams, no folders to pick",
    worker: `
      const { getReader } = ReadableStream.prototype;
      ReadableStream.prototype.getReader = function (options) {
        if (options?.mode !== "byob") return getReader.call(this);
        self.fallbacks = (self.fallbacks ?? 0) + 1;
        throw new TypeError("byob is not a mode here");
      };
      delete self.ReadableStreamBYOBReader;
      delete self.ReadableByteStreamController;
    `,
    page: `${NO_HANDLES} delete HTMLInputElement.prototype.webkitdirectory;`,
    folders: false,
  },
];

async function take(page: Page, { worker, page: script }: Lack): Promise<void> {
  await page.addInitScript(script);
  await page.context().route("**/_next/static/**/*.js", async (route) => {
    const text = await (await route.fetch()).text();
    const body = `if (typeof WorkerGlobalScope !== "undefined" && !self.taken) { self.taken = true; ${worker} }\n${text}`;
    await route.fulfill({ body, contentType: "application/javascript" });
  });
}

/** How often the upload worker met what it lacks. */
async function fallbacks(page: Page): Promise<number> {
  const counts = await Promise.all(page.workers().map((worker) => worker.evaluate("self.fallbacks ?? 0")));
  return Math.max(0, ...(counts as number[]));
}

const FILES: Record<string, Uint8Array> = {
  "model.safetensors": randomBytes(40_000_000, 41),
  "data/part-0.bin": randomBytes(1_000_001, 42),
  "data/日本語.txt": new TextEncoder().encode("text"),
  "data/empty": new Uint8Array(0),
};

function writeFiles(info: TestInfo, name: string): string {
  const root = info.outputPath(name);
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** `pathOf`: where a file of FILES lies in the bucket. */
async function expectWhole(journey: Journey, bucket: string, root: string, pathOf: (path: string) => string) {
  const { server, people } = journey;
  for (const path of Object.keys(FILES)) {
    const found = await hashInBucket(server, people.owner.token, bucket, pathOf(path));
    expect(found, path).toBe(await hashFile(join(root, path)));
  }
}

for (const lack of LACKS) {
  test.describe(lack.browser, () => {
    test("a dropped folder", async ({ owner: page, journey }, info) => {
      await take(page, lack);
      const bucket = await journey.bucket({ "a.txt": "a" });
      const root = writeFiles(info, "dropped");
      await page.goto(`/buckets/${bucket}`);
      await dropAndStart(page, root);
      await expectUploaded(page, "dropped", 60_000);
      expect(await fallbacks(page)).toBeGreaterThan(0);
      await expectWhole(journey, bucket, root, (path) => `dropped/${path}`);
    });

    test("picked files", async ({ owner: page, journey }, info) => {
      await take(page, lack);
      const bucket = await journey.bucket({ "a.txt": "a" });
      const root = writeFiles(info, "picked");
      await page.goto(`/buckets/${bucket}`);
      await expect(async () => {
        await page.keyboard.press("u");
        await expect(page.getByRole("button", { name: "Choose files" })).toBeVisible({ timeout: 3000 });
      }).toPass();
      await expect(page.getByRole("button", { name: "Choose folder" })).toHaveCount(lack.folders ? 1 : 0);
      const chooser = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Choose files" }).click();
      await (await chooser).setFiles(Object.keys(FILES).map((path) => join(root, path)));
      await expect(panel(page).getByRole("heading", { name: "Uploaded 4 files" })).toBeVisible();
      expect(await fallbacks(page)).toBeGreaterThan(0);
      await expectWhole(journey, bucket, root, (path) => basename(path));
    });
  });
}
