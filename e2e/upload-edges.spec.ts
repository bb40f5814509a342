/** Where an upload can stop, and how it goes on: reloads, faults of the server, lost sessions, files that change, several tabs. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BrowserContext, Page, Route, TestInfo } from "@playwright/test";
import { randomBytes } from "./bytes.ts";
import { expect, expectAccessible, type Journey, test } from "./fixtures.ts";
import { startServer } from "./server.ts";
import { drop, dropAndStart, expectUploaded, options, panel } from "./upload/dropping.ts";

const WAIT_MS = 45_000;

function folder(info: TestInfo, name: string, files: Record<string, Uint8Array | string>): string {
  const root = info.outputPath(name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

async function read(journey: Journey, bucket: string, path: string): Promise<Buffer> {
  const url = `${journey.url}/buckets/${bucket}/resolve/${path.split("/").map(encodeURIComponent).join("/")}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${journey.people.owner.token}` } });
  expect(answer.status, path).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

/** Counts requests to a part of the API. */
function count(page: Page, part: string): { count: number } {
  const sent = { count: 0 };
  page.on("request", (request) => {
    if (request.url().includes(part)) sent.count += 1;
  });
  return sent;
}

/** What the Hub would say instead. */
function answer(status: number, error: string, headers: Record<string, string> = {}) {
  return (route: Route) => route.fulfill({ status, headers, json: { error } });
}

/** A folder in the browser's private file system, handles of which need no permission after a reload. */
async function keepFolder(page: Page, name: string, files: Record<string, string>): Promise<void> {
  await page.evaluate(
    async ([name, files]) => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle(name, { create: true });
      for (const [path, content] of Object.entries(files)) {
        const file = await folder.getFileHandle(path, { create: true });
        const writable = await file.createWritable();
        await writable.write(content);
        await writable.close();
      }
    },
    [name, files] as const,
  );
}

/** What is dropped has its handle. */
const giveHandle = (page: Page, name: string) =>
  page.addInitScript((name) => {
    Object.assign(DataTransferItem.prototype, {
      getAsFileSystemHandle: async () => (await navigator.storage.getDirectory()).getDirectoryHandle(name),
    });
  }, name);

/** The page goes away in the middle: bytes arrived, entries did not. */
async function reloadInTheMiddle(page: Page, begin: () => Promise<void>): Promise<void> {
  await page.context().route("**/batch", () => {});
  const batch = page.waitForRequest("**/batch");
  await begin();
  await batch;
  page.on("dialog", (dialog) => dialog.accept());
  await page.reload();
  await page.context().unroute("**/batch");
}

test("after a reload a dropped folder goes on by one click", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const files = { "one.txt": "1".repeat(300_000), "two.txt": "two" };
  const root = folder(info, "picked", files);
  await giveHandle(page, "picked");
  await page.goto(`/buckets/${bucket}`);
  await keepFolder(page, "picked", files);
  await reloadInTheMiddle(page, () => dropAndStart(page, root));

  const title = panel(page).getByRole("heading", { name: "Interrupted: picked" });
  await expect(title).toBeVisible();
  await expect(panel(page)).toContainText("The upload of 2 files, 300 kB, was interrupted");
  await expectAccessible(page);
  const sent = count(page, "/xorbs/");
  await panel(page).getByRole("button", { name: "Continue" }).click();
  await expectUploaded(page, "picked", WAIT_MS);
  expect(sent.count).toBe(0);
  expect((await read(journey, bucket, "picked/one.txt")).toString()).toBe(files["one.txt"]);

  // Its receipt outlives the page, out of the way, until it is closed.
  await page.reload();
  await page.getByRole("button", { name: /^Uploaded picked/ }).click();
  await expect(panel(page)).toContainText("2 uploaded");
  await expect(panel(page).getByRole("listitem").filter({ hasText: "two.txt" })).toBeVisible();
  await panel(page).getByRole("button", { name: "Close picked" }).click();
  await expect(panel(page)).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
  await expect(panel(page)).toHaveCount(0);
});

