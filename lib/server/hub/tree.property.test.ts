/** Random batches against a model that keeps a plain map of paths: every listing, figure and count must agree. */
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BucketEntry } from "#lib/core/bucket/entry.ts";
import type { BucketOperation } from "#lib/core/bucket/operation.ts";
import { foldersOf, parentOf } from "#lib/core/bucket/path.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import type { Actor } from "./actor.ts";
import { contentOf, type HubFixture, openHubFixture } from "./fixture.ts";
import type { TreeOptions } from "./hub.ts";

interface ModelFile {
  path: string;
  xetHash: string;
  size: number;
  uploadedAt: number;
}

let fixture: HubFixture;
let ann: Actor;

beforeAll(async () => {
  fixture = await openHubFixture({ scanBudget: 3 });
  ann = await fixture.user("ann");
});
afterAll(() => fixture.close());

/** Names that sort differently by UTF-16, collate oddly, or are one another's prefix; few, so that they meet. */
const NAMES = ["a", "a.b", "a-b", "A", "b", "é", "e\u0301", "\u{1F600}", "\uFFFD", "0", "~", " ", "%2F", "a+b#c"];
const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const contents = Array.from({ length: 8 }, (_, n) => contentOf(`content ${n}`, n === 0 ? 0 : 7 * n));
const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("addFile" as const), path, content: fc.constantFrom(...contents) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("copyFile" as const), path, content: fc.constantFrom(...contents) }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("deleteFile" as const), path }) },
);
const batches = fc.array(fc.array(operation, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 6 });

function compare(a: number | string, b: number | string): number {
  return typeof a === "string" ? comparePaths(a, b as string) : a - (b as number);
}

/** The entries of one folder, or all files below it, as the model has them. */
function modelLevel(files: ModelFile[], folder: string): BucketEntry[] {
  const inside = files.filter((file) => folder === "" || file.path.startsWith(`${folder}/`));
  const entries = new Map<string, BucketEntry>();
  for (const file of inside) {
    const rest = file.path.slice(folder === "" ? 0 : folder.length + 1);
    const slash = rest.indexOf("/");
    if (slash === -1) continue;
    const at = (folder === "" ? "" : `${folder}/`) + rest.slice(0, slash);
    const old = entries.get(at);
    const base = old?.type === "directory" ? old : { size: 0, files: 0, uploadedAt: 0 };
    entries.set(at, {
      type: "directory",
      path: at,
      size: base.size! + file.size,
      files: base.files! + 1,
      uploadedAt: Math.max(base.uploadedAt!, file.uploadedAt),
    });
  }
  const own = inside.filter((file) => parentOf(file.path) === folder && file.path !== folder);
  return [...entries.values(), ...own.map(toEntry)];
}

function toEntry(file: ModelFile): BucketEntry {
  const { path, xetHash, size, uploadedAt } = file;
  return { type: "file", path, size, xetHash, mtime: uploadedAt, uploadedAt, contentType: null };
}

/** Without what the model does not keep. */
const bare = (entry: BucketEntry) => ({ ...entry, contentType: null, mtime: null });

