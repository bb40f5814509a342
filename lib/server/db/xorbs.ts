/** Questions about xorbs and chunks. Who may see the answers is `cas/access.ts`'s business. */
import { type Kysely, sql } from "kysely";
import { jsonBytes, jsonColumn, jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

export interface XorbRecord {
  id: number;
  hash: Uint8Array;
  chunks: number;
  unpacked_bytes: number;
  stored_bytes: number;
  layout: number;
  dropped: number;
}

const COLUMNS = ["id", "hash", "chunks", "unpacked_bytes", "stored_bytes", "layout", "dropped"] as const;

export function findXorbById(db: Db, id: number): Promise<XorbRecord | undefined> {
  return db.selectFrom("xorbs").select(COLUMNS).where("id", "=", id).executeTakeFirst();
}

/** Whether the bytes of some xorb lie in this blob. */
export async function hasLayout(db: Db, hash: Uint8Array, layout: number): Promise<boolean> {
  const rows = db.selectFrom("xorbs").select("id").where("hash", "=", hash).where("layout", "=", layout);
  return (await rows.executeTakeFirst()) !== undefined;
}

export async function readXorbTable(
  db: Db,
  id: number,
): Promise<{ hashes: Uint8Array; offsets: Uint8Array } | undefined> {
  return db.selectFrom("xorb_tables").select(["hashes", "offsets"]).where("xorb_id", "=", id).executeTakeFirst();
}

export function readXorbOffsets(
  db: Db,
  ids: number[],
): Promise<{ id: number; hash: Uint8Array; layout: number; offsets: Uint8Array }[]> {
  return db
    .selectFrom("xorb_tables")
    .innerJoin("xorbs", "xorbs.id", "xorb_tables.xorb_id")
    .select(["xorbs.id", "xorbs.hash", "xorbs.layout", "xorb_tables.offsets"])
    .where("xorb_tables.xorb_id", "in", padded(ids))
    .execute();
}

export interface NewXorb {
  hash: Uint8Array;
  chunks: number;
  unpackedBytes: number;
  storedBytes: number;
  hashes: Uint8Array;
  offsets: Uint8Array;
  layout: number;
  createdAt: number;
}

/** Its id; the caller has made sure that the sender may use no other of this hash. */
export async function insertXorb(tx: Db, xorb: NewXorb): Promise<number> {
  const { id } = await tx
    .insertInto("xorbs")
    .values({
      hash: xorb.hash,
      chunks: xorb.chunks,
      unpacked_bytes: xorb.unpackedBytes,
      stored_bytes: xorb.storedBytes,
      created_at: xorb.createdAt,
      layout: xorb.layout,
      touched_at: xorb.createdAt,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await tx.insertInto("xorb_tables").values({ xorb_id: id, hashes: xorb.hashes, offsets: xorb.offsets }).execute();
  return id;
}

/** Somebody sent its bytes again, and relies on all of it being here. */
export async function touchXorb(tx: Db, id: number, now: number): Promise<void> {
  await tx.updateTable("xorbs").set({ touched_at: now, unexamined: 1 }).where("id", "=", id).execute();
  await tx.deleteFrom("xorb_waste").where("xorb_id", "=", id).execute();
}

export async function recordUploader(tx: Db, xorbId: number, userId: number, bucketId: number): Promise<void> {
  await tx
    .insertInto("xorb_uploaders")
    .values({ xorb_id: xorbId, user_id: userId, bucket_id: bucketId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function isUploader(db: Db, xorbId: number, userId: number, bucketId: number): Promise<boolean> {
  const row = await db
    .selectFrom("xorb_uploaders")
    .select("xorb_id")
    .where("xorb_id", "=", xorbId)
    .where("user_id", "=", userId)
    .where("bucket_id", "=", bucketId)
    .executeTakeFirst();
  return row !== undefined;
}

/** A list for `in (...)` whose length is a power of two, its last member repeated: few lengths, few prepared statements. */
export function padded<T>(list: readonly T[]): T[] {
  const length = 2 ** Math.ceil(Math.log2(Math.max(1, list.length)));
  return [...list, ...Array.from({ length: length - list.length }, () => list[list.length - 1])];
}

/** Chunks of xorbs that are gone meanwhile are left out. */
export async function indexChunks(
  tx: Db,
  chunks: { hash: Uint8Array; xorbId: number; chunk: number }[],
): Promise<void> {
  for (const part of pieces(chunks)) {
    const rows = part.map(({ hash, xorbId, chunk }) => [Buffer.from(hash).toString("hex"), xorbId, chunk]);
    await sql`insert into chunk_index (hash, xorb_id, chunk)
      select ${jsonBytes(0)}, x.id, ${jsonColumn(2)} from ${jsonRows(rows)} cross join xorbs x where x.id = ${jsonColumn(1)}
      on conflict do nothing`.execute(tx);
  }
}
