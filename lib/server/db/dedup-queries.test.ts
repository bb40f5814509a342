/** How SQLite answers the questions about dedup figures: by an index, never sorting, never scanning. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery, type Kysely, sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "./db.ts";
import { findSetDate, findSetState, findSharers, findSharersOf, listBucketSets, listHistory } from "./dedup.ts";
import { eachHolder, readContent, readPlaces, readXorbHash } from "./dedup-holders.ts";
import { forgetLeft, noteLeft, noteSent } from "./dedup-left.ts";
import {
  eachBlock,
  eachCoverage,
  eachFolder,
  eachHeld,
  eachMeeting,
  FOLDER_ORDERS,
  listFilesBySize,
  listFolders,
  readBlock,
  readCoverage,
  readFile,
  readFolder,
  readOthers,
  readOverlaps,
  readSet,
} from "./dedup-rows.ts";
import { readContents, readFiles, readFolders, readOffsets, readSourceBucket } from "./dedup-source.ts";
import { clearGeneration, commitSet, openGeneration, purgeFigures, writePiece } from "./dedup-write.ts";
import type { Tables } from "./schema.ts";
import { openDatabase } from "./sqlite.ts";
import { type Connection, openConnection } from "./statements.ts";

let folder: string;
let db: Database;
let connection: Connection;
let asked: { sql: string; parameters: readonly unknown[] }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooperage-dedup-queries-"));
  const file = join(folder, "a.db");
  db = await openDatabase({ file });
  connection = openConnection({ file, readOnly: true, cacheKib: 1024, busyMs: 1000 });
});
afterAll(async () => {
  connection.close();
  await db.close();
  await rm(folder, { recursive: true });
});

/** The same connection, with every statement noted. */
const spy: Connection = {
  get db() {
    return connection.db;
  },
  run(sql, parameters) {
    asked.push({ sql, parameters });
    return connection.run(sql, parameters);
  },
  each(sql, parameters) {
    asked.push({ sql, parameters });
    return connection.each(sql, parameters);
  },
  close() {},
};

