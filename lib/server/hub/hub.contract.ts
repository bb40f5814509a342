/** What every Hub must do, embedded or upstream. Given a way to open one, with people and content, it is the same suite. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BucketEntry } from "#lib/core/bucket/entry.ts";
import { type BucketOperation, type FailedOperation, parseOperation } from "#lib/core/bucket/operation.ts";
import { type HubErrorCode, isHubError } from "#lib/core/errors.ts";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { type Actor, ANONYMOUS } from "./actor.ts";
import type { Hub, TreeOptions } from "./hub.ts";

export interface HubUnderTest {
  hub: Hub;
  /** Owner of the namespace `ann`, and admin of the organization `guild`, whose buckets are private unless said otherwise. */
  ann: Actor;
  /** Signed in, member of nothing. */
  bob: Actor;
  /** ann again, by a token of role read. */
  annReads: Actor;
  /** Makes content known as a client does that uploads for the bucket; returns its hash. */
  upload(actor: Actor, bucketId: string, bytes: Uint8Array): Promise<string>;
  /** False where content is not kept: reading it is left out. */
  keepsBytes: boolean;
  /** False where a batch with malformed lines is refused for these alone, before the other lines are looked at. */
  namesAllFailed: boolean;
  close(): Promise<void>;
}

const LEVEL: TreeOptions = { prefix: "", recursive: false, limit: 1000 };
const ALL: TreeOptions = { prefix: "", recursive: true, limit: 1000 };

export async function* lines(...operations: (BucketOperation | FailedOperation)[]) {
  yield* operations;
}

/** The code of the HubError that `work` ends in. */
export async function codeOf(work: Promise<unknown>): Promise<HubErrorCode | "none" | "other"> {
  try {
    await work;
    return "none";
  } catch (error) {
    return isHubError(error) ? error.code : "other";
  }
}

