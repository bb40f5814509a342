/** One plan, judged in the browser: by keyboard, by phone, against a bucket that moves, and by the real client's own file. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "@playwright/test";
import { formatSize } from "#lib/core/format.ts";
import { randomBytes } from "./bytes.ts";
import { selectionOf, written } from "./figures.ts";
import { expect, expectAccessible, type Journey, test } from "./fixtures.ts";
import { findHf, runHf } from "./hf.ts";
import { add, type Crew, createCrew, decide, drop, overwrite, planFile, signIn, skip, submit } from "./plans/crew.ts";

const crews = new WeakMap<Journey, Promise<Crew>>();

/** One organization a worker. */
function crewOf(journey: Journey): Promise<Crew> {
  let crew = crews.get(journey);
  if (crew === undefined) {
    crew = createCrew(journey);
    crews.set(journey, crew);
  }
  return crew;
}

/** What stands in the bucket before any plan. */
const FILES = {
  "runs/v2/checkpoint-500/config.json": "c500",
  "runs/v2/checkpoint-500/model.safetensors": "m500",
  "runs/v2/checkpoint-1000/config.json": "c1000",
  "runs/v2/checkpoint-1000/model.safetensors": "m1000",
  "runs/v3/metrics.jsonl": "old metrics",
  "runs/notes.md": "notes",
};

/** Adds two, overwrites one, deletes four, skips one. */
const LINES = [
  add("v3/checkpoint-4500/model.safetensors", 4_882_013_472),
  add("v3/checkpoint-4500/optimizer.pt", 7_450_311_680),
  overwrite("v3/metrics.jsonl", 1_920_000),
  drop("v2/checkpoint-500/config.json", 4),
  drop("v2/checkpoint-500/model.safetensors", 4),
  drop("v2/checkpoint-1000/config.json", 5),
  drop("v2/checkpoint-1000/model.safetensors", 5),
  skip("notes.md", 5),
];

async function waitingPlan(journey: Journey, title: string) {
  const crew = await crewOf(journey);
  const bucket = await crew.bucket(FILES);
  const plan = await submit(journey.url, crew.agent, planFile(bucket, LINES), title);
  return { crew, bucket, ...plan };
}

const row = (page: Page, name: string | RegExp) => page.getByRole("row", { name });
const tree = (page: Page) => page.getByRole("treegrid", { name: "Operations of the plan" });
const rail = (page: Page) => page.getByRole("region", { name: "Your decision" });

async function readPlan(journey: Journey, id: number) {
  const headers = { authorization: `Bearer ${journey.people.owner.token}` };
  return (await fetch(`${journey.url}/api/plans/${id}`, { headers })).json();
}

