/** Folders and files on the pages: find, sort, open, download, select, delete, rename. */
import { readFile } from "node:fs/promises";
import { randomBytes } from "./bytes.ts";
import { expect, expectAccessible, test } from "./fixtures.ts";

const FILES = {
  "README.md": "# Kestrel\n\nSee [the log](logs/train.log).\n",
  "big.bin": randomBytes(2_000_000, 1),
  "small.bin": randomBytes(2_000, 2),
  "data/part-0.parquet": randomBytes(700_000, 3),
  "data/part-1.parquet": randomBytes(600_000, 4),
  "data/deep/er/leaf.txt": "leaf",
  "logs/train.log": "step 1\n",
  "odd names/100% + #1?.txt": "odd",
  "odd names/日本語 ファイル.txt": "japanese",
  "odd names/a%2Fb.txt": "encoded",
};

/** The names in the table, from top to bottom. */
async function namesIn(page: import("@playwright/test").Page): Promise<string[]> {
  const rows = page.getByRole("table").getByRole("row");
  const links = rows.locator("td:nth-child(2) a span[title]");
  return links.evaluateAll((elements) => elements.map((element) => element.getAttribute("title") ?? ""));
}

test("folders, sizes, README, breadcrumbs and Back", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket(FILES);
  await page.goto(`/buckets/${bucket}`);
  expect(await namesIn(page)).toEqual(["data/", "logs/", "odd names/", "README.md", "big.bin", "small.bin"]);
  await expect(page.getByRole("row", { name: /data\// })).toContainText("1.30");
  await expect(page.getByRole("heading", { name: "Kestrel" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "the log" }).click();
  await page.waitForURL("**/blob/logs/train.log");
  await page.goBack();
  await page.getByRole("link", { name: /^data/ }).click();
  await page.waitForURL("**/tree/data");
  expect(await namesIn(page)).toEqual(["deep/", "part-0.parquet", "part-1.parquet"]);
  await expectAccessible(page);
  await page.getByRole("navigation", { name: "Path" }).getByRole("link").first().click();
  await page.waitForURL(`**/buckets/${bucket}`);
  await expect(page.getByRole("link", { name: "big.bin" })).toBeVisible();
});

test("sorting is the server's, and the address keeps it", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket(FILES);
  await page.goto(`/buckets/${bucket}`);
  await page.getByRole("columnheader", { name: "Size" }).getByRole("button").click();
  await expect(page.getByRole("columnheader", { name: "Size" })).toHaveAttribute("aria-sort", "descending");
  await expect.poll(() => namesIn(page)).toEqual(["big.bin", "data/", "small.bin", "README.md", "odd names/", "logs/"]);
  await page.getByRole("columnheader", { name: "Size" }).getByRole("button").click();
  await expect.poll(() => namesIn(page)).toEqual(["logs/", "odd names/", "README.md", "small.bin", "data/", "big.bin"]);
  await page.reload();
  await expect.poll(() => namesIn(page)).toEqual(["logs/", "odd names/", "README.md", "small.bin", "data/", "big.bin"]);
});

test("the filter narrows the folder, and / leads to it", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket(FILES);
  await page.goto(`/buckets/${bucket}`);
  await expect(page.getByRole("link", { name: "big.bin" })).toBeVisible();
  // The row is there before the page is alive.
  await expect(async () => {
    await page.keyboard.press("/");
    await expect(page.getByRole("searchbox", { name: "Filter this folder" })).toBeFocused({ timeout: 1000 });
  }).toPass();
  await page.keyboard.type(".bin");
  await expect.poll(() => namesIn(page)).toEqual(["big.bin", "small.bin"]);
  await page.keyboard.press("Escape");
  await expect.poll(async () => (await namesIn(page)).length).toBe(6);
  await page.getByRole("searchbox", { name: "Filter this folder" }).fill("nothing is called so");
  await expect(page.getByText(/contains “nothing is called so”/)).toBeVisible();
});

test("thousands of rows, only some of them in the document", async ({ owner: page, journey }) => {
  const files: Record<string, string> = {};
  for (let n = 0; n < 2_300; n++) files[`many/f${String(n).padStart(5, "0")}.txt`] = "same";
  const bucket = await journey.bucket(files);
  await page.goto(`/buckets/${bucket}/tree/many`);
  await expect(page.getByRole("link", { name: "f00000.txt" })).toBeVisible();
  expect(await page.getByRole("table").getByRole("row").count()).toBeLessThan(300);
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, 30_000);
        return page.getByRole("link", { name: "f02299.txt" }).count();
      },
      { timeout: 40_000 },
    )
    .toBe(1);
  await expect(page.getByRole("table")).toHaveAttribute("aria-rowcount", "2301");
});

