/** What stands around a review: submitting, the inbox, rules, activity, and running approved uploads from the browser. */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page, TestInfo } from "@playwright/test";
import { randomBytes } from "./bytes.ts";
import { expect, expectAccessible, type Journey, test } from "./fixtures.ts";
import { add, type Crew, createCrew, decide, drop, overwrite, planFile, signIn, submit } from "./plans/crew.ts";

const crews = new WeakMap<Journey, Promise<Crew>>();

/** One organization a worker. */
function crewOf(journey: Journey): Promise<Crew> {
  const crew = crews.get(journey) ?? createCrew(journey);
  crews.set(journey, crew);
  return crew;
}

/** Whole seconds. */
const MTIME = 1_800_000_000;

function folder(info: TestInfo, name: string, files: Record<string, Uint8Array | string>): string {
  const root = info.outputPath(name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    utimesSync(join(root, path), MTIME, MTIME);
  }
  return root;
}

/** Presses a button that opens the browser's chooser; the page may still be waking up. */
async function choose(page: Page, button: string | RegExp, path: string): Promise<void> {
  await expect(async () => {
    const chooser = page.waitForEvent("filechooser", { timeout: 3000 });
    await page.getByRole("button", { name: button }).click();
    await (await chooser).setFiles(path);
  }).toPass();
}

async function ask<T>(journey: Journey, token: string, path: string, method = "GET", body?: unknown): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${journey.url}${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  expect(answer.ok, `${path}: ${text}`).toBe(true);
  return (text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text) as T;
}

test("a plan file with a fault is refused in its place, and goes in once it is mended", async ({
  owner: page,
  journey,
  refused,
}, info) => {
  refused.push("/api/plans");
  const crew = await crewOf(journey);
  const bucket = await crew.bucket({ "runs/old.bin": "12345" });
  const good = planFile(bucket, [add("new.bin", 7), drop("old.bin", 5)]);
  const lines = good.trimEnd().split("\n");
  const broken = [lines[0], lines[1]!.slice(0, -20), ...lines.slice(2)].join("\n");
  const root = folder(info, "files", { "sync-plan.jsonl": `${broken}\n`, "mended.jsonl": good });

  await page.goto("/plans/new");
  await expectAccessible(page);
  await choose(page, "Choose a file", join(root, "sync-plan.jsonl"));
  const refusal = page.getByRole("region", { name: "Plan refused" });
  await expect(refusal.getByRole("heading")).toHaveText("Plan refused: line 2 is not valid JSON");
  await expect(refusal).toContainText("Nothing was stored and the bucket was not touched.");
  await expect(refusal.getByRole("list", { name: "Lines around it" })).toContainText("Column ");
  await expect(page.getByRole("region", { name: "The other lines" })).toBeVisible();
  await expect(page.getByRole("region", { name: "The error" })).toContainText("not-json");
  await expectAccessible(page);
  const none = await ask<{ items: unknown[] }>(journey, journey.people.owner.token, `/api/plans?bucket=${bucket}`);
  expect(none.items).toEqual([]);

  await choose(page, "Choose another file", join(root, "mended.jsonl"));
  await page.waitForURL(`**/buckets/${bucket}/plans/*`);
  await page.goto("/plans?box=mine");
  await expect(page.getByRole("list", { name: "Plans" }).getByRole("listitem").first()).toContainText("1 new file");
  await expectAccessible(page);
});

test("pasted text goes in by keyboard", async ({ owner: page, journey }) => {
  const crew = await crewOf(journey);
  const bucket = await crew.bucket({ "runs/old.bin": "12345" });
  await page.goto(`/plans/new?bucket=${encodeURIComponent(bucket)}`);
  await expect(async () => {
    await page.getByRole("button", { name: "Paste text" }).press("Enter");
    await expect(page.getByLabel("Lines of the plan")).toBeFocused({ timeout: 2000 });
  }).toPass();
  await page.getByLabel("Lines of the plan").fill(planFile(bucket, [drop("old.bin", 5)]));
  await page.getByLabel("Title").fill("One delete");
  await page.getByRole("button", { name: "Submit 2 lines" }).press("Enter");
  await page.waitForURL(`**/buckets/${bucket}/plans/*`);
  await expect(page.getByRole("heading", { name: /One delete/ })).toBeVisible();
});

