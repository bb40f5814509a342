/** What is stored, saved and freed, wherever a page says it: the same figures as the API's, before and after. */
import { formatPercent, savingPercents } from "#lib/core/bucket/dedup/percent.ts";
import { formatSize } from "#lib/core/format.ts";
import { randomBytes } from "./bytes.ts";
import { figuresOf, selectionOf, storeOf, written } from "./figures.ts";
import { expect, expectAccessible, type Journey, test } from "./fixtures.ts";

let seed = 800;

/** A bucket whose content is in no other. */
async function filled(journey: Journey): Promise<string> {
  seed += 10;
  const weights = randomBytes(2_000_000, seed);
  const bucket = await journey.bucket({
    "run/checkpoint-1/model.bin": weights,
    "run/checkpoint-3/model.bin": weights,
    "logs/train.log": `run ${seed}, step 1, loss 0.5\n`.repeat(20_000),
    "notes.md": `notes on ${seed}`,
  });
  // Later: the client finds what is there by asking, and it asks once an upload.
  const next = new Uint8Array(Buffer.concat([weights.slice(0, 1_500_000), randomBytes(500_000, seed + 1)]));
  await journey.upload(bucket, { "run/checkpoint-2/model.bin": next });
  return bucket;
}

test("the bucket's card, strip and tab say what the API says", async ({ owner: page, journey }) => {
  const bucket = await filled(journey);
  const figures = await figuresOf(journey, bucket);
  const saving = savingPercents(figures);
  expect(figures.stored).toBeLessThan(figures.unique);
  await page.goto(`/buckets/${bucket}`);
  const card = page.getByRole("region", { name: "Storage" });
  await expect(card).toContainText(written(`${formatSize(figures.stored)} stored of`));
  await expect(card).toContainText(written(formatSize(figures.logical - figures.unique)));
  for (const percent of [saving.total, saving.deduplication, saving.compression])
    await expect(card).toContainText(formatPercent(percent));
  await expect(card).toContainText("Exact, as of");
  await expectAccessible(page);

  await page.setViewportSize({ width: 390, height: 844 });
  const strip = page.getByRole("region", { name: "Summary" });
  await expect(strip).toContainText(written(formatSize(figures.stored)));
  await expect(strip).toContainText(`${formatPercent(saving.total)} saved`);
  await expectAccessible(page);
});

test("home adds up", async ({ owner: page, journey }) => {
  const bucket = await filled(journey);
  const own = await figuresOf(journey, bucket);
  const store = await storeOf(journey);
  const listed = store.buckets.find((each) => each.bucket === bucket)!;
  expect(listed.figures.stored).toBe(own.stored);
  const namespaces = store.namespaces.reduce((sum, { figures }) => sum + figures.logical, 0);
  expect(store.figures.logical).toBe(namespaces);
  // What buckets share counts once in their namespace.
  const sum = store.buckets.reduce((all, { figures }) => all + figures.stored, 0);
  expect(store.figures.stored).toBeLessThanOrEqual(sum);
  await page.goto("/");
  await expect(page.getByRole("term").filter({ hasText: "Stored" }).locator("..")).toContainText(
    written(formatSize(store.figures.stored)),
  );
  const row = page.getByRole("row", { name: new RegExp(`\\b${bucket.split("/")[1]}\\b`) });
  await expect(row).toContainText(written(formatSize(own.stored)));
  const band = store.namespaces.find(({ name }) => name === journey.people.owner.name)!;
  await expect(page.getByRole("rowheader", { name: new RegExp(`^${band.name}\\b`) })).toContainText(
    `${formatSize(band.figures.stored)} stored`,
  );
  await expectAccessible(page);
  await page.getByRole("button", { name: /^Sorted by/ }).click();
  await page
    .getByRole("menuitemradio", { name: "Stored" })
    .or(page.getByRole("menuitem", { name: "Stored" }))
    .click();
  await expect(page).toHaveURL(/sort=stored/);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page);
});

test("what a deletion says it frees is what it frees", async ({ owner: page, journey }) => {
  const bucket = await filled(journey);
  const before = await figuresOf(journey, bucket);
  const chosen = { folders: ["run/checkpoint-2", "run/checkpoint-3"], files: [] };
  const { freed, logical } = await selectionOf(journey, bucket, chosen);
  expect(freed).toBeGreaterThan(400_000);
  expect(freed).toBeLessThan(logical / 2);
  await page.goto(`/buckets/${bucket}/tree/run`);
  for (const name of ["checkpoint-2/", "checkpoint-3/"])
    await page.getByRole("checkbox", { name: `Select ${name}` }).check();
  const bar = page.getByRole("region", { name: "Selection" });
  await expect(bar).toContainText(`${formatSize(logical)} logical · deleting frees ${formatSize(freed)}`);
  await bar.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(written(`Deleting frees ${formatSize(freed)}`));
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Delete 2 files" }).click();
  await expect(dialog).toHaveCount(0);
  await expect.poll(async () => (await figuresOf(journey, bucket)).files).toBe(3);
  const after = await figuresOf(journey, bucket);
  expect(before.stored - after.stored).toBe(freed);
  // The card follows by itself.
  await expect(page.getByRole("region", { name: "Storage" })).toContainText(
    written(`${formatSize(after.stored)} stored of`),
  );
});

test("a whole bucket, before it goes", async ({ owner: page, journey }) => {
  const bucket = await filled(journey);
  const { freed } = await figuresOf(journey, bucket);
  await page.goto(`/buckets/${bucket}/settings`);
  await page.getByRole("button", { name: "Delete this bucket" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(written(`Deleting frees ${formatSize(freed)}`));
  await expectAccessible(page);
});
