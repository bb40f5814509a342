/** A file drawn as its chunks: whose they are, by mouse and by keyboard, against what the API says. */
import type { Page } from "@playwright/test";
import { formatSize } from "#lib/core/format.ts";
import { randomBytes } from "./bytes.ts";
import { mapOf, rangeOf, written } from "./figures.ts";
import { expect, expectAccessible, type Journey, test } from "./fixtures.ts";

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

/** Journeys of other files use smaller ones: equal content would share with their buckets. */
let seed = 7000;

/** A bucket whose content is in no other. near.bin: 2 MB that two others hold, then 1 MB of its own. */
async function filled(journey: Journey): Promise<string> {
  seed += 10;
  const base = randomBytes(3_000_000, seed);
  const bucket = await journey.bucket({
    "base.bin": base,
    "copies/base.bin": base,
    "alone.bin": randomBytes(600_000, seed + 1),
    "small.txt": `${seed}: one chunk`,
    "empty.txt": "",
  });
  // Later: the client finds what is there by asking, and it asks once an upload.
  await journey.upload(bucket, { "near.bin": joined(base.slice(0, 2_000_000), randomBytes(1_000_000, seed + 2)) });
  return bucket;
}

/** Of near.bin, one for each 64 KiB. */
const CELLS = 46;

const map = (page: Page) => page.getByRole("listbox", { name: /^Chunk map/ });
const cells = (page: Page) => map(page).getByRole("option");
const panel = (page: Page) => page.getByRole("region", { name: "The chosen stretch" });
const focusedName = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");

test("what is the file's own, and who holds the rest, by keyboard alone", async ({ owner: page, journey }) => {
  const bucket = await filled(journey);
  const known = await mapOf(journey, bucket, "near.bin", CELLS);
  expect(known.own + known.few + known.wide).toBe(known.size);
  expect(known.own).toBeGreaterThan(900_000);
  await page.goto(`/buckets/${bucket}/blob/near.bin`);
  const card = page.getByRole("region", { name: "Chunk map" });
  await expect(cells(page)).toHaveCount(known.cells.length);
  for (const bytes of [known.own, known.few]) await expect(card).toContainText(written(formatSize(bytes)));
  const about = page.getByRole("region", { name: "About this file" });
  await expect(about).toContainText(written(formatSize(known.figures.stored)));
  await expect(about).toContainText(written(formatSize(known.figures.freed)));
  await expect(about).toContainText(journey.people.owner.name);

  // One tab stop; the arrows move inside.
  await expect(map(page).locator("[tabindex='0']")).toHaveCount(1);
  await expect(async () => {
    await map(page).locator("[tabindex='0']").focus();
    await page.keyboard.press("End");
    expect(await focusedName(page)).toMatch(/ to 3\.00 MB, all exclusive, /);
  }).toPass();
  await page.keyboard.press("Enter");
  await expect(panel(page)).toContainText("Held by no other file");
  await expect(panel(page)).toContainText("this file alone");
  await expect(page).toHaveURL(/start=\d+&end=\d+/);

  await page.keyboard.press("Home");
  expect(await focusedName(page)).toMatch(/^0 B to .*, all shared with few, /);
  for (let n = 0; n < 3; n++) await page.keyboard.press("Shift+ArrowRight");
  await expect(map(page).getByRole("option", { selected: true })).toHaveCount(4);
  const { start, end } = { start: known.cells[0]!.start, end: known.cells[3]!.end };
  const sharing = await rangeOf(journey, bucket, "near.bin", start, end);
  await expect(panel(page)).toContainText(`Held by ${sharing.holders.length} other files`);
  for (const { path, bytes } of sharing.holders) {
    const row = panel(page)
      .getByRole("listitem")
      .filter({ has: page.getByRole("link", { name: path, exact: true }) });
    await expect(row).toContainText(written(formatSize(bytes)));
  }
  await expect(panel(page).getByRole("row")).toHaveCount(sharing.pieces.length + 1);
  await expectAccessible(page);

  await page.reload();
  await expect(map(page).getByRole("option", { selected: true })).toHaveCount(4);
  await expect(panel(page)).toBeVisible();
  await map(page).locator("[tabindex='0']").focus();
  await page.keyboard.press("Escape");
  await expect(panel(page)).toHaveCount(0);
  await expect(page).not.toHaveURL(/start=/);
});

test("by mouse: a tip, a stretch, and the way to who holds it", async ({ owner: page, journey }) => {
  const bucket = await filled(journey);
  await page.goto(`/buckets/${bucket}/blob/near.bin`);
  const card = page.getByRole("region", { name: "Shares bytes with" });
  await expect(card).toContainText("2 files");
  await cells(page).first().hover();
  await expect(page.getByText("all shared with few").first()).toBeVisible();
  await cells(page).first().hover();
  await page.mouse.down();
  await cells(page).nth(2).hover();
  await page.mouse.up();
  await expect(map(page).getByRole("option", { selected: true })).toHaveCount(3);
  await panel(page)
    .getByRole("link", { name: "copies" })
    .or(panel(page).getByRole("link", { name: "copies/base.bin" }))
    .click();
  await page.waitForURL("**/blob/copies/base.bin");
  // The same content elsewhere: none of it is exclusive.
  const about = page.getByRole("region", { name: "About this file" });
  await expect(about.getByText("Freed if deleted").locator("..")).toContainText(/0\s*B/);
});

test("the same in a table, and as CSV", async ({ owner: page, journey }) => {
  const bucket = await filled(journey);
  const known = await mapOf(journey, bucket, "near.bin", CELLS);
  await page.goto(`/buckets/${bucket}/blob/near.bin`);
  await page.getByText("The map as a table").click();
  const table = page.getByRole("table", { name: /^Stretches of near\.bin/ });
  await expect(table.getByRole("row")).toHaveCount(known.cells.length + 1);
  await expectAccessible(page);
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).click();
  expect((await saving).suggestedFilename()).toBe("near.bin-map.csv");
});

test("nothing shared, one chunk, no bytes", async ({ owner: page, journey }) => {
  const bucket = await filled(journey);
  await page.goto(`/buckets/${bucket}/blob/alone.bin`);
  await expect(page.getByText("Nothing that you can see holds a byte of it.")).toBeVisible();
  await expectAccessible(page);
  await page.goto(`/buckets/${bucket}/blob/small.txt`);
  await expect(cells(page)).toHaveCount(1);
  await expect(cells(page)).toHaveAccessibleName(/^0 B to \d+ B, all exclusive, 1 chunk in 1 xorb$/);
  await expectAccessible(page);
  await page.goto(`/buckets/${bucket}/blob/empty.txt`);
  await expect(page.getByRole("region", { name: "About this file" })).toContainText("Freed if deleted");
  await expect(map(page)).toHaveCount(0);
  await expectAccessible(page);
});

test.describe("a question that fails", () => {
  test.use({ refused: ["/dedup/range/"] });
  test("says so, and can be asked again", async ({ owner: page, journey }) => {
    const bucket = await filled(journey);
    let broken = true;
    await page.route("**/dedup/range/**", (route) =>
      broken ? route.fulfill({ status: 500, json: { error: "The disk is on fire." } }) : route.continue(),
    );
    await page.goto(`/buckets/${bucket}/blob/near.bin`);
    const card = page.getByRole("region", { name: "Shares bytes with" });
    await expect(card.getByRole("alert")).toContainText("The disk is on fire.", { timeout: 30_000 });
    await expectAccessible(page);
    broken = false;
    await card.getByRole("button", { name: "Retry" }).click();
    await expect(card).toContainText("2 files");
  });
});
