/** Files dropped into a bucket: only what is new leaves, everything is told, and whatever stops it can be gone on from. */
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page, TestInfo } from "@playwright/test";
import { randomBytes } from "./bytes.ts";
import { expect, expectAccessible, type Journey, test } from "./fixtures.ts";
import { drag, drop, expectUploaded, hover, options, panel } from "./upload/dropping.ts";

/** Whole seconds, long ago: what the bucket must keep. */
const MTIME = 1_700_000_000;

/** A folder on disk with these files. Returns its path. */
function folder(info: TestInfo, name: string, files: Record<string, Uint8Array | string>): string {
  const root = info.outputPath(name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    utimesSync(join(root, path), MTIME, MTIME);
  }
  return root;
}

async function choose(page: Page, what: "folder" | "files", path: string | string[]): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page
    .getByRole("dialog")
    .getByRole("button", { name: `Choose ${what}` })
    .click();
  await (await chooser).setFiles(path);
}

async function read(journey: Journey, bucket: string, path: string): Promise<Buffer> {
  const url = `${journey.url}/buckets/${bucket}/resolve/${path.split("/").map(encodeURIComponent).join("/")}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${journey.people.owner.token}` } });
  expect(answer.status, path).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

/** Counts xorbs that leave the page from now on. */
function countXorbs(page: Page): { count: number } {
  const sent = { count: 0 };
  page.on("request", (request) => {
    if (request.url().includes("/xorbs/")) sent.count += 1;
  });
  return sent;
}

/** Keeps xorbs from leaving until it is told otherwise. */
async function holdXorbs(page: Page): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.context().route("**/xorbs/**", async (route) => {
    await promise;
    await route.continue().catch(() => {});
  });
  return resolve;
}

test("a dropped folder arrives as it is, and the same again sends nothing", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "runs/notes.md": "# Notes" });
  const files = {
    "model.safetensors": randomBytes(3_000_000, 1),
    "deep/er/odd name #1 100%.txt": "odd",
    "日本語/ファイル.txt": "names in every script",
    empty: "",
    ".git/config": "not wanted",
    ".DS_Store": "not wanted",
  };
  const root = folder(info, "checkpoint-1000", files);
  await page.goto(`/buckets/${bucket}/tree/runs`);
  await expect(page.getByRole("link", { name: "notes.md" })).toBeVisible();

  await hover(page, root);
  await expect(page.getByText("Drop into runs/")).toBeVisible();
  // Given up: nothing more is told of it.
  await drag(page, [root], ["dragCancel"]);
  await expect(page.getByText("Drop into runs/")).toHaveCount(0);

  await drop(page, root);
  await expect(options(page)).toContainText("2 left out");
  await expect(options(page)).toContainText("checkpoint-1000/.git");
  await expectAccessible(page);
  await options(page).getByRole("button", { name: "Upload 4 files, 3.00 MB" }).click();
  await expect(panel(page).getByRole("heading", { name: "Uploaded checkpoint-1000" })).toBeVisible();
  // The list fills itself.
  await expect(page.getByRole("link", { name: /^checkpoint-1000/ })).toBeVisible();
  await expectAccessible(page);

  const wanted = Object.entries(files).filter(([path]) => !path.startsWith("."));
  for (const [path, content] of wanted) {
    const there = await read(journey, bucket, `runs/checkpoint-1000/${path}`);
    expect(there.equals(Buffer.from(content)), path).toBe(true);
  }
  const headers = { authorization: `Bearer ${journey.people.owner.token}`, "content-type": "application/json" };
  const body = JSON.stringify({ paths: ["runs/checkpoint-1000/model.safetensors"] });
  const info_ = await fetch(`${journey.url}/api/buckets/${bucket}/paths-info`, { method: "POST", headers, body });
  expect(Date.parse((await info_.json())[0].mtime)).toBe(MTIME * 1000);

  const sent = countXorbs(page);
  await drop(page, root);
  await expect(options(page)).toContainText("4 of 4 files exist there already");
  await options(page)
    .getByRole("button", { name: /^Upload 4 files/ })
    .click();
  await expect(panel(page)).toContainText("4 unchanged");
  await expect(panel(page)).toContainText("0 B had to leave this machine");
  expect(sent.count).toBe(0);
});

