import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Database } from "./db.ts";
import { openDatabase } from "./sqlite.ts";

let folder: string;
let db: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooperage-db-"));
  db = await openDatabase({ file: join(folder, "a.sqlite") });
});

afterEach(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const xorb = (byte: number) => ({
  hash: new Uint8Array(32).fill(byte),
  chunks: 1,
  unpacked_bytes: 2,
  stored_bytes: 3,
  created_at: 4,
});

test("a committed write is seen by the reader at once, and after reopening", async () => {
  // A view into a larger buffer must arrive as itself.
  const hash = new Uint8Array(1000).fill(9).subarray(100, 132);
  await db.write((tx) =>
    tx
      .insertInto("xorbs")
      .values({ ...xorb(1), hash })
      .execute(),
  );
  expect((await db.read.selectFrom("xorbs").select("hash").executeTakeFirstOrThrow()).hash).toEqual(
    new Uint8Array(32).fill(9),
  );
  await db.close();
  db = await openDatabase({ file: join(folder, "a.sqlite") });
  expect(await db.read.selectFrom("xorbs").select("id").execute()).toEqual([{ id: 1 }]);
});

test("a throw rolls everything back and leaves the writer usable", async () => {
  const failed = db.write(async (tx) => {
    await tx.insertInto("xorbs").values(xorb(1)).execute();
    expect(await tx.selectFrom("xorbs").select("id").execute()).toHaveLength(1);
    expect(await db.read.selectFrom("xorbs").select("id").execute()).toHaveLength(0);
    throw new Error("stop");
  });
  await expect(failed).rejects.toThrow("stop");
  const twice = db.write(async (tx) => {
    const same = { ...xorb(1), id: 7 };
    await tx.insertInto("xorbs").values(same).execute();
    await tx.insertInto("xorbs").values(same).execute();
  });
  await expect(twice).rejects.toThrow("UNIQUE");
  await db.write((tx) => tx.insertInto("xorbs").values(xorb(2)).execute());
  expect(await db.read.selectFrom("xorbs").select("hash").execute()).toEqual([{ hash: xorb(2).hash }]);
});

test("transactions run one after the other, in the order they were asked for", async () => {
  const order: string[] = [];
  await Promise.all(
    [1, 2, 3].map((byte) =>
      db.write(async (tx) => {
        order.push(`begin ${byte}`);
        await tx.insertInto("xorbs").values(xorb(byte)).execute();
        order.push(`end ${byte}`);
      }),
    ),
  );
  expect(order).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
});

test("two connections to one file, as the admin command has beside the server", async () => {
  const other = await openDatabase({ file: join(folder, "a.sqlite") });
  try {
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map((byte) =>
        (byte % 2 ? db : other).write(async (tx) => {
          await tx.insertInto("xorbs").values(xorb(byte)).execute();
        }),
      ),
    );
    const count = sql<{ n: number }>`select count(*) as n from xorbs`;
    expect((await count.execute(db.read)).rows[0]?.n).toBe(6);
    expect((await count.execute(other.read)).rows[0]?.n).toBe(6);
  } finally {
    await other.close();
  }
});

test("ids of deleted buckets, files and xorbs never come back", async () => {
  const insert = (byte: number) =>
    db.write((tx) => tx.insertInto("xorbs").values(xorb(byte)).returning("id").executeTakeFirstOrThrow());
  const { id } = await insert(1);
  await db.write((tx) => tx.deleteFrom("xorbs").execute());
  expect((await insert(2)).id).toBeGreaterThan(id);
});

test("a closed database refuses with Unavailable", async () => {
  await db.close();
  await expect(db.write((tx) => tx.selectFrom("xorbs").select("id").execute())).rejects.toThrow();
  db = await openDatabase({ file: join(folder, "a.sqlite") });
});

test("a file that is no database, and one of a newer version, are refused", async () => {
  const file = join(folder, "text.sqlite");
  await writeFile(file, "x".repeat(8192));
  await expect(openDatabase({ file })).rejects.toThrow(/not a database/);
  await db.write((tx) => sql`insert into migrations values ('9999-future', 0)`.execute(tx));
  await expect(openDatabase({ file: join(folder, "a.sqlite") })).rejects.toThrow(/newer version/);
  await db.write((tx) => sql`delete from migrations where name = '9999-future'`.execute(tx));
});
