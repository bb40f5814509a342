/** Since when a bucket no longer holds a file that it held: what the page says of bytes that wait to be freed. */
import { type Kysely, sql } from "kysely";
import { jsonColumn, jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** Files whose first entry in the bucket came, and whose last one went. The bucket's own memory: it knows of no other bucket. */
export async function noteLeft(
  db: Db,
  bucketId: number,
  { first, last }: { first: number[]; last: number[] },
  now: number,
): Promise<void> {
  for (const ids of pieces(first)) {
    await sql`delete from dedup_left
      where bucket_id = ${bucketId} and file_id in (select j.value from ${jsonRows(ids)})`.execute(db);
  }
  for (const ids of pieces(last)) {
    await sql`insert into dedup_left (bucket_id, file_id, left_at)
      select ${bucketId}, j.value, ${now} from ${jsonRows(ids)} where true
      on conflict do update set left_at = excluded.left_at`.execute(db);
  }
}

/** Files that came again without being entered, by the bucket's write token: their time begins anew. */
export async function noteSent(tx: Db, bucketId: number, fileIds: number[], now: number): Promise<void> {
  for (const ids of pieces(fileIds)) {
    await sql`update dedup_left set left_at = ${now}
      where bucket_id = ${bucketId} and file_id in (select j.value from ${jsonRows(ids)})`.execute(tx);
  }
}

/**
 * Takes from buckets what they left before `before`, up to `limit` files: the right to enter it again ends as if nobody else held it. The
 * buckets that lost something; none when all is done.
 */
export async function forgetLeft(tx: Db, before: number, limit: number): Promise<number[]> {
  const gone = await sql<{ bucket: number; file: number }>`delete from dedup_left where (bucket_id, file_id) in
    (select bucket_id, file_id from dedup_left where left_at <= ${before} order by left_at limit ${limit})
    returning bucket_id as bucket, file_id as file`.execute(tx);
  if (gone.rows.length === 0) return [];
  const pairs = gone.rows.map(({ bucket, file }) => [file, bucket]);
  for (const table of ["file_proofs", "file_pasts"] as const) {
    await sql`delete from ${sql.table(table)} where (file_id, bucket_id) in
      (select ${jsonColumn(0)}, ${jsonColumn(1)} from ${jsonRows(pairs)})`.execute(tx);
  }
  return [...new Set(gone.rows.map(({ bucket }) => bucket))];
}
