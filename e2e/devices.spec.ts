/** By keyboard alone, on a phone, in the dark. */
import { expect, expectAccessible, test } from "./fixtures.ts";

const FILES = { "README.md": "# Here", "a.txt": "a", "b.txt": "bb", "folder/c.txt": "ccc" };

test.describe("by keyboard alone", () => {
  test("from the home page into a folder, select, delete, and back", async ({ owner: page, journey }) => {
    const bucket = await journey.bucket(FILES);
    await page.goto("/");
    await expect(page.getByRole("link", { name: new RegExp(bucket.split("/")[1]!) }).first()).toBeVisible();
    await expect(async () => {
      await page.keyboard.press("Control+k");
      await expect(page.getByRole("dialog", { name: "Jump to a bucket, path or plan" })).toBeVisible({ timeout: 3000 });
    }).toPass();
    await page.keyboard.type(`hf://buckets/${bucket}`);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/buckets/${bucket}`);
    await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
    await page.keyboard.press("j");
    await expect(page.getByRole("link", { name: /^folder/ })).toBeFocused();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/tree/folder");
    await expect(page.getByRole("link", { name: "c.txt" })).toBeVisible();
    await page.keyboard.press("Backspace");
    await page.waitForURL(`**/buckets/${bucket}`);
    await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
    for (const key of ["j", "j", "j", "x"]) await page.keyboard.press(key);
    await expect(page.getByRole("region", { name: "Selection" })).toContainText("1 selected");
    await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Delete" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("region", { name: "Selection" })).toHaveCount(0);
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog", { name: /keyboard|keys/i })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await page.waitForURL(`${journey.url}/`);
  });

  test("Tab reaches the content past the bar", async ({ owner: page, journey }) => {
    const bucket = await journey.bucket(FILES);
    await page.goto(`/buckets/${bucket}`);
    await page.keyboard.press("Tab");
    await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/#content$/);
  });
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("two lines a row, nothing cut off, nothing under the thumb's size", async ({ owner: page, journey }) => {
    const bucket = await journey.bucket(FILES);
    for (const path of [
      "/",
      `/buckets/${bucket}`,
      `/buckets/${bucket}/blob/a.txt`,
      "/new-bucket",
      "/settings/tokens",
    ]) {
      await page.goto(path);
      await expect(page.getByRole("main")).toBeVisible();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide, `${path} scrolls sideways`).toBeLessThanOrEqual(0);
      await expectAccessible(page);
    }
    await page.goto(`/buckets/${bucket}`);
    await page.getByRole("link", { name: /^folder/ }).tap();
    await page.waitForURL("**/tree/folder");
    const row = await page.getByRole("link", { name: /^c\.txt/ }).boundingBox();
    expect(row!.height).toBeGreaterThanOrEqual(44);
  });
});

test("the theme is kept, and there before the first paint", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket(FILES);
  await page.goto(`/buckets/${bucket}`);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
  for (let n = 0; n < 3 && (await ground()) === light; n++) await page.keyboard.press("t");
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await ground()).toBe(dark);
});