export function describeHub(name: string, open: () => Promise<HubUnderTest>): void {
  describe(`${name} as a Hub`, () => {
    let made: HubUnderTest;
    let hub: Hub;
    let ann: Actor;
    let bob: Actor;
    let count = 0;
    let id: string;

    beforeAll(async () => {
      made = await open();
      ({ hub, ann, bob } = made);
    });
    afterAll(() => made?.close());

    const text = (words: string) => new TextEncoder().encode(words);
    const paths = (items: BucketEntry[]) => items.map((item) => item.path);

    /** A new bucket with these files. */
    async function bucketWith(
      files: Record<string, string>,
      visibility: "public" | "private" = "public",
    ): Promise<string> {
      count += 1;
      id = `ann/contract-${count}`;
      await hub.createBucket(ann, id, { visibility });
      const operations: BucketOperation[] = [];
      for (const [path, words] of Object.entries(files)) {
        operations.push({
          type: "addFile",
          path,
          xetHash: await made.upload(ann, id, text(words)),
          mtime: 1_700_000_000_000,
        });
      }
      await hub.applyBatch(ann, id, lines(...operations));
      return id;
    }

    test("makes, shows, sets and deletes a bucket", async () => {
      const bucket = "ann/life";
      const info = await hub.createBucket(ann, bucket, {
        visibility: "private",
        cdnRegions: [{ provider: "aws", region: "eu" }],
      });
      expect(info).toMatchObject({ id: bucket, visibility: "private", size: 0, files: 0 });
      expect(await codeOf(hub.createBucket(ann, bucket, {}))).toBe("Conflict");
      expect(await codeOf(hub.createBucket(bob, bucket, {}))).toBe("Forbidden");
      expect(await codeOf(hub.createBucket(ANONYMOUS, bucket, {}))).toBe("Unauthorized");
      expect(await codeOf(hub.createBucket(ann, "ann/..bad", {}))).toBe("BadRequest");
      await hub.updateBucket(ann, bucket, { visibility: "public", cdnRegions: [] });
      expect(await hub.getBucket(ANONYMOUS, bucket)).toMatchObject({ visibility: "public", cdnRegions: [] });
      expect(await codeOf(hub.deleteBucket(bob, bucket))).toBe("Forbidden");
      await hub.deleteBucket(ann, bucket);
      expect(await codeOf(hub.getBucket(ann, bucket))).toBe("RepoNotFound");
      expect(await codeOf(hub.deleteBucket(ann, bucket))).toBe("RepoNotFound");
    });

    test("an organization's buckets are private when it says so", async () => {
      await hub.createBucket(ann, "guild/default", {});
      expect((await hub.getBucket(ann, "guild/default")).visibility).toBe("private");
      expect(await codeOf(hub.getBucket(bob, "guild/default"))).toBe("RepoNotFound");
      await hub.createBucket(ann, "guild/open", { visibility: "public" });
      expect((await hub.getBucket(bob, "guild/open")).visibility).toBe("public");
      expect((await hub.listNamespaces(ann)).map((one) => one.name)).toEqual(["ann", "guild"]);
    });

    test("401, 403 and 404 of a private bucket", async () => {
      await bucketWith({ a: "x" }, "private");
      const asks: ((actor: Actor) => Promise<unknown>)[] = [
        (actor) => hub.getBucket(actor, id),
        (actor) => hub.listTree(actor, id, ALL),
        (actor) => hub.getFiles(actor, id, ["a"]),
        (actor) => hub.getFile(actor, id, "a"),
        (actor) => hub.createXetToken(actor, id, "read", "http://localhost"),
        (actor) => hub.createXetToken(actor, id, "write", "http://localhost"),
        (actor) => hub.applyBatch(actor, id, lines({ type: "deleteFile", path: "a" })),
      ];
      for (const ask of asks) {
        expect(await codeOf(ask(bob))).toBe("RepoNotFound");
        expect(await codeOf(ask(ANONYMOUS))).toBe("Unauthorized");
      }
      expect(await codeOf(hub.getBucket(ann, "ann/missing"))).toBe("RepoNotFound");
      expect(await codeOf(hub.getBucket(ANONYMOUS, "ann/missing"))).toBe("Unauthorized");
    });

    test("a read token reads and does nothing else", async () => {
      await bucketWith({ a: "x" }, "private");
      const reader = made.annReads;
      expect(await hub.getFile(reader, id, "a")).toMatchObject({ path: "a", size: 1 });
      await hub.createXetToken(reader, id, "read", "http://localhost");
      expect(await codeOf(hub.createXetToken(reader, id, "write", "http://localhost"))).toBe("Forbidden");
      expect(await codeOf(hub.applyBatch(reader, id, lines({ type: "deleteFile", path: "a" })))).toBe("Forbidden");
      expect(await codeOf(hub.deleteBucket(reader, id))).toBe("Forbidden");
      expect(await codeOf(hub.createBucket(reader, "ann/more", {}))).toBe("Forbidden");
    });

    test("lists one level and all below, by path boundary", async () => {
      await bucketWith({ "README.md": "r", "data/a": "1", "data/b": "22", "data/deep/c": "333", "data-2/d": "4" });
      const list = async (options: Partial<TreeOptions>) =>
        paths((await hub.listTree(ann, id, { ...LEVEL, ...options })).items);
      expect(await list({})).toEqual(["README.md", "data", "data-2"]);
      expect(await list({ prefix: "data" })).toEqual(["data/a", "data/b", "data/deep"]);
      expect(await list({ prefix: "data/" })).toEqual(["data/a", "data/b", "data/deep"]);
      expect(await list({ prefix: "data/a" })).toEqual(["data/a"]);
      expect(await list({ prefix: "dat" })).toEqual([]);
      expect(await list({ recursive: true })).toEqual(["README.md", "data-2/d", "data/a", "data/b", "data/deep/c"]);
      expect(await list({ recursive: true, prefix: "data" })).toEqual(["data/a", "data/b", "data/deep/c"]);
      expect(await list({ filter: "DA" })).toEqual(["data", "data-2"]);
      expect(await list({ prefix: "data", sort: "size", direction: "desc", filter: "a" })).toEqual(["data/a"]);
      expect(await list({ sort: "name", direction: "asc" })).toEqual(["data", "data-2", "README.md"]);
      expect(await list({ sort: "name", direction: "desc" })).toEqual(["data-2", "data", "README.md"]);
      expect(await codeOf(hub.listTree(ann, id, { ...LEVEL, prefix: "a/../b" }))).toBe("BadRequest");
    });

    test("walks pages of every order without losing or repeating an entry", async () => {
      const names = Array.from({ length: 11 }, (_, n) => `d/${String.fromCharCode(97 + ((n * 7) % 11))}`);
      await bucketWith(Object.fromEntries(names.map((path, n) => [path, "x".repeat(1 + (n % 3))])));
      for (const options of [
        { ...ALL, prefix: "d" },
        { ...LEVEL, prefix: "d" },
        ...(["name", "size", "uploaded"] as const).flatMap((sort) =>
          (["asc", "desc"] as const).map((direction) => ({ ...LEVEL, prefix: "d", sort, direction })),
        ),
      ]) {
        const seen: BucketEntry[] = [];
        let cursor: string | null | undefined;
        do {
          const page = await hub.listTree(ann, id, { ...options, limit: 3, cursor: cursor ?? undefined });
          seen.push(...page.items);
          cursor = page.cursor;
        } while (cursor !== null);
        expect(paths(seen).sort()).toEqual([...names].sort());
        if ("sort" in options && options.sort === "size") {
          const sizes = seen.map((entry) => entry.size!);
          expect(sizes).toEqual([...sizes].sort((a, b) => (options.direction === "asc" ? a - b : b - a)));
        }
      }
    });

    test("finds files by path; folders and strangers are left out", async () => {
      await bucketWith({ "a b/c%2F#+é": "1", "x/y": "2" });
      const files = await hub.getFiles(ann, id, ["a b/c%2F#+é", "x", "", "nope", "../x"]);
      expect(paths(files)).toEqual(["a b/c%2F#+é"]);
      expect(await hub.getFile(ann, id, "x/y")).toMatchObject({ type: "file", size: 1, mtime: 1_700_000_000_000 });
      expect(await codeOf(hub.getFile(ann, id, "x"))).toBe("EntryNotFound");
      expect((await hub.getFolder(ann, id, "x"))?.path).toBe("x");
      expect(await hub.getFolder(ann, id, "nope")).toBeNull();
      expect((await hub.getFolder(ann, id, ""))?.path).toBe("");
    });

    test("a batch is applied in its order, and whole or not at all", async () => {
      await bucketWith({ a: "1" });
      const hash = await made.upload(ann, id, text("more"));
      const result = await hub.applyBatch(
        ann,
        id,
        lines(
          { type: "addFile", path: "b", xetHash: hash },
          { type: "deleteFile", path: "b" },
          { type: "deleteFile", path: "c" },
          { type: "addFile", path: "c", xetHash: hash, contentType: "x/y" },
          { type: "addFile", path: "empty", xetHash: ZERO_HASH },
          { type: "deleteFile", path: "never there" },
          { type: "copyFile", path: "copy.json", xetHash: hash, sourceRepoType: "bucket", sourceRepoId: id },
        ),
      );
      expect(result).toEqual({ success: true, processed: 7, succeeded: 7, failed: [] });
      const items = (await hub.listTree(ann, id, ALL)).items;
      expect(paths(items)).toEqual(["a", "c", "copy.json", "empty"]);
      expect(items[1]).toMatchObject({ contentType: "x/y", size: 4 });
      expect(items[2]).toMatchObject({ contentType: "application/json", size: 4 });

      const before = await hub.getBucket(ann, id);
      const bad = hub.applyBatch(
        ann,
        id,
        lines(
          { type: "deleteFile", path: "a" },
          { type: "addFile", path: "d", xetHash: "ab".repeat(32) },
          parseOperation('{"type":"addFile","path":"/abs","xetHash":"x"}', 3),
        ),
      );
      const error = await bad.catch((thrown) => thrown);
      expect(isHubError(error, "BatchFailed")).toBe(true);
      expect(error.details).toMatchObject({ success: false, processed: 3, succeeded: 0 });
      const named = error.details.failed.map((one: FailedOperation) => one.path).sort();
      expect(named).toEqual(made.namesAllFailed ? ["/abs", "d"] : ["/abs"]);
      expect(await hub.getBucket(ann, id)).toEqual(before);
    });

    test("knowing a hash gives nothing: adding and copying need content that one may read", async () => {
      const secret = await bucketWith({ s: "a secret of ann" }, "private");
      const { xetHash } = await hub.getFile(ann, secret, "s");
      const own = `bob/own-${count}`;
      await hub.createBucket(bob, own, {});
      const add: BucketOperation = { type: "addFile", path: "stolen", xetHash };
      const copy: BucketOperation = {
        type: "copyFile",
        path: "stolen",
        xetHash,
        sourceRepoType: "bucket",
        sourceRepoId: secret,
      };
      expect(await codeOf(hub.applyBatch(bob, own, lines(add)))).toBe("BatchFailed");
      expect(await codeOf(hub.applyBatch(bob, own, lines(copy)))).toBe("BatchFailed");
      await hub.updateBucket(ann, secret, { visibility: "public" });
      await hub.applyBatch(bob, own, lines(copy));
      expect((await hub.getFile(bob, own, "stolen")).xetHash).toBe(xetHash);
      // Held, but not by the source that the line names.
      const wrong = { ...copy, path: "x", sourceRepoId: await bucketWith({ other: "other" }) };
      expect(await codeOf(hub.applyBatch(bob, own, lines(wrong)))).toBe("BatchFailed");
    });

    test("deletes folders whole", async () => {
      await bucketWith({ "a/b/c": "1", "a/b/d": "2", "a/e": "3", "a-2": "4", f: "5" });
      expect(await hub.deletePaths(ann, id, { files: ["f", "nope"], folders: ["a/b"] })).toBe(3);
      expect(paths((await hub.listTree(ann, id, ALL)).items)).toEqual(["a-2", "a/e"]);
      expect(await hub.deletePaths(ann, id, { files: [], folders: ["a"] })).toBe(1);
      expect(paths((await hub.listTree(ann, id, LEVEL)).items)).toEqual(["a-2"]);
      expect(await codeOf(hub.deletePaths(bob, id, { files: ["a-2"], folders: [] }))).toBe("Forbidden");
    });

    test("moves a bucket, and knows where it went", async () => {
      const from = await bucketWith({ a: "1" });
      const to = `guild/moved-${count}`;
      await hub.moveBucket(ann, from, to);
      expect(paths((await hub.listTree(ann, to, ALL)).items)).toEqual(["a"]);
      expect(await hub.findMoved(ann, from)).toBe(to);
      expect(await codeOf(hub.moveBucket(bob, to, "bob/mine"))).toBe("Forbidden");
      expect(await codeOf(hub.moveBucket(ann, to, "bob/mine"))).toBe("Forbidden");
      expect(await codeOf(hub.moveBucket(ann, "ann/missing", "ann/there"))).toBe("RepoNotFound");
      const other = await bucketWith({});
      expect(await codeOf(hub.moveBucket(ann, to, other))).toBe("Conflict");
    });

    test("lists the buckets of a namespace as far as one may see them", async () => {
      const open = await bucketWith({ a: "1" });
      const hidden = await bucketWith({ b: "1" }, "private");
      const ids = async (actor: Actor, options = {}) =>
        (await hub.listBuckets(actor, options)).items.map((item) => item.id);
      expect(await ids(ann, { namespace: "ann" })).toEqual(expect.arrayContaining([open, hidden]));
      expect(await ids(bob, { namespace: "ann" })).toContain(open);
      expect(await ids(bob, { namespace: "ann" })).not.toContain(hidden);
      expect(await ids(ann, { namespace: "ann", search: open.slice("ann/con".length) })).toContain(open);
      expect(await codeOf(hub.listBuckets(ann, { namespace: "no-such-namespace" }))).toBe("NotFound");
      expect(await ids(bob)).not.toContain(open);
      expect(await ids(ann)).toEqual(expect.arrayContaining([open, hidden]));
    });

    test("says who is asking", async () => {
      expect(await hub.whoami(ann)).toMatchObject({
        type: "user",
        name: "ann",
        orgs: [{ name: "guild" }],
        auth: { type: "access_token" },
      });
      expect(await codeOf(hub.whoami(ANONYMOUS))).toBe("Unauthorized");
    });

    test("reads the bytes of a file", async () => {
      if (!made.keepsBytes) return;
      await bucketWith({ a: "0123456789", empty: "" });
      const read = async (path: string, start: number, end: number) => {
        const pieces: Uint8Array[] = [];
        const file = await hub.getFile(ann, id, path);
        for await (const piece of await hub.readFile(ann, id, file, { start, end })) pieces.push(piece);
        return Buffer.concat(pieces).toString();
      };
      expect(await read("a", 0, 10)).toBe("0123456789");
      expect(await read("a", 3, 5)).toBe("34");
      expect(await read("empty", 0, 0)).toBe("");
    });
  });
}