test("from an empty bucket by its buttons, and what needs no decision begins at once", async ({
  owner: page,
  journey,
}, info) => {
  const bucket = await journey.bucket();
  const root = folder(info, "first", { "a.txt": "a", "b.txt": "b" });
  await page.goto(`/buckets/${bucket}`);
  await expect(async () => {
    const chooser = page.waitForEvent("filechooser", { timeout: 3000 });
    await page.getByRole("button", { name: "Choose folder" }).click();
    await (await chooser).setFiles(root);
  }).toPass();
  await expect(panel(page).getByRole("heading", { name: "Uploaded first" })).toBeVisible();
  await expect(page.getByRole("link", { name: /^first/ })).toBeVisible();
  expect((await read(journey, bucket, "first/b.txt")).toString()).toBe("b");
});

test("by keyboard alone", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const root = folder(info, "typed", { "one.bin": randomBytes(200_000, 3) });
  await page.goto(`/buckets/${bucket}`);
  await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
  await expect(async () => {
    await page.keyboard.press("u");
    await expect(page.getByRole("button", { name: "Choose files" })).toBeFocused({ timeout: 3000 });
  }).toPass();
  await expectAccessible(page);
  const chooser = page.waitForEvent("filechooser");
  await page.keyboard.press("Enter");
  await (await chooser).setFiles(join(root, "one.bin"));
  await expect(panel(page).getByRole("heading", { name: "Uploaded one.bin" })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await expect(panel(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(panel(page).getByRole("heading")).toHaveCount(0);
  await panel(page).getByRole("button").focus();
  await page.keyboard.press("Enter");
  await panel(page).getByRole("button", { name: "Close one.bin" }).focus();
  await page.keyboard.press("Enter");
  await expect(panel(page)).toHaveCount(0);
});

test("conflicts are decided by content: keep both, only if changed, skip", async ({ owner: page, journey }, info) => {
  const same = randomBytes(120_000, 5);
  const bucket = await journey.bucket({ "d/same.bin": same, "d/other.bin": "before" });
  const root = folder(info, "d", { "same.bin": same, "other.bin": "after" });
  await page.goto(`/buckets/${bucket}`);
  const again = async (choice: string) => {
    await drop(page, root);
    await options(page)
      .getByRole("radio", { name: new RegExp(`^${choice}`) })
      .check();
    await options(page)
      .getByRole("button", { name: /^Upload \d/ })
      .click();
    await expect(panel(page).getByRole("heading", { name: "Uploaded d" })).toBeVisible();
  };
  await again("Skip");
  await expect(panel(page)).toContainText("2 skipped");
  expect((await read(journey, bucket, "d/other.bin")).toString()).toBe("before");
  await panel(page).getByRole("button", { name: "Close d" }).click();
  await again("Keep both");
  await expect(panel(page)).toContainText("2 uploaded");
  expect((await read(journey, bucket, "d/other (2).bin")).toString()).toBe("after");
  await panel(page).getByRole("button", { name: "Close d" }).click();
  await again("Only if changed");
  await expect(panel(page)).toContainText("1 uploaded · 1 unchanged");
  expect((await read(journey, bucket, "d/other.bin")).toString()).toBe("after");
});

test("a forecast sends nothing, stays in sight, and ends in a receipt", async ({ owner: page, journey }, info) => {
  const known = randomBytes(900_000, 7);
  const bucket = await journey.bucket({ "a.txt": "a" });
  const root = folder(info, "next", { "model.bin": known, "extra.bin": randomBytes(300_000, 8), ".DS_Store": "x" });
  await page.goto(`/buckets/${bucket}`);
  await drop(page, folder(info, "old", { "model.bin": known }));
  await expect(panel(page).getByRole("heading", { name: "Uploaded old" })).toBeVisible();
  await panel(page).getByRole("button", { name: "Close old" }).click();
  const sent = countXorbs(page);
  await drop(page, root);
  await options(page).getByRole("button", { name: "Forecast first" }).click();
  await expect(panel(page).getByRole("heading", { name: "Forecast of next" })).toBeVisible();
  await expect(panel(page)).toContainText("Of 1.20 MB, 300 kB are new");
  expect(sent.count).toBe(0);
  await expectAccessible(page);
  await panel(page)
    .getByRole("button", { name: /^Upload, send/ })
    .click();
  await expect(panel(page).getByRole("heading", { name: "Uploaded next" })).toBeVisible();
  await expect(panel(page)).toContainText("Forecast: of 1.20 MB, 300 kB are new");
  await expect(panel(page)).toContainText("75% saved");
  expect(sent.count).toBe(1);

  const saved = page.waitForEvent("download");
  await panel(page).getByRole("button", { name: "Save as JSON" }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe("receipt-next.json");
  const receipt = JSON.parse(readFileSync(await file.path(), "utf8"));
  expect(receipt).toMatchObject({ bucket, mode: "upload", totals: { files: 2, known: 900_000, fresh: 300_000 } });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await panel(page).getByRole("button", { name: "Copy receipt" }).click();
  await expect(page.getByText("Receipt copied")).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(`Upload to hf://buckets/${bucket}`);
  expect(copied).toContain("300,000 B");
});

test("it runs on over other pages, pauses, and asks before it is lost", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const content = randomBytes(2_000_000, 11);
  const root = folder(info, "long", { "model.bin": content });
  const release = await holdXorbs(page);
  await page.goto(`/buckets/${bucket}`);
  await drop(page, root);
  await expect(panel(page).getByRole("heading", { name: "Uploading long" })).toBeVisible();
  // What comes stands in the list already.
  await expect(page.getByRole("row", { name: /long.*uploading/ })).toBeVisible();
  await panel(page).getByRole("button", { name: "Pause", exact: true }).click();
  await expect(panel(page).getByRole("heading", { name: "Paused: long" })).toBeVisible();
  await expectAccessible(page);
  await panel(page).getByRole("button", { name: "Resume", exact: true }).click();

  await page.getByRole("link", { name: "Buckets", exact: true }).click();
  await page.waitForURL(`${journey.url}/`);
  await expect(panel(page).getByRole("heading", { name: "Uploading long" })).toBeVisible();
  const asked = page.waitForEvent("dialog");
  // Never answered: what is dismissed leads nowhere.
  page.reload().catch(() => {});
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await panel(page).getByRole("button", { name: "Close long" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep going" }).click();
  release();
  await expect(panel(page).getByRole("heading", { name: "Uploaded long" })).toBeVisible();
  expect((await read(journey, bucket, "long/model.bin")).equals(Buffer.from(content))).toBe(true);
});

test("cancelled keeps what arrived, and goes on when asked", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const root = folder(info, "half", { "model.bin": randomBytes(1_000_000, 13) });
  const release = await holdXorbs(page);
  await page.goto(`/buckets/${bucket}`);
  await drop(page, root);
  await panel(page).getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop, leave out 1 file" }).click();
  await expect(panel(page).getByRole("heading", { name: "Cancelled: half" })).toBeVisible();
  release();
  await panel(page).getByRole("button", { name: "Go on with 1 file" }).click();
  await expect(panel(page).getByRole("heading", { name: "Uploaded half" })).toBeVisible();
  expect(await read(journey, bucket, "half/model.bin")).toHaveLength(1_000_000);
});

test.describe("what stops it", () => {
  test.use({ refused: ["/api/", "_rsc="] });

  test("an ended session is told, and gone on from", async ({ owner: page, journey }, info) => {
    const bucket = await journey.bucket({ "a.txt": "a" });
    const root = folder(info, "later", { "model.bin": randomBytes(500_000, 17) });
    await page.goto(`/buckets/${bucket}`);
    await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
    const signedIn = await page.context().cookies();
    await page.context().clearCookies();
    await drop(page, root);
    await expect(panel(page)).toContainText("Your session has ended");
    await expect(panel(page).getByRole("link", { name: "Sign in" })).toBeVisible();
    await expectAccessible(page);
    await page.context().addCookies(signedIn);
    await panel(page).getByRole("button", { name: "Go on" }).click();
    await expect(panel(page).getByRole("heading", { name: "Uploaded later" })).toBeVisible();
  });

  test("a file that vanished fails alone", async ({ owner: page, journey }, info) => {
    const bucket = await journey.bucket({ "a.txt": "a" });
    const root = folder(info, "gone", { "stays.bin": "stays", "goes.bin": "goes", ".DS_Store": "x" });
    await page.goto(`/buckets/${bucket}`);
    await drop(page, root);
    await expect(options(page)).toContainText("1 left out");
    rmSync(join(root, "goes.bin"));
    await options(page)
      .getByRole("button", { name: /^Upload 2 files/ })
      .click();
    await expect(panel(page)).toContainText("1 uploaded · 1 failed");
    await expect(panel(page)).toContainText("gone/goes.bin can not be");
    await expect(panel(page)).toContainText("1 of 2 files are in the bucket");
    await expectAccessible(page);
    expect((await read(journey, bucket, "gone/stays.bin")).toString()).toBe("stays");
  });

  test("a lost network is waited for", async ({ owner: page, journey }, info) => {
    const bucket = await journey.bucket({ "a.txt": "a" });
    const root = folder(info, "patient", { "model.bin": randomBytes(1_500_000, 19) });
    await page.goto(`/buckets/${bucket}`);
    let down = true;
    await page.context().route("**/xorbs/**", (route) => (down ? route.abort("connectionreset") : route.continue()));
    await drop(page, root);
    await expect(panel(page)).toContainText("The server does not answer");
    await expectAccessible(page);
    down = false;
    await panel(page).getByRole("button", { name: "Try now" }).click();
    await expect(panel(page).getByRole("heading", { name: "Uploaded patient" })).toBeVisible();
  });
});

test("after a reload in the middle the same folder goes on", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const files = { "a.bin": randomBytes(700_000, 23), "b.bin": randomBytes(700_000, 24) };
  const root = folder(info, "resumed", files);
  await page.goto(`/buckets/${bucket}`);
  // Bytes arrive, their entries do not.
  await page.context().route("**/batch", () => {});
  const batch = page.waitForRequest("**/batch");
  await drop(page, root);
  await batch;
  page.on("dialog", (dialog) => dialog.accept());
  await page.reload();
  await page.context().unroute("**/batch");
  await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
  const sent = countXorbs(page);
  await drop(page, root);
  await expect(panel(page).getByRole("heading", { name: "Uploaded resumed" })).toBeVisible();
  await expect(panel(page)).toContainText("0 B had to leave this machine");
  expect(sent.count).toBe(0);
  for (const [path, content] of Object.entries(files)) {
    expect((await read(journey, bucket, `resumed/${path}`)).equals(Buffer.from(content)), path).toBe(true);
  }
});

test("thousands of files are a few rows in the document", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const many = Object.fromEntries(Array.from({ length: 1500 }, (_, at) => [`part-${at}.txt`, `content ${at}`]));
  const root = folder(info, "many", many);
  await page.goto(`/buckets/${bucket}`);
  await drop(page, root);
  await options(page)
    .getByRole("button", { name: /^Upload 1,500 files/ })
    .click();
  await expectUploaded(page, "many", 60_000);
  await panel(page).getByRole("button", { name: "Show all 1,500" }).click();
  expect(await panel(page).getByRole("listitem").count()).toBeLessThan(60);
  await panel(page).getByRole("region", { name: "All files of this upload" }).focus();
  await page.keyboard.press("End");
  await expect(panel(page).getByText("part-999.txt")).toBeVisible();
  expect((await read(journey, bucket, "many/part-1499.txt")).toString()).toBe("content 1499");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("the button at the thumb, the panel as a sheet", async ({ owner: page, journey }, info) => {
    const bucket = await journey.bucket({ "a.txt": "a" });
    const root = folder(info, "photos", { "one.jpg": randomBytes(100_000, 29), "two.jpg": randomBytes(100_000, 30) });
    await page.goto(`/buckets/${bucket}`);
    const button = page.getByRole("button", { name: "Upload", exact: true });
    const box = (await button.boundingBox())!;
    expect(box.y + box.height).toBeGreaterThan(780);
    expect(box.height).toBeGreaterThanOrEqual(44);
    await expect(async () => {
      await button.tap({ timeout: 3000 });
      await expect(page.getByRole("dialog")).toBeVisible({ timeout: 3000 });
    }).toPass();
    await choose(page, "files", [join(root, "one.jpg"), join(root, "two.jpg")]);
    await expect(panel(page).getByRole("heading", { name: "Uploaded 2 files" })).toBeVisible();
    await expectAccessible(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
  });
});

test("who may not write is offered nothing", async ({ page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" }, "public");
  const root = folder(info, "foreign", { "x.txt": "x" });
  await page.goto(`/buckets/${bucket}`);
  await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Upload", exact: true })).toHaveCount(0);
  await drag(page, [root], ["dragEnter", "dragOver", "dragCancel"]);
  await expect(page.getByText(/^Drop into/)).toHaveCount(0);
  await page.keyboard.press("u");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