test("an interrupted drop is told of, and the same again goes on at once", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const root = folder(info, "resumed", { "a.bin": randomBytes(400_000, 41), ".DS_Store": "x" });
  await page.goto(`/buckets/${bucket}`);
  await reloadInTheMiddle(page, () => dropAndStart(page, root));
  await expect(panel(page).getByRole("heading", { name: "Interrupted: resumed" })).toBeVisible();
  const sent = count(page, "/xorbs/");
  // No question is asked again: neither the rules nor what exists.
  await drop(page, root);
  await expectUploaded(page, "resumed", WAIT_MS);
  await expect(options(page)).toHaveCount(0);
  await expect(panel(page)).toContainText("1 left out by the rules");
  expect(sent.count).toBe(0);
});

test("keep both goes beside what is there, once", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "both/one.txt": "before", "both/two.txt": "before" });
  const root = folder(info, "both", { "one.txt": "after", "two.txt": "after" });
  await page.goto(`/buckets/${bucket}`);
  let batches = 0;
  // One entry arrives, the other does not.
  await page.context().route("**/batch", async (route) => {
    const lines = route.request().postData()!.trim().split("\n");
    if (batches++ > 0) return;
    await route.continue({ postData: lines[0] });
  });
  await drop(page, root);
  await options(page)
    .getByRole("radio", { name: /^Keep both/ })
    .check();
  const answered = page.waitForResponse("**/batch");
  await options(page)
    .getByRole("button", { name: /^Upload \d/ })
    .click();
  await answered;
  await expect(panel(page)).toContainText("uploaded");
  await page.context().unroute("**/batch");
  const names = async () => {
    const headers = { authorization: `Bearer ${journey.people.owner.token}` };
    const list = await fetch(`${journey.url}/api/buckets/${bucket}/tree/both`, { headers });
    return ((await list.json()) as { path: string }[]).map(({ path }) => path);
  };
  expect(await names()).toContain("both/one (2).txt");
  expect((await names()).filter((name) => name.startsWith("both/one"))).toHaveLength(2);
});

/** Names that handles of folders leave out without a word. */
const UNUSUAL = ["run 2026-11-27T08:22:38.log", "what?.txt", "con", "x.url", "dot.", " lead", "plain.txt"];
const UNUSUAL_FILES = Object.fromEntries(UNUSUAL.map((name) => [`sub/${name}`, `in ${name}`]));

test("a chosen folder comes whole, whatever its files are called", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const root = folder(info, "unusual", { ...UNUSUAL_FILES, "back\\slash": "no bucket may hold it" });
  await page.goto(`/buckets/${bucket}`);
  const button = page.getByRole("dialog").getByRole("button", { name: "Choose folder" });
  await expect(async () => {
    if (!(await button.isVisible())) await page.getByRole("button", { name: "Upload", exact: true }).click();
    await expect(button).toBeVisible({ timeout: 3000 });
  }).toPass();
  const chooser = page.waitForEvent("filechooser");
  await button.click();
  await (await chooser).setFiles(root);
  await expect(panel(page)).toContainText("the path holds a backslash", { timeout: WAIT_MS });
  for (const [path, content] of Object.entries(UNUSUAL_FILES)) {
    expect((await read(journey, bucket, `unusual/${path}`)).toString()).toBe(content);
  }
});

test("a drop that handles would not find again is asked for once more", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const root = folder(info, "unusual", UNUSUAL_FILES);
  await page.goto(`/buckets/${bucket}`);
  await reloadInTheMiddle(page, () => dropAndStart(page, root));
  await expect(panel(page).getByRole("heading", { name: "Interrupted: unusual" })).toBeVisible();
  await expect(panel(page)).toContainText("Drop the same again to go on");
  await expect(panel(page).getByRole("button", { name: "Continue" })).toHaveCount(0);
  await drop(page, root);
  await expectUploaded(page, "unusual", WAIT_MS);
  for (const [path, content] of Object.entries(UNUSUAL_FILES)) {
    expect((await read(journey, bucket, `unusual/${path}`)).toString()).toBe(content);
  }
});

