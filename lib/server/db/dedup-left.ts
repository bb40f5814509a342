/** Since when a bucket no longer holds a file that it held: what the page says of bytes that wait to be freed. */
import { type Kysely, sql } from "kysely";
import { jsonRows, pieces } from "./rows.ts";
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
