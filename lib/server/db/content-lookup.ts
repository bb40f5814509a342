/** What the Hub asks about content: which file a hash names, and whether someone may use it. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

export interface KnownFile {
  id: number;
  size: number;
  /** The bucket holds it, or a shard for it came under the bucket's own write token. */
  proven: boolean;
}

/** By stored hash in hex digits; unknown hashes are left out. */
export async function findKnownFiles(
  db: Db,
  bucketId: number,
  hashes: Iterable<string>,
): Promise<Map<string, KnownFile>> {
  const found = new Map<string, KnownFile>();
  for (const part of pieces(hashes)) {
    const query = sql<{ hash: string; id: number; size: number; proven: number }>`
      select j.value as hash, files.id, files.size,
        exists (select 1 from file_proofs as p where p.file_id = files.id and p.bucket_id = ${bucketId})
        or exists (select 1 from file_buckets as b where b.file_id = files.id and b.bucket_id = ${bucketId}) as proven
      from ${jsonRows(part)} cross join files where files.hash = unhex(j.value)`;
    for (const row of (await query.execute(db)).rows) {
      found.set(row.hash, { id: row.id, size: row.size, proven: Boolean(row.proven) });
    }
  }
  return found;
}

/** Those of the files that a bucket matching `readable` (a condition on the table `buckets`) holds or has a proof of. */
export async function findReadableFiles(
  db: Db,
  fileIds: Iterable<number>,
  readable: RawBuilder<unknown>,
): Promise<Set<number>> {
  const found = new Set<number>();
  for (const part of pieces(fileIds)) {
    const holds = (table: "file_proofs" | "file_buckets") => sql`exists (
      select 1 from ${sql.table(table)} as held cross join buckets
      where held.file_id = j.value and buckets.id = held.bucket_id and ${readable})`;
    const query = sql<{ id: number }>`
      select j.value as id from ${jsonRows(part)} where ${holds("file_buckets")} or ${holds("file_proofs")}`;
    for (const { id } of (await query.execute(db)).rows) found.add(id);
  }
  return found;
}

/** Those of the files that the bucket's entries hold. */
export async function findHeldFiles(db: Db, bucketId: number, fileIds: Iterable<number>): Promise<Set<number>> {
  const found = new Set<number>();
  for (const part of pieces(fileIds)) {
    const query = sql<{ id: number }>`
      select file_buckets.file_id as id from ${jsonRows(part)}
      cross join file_buckets where file_buckets.file_id = j.value and file_buckets.bucket_id = ${bucketId}`;
    for (const { id } of (await query.execute(db)).rows) found.add(id);
  }
  return found;
}