test("one file: its facts, and its bytes downloaded", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket(FILES);
  await page.goto(`/buckets/${bucket}`);
  await page.getByRole("link", { name: "big.bin" }).click();
  await page.waitForURL("**/blob/big.bin");
  await expect(page.getByText(`hf://buckets/${bucket}/big.bin`).first()).toBeVisible();
  await expect(page.getByText(/2\.00\s*MB/).first()).toBeVisible();
  await expectAccessible(page);
  const saving = page.waitForEvent("download");
  await page
    .getByRole("link", { name: /^Download/ })
    .first()
    .click();
  const download = await saving;
  expect(download.suggestedFilename()).toBe("big.bin");
  expect(Buffer.compare(await readFile(await download.path()), FILES["big.bin"])).toBe(0);
});

test("odd names open and download", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket(FILES);
  await page.goto(`/buckets/${bucket}`);
  await page.getByRole("link", { name: /^odd names/ }).click();
  await page.waitForURL("**/tree/odd%20names");
  for (const name of ["100% + #1?.txt", "日本語 ファイル.txt", "a%2Fb.txt"]) {
    await page.getByRole("link", { name, exact: true }).click();
    await page.waitForURL("**/blob/**");
    await expect(page.getByText(`hf://buckets/${bucket}/odd names/${name}`).first()).toBeVisible();
    const saving = page.waitForEvent("download");
    await page
      .getByRole("link", { name: /^Download/ })
      .first()
      .click();
    const text = await readFile(await (await saving).path(), "utf8");
    expect(text).toBe(FILES[`odd names/${name}` as keyof typeof FILES]);
    await page.goBack();
  }
});

test("select, see the numbers, delete after a confirmation", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket(FILES);
  await page.goto(`/buckets/${bucket}`);
  await page.getByRole("checkbox", { name: "Select data/" }).check();
  await page.getByRole("checkbox", { name: "Select small.bin" }).check();
  const bar = page.getByRole("region", { name: "Selection" });
  await expect(bar).toContainText("2 selected");
  await expect(bar).toContainText("4 files");
  await expect(bar).toContainText("1.30 MB");
  await expectAccessible(page);
  await bar.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Delete 4 files");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Keep" }).click();
  await expect(page.getByRole("link", { name: "small.bin" })).toBeVisible();
  await bar.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete 4 files" }).click();
  await expect(page.getByRole("link", { name: "small.bin" })).toHaveCount(0);
  expect(await namesIn(page)).toEqual(["logs/", "odd names/", "README.md", "big.bin"]);
  const headers = { authorization: `Bearer ${journey.people.owner.token}` };
  const info = await (await fetch(`${journey.url}/api/buckets/${bucket}`, { headers })).json();
  expect(info.totalFiles).toBe(Object.keys(FILES).length - 4);
});

test("rename a file, into another folder", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket(FILES);
  await page.goto(`/buckets/${bucket}`);
  await page.getByRole("button", { name: "Actions for small.bin" }).click();
  await page.getByRole("menuitem", { name: /^Rename/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Path in the bucket").fill("../up.bin");
  await expect(dialog.getByRole("button", { name: /^(Move|Rename)$/ })).toBeDisabled();
  await dialog.getByLabel("Path in the bucket").fill("data/moved.bin");
  await dialog.getByRole("button", { name: "Move" }).click();
  await expect(page.getByRole("link", { name: "small.bin" })).toHaveCount(0);
  const answer = await fetch(`${journey.url}/buckets/${bucket}/resolve/data/moved.bin`);
  expect(Buffer.compare(Buffer.from(await answer.arrayBuffer()), FILES["small.bin"])).toBe(0);
});

test("the lines to use it name this server", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket(FILES);
  await page.goto(`/buckets/${bucket}`);
  await page.getByRole("button", { name: "Use this bucket" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(`HF_ENDPOINT=${journey.url}`);
  await expect(dialog).toContainText(`hf://buckets/${bucket}`);
  await dialog.getByRole("tab", { name: "Python" }).click();
  await expect(dialog).toContainText("huggingface_hub");
  await dialog.getByRole("tab", { name: "JS" }).click();
  await expect(dialog).toContainText("@huggingface/hub");
  await expectAccessible(page);
});