test("from the inbox to a part approved, by keyboard alone", async ({ owner: page, journey }) => {
  const { id } = await waitingPlan(journey, "Rotate checkpoints");
  await page.goto(`${journey.url}/plans`);
  await expect(page.getByRole("link", { name: /Rotate checkpoints/ })).toBeVisible();
  await expect(async () => {
    await page.keyboard.press("j");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Rotate checkpoints");
  }).toPass();
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/plans/${id}`);
  await expect(page.getByRole("heading", { level: 1, name: /Rotate checkpoints/ })).toBeVisible();
  await expect(rail(page).getByRole("button", { name: "Approve 8 of 8" })).toBeVisible();

  // Down to the checkpoint that must stay, and out with it.
  await expect(row(page, /^checkpoint-1000, folder/)).toBeVisible();
  await expect(async () => {
    await page.keyboard.press("j");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toMatch(/^checkpoint-1000,/);
  }).toPass();
  await page.keyboard.press("x");
  await expect(row(page, /^checkpoint-1000, folder.*left out/)).toBeVisible();
  await expect(rail(page).getByRole("button", { name: "Approve 6 of 8" })).toBeEnabled();
  await expect(page.getByRole("status").filter({ hasText: "6 of 8 checked" })).toHaveCount(1);

  // A reload forgets nothing.
  await page.reload();
  await expect(rail(page).getByRole("button", { name: "Approve 6 of 8" })).toBeEnabled();
  await expectAccessible(page);

  await page.keyboard.press("Shift+A");
  const dialog = page.getByRole("dialog", { name: "Approve 6 of 8 operations?" });
  await expect(dialog).toContainText("2 uploads, 1 overwrite, 2 deletes, 1 skip");
  await expectAccessible(page);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(rail(page)).toContainText("You approved 6 of 8");
  await expect(page.getByRole("link", { name: /^Export \d approved/ })).toBeVisible();

  const plan = await readPlan(journey, id);
  expect(plan.status).toBe("approved");
  expect(plan.runnable.delete.count).toBe(2);
  await rail(page).getByRole("button", { name: "Take it back" }).click();
  await expect(rail(page).getByRole("button", { name: "Take it back" })).toBeHidden();
  expect((await readPlan(journey, id)).status).toBe("open");
});

test("details, comments and notes open in place", async ({ owner: page, journey }) => {
  const { crew, page: address } = await waitingPlan(journey, "Discussed");
  await page.goto(address);
  await row(page, /^metrics.jsonl, overwrite/).click();
  const sides = page.getByRole("table", { name: "Both sides of v3/metrics.jsonl" });
  await expect(sides.getByRole("row", { name: /^Size/ })).toContainText("11 B");
  await expect(sides.getByRole("row", { name: /^Size/ })).toContainText("1,920,000 B");
  await expect(page.getByRole("region", { name: "v3/metrics.jsonl in the bucket now" })).toContainText("old metrics");

  await page.keyboard.press("c");
  const field = page.getByRole("textbox", { name: "Comment on v3/metrics.jsonl" });
  await expect(field).toBeFocused();
  await field.fill(`Is this the last step, @${crew.submitter.name}?`);
  await page.keyboard.press("Control+Enter");
  const comment = page.getByRole("article", { name: /^Comment of/ });
  await expect(comment).toContainText("Is this the last step");
  await expect(row(page, /^metrics.jsonl.*1 comment/)).toBeVisible();
  await expectAccessible(page);

  await comment.getByRole("button", { name: "Edit this comment" }).click();
  await page.getByRole("textbox", { name: "Comment", exact: true }).fill("It is the last step.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(comment).toContainText("It is the last step. ".trim());
  await expect(comment).toContainText("edited");

  // What somebody else says comes by itself, and takes nothing from the reader's hands.
  const mine = page.getByRole("textbox", { name: "Comment on the plan" });
  await mine.fill("half a sentence");
  const answer = await fetch(`${address.replace(/\/buckets\/.*\/plans\//, "/api/plans/")}/comments`, {
    method: "POST",
    headers: { authorization: `Bearer ${crew.colleague.token}`, "content-type": "application/json" },
    body: JSON.stringify({ path: null, body: "Looks right to me." }),
  });
  expect(answer.ok, await answer.text()).toBe(true);
  await expect(page.getByRole("region", { name: "Discussion" })).toContainText("Looks right to me.");
  await expect(mine).toHaveValue("half a sentence");

  await comment.first().getByRole("button", { name: "Take this comment back" }).click();
  await expect(page.getByText("It is the last step.")).toHaveCount(0);
});

