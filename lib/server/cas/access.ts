/**
 * Who may lean on which content (reference/xet-protocol 4.3, 5, 7): knowing a hash gives nothing. A xorb may be used by who
 * uploaded its bytes, and by who may read a bucket that refers to it; a file may be read through a bucket that holds it.
 * How far "may read" goes for the token at hand is `CasAccess.reach`.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Tables } from "../db/schema.ts";
import { padded } from "../db/xorbs.ts";
import type { CasAccess } from "./cas.ts";

type Db = Kysely<Tables>;

/** Whether the bucket in a row of `buckets` counts as readable for this token. */
export function isReadable({ bucketId, accountId, reach }: CasAccess): RawBuilder<boolean> {
  if (reach === "bucket") return sql`buckets.id = ${bucketId}`;
  const member = sql`(buckets.visibility = 'public' or buckets.namespace_id = ${accountId}
    or exists (select 1 from members m where m.org_id = buckets.namespace_id and m.user_id = ${accountId}))`;
  if (reach === "account") return sql`(buckets.id = ${bucketId} or ${member})`;
  return sql`(buckets.id = ${bucketId} or (${isNeighbour(bucketId)} and ${member}))`;
}

/** Whether the bucket in a row of `buckets` lies in the namespace of the token's own. */
function isNeighbour(bucketId: number): RawBuilder<boolean> {
  return sql`buckets.namespace_id = (select o.namespace_id from buckets o where o.id = ${bucketId})`;
}

/** Whether the caller sent the bytes of the xorb in row `x`, by a token of at most this one's reach. */
function isUploaded({ bucketId, accountId, reach }: CasAccess): RawBuilder<boolean> {
  const own = sql`u.xorb_id = x.id and u.user_id = ${accountId}`;
  if (reach === "account") return sql`exists (select 1 from xorb_uploaders u where ${own})`;
  if (reach === "bucket") {
    return sql`exists (select 1 from xorb_uploaders u where ${own} and u.bucket_id = ${bucketId})`;
  }
  return sql`exists (select 1 from xorb_uploaders u join buckets on buckets.id = u.bucket_id
    where ${own} and ${isNeighbour(bucketId)})`;
}

function isUsable(access: CasAccess): RawBuilder<boolean> {
  return sql`(${isUploaded(access)} or exists (
    select 1 from xorb_buckets xb join buckets on buckets.id = xb.bucket_id where xb.xorb_id = x.id and ${isReadable(access)}))`;
}

/** Which of these xorbs the caller may refer to. */
export async function usableXorbs(
  db: Db,
  access: CasAccess,
  hashes: Uint8Array[],
): Promise<{ id: number; hash: Uint8Array }[]> {
  if (hashes.length === 0) return [];
  const { rows } = await sql<{ id: number; hash: Uint8Array }>`
    select x.id, x.hash from xorbs x where x.hash in (${sql.join(padded(hashes))}) and ${isUsable(access)}`.execute(db);
  return rows;
}

export interface UsableXorb {
  id: number;
  hash: Uint8Array;
  chunks: number;
  stored_bytes: number;
}

/** The same by id. */
export async function usableXorbsById(db: Db, access: CasAccess, ids: number[]): Promise<UsableXorb[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<UsableXorb>`
    select x.id, x.hash, x.chunks, x.stored_bytes from xorbs x
    where x.id in (${sql.join(padded(ids))}) and ${isUsable(access)} order by x.id`.execute(db);
  return rows;
}

/** Xorbs with an id in `[from, to)` that the caller may refer to. */
export async function usableXorbsBetween(db: Db, access: CasAccess, from: number, to: number): Promise<UsableXorb[]> {
  const { rows } = await sql<UsableXorb>`
    select x.id, x.hash, x.chunks, x.stored_bytes from xorbs x
    where x.id >= ${from} and x.id < ${to} and ${isUsable(access)} order by x.id`.execute(db);
  return rows;
}

/** How far back `ownXorbs` looks, in xorbs of the whole store. */
const LOOK_BACK = 8192;

/** Xorbs that the caller sent under the token's bucket since a time, newest first; `unreferenced`: by no bucket's files. */
export async function ownXorbs(
  db: Db,
  { bucketId, accountId }: CasAccess,
  { since, limit, unreferenced }: { since: number; limit: number; unreferenced: boolean },
): Promise<UsableXorb[]> {
  const { rows } = await sql<UsableXorb>`
    select x.id, x.hash, x.chunks, x.stored_bytes from xorb_uploaders u join xorbs x on x.id = u.xorb_id
    where u.xorb_id > (select coalesce(max(id), 0) from xorbs) - ${LOOK_BACK}
      and u.user_id = ${accountId} and u.bucket_id = ${bucketId} and x.created_at >= ${since}
      ${unreferenced ? sql`and not exists (select 1 from xorb_buckets xb where xb.xorb_id = x.id)` : sql``}
    order by u.xorb_id desc limit ${limit}`.execute(db);
  return rows;
}

/** Which of these files a readable bucket holds, or has the proof of; newest first. */
export async function readableFiles(db: Db, access: CasAccess, ids: number[]): Promise<number[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: number }>`
    select f.id from files f where f.id in (${sql.join(padded(ids))}) and (
      exists (select 1 from file_buckets fb join buckets on buckets.id = fb.bucket_id
        where fb.file_id = f.id and ${isReadable(access)})
      or exists (select 1 from file_proofs fp join buckets on buckets.id = fp.bucket_id
        where fp.file_id = f.id and ${isReadable(access)}))
    order by f.id desc`.execute(db);
  return rows.map(({ id }) => id);
}
