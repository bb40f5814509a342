import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BucketFile } from "#lib/core/bucket/entry.ts";
import { type HubError, isHubError } from "#lib/core/errors.ts";
import { openApiServer } from "../fixture.ts";
import { type Actor, ANONYMOUS } from "./actor.ts";
import { describeHub, lines } from "./hub.contract.ts";
import type { Hub, TreeOptions } from "./hub.ts";
import { GOOD_TOKEN, hashOf, type PlainHub, startPlainHub } from "./upstream/plain-hub.ts";
import { LEVEL_MAX } from "./upstream/tree.ts";
import { createUpstreamHub } from "./upstream.ts";

/** Over a second instance of this server, as itself and with its name hidden, so that it is taken for any Hub. */
for (const kind of ["another Cooperage", "a Hub of unknown make"]) {
  describeHub(`an upstream that is ${kind}`, async () => {
    const behind = await openApiServer();
    const { accounts } = behind.services;
    const tokens = new Map<Actor, string>();
    async function actorOf(name: string, role: "read" | "write" = "write"): Promise<Actor> {
      const { token } = await accounts.issueToken(await accounts.findUser(name), { role });
      const made: Actor = { ...ANONYMOUS, role: "admin", upstreamToken: token };
      tokens.set(made, token);
      return made;
    }
    await accounts.createUser("ann");
    await accounts.createUser("bob");
    await accounts.createOrg("guild", { privateByDefault: true });
    await accounts.addMember("guild", "ann", "admin");
    const hiding: typeof fetch = async (input, init) =>
      String(input).endsWith("/api/health") ? new Response(null, { status: 404 }) : fetch(input, init);
    return {
      hub: createUpstreamHub({
        hubUrl: behind.url,
        fetch: kind === "another Cooperage" ? fetch : hiding,
        clock: Date.now,
      }),
      ann: await actorOf("ann"),
      bob: await actorOf("bob"),
      annReads: await actorOf("ann", "read"),
      upload: (who, id, bytes) => behind.upload(id, tokens.get(who)!, bytes),
      keepsBytes: true,
      namesAllFailed: false,
      close: behind.close,
    };
  });
}

const ID = "ada/things";
const actor: Actor = { ...ANONYMOUS, role: "admin", upstreamToken: GOOD_TOKEN };
const level: TreeOptions = { prefix: "", recursive: false, limit: 1000 };

let plain: PlainHub;
let hub: Hub;
let now = 0;

async function start(pageSize?: number): Promise<void> {
  plain = await startPlainHub({ pageSize });
  hub = createUpstreamHub({ hubUrl: plain.url, fetch, clock: () => now, patience: 2_000 });
}

beforeEach(() => start());
afterEach(() => plain.close());

function fill(files: Record<string, string | Buffer>, id = ID): void {
  plain.buckets.set(id, new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])));
}

async function refusal(work: Promise<unknown>): Promise<HubError> {
  const error = await work.then(
    () => null,
    (thrown) => thrown,
  );
  expect(isHubError(error), `a HubError, not ${inspect(error)}`).toBe(true);
  return error;
}

async function everything(options: TreeOptions): Promise<string[]> {
  const paths: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await hub.listTree(actor, ID, { ...options, cursor: cursor ?? undefined });
    paths.push(...page.items.map(({ path }) => path));
    cursor = page.cursor;
  } while (cursor !== null);
  return paths;
}