function watch(inner: Kysely<Tables>): Kysely<Tables> {
  return inner.withPlugin({
    transformQuery({ node, queryId }) {
      asked.push(inner.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
}

/** The steps of all statements that `work` asks, lists given with the question aside. */
async function stepsOf(work: () => unknown): Promise<string> {
  asked = [];
  await work();
  expect(asked.length).toBeGreaterThan(0);
  const steps: string[] = [];
  for (const { sql, parameters } of asked) {
    const plan = await db.read.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    );
    steps.push(...plan.rows.map((row) => row.detail));
  }
  return steps
    .filter((step) => !/^SCAN (?:j|json_each) VIRTUAL TABLE|^SCAN (?:CONSTANT ROW|\(subquery)/.test(step))
    .join("\n");
}

async function expectIndexed(index: string, work: () => unknown): Promise<void> {
  const steps = await stepsOf(work);
  expect(steps).not.toMatch(/^SCAN |TEMP B-TREE|AUTOMATIC/m);
  expect(steps).toContain(index);
}

const kept = { bucketId: 1, generation: 2 };

test("folders of a folder, in every order, from a cursor", async () => {
  for (const order of FOLDER_ORDERS) {
    const index = `dedup_folders_by_${order === "path" ? "name" : order} (bucket_id=? AND generation=? AND parent_id=?`;
    for (const direction of ["asc", "desc"] as const) {
      for (const after of [null, { figure: 7, path: "a/b" }]) {
        const page = { parentId: 3, order, direction, after, limit: 10 };
        await expectIndexed(index, () => listFolders(spy, kept, page));
      }
    }
  }
  await expectIndexed("PRIMARY KEY (bucket_id=? AND generation=? AND path=?)", () => readFolder(spy, kept, "a"));
});

test("files of a folder, largest first", async () => {
  const insert = sql`insert into entries (bucket_id, kind, path, size, files, uploaded_at) values (1, 0, 'a', 0, 0, 0)`;
  await db.write((tx) => insert.execute(tx));
  for (const after of [null, { size: 7, path: "a/b" }]) {
    await expectIndexed("COVERING INDEX entries_by_size (folder_id=?", () =>
      listFilesBySize(spy, 1, "a", { after, limit: 10 }),
    );
  }
  await expectIndexed("entries_by_path (bucket_id=? AND kind=? AND path=?)", () => readFile(spy, 1, "a"));
});

test("what a set consists of, in the order of its keys", async () => {
  const key = "PRIMARY KEY (bucket_id=? AND generation=?";
  await expectIndexed(key, () => [...eachFolder(spy, kept)]);
  await expectIndexed(key, () => [...eachBlock(spy, kept)]);
  await expectIndexed(`${key} AND block=?)`, () => readBlock(spy, kept, 4));
  await expectIndexed(key, () => [...eachCoverage(spy, kept)]);
  await expectIndexed(`${key} AND kind=?)`, () => [...eachHeld(spy, kept)]);
  await expectIndexed(`${key} AND kind=? AND xorb_id=?)`, () => readCoverage(spy, kept, 0, 4));
  await expectIndexed(`${key} AND kind=? AND xorb_id=?)`, () => [
    ...eachMeeting(spy, { bucketId: 2, generation: 1 }, kept),
  ]);
  await expectIndexed("dedup_coverage_by_xorb (xorb_id=?)", () => readOthers(spy, 4, 1));
  await expectIndexed("PRIMARY KEY (bucket_id=?)", () => [readOverlaps(spy, 1), readSet(spy, 1)]);
});

test("what the figures are made of", async () => {
  await expectIndexed("entries_by_path (bucket_id=? AND kind=?)", () => [...readFolders(spy, 1), ...readFiles(spy, 1)]);
  await expectIndexed("file_buckets_reverse (bucket_id=?)", () => [...readContents(spy, 1)]);
  await expectIndexed("PRIMARY KEY", () => [readOffsets(spy, 1), readSourceBucket(spy, 1)]);
});

test("who holds a file's bytes", async () => {
  await db.write((tx) => tx.insertInto("xorb_files").values({ xorb_id: 1, file_id: 5 }).execute());
  await expectIndexed("PRIMARY KEY (xorb_id=? AND file_id>?)", () => [...eachHolder(spy, 1, [1, 2])]);
  await expectIndexed("PRIMARY KEY (file_id=? AND bucket_id=?)", () => [...eachHolder(spy, 1, [1, 2])]);
  await expectIndexed("entries_by_hash (xet_hash=? AND bucket_id=?)", () => readPlaces(spy, new Uint8Array(32), 1, 5));
  await expectIndexed("PRIMARY KEY", () => [readContent(spy, 1), readXorbHash(spy, 1)]);
});

test("what the main thread asks", async () => {
  const read = watch(db.read);
  const readable = sql`buckets.visibility = 'public'`;
  await expectIndexed("PRIMARY KEY (bucket_id=?)", async () => {
    await findSetState(read, 1);
    await findSetDate(read, 1);
    await findSharers(read, 1, readable);
    await listHistory(read, 1, 10);
  });
  await expectIndexed("PRIMARY KEY (bucket_id=?)", async () => {
    // One row an other bucket; these are sorted out of what several buckets share.
    await findSharers(read, 1, readable);
  });
  // Buckets and those that share with them are few: they are sorted.
  for (const work of [() => findSharersOf(read, [1, 2], readable), () => listBucketSets(read, [1], readable)]) {
    expect(await stepsOf(work)).not.toMatch(/^SCAN |AUTOMATIC/m);
  }
});

test("writing and clearing touch rows by their keys only", async () => {
  await db.write(async (tx) => {
    const noted = watch(tx);
    const account = {
      name: "a",
      name_key: "a",
      type: "org",
      full_name: "",
      private_by_default: 0,
      created_at: 0,
    } as const;
    const { id } = await tx.insertInto("namespaces").values(account).returning("id").executeTakeFirstOrThrow();
    await sql`insert into buckets (id, namespace_id, name, name_key, visibility, cdn_regions, created_at, updated_at, size, files)
      values (1, ${id}, 'a', 'a', 'public', '', 0, 0, 0, 0)`.execute(tx);
    await expectIndexed("PRIMARY KEY", async () => {
      await openGeneration(noted, 1, 2);
      await writePiece(noted, 1, 2, { table: "folders", dropped: '["a"]' });
      await writePiece(noted, 1, 2, { table: "files", dropped: "[1]" });
      await writePiece(noted, 1, 2, { table: "coverage", dropped: "[[0, 1]]" });
      while (await clearGeneration(noted, 1, 2, 10));
      const numbers = { generation: 1, version: 1, as_of: 9, took_ms: 0, files: 0, logical: 0, unique: 0, stored: 0 };
      const waiting = { waiting_bytes: 0, waiting_files: 0, waiting_since: null };
      const set = {
        bucket_id: 1,
        ...numbers,
        ...waiting,
        folders: 0,
        scratch: null,
        checkpoints: "",
        ranked: "",
        matrix: "",
      };
      await commitSet(noted, { set, pieces: [], overlaps: [] });
    });
    await expectIndexed("PRIMARY KEY", async () => {
      await noteLeft(noted, 1, { first: [1], last: [2] }, 5);
      await noteSent(noted, 1, [1], 5);
      while (await purgeFigures(noted, 1, 10));
    });
    await expectIndexed("dedup_left_by_time (left_at<?)", () => forgetLeft(noted, 5, 10));
  });
});
