/** How SQLite answers the questions that must stay fast at five million files: by an index alone, never sorting, never scanning. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery, Kysely, type LogEvent, sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyChanges, findOldFiles } from "./changes.ts";
import { findHeldFiles, findKnownFiles } from "./content-lookup.ts";
import type { Database } from "./db.ts";
import { findEntry, findFiles, listByFigure, listByName, listFilesBelow } from "./files.ts";
import type { Tables } from "./schema.ts";
import { countXorbFiles, findPlaces, findReadableBuckets, listXorbFiles } from "./sharing.ts";
import { openDatabase } from "./sqlite.ts";

let folder: string;
let db: Database;
let asked: LogEvent["query"][];
let spy: Kysely<Tables>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooperage-plans-"));
  db = await openDatabase({ file: join(folder, "a.db") });
  spy = watch(db.read);
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

/** The same database, with every statement noted. */
function watch(inner: Kysely<Tables>): Kysely<Tables> {
  asked = [];
  const executor = inner.getExecutor();
  const dialect = {
    createAdapter: () => executor.adapter,
    createDriver: () => ({
      async init() {},
      async acquireConnection() {
        return {
          executeQuery: async <R>(query: CompiledQuery) => {
            asked.push(query as never);
            return inner.executeQuery<R>(query as never);
          },
          async *streamQuery() {},
        };
      },
      async beginTransaction() {},
      async commitTransaction() {},
      async rollbackTransaction() {},
      async releaseConnection() {},
      async destroy() {},
    }),
    createIntrospector: () => inner.introspection,
    createQueryCompiler: () => ({ compileQuery: executor.compileQuery.bind(executor) }),
  };
  return new Kysely<Tables>({ dialect: dialect as never });
}

/** The steps of the plans of all statements that `work` asks, json_each aside. */
async function planOf(work: () => Promise<unknown>): Promise<string[]> {
  asked = [];
  await work();
  const steps: string[] = [];
  for (const { sql, parameters } of asked) {
    if (!/^\s*(select|update|delete|insert)/i.test(sql)) continue;
    const plan = await db.read.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    );
    steps.push(...plan.rows.map((row) => row.detail));
  }
  return steps.filter((step) => !/^SCAN j VIRTUAL TABLE/.test(step));
}

function expectIndexed(steps: string[], ...indexes: string[]): void {
  const tables = steps.filter((step) => /^(SCAN|SEARCH) /.test(step) && !/^SCAN (changed|seen)$/.test(step));
  expect(tables.length).toBeGreaterThan(0);
  for (const step of tables) expect(step).toMatch(/^SEARCH /);
  expect(steps.join("\n")).not.toMatch(/TEMP B-TREE|AUTOMATIC/);
  for (const index of indexes) expect(steps.join("\n")).toContain(index);
}

const level = { folderId: 1, folderPath: "data", limit: 1001 };
const filter = { text: "x", budget: 1000 };

test("recursive listing", async () => {
  for (const prefix of ["", "data"]) {
    for (const after of [null, "data/7"]) {
      const steps = await planOf(() => listFilesBelow(spy, 1, { prefix, after, limit: 1001 }));
      expectIndexed(steps, "entries_by_path (bucket_id=? AND kind=? AND path>?");
    }
  }
});

test("one level by name, both kinds and directions, from the start and from a cursor, with a filter", async () => {
  for (const direction of ["asc", "desc"] as const) {
    for (const kind of [0, 1] as const) {
      expectIndexed(
        await planOf(() => listByName(spy, { ...level, kind, direction, after: null })),
        "entries_by_name (folder_id=? AND kind=?)",
      );
      for (const inclusive of [true, false]) {
        expectIndexed(
          await planOf(() => listByName(spy, { ...level, kind, direction, after: "data/7", inclusive })),
          `entries_by_name (folder_id=? AND kind=? AND path${direction === "asc" ? ">" : "<"}?)`,
        );
      }
      const scan = await planOf(() => listByName(spy, { ...level, kind, direction, after: null, filter }));
      expectIndexed(scan, "USING COVERING INDEX entries_by_name");
    }
  }
});