async function read(file: BucketFile, start: number, end: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of await hub.readFile(actor, ID, file, { start, end })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe("listing", () => {
  beforeEach(() => fill({ logs: "a file", "logs/a": "1", "logs/b/c": "22", "logs.json": "333", "logs-old/x": "4" }));

  test("drops what only begins like the prefix", async () => {
    expect(await everything({ ...level, prefix: "logs", recursive: true })).toEqual(["logs", "logs/a", "logs/b/c"]);
    expect(await everything({ ...level, prefix: "logs" })).toEqual(["logs", "logs/a", "logs/b"]);
    expect(await everything({ ...level, prefix: "nope" })).toEqual([]);
  });

  test("says nothing about the size of folders", async () => {
    const page = await hub.listTree(actor, ID, { ...level, prefix: "logs" });
    expect(page.items.at(-1)).toMatchObject({ type: "directory", path: "logs/b", size: null, files: null });
  });

  test("walks pages whose Link names the Hub by another host", async () => {
    await plain.close();
    await start(2);
    fill({ a: "", b: "", c: "", "d e#%": "", é: "" });
    expect(await everything({ ...level, recursive: true })).toEqual(["a", "b", "c", "d e#%", "é"]);
    expect(await everything({ ...level, limit: 1 })).toEqual(["a", "b", "c", "d e#%", "é"]);
  });

  test("skips pages that hold nothing of the prefix", async () => {
    await plain.close();
    await start(2);
    fill({ "a-1": "", "a-2": "", "a-3": "", "a/x": "", "a/y": "", a0: "" });
    const page = await hub.listTree(actor, ID, { ...level, prefix: "a", limit: 2 });
    expect(page.items.map(({ path }) => path)).toEqual(["a/x"]);
    expect(await everything({ ...level, prefix: "a", limit: 2 })).toEqual(["a/x", "a/y"]);
  });

  test("sorts and filters one level here, in pages", async () => {
    fill({ "b/x": "", "a/x": "", small: "1", Large: "12345", mid: "123" });
    const sorted = (sort: TreeOptions["sort"], direction: TreeOptions["direction"], filter?: string) =>
      everything({ ...level, sort, direction, filter, limit: 2 });
    expect(await sorted("name", "asc")).toEqual(["a", "b", "Large", "mid", "small"]);
    expect(await sorted("name", "desc")).toEqual(["b", "a", "small", "mid", "Large"]);
    expect(await sorted("size", "desc")).toEqual(["Large", "mid", "small", "a", "b"]);
    expect(await sorted("size", "asc")).toEqual(["small", "mid", "Large", "a", "b"]);
    expect(await sorted(undefined, undefined, "L")).toEqual(["Large", "small"]);
  });

  test("keeps a file apart from the folder of its name", async () => {
    const names = ["logs", "logs", "logs-old", "logs.json"];
    expect(await everything({ ...level, filter: "logs", limit: 1 })).toEqual(names);
    expect(await everything({ ...level })).toEqual(names);
  });

  test("reads a level once for all its pages, and again after a change", async () => {
    const trees = () => plain.asked.filter(({ path }) => path.includes("/tree")).length;
    await everything({ ...level, sort: "size", direction: "desc", limit: 1 });
    expect(trees()).toBe(1);
    await hub.applyBatch(actor, ID, lines({ type: "deleteFile", path: "logs.json" }));
    expect(await everything({ ...level, sort: "size", direction: "desc" })).not.toContain("logs.json");
    now += 60_000;
    await everything({ ...level, sort: "size", direction: "desc" });
    expect(trees()).toBe(3);
  });

  test("keeps one actor's level from another", async () => {
    await everything({ ...level, sort: "size", direction: "desc" });
    plain.buckets.delete(ID);
    const other = hub.listTree(ANONYMOUS, ID, { ...level, sort: "size", direction: "desc" });
    expect((await refusal(other)).code).toBe("Unauthorized");
  });

  test("gives a folder too long to sort in path order, and says so", async () => {
    plain.buckets.set(ID, new Map(Array.from({ length: LEVEL_MAX + 1 }, (_, n) => [`f${n}`, Buffer.alloc(n % 7)])));
    const page = await hub.listTree(actor, ID, { ...level, sort: "size", direction: "desc" });
    expect(page).toMatchObject({ order: "path", items: { length: 1000 } });
    const next = await hub.listTree(actor, ID, { ...level, sort: "size", direction: "desc", cursor: page.cursor! });
    expect(next.order).toBe("path");
    expect(next.items[0]!.path > page.items.at(-1)!.path).toBe(true);
    const filtered = await everything({ ...level, sort: "size", direction: "desc", filter: "F777" });
    expect(filtered).toEqual(["f777", ...Array.from({ length: 10 }, (_, n) => `f777${n}`)]);
  });

  test("refuses a cursor that is not its own", async () => {
    for (const cursor of ["x", "kAAAA", "k"]) {
      const listing = hub.listTree(actor, ID, { ...level, sort: "size", cursor });
      expect((await refusal(listing)).code).toBe("BadRequest");
    }
  });

  test("finds folders", async () => {
    expect(await hub.getFolder(actor, ID, "logs")).toMatchObject({ path: "logs", size: null, files: null });
    expect(await hub.getFolder(actor, ID, "logs.json")).toBe(null);
    expect(await hub.getFolder(actor, ID, "log")).toBe(null);
    expect(await hub.getFolder(actor, ID, "")).toMatchObject({ path: "", size: 13, files: 5 });
  });

  test("finds files with all their facts", async () => {
    const file = await hub.getFile(actor, ID, "logs.json");
    expect(file).toMatchObject({ size: 3, contentType: "text/plain", mtime: Date.parse("2026-03-01T10:00:00Z") });
    expect((await refusal(hub.getFile(actor, ID, "logs/b"))).code).toBe("EntryNotFound");
  });
});

describe("buckets", () => {
  beforeEach(() => {
    fill({ a: "12" });
    fill({ a: "1", b: "12345" }, "guild/shared");
    fill({}, "ada/empty");
  });

  test("lists what belongs to the actor, in each order", async () => {
    const ids = async (options: Parameters<Hub["listBuckets"]>[1], who = actor) =>
      (await hub.listBuckets(who, options)).items.map(({ id }) => id);
    expect(await ids({})).toEqual(["ada/empty", "guild/shared", "ada/things"]);
    expect(await ids({ sort: "size" })).toEqual(["guild/shared", "ada/things", "ada/empty"]);
    expect(await ids({ search: "thin" })).toEqual(["ada/things"]);
    expect(await ids({ namespace: "guild" })).toEqual(["guild/shared"]);
    expect(await ids({}, ANONYMOUS)).toEqual([]);
    for (const namespace of ["nobody", "..", "a/b", "?"]) {
      expect((await refusal(hub.listBuckets(actor, { namespace }))).code).toBe("NotFound");
    }
  });

  test("pages by cursor in both ways of listing", async () => {
    for (const options of [{ namespace: "ada" }, { sort: "name" as const }]) {
      const first = await hub.listBuckets(actor, { ...options, limit: 1 });
      const second = await hub.listBuckets(actor, { ...options, limit: 1, cursor: first.cursor! });
      expect([first.items.length, second.items.length]).toEqual([1, 1]);
      expect(second.items[0]!.id).not.toBe(first.items[0]!.id);
    }
  });

  test("knows namespaces and rights from whoami, asked once", async () => {
    expect(await hub.listNamespaces(actor)).toMatchObject([
      { name: "ada", role: "admin" },
      { name: "guild", fullName: "The Guild", type: "org", role: "read" },
    ]);
    expect((await hub.getBucketDetails(actor, ID)).rights).toEqual({ write: true, admin: true });
    expect((await hub.getBucketDetails(actor, "guild/shared")).rights).toEqual({ write: false, admin: false });
    expect((await hub.getBucketDetails(ANONYMOUS, ID)).rights).toEqual({ write: false, admin: false });
    expect(plain.asked.filter(({ path }) => path.includes("whoami")).length).toBe(1);
  });

  test("creates, changes, moves and deletes", async () => {
    expect(await hub.createBucket(actor, "ada/new", { visibility: "private" })).toMatchObject({
      id: "ada/new",
      files: 0,
    });
    await hub.createBucket(actor, "ada/far", { region: "eu", cdnRegions: [{ provider: "aws", region: "us" }] });
    const posted = plain.asked.filter(({ method }) => method === "POST").map(({ body }) => JSON.parse(body));
    expect(posted).toEqual([{ visibility: "private" }, { region: "eu", cdn: [{ provider: "aws", region: "us" }] }]);
    const conflict = await refusal(hub.createBucket(actor, ID, {}));
    expect(conflict).toMatchObject({ code: "Conflict", details: { id: ID, name: ID } });
    await hub.updateBucket(actor, ID, { visibility: "private" });
    expect(plain.asked.find(({ method }) => method === "PUT")!.body).toBe('{"private":true}');
    expect((await hub.moveBucket(actor, ID, "guild/moved")).id).toBe("guild/moved");
    await hub.deleteBucket(actor, "ada/new");
    expect(plain.buckets.has("ada/new")).toBe(false);
    expect((await refusal(hub.deleteBucket(actor, "ada/new"))).code).toBe("RepoNotFound");
  });

  test("lets no odd name lead to another route of the Hub", async () => {
    for (const id of ["../..", "ada/..", "ada/x?y=1", "ada/%2e%2e", "ada/a/b"]) {
      expect((await refusal(hub.createBucket(actor, id, {}))).code).toBe("BadRequest");
      expect((await refusal(hub.moveBucket(actor, ID, id))).code).toBe("BadRequest");
      for (const work of [hub.getBucket, hub.deleteBucket]) {
        expect((await refusal(work(actor, id))).code).toBe("RepoNotFound");
      }
      expect((await refusal(hub.listTree(actor, id, level))).code).toBe("RepoNotFound");
      expect((await refusal(hub.deletePaths(actor, id, { files: ["a"], folders: ["a"] }))).code).toBe("RepoNotFound");
    }
    expect(plain.asked.filter(({ path }) => path !== "/api/health")).toEqual([]);
  });

  test("tells a moved bucket, and changes nothing through its old name", async () => {
    await hub.moveBucket(actor, ID, "guild/moved");
    expect((await refusal(hub.getBucket(actor, ID))).code).toBe("RepoNotFound");
    expect(await hub.findMoved(actor, ID)).toBe("guild/moved");
    expect(await hub.findMoved(actor, "ada/never")).toBe(null);
    expect((await refusal(hub.deleteBucket(actor, ID))).code).toBe("RepoNotFound");
    const batch = hub.applyBatch(actor, ID, lines({ type: "deleteFile", path: "a" }));
    expect((await refusal(batch)).code).toBe("RepoNotFound");
    expect(plain.buckets.get("guild/moved")!.size).toBe(1);
  });
});

describe("changes", () => {
  beforeEach(() => fill({ a: "1", b: "2", "dir/x": "3", "dir/y/z": "4", "dir-2/x": "5", dir: "6" }));

  test("passes a batch on as one request", async () => {
    const xetHash = "ab".repeat(32);
    const result = await hub.applyBatch(
      actor,
      ID,
      lines({ type: "addFile", path: "new", xetHash, mtime: 5 }, { type: "deleteFile", path: "a" }),
    );
    expect(result).toEqual({ success: true, processed: 2, succeeded: 2, failed: [] });
    expect(
      plain.asked
        .at(-1)!
        .body.split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { type: "addFile", path: "new", xetHash, mtime: 5 },
      { type: "deleteFile", path: "a" },
    ]);
  });

  test("refuses a broken line without asking, and tells which lines the Hub refused", async () => {
    const here = await refusal(hub.applyBatch(actor, ID, lines({ path: "", error: "Line 1 is not valid JSON." })));
    expect(here.code).toBe("BatchFailed");
    expect(plain.asked).toEqual([]);
    const xetHash = `${"0".repeat(63)}1`;
    const there = await refusal(hub.applyBatch(actor, ID, lines({ type: "addFile", path: "n", xetHash })));
    expect(there).toMatchObject({
      code: "BatchFailed",
      message: "The batch was refused",
      details: { success: false, succeeded: 0, failed: [{ path: "n", error: "unknown hash" }] },
    });
  });

  test("does not take a 200 with failures for success", async () => {
    const failed = [{ path: "a", error: "no" }];
    plain.override = (_, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ success: false, processed: 2, succeeded: 1, failed }));
      return true;
    };
    const error = await refusal(hub.applyBatch(actor, ID, lines({ type: "deleteFile", path: "a" })));
    expect(error).toMatchObject({ code: "BatchFailed", details: { processed: 2, succeeded: 1, failed } });
  });

  test("deletes files and folders, and nothing beside them", async () => {
    expect(await hub.deletePaths(actor, ID, { files: ["a", "a", "gone"], folders: ["dir", "nope"] })).toBe(3);
    expect([...plain.buckets.get(ID)!.keys()]).toEqual(["b", "dir-2/x", "dir"]);
    expect(await hub.deletePaths(actor, ID, { files: [], folders: [""] })).toBe(3);
  });

  test("deletes a long folder in pieces", async () => {
    plain.buckets.set(ID, new Map(Array.from({ length: 2_500 }, (_, n) => [`d/${n}`, Buffer.alloc(0)])));
    expect(await hub.deletePaths(actor, ID, { files: [], folders: ["d"] })).toBe(2_500);
    const batches = plain.asked.filter(({ path }) => path.endsWith("/batch"));
    expect(batches.map(({ body }) => body.split("\n").length)).toEqual([1000, 1000, 500]);
  });
});

