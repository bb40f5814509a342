/** Questions about which files share xorbs. `readable` is a condition on the table `buckets`: nothing else is ever answered with. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

export interface HeldFile {
  fileId: number;
  bucketId: number;
}

export interface HoldersPage {
  rows: HeldFile[];
  /** Where the next page goes on; null at the end. */
  next: number | null;
}

/** Files of readable buckets that hold bytes of the xorb, newest first, looking at up to `limit` files of anybody. */
export async function listXorbFiles(
  db: Db,
  { xorbId, before, limit, readable }: { xorbId: number; before: number; limit: number; readable: RawBuilder<unknown> },
): Promise<HoldersPage> {
  const where = sql`xorb_id = ${xorbId} and file_id < ${before}`;
  const query = sql<HeldFile>`
    select held.file_id as "fileId", held.bucket_id as "bucketId"
    from (select file_id from xorb_files where ${where} order by file_id desc limit ${limit}) as seen
    cross join file_buckets as held cross join buckets
    where held.file_id = seen.file_id and buckets.id = held.bucket_id and ${readable}`;
  const { rows } = await query.execute(db);
  const last = sql<{ id: number }>`
    select file_id as id from xorb_files where ${where} order by file_id desc limit 1 offset ${limit - 1}`;
  return { rows, next: (await last.execute(db)).rows[0]?.id ?? null };
}

/** The readable buckets that hold the content, packed in whatever way. */
export async function findReadableBuckets(db: Db, hash: Uint8Array, readable: RawBuilder<unknown>): Promise<number[]> {
  const query = sql<{ id: number }>`
    select held.bucket_id as id from files cross join file_buckets as held cross join buckets
    where files.hash = ${hash} and held.file_id = files.id and buckets.id = held.bucket_id and ${readable}`;
  return (await query.execute(db)).rows.map(({ id }) => id).sort((a, b) => a - b);
}

/** By xorb: how many pairs of file and readable bucket refer to it. */
export async function countXorbFiles(
  db: Db,
  xorbIds: Iterable<number>,
  readable: RawBuilder<unknown>,
): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const part of pieces(xorbIds)) {
    const query = sql<{ id: number; refs: number }>`
      select used.xorb_id as id, used.refs from ${jsonRows(part)}
      cross join xorb_buckets as used cross join buckets
      where used.xorb_id = j.value and buckets.id = used.bucket_id and ${readable}`;
    for (const { id, refs } of (await query.execute(db)).rows) counts.set(id, (counts.get(id) ?? 0) + refs);
  }
  return counts;
}

/** Bytes of the packed terms of each file. */
export async function measureTerms(db: Db, fileIds: Iterable<number>): Promise<Map<number, number>> {
  const lengths = new Map<number, number>();
  for (const part of pieces(fileIds)) {
    const query = sql<{ id: number; length: number }>`
      select files.id, length(files.terms) as length from ${jsonRows(part)} cross join files where files.id = j.value`;
    for (const { id, length } of (await query.execute(db)).rows) lengths.set(id, length);
  }
  return lengths;
}

export interface NamedPath {
  bucket: string;
  path: string;
  size: number;
}

/** Where these buckets hold the content, at most `limit` places, in no order. */
export async function findPlaces(db: Db, hash: Uint8Array, bucketIds: number[], limit: number): Promise<NamedPath[]> {
  const query = sql<NamedPath>`
    select namespaces.name || '/' || buckets.name as bucket, entries.path, entries.size from ${jsonRows(bucketIds)}
    cross join entries cross join buckets cross join namespaces
    where entries.xet_hash = ${hash} and entries.bucket_id = j.value
      and buckets.id = entries.bucket_id and namespaces.id = buckets.namespace_id
    limit ${limit}`;
  return (await query.execute(db)).rows;
}