async function listAll(id: string, options: Omit<TreeOptions, "limit">, limit: number): Promise<BucketEntry[]> {
  const items: BucketEntry[] = [];
  let cursor: string | null = null;
  do {
    const page = await fixture.hub.listTree(ann, id, { ...options, limit, cursor: cursor ?? undefined });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return items;
}

async function checkListings(id: string, files: ModelFile[], pageSize: number): Promise<void> {
  const byPath = [...files].sort((a, b) => compare(a.path, b.path));
  const folders = ["", ...new Set(files.flatMap((file) => foldersOf(file.path).slice(1)))];
  for (const folder of folders) {
    const below = byPath.filter((file) => folder === "" || file.path.startsWith(`${folder}/`));
    const exact = byPath.filter((file) => folder !== "" && file.path === folder);
    const all = await listAll(id, { prefix: folder, recursive: true }, pageSize);
    expect(all.map(bare)).toEqual([...exact, ...below].map(toEntry).map(bare));

    const level = modelLevel(files, folder);
    const mixed = [...level].sort((a, b) => compare(a.path, b.path) || (a.type === "directory" ? -1 : 1));
    expect((await listAll(id, { prefix: folder, recursive: false }, pageSize)).map(bare)).toEqual(
      [...exact.map(toEntry), ...mixed].map(bare),
    );
    for (const direction of ["asc", "desc"] as const) {
      const sign = direction === "asc" ? 1 : -1;
      const named = [...level].sort((a, b) =>
        a.type === b.type ? sign * compare(a.path, b.path) : a.type === "directory" ? -1 : 1,
      );
      const options = { prefix: folder, recursive: false, direction };
      expect((await listAll(id, { ...options, sort: "name" }, pageSize)).map(bare)).toEqual(
        [...exact.map(toEntry), ...named].map(bare),
      );
      for (const [sort, figure] of [
        ["size", (entry: BucketEntry) => entry.size!],
        ["uploaded", (entry: BucketEntry) => entry.uploadedAt!],
      ] as const) {
        const listed = (await listAll(id, { ...options, sort }, pageSize)).slice(exact.length);
        const figures = listed.map(figure);
        expect(figures).toEqual([...figures].sort((a, b) => sign * (a - b)));
        // Equal ones by path, in the same direction; a folder before the file of its name.
        const order = (a: BucketEntry, b: BucketEntry) =>
          sign * (figure(a) - figure(b) || compare(a.path, b.path) || compare(a.type, b.type));
        expect(listed.map(bare)).toEqual(level.map(bare).sort(order));
      }
    }
    for (const filter of ["a", "B", "\u{1F600}"]) {
      const kept = mixed.filter((entry) =>
        entry.path
          .slice(folder === "" ? 0 : folder.length + 1)
          .toLowerCase()
          .includes(filter.toLowerCase()),
      );
      for (const sort of [undefined, "size"] as const) {
        const found = await listAll(id, { prefix: folder, recursive: false, filter, sort }, pageSize);
        const order = (a: BucketEntry, b: BucketEntry) => compare(a.path, b.path) || compare(a.type, b.type);
        const own = found.filter((entry) => !(entry.type === "file" && entry.path === folder));
        if (sort === undefined) expect(own.map(bare)).toEqual(kept.map(bare));
        else expect(own.map((entry) => entry.size)).toEqual(own.map((entry) => entry.size!).sort((a, b) => b - a));
        expect(own.map(bare).sort(order)).toEqual(kept.map(bare).sort(order));
      }
    }
  }
  // No folder that nothing is in.
  const rows = await sql<{ path: string }>`select path from entries join buckets on buckets.id = bucket_id
    where kind = 0 and buckets.name = ${id.split("/")[1]}`.execute(fixture.db.read);
  expect(rows.rows.map((row) => row.path).sort()).toEqual([...folders].sort());
}

/** Every counter against a recount from the entries. */
async function checkCounts(): Promise<void> {
  const db = fixture.db.read;
  const files = await sql`select file_id, bucket_id, refs from file_buckets order by 1, 2`.execute(db);
  const recount = await sql`select files.id as file_id, bucket_id, count(*) as refs from entries
    join files on files.hash = entries.xet_hash where kind = 1 and entries.size > 0 group by 1, 2 order by 1, 2`.execute(
    db,
  );
  expect(files.rows).toEqual(recount.rows);
  // Every registered content refers to xorbs 1 and 2.
  const xorbs = await sql`select xorb_id, bucket_id, refs from xorb_buckets order by 1, 2`.execute(db);
  const distinct = await sql`select xorb_id, bucket_id, count(distinct file_id) as refs from file_buckets,
    (select 1 as xorb_id union all select 2) group by 1, 2 order by 1, 2`.execute(db);
  expect(xorbs.rows).toEqual(distinct.rows);
}

async function* stream(operations: BucketOperation[]) {
  yield* operations;
}

test("random batches: listings in every order, figures of folders, counted references", async () => {
  let bucket = 0;
  await fc.assert(
    fc.asyncProperty(batches, fc.integer({ min: 1, max: 7 }), async (script, pageSize) => {
      const id = `ann/b${++bucket}`;
      await fixture.hub.createBucket(ann, id, {});
      await fixture.prove(id, contents, [1, 2, 1]);
      const model = new Map<string, ModelFile>();
      let updatedAt = (await fixture.hub.getBucket(ann, id)).updatedAt;
      for (const [step, batch] of script.entries()) {
        if (step % 2 === 1) fixture.tick(1000);
        const operations: BucketOperation[] = [];
        const held = new Set([...model.values()].map((file) => file.xetHash));
        const after = new Map(model);
        for (const line of batch) {
          if (line.type === "deleteFile") {
            after.delete(line.path);
            operations.push({ type: "deleteFile", path: line.path });
            continue;
          }
          const { xetHash, size } = line.content;
          const file = { path: line.path, xetHash, size, uploadedAt: -1 };
          if (line.type === "copyFile" && size > 0 && !held.has(xetHash)) continue;
          held.add(xetHash);
          after.set(line.path, file);
          operations.push(
            line.type === "addFile"
              ? { type: "addFile", path: line.path, xetHash }
              : { type: "copyFile", path: line.path, xetHash, sourceRepoType: "bucket", sourceRepoId: id },
          );
        }
        const result = await fixture.hub.applyBatch(ann, id, stream(operations));
        expect(result).toEqual({
          success: true,
          processed: operations.length,
          succeeded: operations.length,
          failed: [],
        });
        const info = await fixture.hub.getBucket(ann, id);
        const changed = [...model.keys(), ...after.keys()].some((key) => model.get(key) !== after.get(key));
        if (changed) expect(info.updatedAt).toBeGreaterThan(updatedAt);
        updatedAt = info.updatedAt;
        for (const file of after.values()) if (file.uploadedAt === -1) file.uploadedAt = updatedAt;
        model.clear();
        for (const [key, file] of after) model.set(key, file);
        const files = [...model.values()];
        expect([info.files, info.size]).toEqual([files.length, files.reduce((sum, file) => sum + file.size, 0)]);
      }
      await checkListings(id, [...model.values()], pageSize);
      await checkCounts();
      if (bucket % 5 === 0) {
        await fixture.hub.deletePaths(ann, id, { files: [], folders: [""] });
        expect(await fixture.hub.getBucket(ann, id)).toMatchObject({ files: 0, size: 0 });
        await checkListings(id, [], pageSize);
      }
      await fixture.hub.deleteBucket(ann, id);
      await fixture.hub.purged();
      await checkCounts();
      expect((await sql`select 1 from entries`.execute(fixture.db.read)).rows).toEqual([]);
    }),
    { seed: 20261120, numRuns: 60, endOnFailure: true },
  );
}, 120_000);