describe("bytes", () => {
  const content = "0123456789".repeat(5_000);
  beforeEach(() => fill({ "odd name #1%.txt": content, empty: "" }));

  test("gives exactly the range, from the host that the Hub redirects to", async () => {
    const file = await hub.getFile(actor, ID, "odd name #1%.txt");
    expect(await read(file, 0, file.size)).toBe(content);
    expect(await read(file, 10_003, 10_007)).toBe("3456");
    expect(await read(file, 5, 5)).toBe("");
    expect(plain.asked.at(-1)).toMatchObject({ host: "storage", range: "bytes=10003-10006" });
  });

  test("cuts the range out itself where the Range is ignored", async () => {
    const file = await hub.getFile(actor, ID, "odd name #1%.txt");
    plain.storageOverride = (_, response) => {
      response.end(content);
      return true;
    };
    expect(await read(file, 10_003, 10_007)).toBe("3456");
    expect(await read(file, 0, file.size)).toBe(content);
  });

  test("lets go of a download that nobody reads to its end", async () => {
    const file = { ...(await hub.getFile(actor, ID, "odd name #1%.txt")), size: 1e12 };
    let closed = 0;
    plain.storageOverride = (_, response) => {
      response.writeHead(206, { "Content-Range": "bytes 0-999999999999/1000000000000" });
      response.write("begin");
      response.once("close", () => {
        closed += 1;
      });
      return true;
    };
    for (const reads of [0, 1]) {
      const iterator = (await hub.readFile(actor, ID, file, { start: 0, end: 1e12 }))[Symbol.asyncIterator]();
      if (reads === 1) expect(Buffer.from((await iterator.next()).value!).toString()).toBe("begin");
      await iterator.return!();
      await expect.poll(() => closed).toBe(reads + 1);
    }
  });

  test("fails, rather than give wrong or too few bytes", async () => {
    const file = await hub.getFile(actor, ID, "odd name #1%.txt");
    expect((await refusal(read({ ...file, xetHash: hashOf(Buffer.from("other")) }, 0, 9))).code).toBe("Conflict");
    const answers: [number, Record<string, string>, string, string][] = [
      [206, { "Content-Range": `bytes 1-9/${file.size}` }, "123456789", "UpstreamFailed"],
      [206, {}, "012345678", "UpstreamFailed"],
      [206, { "Content-Range": "bytes 0-8/9" }, "012345678", "Conflict"],
      [206, { "Content-Range": `bytes 0-8/${file.size}` }, "0123", "UpstreamFailed"],
      [200, { "Content-Length": "4" }, "0123", "Conflict"],
      [403, {}, "expired", "UpstreamFailed"],
    ];
    for (const [status, headers, body, code] of answers) {
      plain.storageOverride = (_, response) => {
        response.writeHead(status, headers).end(body);
        return true;
      };
      expect((await refusal(read(file, 0, 9))).code, `${status} ${inspect(headers)}`).toBe(code);
    }
  });
});