test("names like a Windows drive are told before they are sent", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const root = folder(info, "odd", { "c: notes.txt": "notes", "plain: too.txt": "plain" });
  await page.goto(`/buckets/${bucket}`);
  await drop(page, root);
  await expect(options(page)).toContainText("1 name looks like a Windows drive");
  await expect(options(page)).toContainText("odd/c: notes.txt");
  await expectAccessible(page);
  await options(page)
    .getByRole("button", { name: /^Upload 2 files/ })
    .click();
  await expectUploaded(page, "odd", WAIT_MS);
  expect((await read(journey, bucket, "odd/c: notes.txt")).toString()).toBe("notes");
});

test("it goes on behind another tab, where timers come once a minute", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const count = 900;
  const files = Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}.txt`, `behind ${at}`]));
  const root = folder(info, "behind", files);
  // What Chromium does to a tab that was hidden for five minutes; without a screen it hides none.
  await page.addInitScript(() => {
    const { setTimeout: later } = window;
    const slow = (work: () => void, ms = 0, ...rest: unknown[]) =>
      later(work, document.hidden ? Math.max(ms, 60_000) : ms, ...rest);
    const hide = () => {
      Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
      Object.defineProperty(document, "visibilityState", { get: () => "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    };
    Object.assign(window, { setTimeout: slow, requestAnimationFrame: () => 0, hide });
  });
  await page.goto(`/buckets/${bucket}`);
  await drop(page, root);
  const start = options(page).getByRole("button", { name: `Upload ${count} files` });
  await expect(start).toBeVisible();
  await start.evaluate((button: HTMLElement) => {
    (window as unknown as { hide(): void }).hide();
    button.click();
  });
  const landed = async () => {
    const headers = { authorization: `Bearer ${journey.people.owner.token}` };
    const list = await fetch(`${journey.url}/api/buckets/${bucket}/tree/behind?limit=1000`, { headers });
    return list.ok ? ((await list.json()) as unknown[]).length : 0;
  };
  await expect.poll(landed, { timeout: WAIT_MS }).toBe(count);
});

test("a forecast outlives its page, and is sent from there", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const files = { "one.txt": "x".repeat(200_000), ".DS_Store": "left out" };
  const root = folder(info, "later", files);
  await giveHandle(page, "later");
  await page.goto(`/buckets/${bucket}`);
  await keepFolder(page, "later", files);
  await drop(page, root);
  await options(page).getByRole("button", { name: "Forecast first" }).click();
  await expect(panel(page).getByRole("heading", { name: "Forecast of later" })).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: /^Forecast of later/ }).click();
  await expect(panel(page)).toContainText("Of 200 kB, 200 kB are new");
  await panel(page)
    .getByRole("button", { name: /^Upload, send/ })
    .click();
  await expectUploaded(page, "later", WAIT_MS);
  await expect(panel(page)).toContainText("Forecast: of 200 kB, 200 kB are new");
});

test("another tab's uploads are its own, until it is gone", async ({ owner: page, journey }, info) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  const root = folder(info, "first", { "one.bin": randomBytes(300_000, 43) });
  const other = folder(info, "second", { "two.bin": randomBytes(300_000, 44) });
  await page.goto(`/buckets/${bucket}`);
  let held = false;
  // Only the first: that of this page.
  await page.context().route("**/batch", (route) => {
    if (held) return route.continue();
    held = true;
  });
  const batch = page.waitForRequest("**/batch");
  await dropAndStart(page, root);
  await batch;
  const second = await page.context().newPage();
  await second.goto(`/buckets/${bucket}`);
  await dropAndStart(second, other);
  await expectUploaded(second, "second", WAIT_MS);
  await expect(panel(second).getByText("first")).toHaveCount(0);
  await page.close({ runBeforeUnload: false });
  await expect(panel(second).getByRole("button", { name: /^first interrupted/ })).toBeVisible();
  await drop(second, root);
  await expectUploaded(second, "first", WAIT_MS);
  expect(await read(journey, bucket, "first/one.bin")).toHaveLength(300_000);
  expect(await read(journey, bucket, "second/two.bin")).toHaveLength(300_000);
});

test("the receipt names the files in which bytes were found", async ({ owner: page, journey }, info) => {
  const known = randomBytes(600_000, 47);
  const bucket = await journey.bucket({ "base/model.bin": known });
  const root = folder(info, "next", { "copy.bin": known, "new.bin": randomBytes(200_000, 48) });
  await page.goto(`/buckets/${bucket}`);
  await dropAndStart(page, root);
  await expectUploaded(page, "next", WAIT_MS);
  const link = panel(page).getByRole("link", { name: "base/model.bin" });
  await expect(link).toHaveAttribute("href", `/buckets/${bucket}/blob/base/model.bin`);
  await expect(panel(page).getByLabel("Where bytes were found").getByRole("definition")).toHaveText("600 kB");
  await expectAccessible(page);
  const saved = page.waitForEvent("download");
  await panel(page).getByRole("button", { name: "Save as JSON" }).click();
  const receipt = JSON.parse(readFileSync(await (await saved).path(), "utf8"));
  expect(receipt.foundIn).toEqual([{ bucket, path: "base/model.bin", bytes: 600_000 }]);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await panel(page).getByRole("button", { name: "Copy receipt" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/Found in\n +600 kB {2}base\/model\.bin/);
});

test.describe("what stops it", () => {
  test.use({ refused: ["/api/", "_rsc=", "/_next/"] });

  /** Drops a file, meets the trouble, is told, goes on by `go` and ends well. */
  async function meets(
    { page, journey, info }: { page: Page; journey: Journey; info: TestInfo },
    {
      name,
      route,
      trouble,
      says,
      go,
    }: {
      name: string;
      route: string;
      trouble: (route: Route) => Promise<void>;
      says: string[];
      go: string | null;
    },
  ): Promise<void> {
    const bucket = await journey.bucket({ "a.txt": "a" });
    const content = randomBytes(400_000, name.length * 1000 + name.charCodeAt(0));
    const root = folder(info, name, { "model.bin": content });
    await page.goto(`/buckets/${bucket}`);
    let troubled = true;
    await page.context().route(route, (each) => (troubled ? trouble(each) : each.continue()));
    await dropAndStart(page, root);
    for (const text of says) await expect(panel(page)).toContainText(text, { timeout: WAIT_MS });
    await expectAccessible(page);
    troubled = false;
    if (go !== null) await panel(page).getByRole("button", { name: go }).click();
    await expectUploaded(page, name, WAIT_MS);
    expect((await read(journey, bucket, `${name}/model.bin`)).equals(Buffer.from(content))).toBe(true);
  }

  test("no room left", async ({ owner: page, journey }, info) => {
    await meets(
      { page, journey, info },
      {
        name: "roomy",
        route: "**/batch",
        trouble: answer(403, "Storage limit reached for this namespace: the quota is used up."),
        says: ["There is no room left", "Storage limit reached", "Bytes that arrived are kept"],
        go: "Go on",
      },
    );
  });

  test("a server that asks for patience", async ({ owner: page, journey }, info) => {
    await meets(
      { page, journey, info },
      {
        name: "patient",
        route: "**/xorbs/**",
        trouble: answer(429, "Too many requests.", { "Retry-After": "1" }),
        says: ["The server asks for patience"],
        go: null,
      },
    );
  });

  test("a server that fails for a while", async ({ owner: page, journey }, info) => {
    await meets(
      { page, journey, info },
      {
        name: "failing",
        route: "**/shards",
        trouble: answer(500, "Internal error."),
        says: ["The server has a fault of its own"],
        go: "Try now",
      },
    );
  });

  test("a right that was taken away", async ({ owner: page, journey }, info) => {
    await meets(
      { page, journey, info },
      {
        name: "barred",
        route: "**/xet-write-token",
        trouble: answer(403, "You may not change this bucket."),
        says: ["You may not write here any more"],
        go: "Try again",
      },
    );
  });

  test("a session that is revoked in the middle", async ({ owner: page, journey }, info) => {
    const bucket = await journey.bucket({ "a.txt": "a" });
    const root = folder(info, "revoked", { "model.bin": randomBytes(500_000, 53) });
    await page.goto(`/buckets/${bucket}`);
    const { promise: stored, resolve } = Promise.withResolvers<void>();
    await page.context().route("**/batch", async (route) => {
      await stored;
      await route.continue();
    });
    const batch = page.waitForRequest("**/batch");
    await dropAndStart(page, root);
    await batch;
    const old = await page.context().cookies();
    const headers = { origin: journey.url };
    expect((await page.request.delete(`${journey.url}/api/session`, { headers })).ok()).toBe(true);
    // The page still has its cookie: the server is who knows better.
    await page.context().addCookies(old);
    resolve();
    await expect(panel(page)).toContainText("Your session has ended");
    const { name, password } = journey.people.owner;
    const again = await page.request.post(`${journey.url}/api/session`, { data: { name, password }, headers });
    expect(again.ok()).toBe(true);
    await panel(page).getByRole("button", { name: "Go on" }).click();
    await expectUploaded(page, "revoked", WAIT_MS);
  });

  test("the network is off", async ({ owner: page, journey }, info) => {
    const bucket = await journey.bucket({ "a.txt": "a" });
    const root = folder(info, "offline", { "model.bin": randomBytes(500_000, 59), ".DS_Store": "x" });
    await page.goto(`/buckets/${bucket}`);
    await drop(page, root);
    await expect(options(page)).toContainText("1 left out");
    await page.waitForLoadState("networkidle");
    await page.context().setOffline(true);
    await options(page)
      .getByRole("button", { name: /^Upload 1 file/ })
      .click();
    await expect(panel(page)).toContainText("The server does not answer", { timeout: WAIT_MS });
    await page.context().setOffline(false);
    // By itself: the browser tells that it is back.
    await expectUploaded(page, "offline", WAIT_MS);
  });

  test("a server that is down while people go on working", async ({ owner: page, journey }, info) => {
    const bucket = await journey.bucket({ "a.txt": "a" });
    const root = folder(info, "lasting", { "model.bin": randomBytes(500_000, 67) });
    await page.goto(`/buckets/${bucket}`);
    let down = false;
    await page.context().route("**/{api,buckets}/**", (route) => (down ? route.abort() : route.continue()));
    await page.context().route("**/batch", async (route) => {
      down = true;
      await route.abort();
    });
    await dropAndStart(page, root);
    await expect(panel(page)).toContainText("The server does not answer", { timeout: WAIT_MS });
    await page.getByRole("checkbox", { name: "Select a.txt" }).check();
    await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog", { name: /^Delete/ });
    await dialog.getByRole("button", { name: "Delete 1 file" }).click();
    await expect(dialog).toContainText("Nothing was deleted.");
    await dialog.getByRole("button", { name: "Keep", exact: true }).click();

    // The page is the same, and asks before it is lost: held uploads are lost like others.
    const asked = page.waitForEvent("dialog");
    await page.close({ runBeforeUnload: true });
    const question = await asked;
    expect(question.type()).toBe("beforeunload");
    await question.dismiss();
    await panel(page).getByRole("button", { name: "Pause", exact: true }).click();
    await expect(panel(page).getByRole("heading", { name: "Paused: lasting" })).toBeVisible();
    const again = page.waitForEvent("dialog");
    await page.close({ runBeforeUnload: true });
    await (await again).dismiss();

    await page.context().unroute("**/batch");
    down = false;
    await panel(page).getByRole("button", { name: "Resume", exact: true }).click();
    await expectUploaded(page, "lasting", WAIT_MS);
  });

  test("a file that changes while it is sent is read anew", async ({ owner: page, journey }, info) => {
    const bucket = await journey.bucket({ "a.txt": "a" });
    const root = folder(info, "moving", { "log.txt": "before", "rests.txt": "rests", ".DS_Store": "x" });
    await page.goto(`/buckets/${bucket}`);
    await drop(page, root);
    await expect(options(page)).toContainText("1 left out");
    writeFileSync(join(root, "log.txt"), "written to after it was chosen");
    await options(page)
      .getByRole("button", { name: /^Upload 2 files/ })
      .click();
    await expect(panel(page)).toContainText("1 uploaded · 1 failed");
    await expect(panel(page)).toContainText("moving/log.txt");
    await panel(page).getByRole("button", { name: "Retry", exact: true }).click();
    await expect(panel(page)).toContainText("2 uploaded");
    expect((await read(journey, bucket, "moving/log.txt")).toString()).toBe("written to after it was chosen");
  });

  test("a file that vanished and came back", async ({ owner: page, journey }, info) => {
    const bucket = await journey.bucket({ "a.txt": "a" });
    const root = folder(info, "away", { "one.txt": "one", ".DS_Store": "x" });
    await page.goto(`/buckets/${bucket}`);
    await drop(page, root);
    await expect(options(page)).toContainText("1 left out");
    rmSync(join(root, "one.txt"));
    await options(page)
      .getByRole("button", { name: /^Upload 1 file/ })
      .click();
    await expect(panel(page)).toContainText("1 failed");
    await panel(page).getByRole("button", { name: "Retry", exact: true }).click();
    await expect(panel(page)).toContainText("1 failed");
    await expect(panel(page)).toContainText("can not be found any more");
    writeFileSync(join(root, "one.txt"), "back");
    await panel(page).getByRole("button", { name: "Retry", exact: true }).click();
    await expect(panel(page)).toContainText("1 uploaded");
    expect((await read(journey, bucket, "away/one.txt")).toString()).toBe("back");
  });
});

test("pasted files, and names in every script", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  await page.goto(`/buckets/${bucket}`);
  await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
  const names = [
    "данные.txt",
    "δεδομένα.txt",
    "بيانات.txt",
    "資料.txt",
    "डेटा.txt",
    "🛢️ #1 100% +&?.txt",
    "e\u0301te.txt",
  ];
  await expect(async () => {
    await page.evaluate((names) => {
      const clipboardData = new DataTransfer();
      for (const name of names) clipboardData.items.add(new File([name], name));
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, names);
    await expect(panel(page)).toBeVisible({ timeout: 3000 });
  }).toPass();
  await expectUploaded(page, `${names.length} files`, WAIT_MS);
  for (const name of names) expect((await read(journey, bucket, name)).toString()).toBe(name);
});

test.describe("a server of its own", () => {
  // Its lists are asked for while it is gone.
  test.use({ refused: ["/api/"] });

  test("a server that is started again in the middle", async ({ owner: page, journey, context }, info) => {
    expect(journey.url).toBeTruthy();
    await restarted(page, context, info);
  });
});

/** With a server of its own, which may go. */
async function restarted(page: Page, context: BrowserContext, info: TestInfo): Promise<void> {
  const dataDir = info.outputPath("data");
  let server = await startServer({ dataDir });
  try {
    const { url, port } = server;
    await server.admin(["user", "create", "zoe", "--password-stdin"], "the password of zoe\n");
    const token = await server.admin(["token", "create", "zoe", "--role", "write"]);
    const authorization = `Bearer ${token}`;
    await fetch(`${url}/api/buckets/zoe/kept`, { method: "POST", headers: { authorization } });
    const data = { name: "zoe", password: "the password of zoe" };
    expect((await page.request.post(`${url}/api/session`, { data, headers: { origin: url } })).ok()).toBe(true);
    const content = randomBytes(3_000_000, 61);
    const root = folder(info, "steady", { "model.bin": content });
    await page.goto(`${url}/buckets/zoe/kept`);
    const { promise: held, resolve } = Promise.withResolvers<void>();
    await context.route("**/shards", async (route) => {
      await held;
      await route.continue().catch(() => {});
    });
    const shard = page.waitForRequest("**/shards");
    await dropAndStart(page, root);
    await shard;
    await server.kill();
    resolve();
    server = await startServer({ dataDir, port });
    await expectUploaded(page, "steady", WAIT_MS);
    const there = await fetch(`${url}/buckets/zoe/kept/resolve/steady/model.bin`, { headers: { authorization } });
    expect(Buffer.from(await there.arrayBuffer()).equals(Buffer.from(content))).toBe(true);
  } finally {
    await page.close({ runBeforeUnload: false });
    await server.stop();
  }
}
