/** Steps on databases that hold something already. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "./sqlite.ts";
import { PackedTerms } from "./terms.ts";

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