describe("refusals and faults", () => {
  beforeEach(() => fill({ a: "1" }));

  test.each([
    [400, {}, { error: "bad" }, "BadRequest", "bad"],
    [401, {}, { error: "who" }, "Unauthorized", "who"],
    [403, {}, { error: ["one", "two"] }, "Forbidden", "one: two"],
    [
      404,
      { "X-Error-Code": "RepoNotFound" },
      {},
      "RepoNotFound",
      "The Hub answered 404 to GET /api/buckets/ada/things.",
    ],
    [404, {}, { message: "nothing" }, "RepoNotFound", "nothing"],
    [404, { "X-Error-Code": "NotFound" }, { errors: [{ message: "no route" }] }, "NotFound", "no route"],
    [410, { "X-Error-Message": "was here" }, {}, "Gone", "was here"],
    [418, {}, {}, "BadRequest", "The Hub answered 418 to GET /api/buckets/ada/things."],
    [429, { "Retry-After": "7" }, { error: "slow", error_description: "down" }, "TooManyRequests", "slow: down"],
    [500, { "X-Error-Code": "Internal" }, { error: "oops" }, "UpstreamFailed", "oops"],
    [503, { "Retry-After": "3" }, {}, "UpstreamFailed", "The Hub answered 503 to GET /api/buckets/ada/things."],
  ])("%i %o %o is %s", async (status, headers, body, code, message) => {
    plain.override = (_, response) => {
      response.writeHead(status, headers).end(JSON.stringify(body));
      return true;
    };
    const error = await refusal(hub.getBucket(actor, ID));
    expect(error).toMatchObject({ code, message });
    expect(error.headers["Retry-After"]).toBe((headers as Record<string, string>)["Retry-After"]);
  });

  test("a Hub that is not there, is slow, or talks nonsense has failed", async () => {
    plain.override = () => true;
    const slow = createUpstreamHub({ hubUrl: plain.url, fetch, clock: () => now, patience: 50 });
    expect((await refusal(slow.getBucket(actor, ID))).message).toMatch(/did not answer within 0.05 seconds/);
    plain.override = (_, response) => {
      response.end("<html>");
      return true;
    };
    for (const work of [
      () => hub.getBucket(actor, ID),
      () => hub.listTree(actor, ID, level),
      () => hub.createXetToken(actor, ID, "read", ""),
      () => hub.createBucket(actor, "ada/new", {}),
      () => hub.deletePaths(actor, ID, { files: [], folders: ["a"] }),
      () => hub.whoami(actor),
    ]) {
      expect((await refusal(work())).code).toBe("UpstreamFailed");
    }
    await plain.close();
    expect((await refusal(hub.getBucket(actor, ID))).message).toMatch(/could not be reached \(ECONNREFUSED\)/);
  });

  test("hands on the upstream's xet token as it is", async () => {
    const token = await hub.createXetToken(actor, ID, "write", "http://here");
    expect(token).toEqual({ accessToken: "xet", casUrl: `${plain.storageUrl}/cas`, exp: 2_000_000_000 });
    expect(await hub.getCasUrl(actor, ID, "http://here")).toBe(token.casUrl);
  });
});