test("filters and shapes stand in the address", async ({ owner: page, journey }) => {
  const { page: address } = await waitingPlan(journey, "Filtered");
  await page.goto(address);
  await page.getByRole("button", { name: "Only 4 deletes" }).click();
  await expect(page).toHaveURL(/kinds=delete/);
  await expect(row(page, /^v3, folder/)).toHaveCount(0);
  await page.getByRole("button", { name: "List" }).click();
  await expect(page.getByRole("grid", { name: "Operations of the plan" }).getByRole("row")).toHaveCount(5);

  // The box of all that is shown leaves the deletes out, and nothing else.
  await page.getByRole("checkbox", { name: "Approve everything that is shown" }).click();
  await expect(rail(page).getByRole("button", { name: "Approve 4 of 8" })).toBeEnabled();
  await page.reload();
  await expect(page.getByRole("button", { name: "Only 4 deletes" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("/");
  await page.keyboard.type("*1000*");
  await expect(page.getByRole("grid").getByRole("row")).toHaveCount(3);
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("button", { name: "Tree" }).click();
  await expect(tree(page)).toBeVisible();
  // Folders do not know the sizes below them: what is big comes as a list.
  await page.getByRole("button", { name: "Over 1 GB" }).click();
  await expect(page.getByRole("grid").getByRole("row")).toHaveCount(3);
  await expect(row(page, /^v3\/checkpoint-4500\/optimizer.pt/)).toBeVisible();
});

test("the bucket moves on: what is out of date is named, left out, and asked again after a rebase", async ({
  owner: page,
  journey,
}) => {
  const { crew, bucket, id, page: address } = await waitingPlan(journey, "Overtaken");
  await decide(journey.url, crew.colleague.token, id, { verdict: "approve" });
  await page.goto(address);
  await expect(row(page, /^metrics.jsonl.*approved/)).toBeVisible();

  await crew.upload(bucket, { "runs/v3/metrics.jsonl": "newer metrics" });
  const banner = page.getByRole("region", { name: "State of the plan" }).filter({ hasText: "out of date" });
  await expect(banner).toContainText("1 of 8 operations is out of date");
  await expect(banner).toContainText("v3/metrics.jsonl");
  await expect(row(page, /^metrics.jsonl.*out of date/).getByRole("checkbox")).toBeDisabled();
  await expect(rail(page).getByRole("button", { name: "Approve 7 of 8" })).toBeEnabled();
  await expect(rail(page).getByRole("button", { name: "Approve all 8" })).toBeDisabled();
  await expectAccessible(page);
  await banner.getByRole("button", { name: "Show the 1" }).click();
  await expect(page).toHaveURL(/stale=1/);

  await banner.getByRole("button", { name: "Rebase, keeps 7" }).click();
  await expect(banner).toHaveCount(0);
  await page.getByRole("button", { name: "Show all" }).first().click();
  await expect(row(page, /^metrics.jsonl/)).not.toHaveAccessibleName(/approved|out of date/);
  await expect(row(page, /^notes.md.*approved/)).toBeVisible();
  const plan = await readPlan(journey, id);
  expect([plan.version, plan.stale]).toEqual([2, 0]);

  await page.getByRole("link", { name: "Compare with version 1" }).click();
  await page.waitForURL("**/compare?**");
  await expect(page.getByRole("row", { name: /v3\/metrics.jsonl/ })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "1 operation differs" })).toBeVisible();
  await expectAccessible(page);
});

test("changes requested, then rejected: nothing runs, and it says why", async ({ owner: page, journey }) => {
  const { id, page: address } = await waitingPlan(journey, "Refused");
  await page.goto(address);
  await rail(page).getByRole("button", { name: "Request changes" }).click();
  const asks = page.getByRole("dialog", { name: "Request changes?" });
  await expect(asks.getByRole("button", { name: "Request changes" })).toBeDisabled();
  await asks.getByRole("textbox").fill("Keep checkpoint-1000.");
  await asks.getByRole("button", { name: "Request changes" }).click();
  const state = page.getByRole("region", { name: "State of the plan" });
  await expect(state).toContainText("Changes requested");
  await expect(state).toContainText("Keep checkpoint-1000.");
  expect((await readPlan(journey, id)).status).toBe("changes-requested");

  await rail(page).getByRole("button", { name: "Reject" }).click();
  await page.getByRole("dialog", { name: "Reject all 8?" }).getByRole("button", { name: "Reject the plan" }).click();
  await expect(state).toContainText("Rejected");
  await expect(rail(page)).toContainText("The plan was rejected");
  expect((await readPlan(journey, id)).status).toBe("rejected");
  await expectAccessible(page);
  await rail(page).getByRole("button", { name: "Take it back" }).click();
  await expect(rail(page).getByRole("button", { name: "Approve 8 of 8" })).toBeEnabled();
});

test("who proposed a plan reads and comments, and does not decide", async ({ page, journey }) => {
  const { crew, page: address } = await waitingPlan(journey, "Mine");
  await signIn(page, journey.url, crew.submitter);
  await page.goto(address);
  await expect(rail(page)).toContainText("Your agent proposed this plan: somebody else decides.");
  await expect(rail(page).getByRole("button", { name: /^Approve/ })).toHaveCount(0);
  await expect(page.getByRole("checkbox")).toHaveCount(0);
  await page.getByRole("button", { name: "More about this plan" }).click();
  await page.getByRole("menuitem", { name: "Withdraw" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Withdraw the plan" }).click();
  await expect(page.getByRole("region", { name: "State of the plan" })).toContainText("Withdrawn");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("approved at the thumb", async ({ owner: page, journey }) => {
    const { id, bucket, page: address } = await waitingPlan(journey, "From the train");
    const headers = {
      authorization: `Bearer ${journey.people.owner.adminToken}`,
      "content-type": "application/json",
    };
    const rules = await (await fetch(`${journey.url}/api/buckets/${bucket}/rules`, { headers })).json();
    const limits = { deleteShare: 0.5, deletes: 3, bytes: null };
    const answer = await fetch(`${journey.url}/api/buckets/${bucket}/rules`, {
      method: "PUT",
      headers,
      body: JSON.stringify({ ...rules, limits }),
    });
    expect(answer.ok, await answer.text()).toBe(true);
    await page.goto(address);
    const bar = page.getByRole("region", { name: "Decide" });
    await expect(bar.getByRole("button", { name: "Approve 8 of 8" })).toBeDisabled();
    await expect(bar).toContainText("limit 50%");
    const width = () => page.evaluate(() => Math.max(document.documentElement.scrollWidth, window.innerWidth));
    expect(await width()).toBe(390);
    await row(page, /^v2, folder/)
      .getByRole("checkbox")
      .tap();
    await expect(bar.getByRole("button", { name: "Approve 4 of 8" })).toBeEnabled();
    await expectAccessible(page);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("main button, main a, section[aria-label=Decide] button")]
        .filter((element) => element.offsetParent !== null && element.closest("p, li, dd, [role=tabpanel]") === null)
        .map((element) => ({ box: element.getBoundingClientRect(), words: element.textContent || element.ariaLabel }))
        .filter(({ box }) => box.width > 0 && (box.height < 43.5 || box.width < 24))
        .map(({ box, words }) => `${words}: ${box.width}x${box.height}`),
    );
    expect(small).toEqual([]);
    expect(await width()).toBe(390);

    await bar.getByRole("button", { name: "Approve 4 of 8" }).tap();
    await page.getByRole("dialog").getByRole("button", { name: "Approve 4 of 8" }).tap();
    await expect(page.getByRole("region", { name: "Your decision" })).toContainText("You approved 4 of 8");
    const plan = await readPlan(journey, id);
    expect([plan.runnable.add.count, plan.runnable.delete.count]).toEqual([2, 0]);
  });
});

test("the real client's plan, approved in part here, runs exactly that part there", async ({
  owner: page,
  journey,
}, info) => {
  test.setTimeout(240_000);
  const venv = await findHf();
  test.skip(venv === null, "no Python");
  const crew = await crewOf(journey);
  const bucket = await crew.bucket({
    "runs/old/a.txt": "a",
    "runs/old/b.txt": "b",
    "runs/kept.txt": "kept",
  });
  const folder = info.outputPath("runs");
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("kept.txt", "changed here");
  write("new/x.txt", "x");
  write("new/y.txt", "yy");
  const planPath = info.outputPath("plan.jsonl");
  const dest = `hf://buckets/${bucket}/runs`;
  await runHf(
    venv!,
    journey.url,
    crew.submitter.token,
    "buckets",
    "sync",
    folder,
    dest,
    "--delete",
    "--plan",
    planPath,
  );

  const { id, page: address } = await submit(journey.url, crew.agent, readFileSync(planPath, "utf8"), "By the client");
  await page.goto(address);
  await expect(rail(page).getByRole("button", { name: "Approve 5 of 5" })).toBeVisible();
  await row(page, /^old, folder/)
    .getByRole("checkbox")
    .click();
  await expect(rail(page).getByRole("button", { name: "Approve 3 of 5" })).toBeEnabled();
  await rail(page).getByRole("button", { name: "Approve 3 of 5" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Approve 3 of 5" }).click();
  await expect(rail(page)).toContainText("You approved 3 of 5");

  const saving = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export 3 approved" }).click();
  const approved = info.outputPath("approved.jsonl");
  await (await saving).saveAs(approved);
  await runHf(venv!, journey.url, crew.submitter.token, "buckets", "sync", "--apply", approved);

  const answer = await fetch(`${journey.url}/api/buckets/${bucket}/tree?recursive=true`, {
    headers: { authorization: `Bearer ${journey.people.owner.token}` },
  });
  const held = ((await answer.json()) as { type: string; path: string; size: number }[])
    .filter(({ type }) => type === "file")
    .map(({ path, size }) => `${path} ${size}`);
  expect(held.sort()).toEqual([
    "runs/kept.txt 12",
    "runs/new/x.txt 1",
    "runs/new/y.txt 2",
    "runs/old/a.txt 1",
    "runs/old/b.txt 1",
  ]);
  // The page follows the run; the rest is what a second look finds.
  await expect(page.getByRole("region", { name: "State of the plan" })).toContainText("Done: 3 operations ran");
  const rest = await runHf(
    venv!,
    journey.url,
    crew.submitter.token,
    "buckets",
    "sync",
    folder,
    dest,
    "--delete",
    "--dry-run",
  );
  const left = rest
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .filter(({ type, action }) => type === "operation" && action !== "skip")
    .map(({ action, path }) => `${action} ${path}`);
  expect(left.sort()).toEqual(["delete old/a.txt", "delete old/b.txt"]);
  expect((await readPlan(journey, id)).status).toBe("done");
  rmSync(folder, { recursive: true });
});

test("what a plan frees and brings, whole and of what is checked", async ({ owner: page, journey }) => {
  const crew = await crewOf(journey);
  const weights = (seed: number) => Buffer.from(randomBytes(120_000, seed)).toString("hex");
  const bucket = await crew.bucket({
    "runs/v1/model.bin": weights(91),
    "runs/v2/model.bin": weights(92),
    "release/model.bin": weights(91),
  });
  const lines = [add("v3/model.bin", 5_000_000), drop("v1/model.bin", 240_000), drop("v2/model.bin", 240_000)];
  const { id } = await submit(journey.url, crew.agent, planFile(bucket, lines), "Make room");
  const { freed } = await selectionOf(journey, bucket, { folders: ["runs/v1", "runs/v2"] });
  const alone = await selectionOf(journey, bucket, { folders: ["runs/v1"] });
  // The release holds the same bytes.
  expect(alone.freed).toBe(0);
  expect(freed).toBeGreaterThan(100_000);
  await page.goto(`/buckets/${bucket}/plans/${id}`);
  const figures = page.getByRole("region", { name: "Figures" });
  await expect(figures).toContainText(written(formatSize(freed)));
  await expect(figures).toContainText("at most 5.00 MB");
  await expect(figures).toContainText(`at most +${formatSize(5_000_000 - freed)}`);
  const frees = rail(page).getByText("Frees", { exact: true }).locator("..");
  await expect(frees).toContainText(written(formatSize(freed)));
  await expectAccessible(page);
  await row(page, /^v2, folder/)
    .getByRole("checkbox")
    .uncheck();
  await expect(frees).toContainText("0 B");
  await row(page, /^v2, folder/)
    .getByRole("checkbox")
    .check();
  await expect(frees).toContainText(written(formatSize(freed)));
});