test("computed from a folder: by content, then run from that folder once it is approved", async ({
  owner: page,
  journey,
}, info) => {
  test.setTimeout(180_000);
  const crew = await crewOf(journey);
  const bucket = await crew.bucket({ "runs/same.txt": "equal bytes", "runs/gone.txt": "gone", "runs/log.txt": "log" });
  const weights = randomBytes(1_500_000, 11);
  const files = { "same.txt": "equal bytes", "deep/model.bin": weights, "notes.md": "# Notes", "skip.tmp": "tmp" };
  const root = folder(info, "runs", files);

  await page.goto(`/plans/new?from=folder&bucket=${encodeURIComponent(bucket)}&prefix=runs`);
  await choose(page, "Choose a folder", root);
  await expect(page.getByText("4 files, 1.50 MB logical")).toBeVisible();
  await page.getByRole("radio", { name: /By content/ }).check();
  await page.getByRole("checkbox", { name: /Delete what is not/ }).check();
  await page.getByText("Filters").click();
  await page.getByLabel("Leave out").fill("*.tmp\nlog.*");
  await page.getByLabel("Title").fill("Mirror of runs");
  await page.getByRole("button", { name: "Compare 4 files" }).click();
  await expect(page.getByText("3 changes")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Submit 4 operations for review" }).click();
  await page.waitForURL(`**/buckets/${bucket}/plans/*`);
  const id = Number(page.url().split("/").at(-1));
  const headers = { authorization: `Bearer ${journey.people.owner.token}` };
  const original = await (await fetch(`${journey.url}/api/plans/${id}/original.jsonl`, { headers })).text();
  const lines = original
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ action, path, reason }) => `${action} ${path}, ${reason}`).slice(1)).toEqual([
    "upload deep/model.bin, new file",
    "delete gone.txt, not in source (--delete)",
    "upload notes.md, new file",
    "skip same.txt, identical",
  ]);
  for (const { action, xet_hash } of lines.slice(1))
    if (action !== "delete") expect(xet_hash).toMatch(/^[0-9a-f]{64}$/);

  await decide(journey.url, crew.colleague.token, id, { verdict: "approve" });
  // One of them is changed after the approval: it must stay.
  writeFileSync(join(root, "notes.md"), "# NOTES");
  await page.reload();
  await expect(async () => {
    await page.getByRole("tab", { name: /This tab/ }).click();
    await expect(page.getByRole("button", { name: "Choose the folder" })).toBeVisible({ timeout: 2000 });
  }).toPass();
  await choose(page, "Choose the folder", root);
  await expect(page.getByRole("list", { name: "Not as approved" })).toContainText("another content");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Upload 1 file, 1.50 MB" }).click();
  await expect(page.getByText(/^\d+ pending$/)).toHaveText("2 pending", { timeout: 60_000 });
  const there = await fetch(`${journey.url}/buckets/${bucket}/resolve/runs/deep/model.bin`, {
    headers: { authorization: `Bearer ${journey.people.owner.token}` },
  });
  expect(Buffer.from(await there.arrayBuffer()).equals(Buffer.from(weights))).toBe(true);
  expect(
    (await ask<{ path: string }[]>(journey, journey.people.owner.token, `/api/buckets/${bucket}/tree`)).map(
      ({ path }) => path,
    ),
  ).not.toContain("runs/notes.md");

  // As it was approved again, the rest goes.
  writeFileSync(join(root, "notes.md"), "# Notes");
  await choose(page, "Choose the folder again", root);
  await expect(page.getByText(/^\d+ pending$/)).toHaveText("1 pending", { timeout: 60_000 });
  await page.getByRole("button", { name: "Run 1 delete on the server" }).click();
  await expect
    .poll(async () => (await ask<{ status: string }>(journey, journey.people.owner.token, `/api/plans/${id}`)).status)
    .toBe("done");
  const left = await ask<{ path: string }[]>(journey, journey.people.owner.token, `/api/buckets/${bucket}/tree`);
  expect(left.map(({ path }) => path).sort()).toEqual([
    "runs/deep/model.bin",
    "runs/log.txt",
    "runs/notes.md",
    "runs/same.txt",
  ]);
});

