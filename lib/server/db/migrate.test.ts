/** Steps on databases that hold something already. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findFormerFiles } from "./content-lookup.ts";
import { migrate } from "./migrate.ts";
import { dialectOf, openDatabase } from "./sqlite.ts";
import { PackedTerms } from "./terms.ts";
import { WriterDriver } from "./writer.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooperage-migrate-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("0002 fills in which files hold bytes of which xorb", async () => {
  const file = join(folder, "old.db");
  await (await openDatabase({ file })).close();
  const old = new DatabaseSync(file);
  old.exec("drop table xorb_files; drop index entries_by_hash; delete from migrations where name = '0002-xorb-files'");
  const insert = old.prepare("insert into files (hash, size, terms, created_at) values (?, 1, ?, 0)");
  old.exec("begin");
  const expected: string[] = [];
  // More than are read at once, and one with more xorbs than are written at once.
  for (let i = 1; i <= 2500; i++) {
    const hash = Buffer.alloc(32);
    hash.writeUInt32LE(i);
    const terms = new PackedTerms(i === 7 ? 4500 : 2);
    for (let t = 0; t < terms.count; t++) {
      const xorbId = i === 7 ? 10_000 + (t % 4400) : i;
      terms.set(t, { xorbId, chunkStart: t, chunkEnd: t + 1, unpackedLength: 1 });
    }
    insert.run(hash, terms.bytes);
    for (const xorbId of terms.xorbIds()) expected.push(`${xorbId} ${i}`);
  }
  old.exec("commit");
  old.close();

  const db = await openDatabase({ file });
  const rows = await db.read.selectFrom("xorb_files").selectAll().execute();
  await db.close();
  expect(rows.map(({ xorb_id, file_id }) => `${xorb_id} ${file_id}`).sort()).toEqual(expected.sort());
});

test("0004 keeps files and their ids, lets a hash have several, and knows what plans took away", async () => {
  const file = join(folder, "unique.db");
  // biome-ignore lint/suspicious/noExplicitAny: the schema of an earlier time.
  const writer = new Kysely<any>({ dialect: dialectOf(new WriterDriver(file)) });
  await migrate(writer, "0003-plans");
  await writer.destroy();
  const old = new DatabaseSync(file);
  const hash = (first: number) => new Uint8Array(32).fill(first);
  const insert = old.prepare("insert into files (id, hash, size, terms, created_at) values (?, ?, ?, ?, 7)");
  for (const id of [3, 5, 9]) insert.run(id, hash(id), 10 * id, new PackedTerms(id).bytes);
  old.exec("delete from files where id = 9");
  old.exec("insert into file_proofs (file_id, bucket_id) values (3, 1), (5, 2)");
  old.exec("insert into file_buckets (file_id, bucket_id, refs) values (3, 1, 2)");
  const spent = old.prepare(`insert into plan_operations
    (plan_id, bucket_id, folder_id, line, path, target, kind, reason, since, stale, findings, ground_hash, spent_at)
    values (1, ?, 1, ?, 'a', 'a', 2, '', 1, 0, 0, ?, ?)`);
  spent.run(1, 1, hash(3), 100);
  spent.run(1, 2, hash(5), 100);
  spent.run(1, 3, hash(5), 200);
  spent.run(4, 4, hash(5), null);
  spent.run(1, 5, hash(9), 100);
  old.close();

  const db = await openDatabase({ file });
  const rows = await db.read.selectFrom("files").select(["id", "hash", "size", "terms", "created_at"]).execute();
  expect(rows.map(({ hash, terms, ...row }) => ({ ...row, first: hash[0], bytes: terms.length }))).toEqual([
    { id: 3, size: 30, created_at: 7, first: 3, bytes: 48 },
    { id: 5, size: 50, created_at: 7, first: 5, bytes: 80 },
  ]);
  expect(await db.read.selectFrom("file_pasts").selectAll().execute()).toEqual([{ file_id: 5, bucket_id: 1 }]);
  const hex = Buffer.from(hash(5)).toString("hex");
  expect(await findFormerFiles(db.read, 1, [hex])).toEqual(new Map([[hex, { id: 5, size: 50, place: 2 }]]));
  const again = { hash: hash(5), size: 50, terms: new Uint8Array(16), created_at: 8 };
  const { id } = await db.write((tx) => tx.insertInto("files").values(again).returning("id").executeTakeFirstOrThrow());
  expect(id).toBe(10);
  await db.close();
});
