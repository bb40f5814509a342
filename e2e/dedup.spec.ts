/** The dedup page: what it says is what the API says, by keyboard alone too; its charts become files; a selection becomes a plan. */
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import type {
  CheckpointRuns,
  DedupHistory,
  DedupPage,
  DedupSummary,
  SelectionFigures,
  SharingMatrix,
} from "#lib/core/bucket/dedup/figures.ts";
import { formatPercent, savingPercents } from "#lib/core/bucket/dedup/percent.ts";
import { formatCount, formatSize } from "#lib/core/format.ts";
import { randomBytes } from "./bytes.ts";
import { expect, expectAccessible, type Journey, test } from "./fixtures.ts";

type Files = Record<string, Uint8Array<ArrayBuffer>>;

const KB = 1000;
/** Of every checkpoint: most of it stays as it was. */
const FROZEN = randomBytes(900 * KB, 1);

/** Checkpoints of a run: a frozen part, and a head of which half is kept from step to step. */
function checkpoint(run: string, step: number, seed: number): Files {
  const head = Buffer.concat([randomBytes(200 * KB, seed), randomBytes(200 * KB, seed + 1)]);
  return {
    [`runs/${run}/checkpoint-${step}/model.safetensors`]: new Uint8Array(Buffer.concat([FROZEN, head])),
    [`runs/${run}/checkpoint-${step}/trainer_state.json`]: new Uint8Array(Buffer.from(`{"step": ${step}}`)),
  };
}

/** The same in every test: made once for all that only look. */
let made: Promise<string> | null = null;
async function trained(journey: Journey): Promise<string> {
  made ??= (async () => {
    const bucket = await journey.bucket();
    for (const [at, step] of [500, 1000, 1500].entries()) await journey.upload(bucket, checkpoint("a", step, 10 + at));
    for (const [at, step] of [100, 200].entries()) await journey.upload(bucket, checkpoint("b", step, 30 + at));
    const shard = randomBytes(400 * KB, 50);
    await journey.upload(bucket, {
      "shards/one.parquet": shard,
      "shards/copy.parquet": shard,
      "README.md": new Uint8Array(Buffer.from("# Weights\n".repeat(400))),
    });
    await settled(journey, bucket, 13);
    return bucket;
  })();
  return made;
}