test("bucket to bucket is compared by the server", async ({ owner: page, journey }) => {
  const crew = await crewOf(journey);
  const bucket = await crew.bucket({ "runs/a.bin": "a", "runs/b.bin": "b", "release/a.bin": "old" });
  await page.goto(`/plans/new?from=buckets&bucket=${encodeURIComponent(bucket)}&prefix=release`);
  await expect(async () => {
    await page.getByLabel("From", { exact: true }).fill("hf://nowhere");
    await expect(page.getByText("is not a bucket", { exact: false })).toBeVisible({ timeout: 2000 });
    await page.getByLabel("From", { exact: true }).fill("");
  }).toPass();
  await page.getByLabel("From", { exact: true }).fill(`hf://buckets/${bucket}/runs`);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Compare, then submit the plan" }).click();
  await page.waitForURL(`**/buckets/${bucket}/plans/*`);
});

test("rules: protected in a form, told to everybody, and what they refuse is remembered", async ({
  owner: page,
  journey,
}) => {
  const crew = await crewOf(journey);
  const bucket = await crew.bucket({ "runs/a.bin": "a", "free.txt": "b" });
  await page.goto(`/buckets/${bucket}/settings`);
  const section = page.getByRole("region", { name: "Protection and review" });
  await expect(async () => {
    await section.getByRole("radio", { name: /These folders/ }).check();
    await expect(section.getByLabel("Protected folders")).toBeVisible({ timeout: 2000 });
  }).toPass();
  await section.getByLabel("Protected folders").fill("runs/");
  await section.getByLabel("Approvals needed").fill("2");
  await section.getByRole("button", { name: "Add owners of a glob" }).click();
  await section.getByLabel("Glob of owners 1").fill("runs/*.bin");
  await expect(section.getByRole("alert")).toHaveText("Each line needs a glob and at least one person.");
  await section.getByLabel("People of owners 1").fill(`@${crew.colleague.name}`);
  await expect(section.getByRole("list", { name: "What these rules mean" })).toContainText(
    `What matches runs/*.bin also needs ${crew.colleague.name}.`,
  );
  await section.getByRole("button", { name: "Protect runs/" }).click();
  await expect(page.getByText("Partly protected")).toBeVisible();
  await expectAccessible(page);
  const rules = await ask<{ protect: string[]; approvals: number }>(
    journey,
    crew.colleague.token,
    `/api/buckets/${bucket}/rules`,
  );
  expect(rules).toMatchObject({ protect: ["runs"], approvals: 2 });

  const refused = await fetch(`${journey.url}/api/buckets/${bucket}/batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${journey.people.owner.token}`, "content-type": "application/x-ndjson" },
    body: `${JSON.stringify({ type: "deleteFile", path: "runs/a.bin" })}\n`,
  });
  expect(refused.status).toBe(403);
  await page.goto("/");
  await expect(page.getByRole("link", { name: new RegExp(bucket.split("/")[1]!) }).first()).toBeVisible();
  await expect(
    page.getByRole("row", { name: new RegExp(bucket.split("/")[1]!) }).getByLabel("protected"),
  ).toBeVisible();
  await page.goto(`/buckets/${bucket}/activity?kind=refused`);
  await expect(page.getByRole("listitem")).toHaveCount(1);
  await expect(page.getByRole("listitem")).toContainText("was refused: 1 path without an approved plan");
  await page.getByRole("button", { name: "All", exact: true }).click();
  await expect(page.getByText("changed the rules: runs/ protected")).toBeVisible();
  await page.getByLabel("Person, token, path or plan").fill("rules: runs");
  await expect(page.getByRole("listitem")).toHaveCount(1);
  await expectAccessible(page);

  // Who may not change them reads them.
  await page.context().clearCookies();
  await signIn(page, journey.url, crew.submitter);
  await page.goto(`/buckets/${bucket}/plans`);
  const card = page.getByRole("region", { name: "Rules" });
  await expect(card).toContainText("no file under runs/ is deleted or overwritten without an approved plan");
  await expect(card.getByRole("link", { name: "Change" })).toHaveCount(0);
  await expectAccessible(page);
});