describe("the token", () => {
  beforeEach(() => fill({ a: "12345" }));

  test("goes to the Hub and nowhere else", async () => {
    const file = await hub.getFile(actor, ID, "a");
    await read(file, 1, 3);
    await hub.deletePaths(actor, ID, { files: [], folders: ["a"] });
    const sent = (host: string) => plain.asked.filter((one) => one.host === host && !one.path.endsWith("/health"));
    expect(new Set(sent("hub").map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${GOOD_TOKEN}`]));
    expect(sent("storage").map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test("does not follow a redirect of the API, or a Link, to another host", async () => {
    plain.override = (request, response) => {
      if (request.url!.includes("tree")) {
        response.setHeader("Link", `<${plain.storageUrl}${request.url}&cursor=1>; rel="next"`);
        response.end("[]");
      } else response.writeHead(307, { Location: `${plain.storageUrl}/api/whoami-v2` }).end();
      return true;
    };
    expect((await refusal(hub.whoami(actor))).message).toMatch(/redirects to/);
    await hub.listTree(actor, ID, level);
    plain.override = (request, response) => {
      const link = `<${plain.url}//${new URL(plain.storageUrl).host}/x?cursor=1>; rel="next"`;
      if (!request.url!.includes("cursor")) response.setHeader("Link", link);
      response.writeHead(200, { "Content-Type": "application/json" }).end("[]");
      return true;
    };
    await hub.deletePaths(actor, ID, { files: [], folders: ["a"] });
    expect(plain.asked.filter(({ host }) => host === "storage")).toEqual([]);
  });

  test("is in no error, whatever the Hub or the network says", async () => {
    const saying: [number, string][] = [
      [401, `you sent Bearer ${GOOD_TOKEN}`],
      [500, GOOD_TOKEN],
      [422, GOOD_TOKEN],
      [200, GOOD_TOKEN],
    ];
    for (const [status, text] of saying) {
      plain.override = (_, response) => {
        const failed = [{ path: "a", error: text }];
        response.writeHead(status, {
          "Content-Type": "application/json",
          "X-Error-Message": text,
          "Retry-After": text,
        });
        response.end(JSON.stringify({ error: text, failed }));
        return true;
      };
      for (const work of [
        () => hub.whoami(actor).then(() => hub.getBucket(actor, ID)),
        () => hub.applyBatch(actor, ID, lines({ type: "deleteFile", path: "a" })),
        () => hub.deletePaths(actor, ID, { files: [], folders: ["a"] }),
        () => hub.createBucket(actor, "ada/b", {}),
      ]) {
        const error = await refusal(work());
        expect(inspect(error, { depth: 10 }) + JSON.stringify([error.details, error.headers])).not.toContain(
          GOOD_TOKEN,
        );
      }
    }
    const breaking = createUpstreamHub({
      hubUrl: plain.url,
      clock: () => now,
      fetch: async () => {
        throw new TypeError(`fetch failed with ${GOOD_TOKEN}`, { cause: new Error(GOOD_TOKEN) });
      },
    });
    expect(inspect(await refusal(breaking.getBucket(actor, ID)), { depth: 10 })).not.toContain(GOOD_TOKEN);
  });

  test("that no header can carry is refused unsent", async () => {
    for (const bad of ["hf_\nx", "hf_é", "", "hf_ x"]) {
      const error = await refusal(hub.getBucket({ ...actor, upstreamToken: bad }, ID));
      expect(error).toMatchObject({ code: "Unauthorized", message: "Invalid credentials in Authorization header" });
    }
    expect(plain.asked).toEqual([]);
  });
});