async function ask<T>(journey: Journey, path: string, json?: unknown): Promise<T> {
  const answer = await fetch(`${journey.url}${path}`, {
    method: json === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${journey.people.owner.token}`, "content-type": "application/json" },
    body: json === undefined ? undefined : JSON.stringify(json),
  });
  expect(answer.status, path).toBe(200);
  return (await answer.json()) as T;
}

const summaryOf = (journey: Journey, bucket: string) => ask<DedupSummary>(journey, `/api/buckets/${bucket}/dedup`);

/** Waits until the figures are those of so many files. */
async function settled(journey: Journey, bucket: string, files: number): Promise<void> {
  await expect
    .poll(async () => {
      const { pending, figures } = await summaryOf(journey, bucket);
      return pending ? "pending" : figures.files;
    })
    .toBe(files);
}

/** A card of the page by its title. */
const card = (page: Page, name: string | RegExp) => page.getByRole("region", { name, exact: typeof name === "string" });

/** Opens the page and lets every part of it come near once. */
async function open(page: Page, bucket: string, query = ""): Promise<void> {
  await page.goto(`/buckets/${bucket}/dedup${query}`);
  await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible();
  await expect(async () => {
    await page.mouse.wheel(0, 1500);
    await expect(page.getByRole("heading", { name: "Near-duplicates" })).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.evaluate(() => window.scrollTo(0, 0));
}

async function saved(page: Page, chart: Locator, item: string): Promise<{ name: string; bytes: Buffer }> {
  await chart.getByRole("button", { name: /: save$/ }).click();
  const saving = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: item }).click();
  const download = await saving;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** Of a CSV without quotes. */
const rowsOf = (csv: Buffer) =>
  csv
    .toString("utf8")
    .trimEnd()
    .split("\r\n")
    .map((line) => line.split(","));

test("the verdict, the bars and the tab say what the API says", async ({ owner: page, journey }) => {
  const bucket = await trained(journey);
  const { figures } = await summaryOf(journey, bucket);
  await open(page, bucket);
  const { total, deduplication } = savingPercents(figures);
  const verdict = card(page, /on disk/);
  await expect(verdict.getByRole("heading")).toHaveText(
    `${formatSize(figures.logical)} of files take ${formatSize(figures.stored)} on disk. ${formatPercent(total)} saved.`.replaceAll(
      /(\d) ([kMB])/g,
      "$1\u00a0$2",
    ),
  );
  await expect(verdict).toContainText(
    `deduplication saves ${formatSize(figures.logical - figures.unique)}, ${formatPercent(deduplication)}`,
  );
  await expect(verdict).toContainText("within what you can see");
  await expect(verdict).toContainText(/Exact, as of \d\d:\d\d/);
  await expect(verdict.getByTitle(`${formatCount(figures.unique)} B`).first()).toBeVisible();
  const tab = page.getByRole("link", { name: /^Dedup/ });
  await expect(tab).toHaveAttribute("aria-current", "page");
  await expect(tab).toContainText(`${Math.round(total)}%`);
  await expectAccessible(page);
});

test("the words are one key away", async ({ owner: page, journey }) => {
  await open(page, await trained(journey));
  await expect(async () => {
    await page.keyboard.press("w");
    await expect(page.getByRole("dialog", { name: "What these words mean" })).toBeVisible({ timeout: 1000 });
  }).toPass();
  const dialog = page.getByRole("dialog");
  for (const word of ["Logical", "Unique", "Stored", "Exclusive", "Shared", "Freed if deleted", "New", "Saving"])
    await expect(dialog.getByRole("term").filter({ hasText: word }).first()).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toContainText("What these words mean");
});

test("the matrix is walked by arrows, exact to the byte", async ({ owner: page, journey }) => {
  const bucket = await trained(journey);
  const matrix = await ask<SharingMatrix>(journey, `/api/buckets/${bucket}/dedup/matrix`);
  await open(page, bucket);
  const grid = page.getByRole("grid", { name: /unique bytes/ });
  expect(matrix.scopes.map(({ path }) => path)).toEqual([500, 1000, 1500].map((step) => `runs/a/checkpoint-${step}`));
  const exact = (row: number, column: number) =>
    `${formatCount(matrix.overlap[row]![column]!)} of ${formatCount(matrix.scopes[row]!.figures.unique)} unique bytes.`;
  const chart = card(page, "Shared between checkpoints");
  await grid.locator("[aria-selected=true]").focus();
  await page.keyboard.press("Control+Home");
  await expect(chart).toContainText("500 holds");
  await page.keyboard.press("ArrowRight");
  await expect(chart).toContainText("500 and 1000 share");
  await expect(chart).toContainText(exact(0, 1));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(chart).toContainText("1500 and 1000 share");
  await expect(chart).toContainText(exact(2, 1));
  await expect(grid.locator(":focus")).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Control+End");
  await expect(chart).toContainText("1500 holds");

  await chart.getByRole("button", { name: /^Compared/ }).click();
  await page.getByRole("menuitemradio", { name: "b" }).click();
  await expect(grid.getByRole("columnheader", { name: "200" })).toBeVisible();
  await expect(page).toHaveURL(/run=runs%2Fb/);
});

test("folders and files of one's own choice are compared", async ({ owner: page, journey }) => {
  const bucket = await trained(journey);
  await open(page, bucket);
  await card(page, "Shared between checkpoints")
    .getByRole("button", { name: /^Compared/ })
    .click();
  await page.getByRole("menuitem", { name: "Choose folders or files" }).click();
  const dialog = page.getByRole("dialog", { name: "Compare folders or files" });
  await dialog.getByRole("button", { name: "Choose none" }).click();
  await dialog.getByRole("checkbox", { name: "shards/" }).check();
  await dialog.getByRole("button", { name: "Open runs" }).click();
  await dialog.getByRole("checkbox", { name: "a/" }).check();
  await dialog.getByRole("checkbox", { name: "b/" }).check();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Compare 3" }).click();
  const paths = ["shards", "runs/a", "runs/b"];
  const matrix = await ask<SharingMatrix>(
    journey,
    `/api/buckets/${bucket}/dedup/matrix?${new URLSearchParams(paths.map((path) => ["path", path]))}`,
  );
  const chart = card(page, "Shared between");
  const { bytes } = await saved(page, chart, "Save the figures");
  const pairs = rowsOf(bytes).slice(1);
  expect(pairs).toHaveLength(6);
  for (const [first, second, both] of pairs)
    expect(Number(both)).toBe(matrix.overlap[paths.indexOf(first!)]![paths.indexOf(second!)]);
  expect(Number(pairs.find(([first, second]) => first === "runs/a" && second === "runs/b")![2])).toBeGreaterThan(
    500 * KB,
  );
});

const CHARTS = ["Shared between checkpoints", "New bytes per checkpoint", "Over time"];

test("behind each chart stands a table, by keyboard", async ({ owner: page, journey }) => {
  const bucket = await trained(journey);
  const { runs } = await ask<CheckpointRuns>(journey, `/api/buckets/${bucket}/dedup/checkpoints`);
  await open(page, bucket, "?shape=treemap");
  for (const title of [...CHARTS, "Folders"]) {
    const chart = card(page, new RegExp(`^${title}`));
    await chart.getByRole("button", { name: `${title}: as a table` }).focus();
    await page.keyboard.press("Enter");
    await expect(chart.getByRole("region", { name: `${title}, table` })).toBeVisible();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await expect(chart.getByRole("region", { name: `${title}, table` })).toBeFocused();
  }
  const rows = card(page, "New bytes per checkpoint").getByRole("row");
  await expect(rows).toHaveCount(6);
  for (const [at, { path, newBytes }] of runs.flatMap(({ checkpoints }) => checkpoints).entries()) {
    await expect(rows.nth(at + 1)).toContainText(path);
    await expect(
      rows
        .nth(at + 1)
        .getByTitle(`${formatCount(newBytes)} B`)
        .first(),
    ).toBeVisible();
  }
  await expectAccessible(page);
});

test("charts are walked by arrows, value by value", async ({ owner: page, journey }) => {
  const bucket = await trained(journey);
  const { runs } = await ask<CheckpointRuns>(journey, `/api/buckets/${bucket}/dedup/checkpoints`);
  const { points } = await ask<DedupHistory>(journey, `/api/buckets/${bucket}/dedup/history`);
  await open(page, bucket);
  const bars = page.getByRole("slider", { name: "Checkpoints, by arrow keys" });
  await bars.focus();
  await page.keyboard.press("Home");
  const first = runs[0]!.checkpoints[0]!;
  await expect(bars).toHaveAttribute(
    "aria-valuetext",
    new RegExp(`step ${first.step}: ${formatSize(first.newBytes)} new`),
  );
  await page.keyboard.press("ArrowRight");
  await expect(bars).toHaveAttribute("aria-valuetext", new RegExp(`step ${runs[0]!.checkpoints[1]!.step}: `));
  const history = page.getByRole("slider", { name: "Points in time, by arrow keys" });
  await history.focus();
  await page.keyboard.press("End");
  const last = points.at(-1)!;
  await expect(history).toHaveAttribute("aria-valuemax", String(points.length));
  await expect(history).toHaveAttribute("aria-valuetext", new RegExp(`${formatSize(last.stored)} stored`));
});

test("charts are saved as figures, drawings and pictures", async ({ owner: page, journey }) => {
  const bucket = await trained(journey);
  const { runs } = await ask<CheckpointRuns>(journey, `/api/buckets/${bucket}/dedup/checkpoints`);
  const { points } = await ask<DedupHistory>(journey, `/api/buckets/${bucket}/dedup/history`);
  await open(page, bucket, "?shape=treemap");
  const name = bucket.split("/")[1]!;

  const bars = await saved(page, card(page, "New bytes per checkpoint"), "Save the figures");
  expect(bars.name).toBe(`${name}-new-bytes.csv`);
  const [head, ...rows] = rowsOf(bars.bytes);
  const column = (title: string) => head!.indexOf(title);
  expect(
    rows.map((row) => [
      row[column("Checkpoint")],
      Number(row[column("New (bytes)")]),
      Number(row[column("Stored (bytes)")]),
    ]),
  ).toEqual(
    runs.flatMap(({ checkpoints }) =>
      checkpoints.map(({ path, newBytes, figures }) => [path, newBytes, figures.stored]),
    ),
  );
  const history = rowsOf((await saved(page, card(page, "Over time"), "Save the figures")).bytes).slice(1);
  expect(history).toEqual(
    points.map((point) => [
      new Date(point.at).toISOString(),
      ...[point.files, point.logical, point.unique, point.stored].map(String),
    ]),
  );

  for (const title of [...CHARTS, "Folders"]) {
    const chart = card(page, new RegExp(`^${title}`));
    const drawing = await saved(page, chart, "Save the drawing");
    expect(drawing.name).toMatch(/\.svg$/);
    const text = drawing.bytes.toString("utf8");
    const found = await page.evaluate((svg) => {
      const { documentElement: root } = new DOMParser().parseFromString(svg, "image/svg+xml");
      return {
        name: root.localName,
        size: [root.getAttribute("width"), root.getAttribute("height")].map(Number),
        shapes: root.querySelectorAll("path, rect, line").length,
        texts: [...root.querySelectorAll("text")].map((element) => element.textContent),
      };
    }, text);
    expect(found.name).toBe("svg");
    expect(found.shapes).toBeGreaterThan(3);
    expect(found.texts[0]).toBe(title);
    expect(found.texts[1]).toContain(bucket);
    // Stands alone: no class, no variable, no colour that only browsers know.
    expect(text).not.toMatch(/class=|var\(|oklch|oklab|color-mix|light-dark/);
    const picture = await saved(page, chart, "Save the picture");
    expect(picture.name).toMatch(/\.png$/);
    expect(picture.bytes.subarray(0, 8)).toEqual(Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]));
    expect([picture.bytes.readUInt32BE(16), picture.bytes.readUInt32BE(20)]).toEqual(found.size.map((px) => px * 2));
  }
});

test("the tree of folders by keyboard, and what a selection frees", async ({ owner: page, journey }) => {
  const bucket = await trained(journey);
  await open(page, bucket);
  const tree = page.getByRole("treegrid");
  const root = await ask<DedupPage>(
    journey,
    `/api/buckets/${bucket}/dedup/entries?path=&sort=freed&direction=desc&limit=50`,
  );
  const first = root.items[0]!;
  expect(first.path).toBe("runs");
  const row = (name: string) => tree.getByRole("row", { name: new RegExp(`^Select ${name} `) });
  for (const figure of ["logical", "unique", "exclusive", "stored", "freed"] as const)
    await expect(
      row("runs/")
        .getByTitle(`${formatCount(first.figures[figure])} B`)
        .first(),
    ).toBeVisible();

  await row("runs/").focus();
  await page.keyboard.press("ArrowRight");
  await expect(row("runs/")).toHaveAttribute("aria-expanded", "true");
  await expect(row("a/")).toHaveAttribute("aria-level", "2");
  await page.keyboard.press("ArrowRight");
  await expect(row("a/").or(row("b/")).and(page.locator(":focus"))).toHaveCount(1);
  await page.keyboard.press("ArrowRight");
  await expect(tree.locator("tr[aria-level='3']").first()).toBeVisible();
  await page.keyboard.press("j");
  await expect(page.locator("tr:focus")).toHaveAttribute("aria-level", "3");
  await page.keyboard.press("ArrowLeft");
  await expect(page.locator("tr:focus")).toHaveAttribute("aria-level", "2");
  await row("b/").focus();
  await page.keyboard.press("Space");
  await expect(row("b/")).toHaveAttribute("aria-selected", "true");
  await row("shards/").focus();
  await page.keyboard.press("x");

  const selection = card(page, "Selection");
  const { figures } = await ask<SelectionFigures>(journey, `/api/buckets/${bucket}/dedup/selection`, {
    files: [],
    folders: ["runs/b", "shards"],
  });
  await expect(selection).toContainText("2 selected");
  await expect(selection.getByTitle(`${formatCount(figures.freed)} B`)).toBeVisible();
  await expect(selection.getByTitle(`${formatCount(figures.logical)} B`)).toBeVisible();
  // The union frees more than its parts: what only they share goes as well.
  expect(figures.freed).toBeLessThan(figures.logical);
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(selection).toHaveCount(0);

  await tree.getByRole("button", { name: "Stored" }).click();
  await expect(page).toHaveURL(/sort=stored/);
  await expect(tree.getByRole("columnheader", { name: "Stored", exact: true })).toHaveAttribute(
    "aria-sort",
    "descending",
  );
});

test("a selection is proposed as a plan of deletes", async ({ owner: page, journey }) => {
  const bucket = await trained(journey);
  await open(page, bucket);
  await page.getByRole("checkbox", { name: "Select shards/" }).check();
  await card(page, "Selection").getByRole("button", { name: "Propose as a plan" }).click();
  const dialog = page.getByRole("dialog", { name: /^Propose deleting 2 files/ });
  await expect(dialog.getByLabel("Title")).toHaveValue("Delete shards");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Propose 2 deletes" }).click();
  await page.waitForURL(/\/plans\/\d+$/);
  await expect(page.getByRole("heading", { name: /Delete shards/ })).toBeVisible();
  const plan = await ask<{ totals: { delete: { count: number; bytes: number } } }>(
    journey,
    `/api/plans/${page.url().split("/").at(-1)}`,
  );
  expect(plan.totals.delete).toEqual({ count: 2, bytes: 800 * KB });
});

test("deleting frees what was said, and the page says so by itself", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket({ ...checkpoint("a", 1, 70), ...checkpoint("a", 2, 71) });
  await settled(journey, bucket, 4);
  const before = await summaryOf(journey, bucket);
  const { figures } = await ask<SelectionFigures>(journey, `/api/buckets/${bucket}/dedup/selection`, {
    files: [],
    folders: ["runs/a/checkpoint-2"],
  });
  await open(page, bucket);
  await page.getByRole("button", { name: "Open runs/" }).click();
  await page.getByRole("button", { name: "Open a/" }).click();
  await page.getByRole("checkbox", { name: "Select checkpoint-2/" }).check();
  const selection = card(page, "Selection");
  await expect(selection.getByTitle(`${formatCount(figures.freed)} B`)).toBeVisible();
  await selection.getByRole("button", { name: "Delete" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Delete 2 files/ })
    .click();
  await expect(selection).toHaveCount(0);
  await expect(
    card(page, /on disk/)
      .getByTitle(`${formatCount(before.figures.stored - figures.freed)} B`)
      .first(),
  ).toBeVisible();
  await expect(card(page, /on disk/)).toContainText("wait to be freed");
});

test("the treemap goes down and up by keyboard", async ({ owner: page, journey }) => {
  const bucket = await trained(journey);
  await open(page, bucket);
  const folders = card(page, /^Folders/);
  await folders.getByRole("button", { name: "Treemap" }).click();
  await folders.getByRole("button", { name: "Stored", exact: true }).click();
  const tile = (name: string) => folders.getByRole("button", { name: new RegExp(`^${name}: .* freed if deleted`) });
  await tile("runs/").focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/at=runs/);
  await expect(tile("a/").or(tile("b/")).and(page.locator(":focus"))).toHaveCount(1);
  await expectAccessible(page);
  await page.keyboard.press("Backspace");
  await expect(tile("runs/")).toBeVisible();
  await expect(page).toHaveURL(/by=stored/);
  await page.reload();
  await expect(tile("runs/")).toBeVisible();
});

test("price tiers are the reader's own, and kept", async ({ owner: page, journey }) => {
  const bucket = await trained(journey);
  await open(page, bucket);
  const cost = card(page, "Cost, a model");
  await expect(cost).toContainText("List prices of 1 Nov 2026");
  await cost.getByRole("button", { name: /^Price list/ }).click();
  await page.getByRole("menuitem", { name: "Edit the tiers" }).click();
  const dialog = page.getByRole("dialog", { name: "Price tiers" });
  const price = dialog.getByLabel("Public, tier 1: dollars per TB and month");
  await price.fill("x");
  await expect(dialog.getByRole("button", { name: "Reckon with these" })).toBeDisabled();
  await price.fill("1000000");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Reckon with these" }).click();
  const { figures } = await summaryOf(journey, bucket);
  const dollars = `$${((figures.stored / 1e12) * 1_000_000).toFixed(2)}`;
  await expect(cost).toContainText(dollars);
  await page.reload();
  await expect(cost).toContainText(dollars);
  await expect(cost).toContainText("Your own tiers");
});

test("an empty bucket, one file, and nothing shared at all", async ({ owner: page, journey }) => {
  const empty = await journey.bucket();
  await page.goto(`/buckets/${empty}/dedup`);
  await expect(page.getByRole("heading", { name: "Nothing stored yet" })).toBeVisible();
  await expectAccessible(page);

  const one = await journey.bucket({ "only.bin": randomBytes(300 * KB, 80) });
  await settled(journey, one, 1);
  await open(page, one);
  await expect(page.getByRole("heading", { name: /of files takes .* Nothing saved\./ })).toBeVisible();
  await expect(page.getByText("Sharing takes two")).toBeVisible();
  await expectAccessible(page);

  const apart = await journey.bucket({ "a.bin": randomBytes(300 * KB, 81), "b.bin": randomBytes(300 * KB, 82) });
  await settled(journey, apart, 2);
  await open(page, apart);
  await expect(card(page, "Shared between")).toContainText("share nothing");
  await expect(page.getByText("No two files have the same content.")).toBeVisible();

  const twins = await journey.bucket({ "a.bin": randomBytes(300 * KB, 83), "b.bin": randomBytes(300 * KB, 83) });
  await settled(journey, twins, 2);
  await open(page, twins);
  await expect(card(page, "Shared between")).toContainText("every pair 100%");
  await expect(card(page, "Largest exclusive files")).toContainText("would free nothing");
});

test("figures that can not be had say so, and come by themselves", async ({ owner: page, journey, refused }) => {
  const bucket = await trained(journey);
  refused.push("/dedup");
  await page.route("**/api/buckets/*/*/dedup/files", (route) =>
    route.fulfill({
      status: 503,
      headers: { "X-Error-Code": "Unavailable" },
      json: { error: "The figures are being prepared." },
    }),
  );
  await page.goto(`/buckets/${bucket}/dedup`);
  await expect(async () => {
    await page.mouse.wheel(0, 1500);
    await expect(page.getByRole("alert").filter({ hasText: "The ranked files could not be read" })).toBeVisible({
      timeout: 4000,
    });
  }).toPass();
  await page.unroute("**/api/buckets/*/*/dedup/files");
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("heading", { name: "Near-duplicates" })).toBeVisible();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("the saving comes first, nothing is cut off or too small to tap", async ({ owner: page, journey }) => {
    const bucket = await trained(journey);
    await page.goto(`/buckets/${bucket}/dedup`);
    await expect(page.getByRole("heading", { name: /saved\.$/ })).toBeInViewport();
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    for (let y = 0; y < height + 2000; y += 600) await page.evaluate((top) => window.scrollTo(0, top), y);
    await expect(page.getByRole("heading", { name: "Near-duplicates" })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.getByRole("checkbox", { name: "Select runs/" }).check();
    await expect(card(page, "Selection")).toContainText("frees");
    const small = await page.evaluate(() =>
      [...document.querySelectorAll("main :is(button, a, summary)")]
        .filter((element) => {
          const { width, height } = element.getBoundingClientRect();
          return width > 1 && height < 43.5 && element.closest("thead, [role=slider]") === null;
        })
        .map(
          (element) =>
            `${element.getAttribute("aria-label") ?? element.textContent} ${element.getBoundingClientRect().height}`,
        ),
    );
    expect(small).toEqual([]);
    await expectAccessible(page);
  });
});
