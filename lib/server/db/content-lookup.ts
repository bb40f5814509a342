/**
 * Which file a hash means, and for whom. A hash has a row of `files` for each way in which someone packed the content (a variant), and
 * nobody is ever answered with one that only others hold. `readable` is a condition on the table `buckets`.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

export interface KnownFile {
  id: number;
  size: number;
}

/** By stored hash in hex digits; hashes without an answer are left out. */
export type KnownFiles = Map<string, KnownFile>;

const HELD = sql.table("file_buckets");
const PROVEN = sql.table("file_proofs");
const PAST = sql.table("file_pasts");

function inBucket(table: typeof HELD, bucketId: number): RawBuilder<unknown> {
  return sql`exists (select 1 from ${table} as own where own.file_id = files.id and own.bucket_id = ${bucketId})`;
}

function inReadable(table: typeof HELD, readable: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`exists (select 1 from ${table} as own cross join buckets
    where own.file_id = files.id and buckets.id = own.bucket_id and ${readable})`;
}

/** Of each hash the file of the lowest `rank` (an expression; null: not at all), and among those the oldest. */
async function findRanked(db: Db, hashes: Iterable<string>, rank: RawBuilder<unknown>): Promise<KnownFiles> {
  const found = new Map<string, KnownFile & { place: number }>();
  for (const part of pieces(hashes)) {
    const query = sql<{ hash: string; id: number; size: number; place: number }>`
      select * from (
        select j.value as hash, files.id, files.size, ${rank} as place
        from ${jsonRows(part)} cross join files where files.hash = unhex(j.value)
      ) where place is not null`;
    for (const { hash, id, size, place } of (await query.execute(db)).rows) {
      const best = found.get(hash);
      if (best !== undefined && (best.place < place || (best.place === place && best.id < id))) continue;
      found.set(hash, { id, size, place });
    }
  }
  return found;
}

/** What the bucket holds, or else has the proof of: a shard for it came under the bucket's own write token. */
export function findKnownFiles(db: Db, bucketId: number, hashes: Iterable<string>): Promise<KnownFiles> {
  const rank = sql`case when ${inBucket(HELD, bucketId)} then 0 when ${inBucket(PROVEN, bucketId)} then 1 end`;
  return findRanked(db, hashes, rank);
}

/** The same, and what it held before. */
export function findFormerFiles(db: Db, bucketId: number, hashes: Iterable<string>): Promise<KnownFiles> {
  const rank = sql`case when ${inBucket(HELD, bucketId)} then 0 when ${inBucket(PROVEN, bucketId)} then 1
    when ${inBucket(PAST, bucketId)} then 2 end`;
  return findRanked(db, hashes, rank);
}

/** What a readable bucket holds or has the proof of. */
export function findReadableFiles(
  db: Db,
  hashes: Iterable<string>,
  readable: RawBuilder<unknown>,
): Promise<KnownFiles> {
  const rank = sql`case when ${inReadable(HELD, readable)} or ${inReadable(PROVEN, readable)} then 0 end`;
  return findRanked(db, hashes, rank);
}

/** What the bucket's entries hold. */
export function findHeldFiles(db: Db, bucketId: number, hashes: Iterable<string>): Promise<KnownFiles> {
  return findRanked(db, hashes, sql`case when ${inBucket(HELD, bucketId)} then 0 end`);
}
