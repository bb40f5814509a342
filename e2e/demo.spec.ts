/** `npm run demo`, then every kind of page, on the embedded Hub and over HUB_URL: quiet, accessible, and they browse, save and delete. */
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, type Journey, test } from "./fixtures.ts";
import { runScript, startServer, type TestServer } from "./server.ts";

/** The account of the first start, which `npm run demo` fills. */
const ACCOUNT = "owner";

let ready: Promise<string> | undefined;

/** Fills the account once a worker. Returns a token of it. */
function fillDemo({ server }: Journey): Promise<string> {
  ready ??= (async () => {
    await runScript("scripts/demo.ts", [], { env: { DATA_DIR: server.dataDir } });
    return server.admin(["token", "create", ACCOUNT, "--role", "write"]);
  })();
  return ready;
}

async function bucketsOf(url: string, token: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/buckets/${ACCOUNT}`, { headers: { authorization: `Bearer ${token}` } });
  return ((await answer.json()) as { id: string }[]).map((bucket) => bucket.id);
}

async function signInByToken(page: Page, url: string, token: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  const tab = page.getByRole("tab", { name: /token/i });
  if ((await tab.count()) > 0) await tab.click();
  await page.getByLabel(/token/i).last().fill(token);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("button", { name: `Account ${ACCOUNT}` })).toBeVisible();
}

/** Home, then each bucket, a folder and a file of it, by the links that people click. Every bucket has other content. */
async function walk(page: Page, url: string, buckets: string[]): Promise<void> {
  await page.goto(url);
  for (const bucket of buckets) await expect(page.locator(`a[href="/buckets/${bucket}"]`).first()).toBeVisible();
  await expectAccessible(page);
  for (const bucket of buckets) {
    await page.goto(`${url}/buckets/${bucket}`);
    const folders = page.locator(`table a[href^="/buckets/${bucket}/tree/"]`);
    const files = page.locator(`table a[href^="/buckets/${bucket}/blob/"]`);
    await expect(folders.or(files).first()).toBeVisible();
    await expectAccessible(page);
    while ((await files.count()) === 0) {
      const before = page.url();
      await folders.first().click();
      await page.waitForURL((now) => now.href !== before);
      await expect(folders.or(files).first()).toBeVisible();
    }
    await files.first().click();
    await page.waitForURL("**/blob/**");
    await expect(page.getByRole("link", { name: /^Download/ }).first()).toBeVisible();
    await expectAccessible(page);
  }
}

test("the demo's buckets, on every kind of page", async ({ page, journey }) => {
  test.setTimeout(240_000);
  const token = await fillDemo(journey);
  const buckets = await bucketsOf(journey.url, token);
  expect(buckets.length).toBeGreaterThanOrEqual(3);
  await signInByToken(page, journey.url, token);
  await walk(page, journey.url, buckets);
  await page.goto(`${journey.url}/buckets/${buckets[0]}/settings`);
  await expectAccessible(page);
});

test.describe("over HUB_URL", () => {
  let front: TestServer;
  test.beforeAll(async ({ journey }) => {
    front = await startServer({ env: { HUB_URL: journey.url } });
  });
  test.afterAll(async () => {
    await front?.stop();
  });

  test("the same pages, and the token stays on the server", async ({ page, journey }) => {
    test.setTimeout(240_000);
    const token = await fillDemo(journey);
    const leaks: string[] = [];
    page.on("response", async (answer) => {
      const text = await answer.text().catch(() => "");
      if (text.includes(token)) leaks.push(answer.url());
    });
    await signInByToken(page, front.url, token);
    await walk(page, front.url, (await bucketsOf(journey.url, token)).slice(0, 2));
    expect(JSON.stringify(await page.context().cookies())).not.toContain(token);
    expect(leaks).toEqual([]);
    expect(front.output()).not.toContain(token);
  });

  test("save, rename and delete on that Hub", async ({ page, journey }) => {
    const bucket = await journey.bucket({ "a.txt": "alpha", "b.txt": "beta", "folder/c.txt": "gamma" }, "private");
    await page.goto(`${front.url}/sign-in`);
    await page.getByLabel(/token/i).last().fill(journey.people.owner.token);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("button", { name: `Account ${journey.people.owner.name}` })).toBeVisible();
    await page.goto(`${front.url}/buckets/${bucket}`);
    await page.getByRole("link", { name: "a.txt" }).click();
    await page.waitForURL("**/blob/a.txt");
    const saving = page.waitForEvent("download");
    await page
      .getByRole("link", { name: /^Download/ })
      .first()
      .click();
    expect(await readFile(await (await saving).path(), "utf8")).toBe("alpha");
    await page.goto(`${front.url}/buckets/${bucket}`);
    await page.getByRole("button", { name: "Actions for b.txt" }).click();
    await page.getByRole("menuitem", { name: /^Rename/ }).click();
    await page.getByRole("dialog").getByLabel("Path in the bucket").fill("folder/b.txt");
    await page.getByRole("dialog").getByRole("button", { name: "Move" }).click();
    await expect(page.getByRole("link", { name: "b.txt" })).toHaveCount(0);
    await page.getByRole("checkbox", { name: "Select a.txt" }).check();
    await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Delete" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Delete/ })
      .click();
    await expect(page.getByRole("link", { name: "a.txt" })).toHaveCount(0);
    const answer = await fetch(`${journey.url}/api/buckets/${bucket}/tree`, {
      headers: { authorization: `Bearer ${journey.people.owner.token}` },
    });
    expect(((await answer.json()) as { path: string }[]).map((entry) => entry.path)).toEqual([
      "folder/b.txt",
      "folder/c.txt",
    ]);
  });
});