test("webhooks: made, told once, removed", async ({ owner: page, journey }) => {
  const crew = await crewOf(journey);
  const bucket = await crew.bucket({ "a.txt": "a" });
  await page.goto(`/buckets/${bucket}/settings`);
  const section = page.getByRole("region", { name: "Webhooks" });
  await expect(section).toContainText("Nobody is told.");
  await section.getByRole("button", { name: "Add a webhook" }).click();
  await section.getByLabel("Address to call").fill("https://ci.example.org/hooks/plans");
  await section.getByRole("checkbox", { name: "out of date" }).uncheck();
  await section.getByRole("button", { name: "Add the webhook" }).click();
  await expect(section).toContainText("Copy the secret now");
  await expect(section.getByRole("list", { name: "Webhooks" })).toContainText("submitted, decided, run");
  await expectAccessible(page);
  await section.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove it" }).click();
  await expect(section).toContainText("Nobody is told.");
});

test("what waits is counted, listed, and found by its number", async ({ owner: page, journey }) => {
  const crew = await crewOf(journey);
  const bucket = await crew.bucket({ "runs/a.bin": "a", "runs/m.jsonl": "m" });
  const lines = [add("b.bin", 3_000_000), overwrite("m.jsonl", 12), drop("a.bin", 1)];
  const { id } = await submit(journey.url, crew.agent, planFile(bucket, lines), "Rotate them all");
  await page.goto("/");
  const nav = page.getByRole("navigation", { name: "Main" });
  await expect(nav.getByRole("link", { name: /^Plans/ })).toContainText("waiting for you");
  const waiting = page.getByRole("region", { name: "Waiting for you" });
  await expect(waiting.getByRole("listitem").first()).toContainText(`Rotate them all #${id}`);
  await expect(page.getByRole("region", { name: "Lately" }).getByRole("listitem").first()).toContainText(
    "submitted 3 operations",
  );
  await expectAccessible(page);

  await expect(async () => {
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.waitForURL("**/plans", { timeout: 2000 });
  }).toPass();
  const first = page.getByRole("list", { name: "Plans" }).getByRole("listitem").first();
  await expect(first).toContainText("ckpt-sweep, agent of");
  await expect(first).toContainText("1 new file");
  await expectAccessible(page);
  await page.keyboard.press("j");
  await expect(first.getByRole("link")).toBeFocused();

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill(`#${id}`);
  await expect(page.getByRole("option").first()).toContainText(`Rotate them all #${id}`);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/buckets/${bucket}/plans/${id}`);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("nothing is wider than the screen", async ({ owner: page, journey }) => {
    const crew = await crewOf(journey);
    const bucket = await crew.bucket({ "runs/a.bin": "a" });
    await submit(journey.url, crew.agent, planFile(bucket, [drop("a.bin", 1)]), "A title of some length for a phone");
    const pages = [
      "/",
      "/plans",
      "/plans/new",
      "/plans/new?from=folder",
      "/plans/new?from=buckets",
      "/activity",
      `/buckets/${bucket}/plans`,
      `/buckets/${bucket}/activity`,
      `/buckets/${bucket}/settings`,
    ];
    for (const path of pages) {
      await page.goto(path);
      await expect(page.locator("#content")).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390);
    }
  });
});