test("one level by size and by upload: the cursor goes straight to its place among equals", async () => {
  for (const direction of ["asc", "desc"] as const) {
    for (const [column, index] of [
      ["size", "entries_by_size"],
      ["uploaded_at", "entries_by_upload"],
    ] as const) {
      expectIndexed(
        await planOf(() => listByFigure(spy, { ...level, column, direction, after: null })),
        `${index} (folder_id=?)`,
      );
      const sign = direction === "asc" ? ">" : "<";
      expectIndexed(
        await planOf(() =>
          listByFigure(spy, {
            ...level,
            column,
            direction,
            after: { size: 5, uploaded_at: 5, path: "data/7", kind: 1 },
          }),
        ),
        `${index} (folder_id=? AND (${column},path,kind)${sign}(?,?,?))`,
      );
      const scan = await planOf(() => listByFigure(spy, { ...level, column, direction, after: null, filter }));
      expectIndexed(scan, `USING COVERING INDEX ${index}`);
    }
  }
});

test("by size, nothing but the index is read", async () => {
  const after = { size: 5, uploaded_at: 5, path: "data/7", kind: 1 } as const;
  const steps = await planOf(() => listByFigure(spy, { ...level, column: "size", direction: "desc", after }));
  expectIndexed(steps, "USING COVERING INDEX entries_by_size");
});

test("looking up files, folders and contents", async () => {
  expectIndexed(
    await planOf(() => findEntry(spy, 1, 0, "data")),
    "entries_by_path (bucket_id=? AND kind=? AND path=?)",
  );
  expectIndexed(
    await planOf(() => findFiles(spy, 1, ["a", "b"])),
    "entries_by_path (bucket_id=? AND kind=? AND path=?)",
  );
  const steps = await planOf(async () => {
    await findOldFiles(spy, 1, ["a"]);
    await findKnownFiles(spy, 1, ["00".repeat(32)]);
    await findHeldFiles(spy, 1, ["00".repeat(32)]);
  });
  expectIndexed(steps, "files_by_hash (hash=?)");
});

test("which files share a xorb, and where they stand", async () => {
  const readable = sql`(buckets.visibility = 'public' or buckets.namespace_id in (${1}))`;
  expectIndexed(
    await planOf(() => listXorbFiles(spy, { xorbId: 1, before: 9, limit: 10, readable })),
    "PRIMARY KEY (xorb_id=? AND file_id<?)",
    "held USING PRIMARY KEY (file_id=?)",
  );
  expectIndexed(await planOf(() => countXorbFiles(spy, [1], readable)), "used USING PRIMARY KEY (xorb_id=?)");
  expectIndexed(
    await planOf(() => findReadableBuckets(spy, new Uint8Array(32), readable)),
    "held USING PRIMARY KEY (file_id=?)",
  );
  expectIndexed(
    await planOf(() => findPlaces(spy, new Uint8Array(32), [1], 10)),
    "entries_by_hash (xet_hash=? AND bucket_id=?)",
  );
});

test("a batch touches rows by their keys only", async () => {
  await db.write(async (tx) => {
    const noted = watch(tx);
    const bucket = { id: 1, size: 0, files: 0 };
    const file = { hash: "11".repeat(32), fileId: 1, size: 5, mtime: 0, contentType: null };
    await tx
      .insertInto("files")
      .values({ hash: new Uint8Array(32).fill(17), size: 5, terms: new Uint8Array(16), created_at: 0 })
      .execute();
    await tx
      .insertInto("entries")
      .values({ bucket_id: 1, kind: 0, path: "", size: 0, files: 0, uploaded_at: 0 })
      .execute();
    const options = { now: 1, userId: null };
    const add = await planOf(async () => {
      await applyChanges(noted, bucket, new Map([["a/b", file]]), new Map(), options);
    });
    expectIndexed(add, "USING INTEGER PRIMARY KEY");
    const old = await findOldFiles(tx, 1, ["a/b"]);
    watch(tx);
    const remove = await planOf(async () => {
      await applyChanges(noted, { ...bucket, size: 5, files: 1 }, new Map([["a/b", null]]), old, options);
    });
    expectIndexed(remove, "entries_by_upload (folder_id=?)");
  });
});
