/**
 * Who may lean on which content (reference/xet-protocol 4.3, 5, 7): knowing a hash gives nothing. A xorb may be used by who
 * uploaded its bytes, and by who may read a bucket that refers to it; a file may be read through a bucket that holds it.
 * How far "may read" goes for the token at hand is `CasAccess.reach`.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { OfferKey } from "../db/offers.ts";
import { jsonRows, nextTurn, pieces } from "../db/rows.ts";
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
function isUploaded(access: CasAccess): RawBuilder<boolean> {
  return sql`exists (select 1 from xorb_uploaders u
    where u.xorb_id = x.id and u.user_id = ${access.accountId} and ${isSent(access)})`;
}

/** Whether what was sent under the bucket of the caller's row `u` counts for this token. */
function isSent({ bucketId, reach }: CasAccess): RawBuilder<boolean> {
  if (reach === "account") return sql`1`;
  if (reach === "bucket") return sql`u.bucket_id = ${bucketId}`;
  return sql`exists (select 1 from buckets where buckets.id = u.bucket_id and ${isNeighbour(bucketId)})`;
}

function isUsable(access: CasAccess): RawBuilder<boolean> {
  return sql`(${isUploaded(access)} or exists (
    select 1 from xorb_buckets xb join buckets on buckets.id = xb.bucket_id where xb.xorb_id = x.id and ${isReadable(access)}))`;
}

export interface UsableXorb {
  id: number;
  hash: Uint8Array;
  chunks: number;
  stored_bytes: number;
}

/** Which of these xorbs the caller may refer to; one of each hash, whole if there is such a one, and then the oldest. */
export async function usableXorbs(
  db: Db,
  access: CasAccess,
  hashes: Uint8Array[],
): Promise<(UsableXorb & { dropped: number })[]> {
  if (hashes.length === 0) return [];
  const { rows } = await sql<UsableXorb & { dropped: number }>`
    select x.id, x.hash, x.chunks, x.stored_bytes, x.dropped from xorbs x
    where x.hash in (${sql.join(padded(hashes))}) and ${isUsable(access)}`.execute(db);
  rows.sort((a, b) => Number(a.dropped > 0) - Number(b.dropped > 0) || a.id - b.id);
  const found = new Map<string, (typeof rows)[number]>();
  for (const row of rows) {
    const name = Buffer.from(row.hash).toString("latin1");
    if (!found.has(name)) found.set(name, row);
  }
  return [...found.values()];
}

/** The same by id. */
export async function usableXorbsById(db: Db, access: CasAccess, ids: number[]): Promise<UsableXorb[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<UsableXorb>`
    select x.id, x.hash, x.chunks, x.stored_bytes from xorbs x
    where x.id in (${sql.join(padded(ids))}) and ${isUsable(access)} order by x.id`.execute(db);
  return rows;
}

/** Where a xorb lies among its neighbours: those that the same bucket's files refer to, or that the caller sent to one bucket. */
export async function neighboursOf(
  db: Db,
  access: CasAccess,
  id: number,
  { before, after }: { before: number; after: number },
): Promise<UsableXorb[]> {
  const referring = await sql<{ id: number }>`
    select buckets.id from xorb_buckets xb cross join buckets
    where xb.xorb_id = ${id} and buckets.id = xb.bucket_id and ${isReadable(access)}
    order by buckets.id <> ${access.bucketId}, buckets.id limit 1`.execute(db);
  const sent = await sql<{ id: number }>`
    select u.bucket_id as id from xorb_uploaders u
    where u.xorb_id = ${id} and u.user_id = ${access.accountId} and ${isSent(access)}
    order by u.bucket_id <> ${access.bucketId}, u.bucket_id limit 1`.execute(db);
  const found = new Map<number, UsableXorb>();
  const around = async (rows: RawBuilder<unknown>) => {
    const query = sql<UsableXorb>`
      select x.id, x.hash, x.chunks, x.stored_bytes from (
        select * from (select near.xorb_id from ${rows} and near.xorb_id < ${id} order by near.xorb_id desc limit ${before})
        union all
        select * from (select near.xorb_id from ${rows} and near.xorb_id >= ${id} order by near.xorb_id limit ${after})
      ) as near cross join xorbs x where x.id = near.xorb_id`;
    for (const xorb of (await query.execute(db)).rows) found.set(xorb.id, xorb);
  };
  for (const bucket of referring.rows) await around(sql`xorb_buckets as near where near.bucket_id = ${bucket.id}`);
  for (const bucket of sent.rows) {
    await around(
      sql`xorb_uploaders as near where near.user_id = ${access.accountId} and near.bucket_id = ${bucket.id}`,
    );
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

/** How far back `ownXorbs` looks, in xorbs that the caller sent to the bucket. */
const LOOK_BACK = 8192;

/** Xorbs that the caller sent under the token's bucket since a time, newest first; `unreferenced`: by no file that can be read. */
export async function ownXorbs(
  db: Db,
  access: CasAccess,
  { since, limit, unreferenced }: { since: number; limit: number; unreferenced: boolean },
): Promise<UsableXorb[]> {
  const referred = sql`exists (select 1 from xorb_buckets xb cross join buckets
    where xb.xorb_id = x.id and buckets.id = xb.bucket_id and ${isReadable(access)})`;
  const { rows } = await sql<UsableXorb>`
    select x.id, x.hash, x.chunks, x.stored_bytes from (
      select xorb_id from xorb_uploaders where user_id = ${access.accountId} and bucket_id = ${access.bucketId}
      order by xorb_id desc limit ${LOOK_BACK}
    ) as u cross join xorbs x
    where x.id = u.xorb_id and x.created_at >= ${since} ${unreferenced ? sql`and not ${referred}` : sql``}
    order by u.xorb_id desc limit ${limit}`.execute(db);
  return rows;
}

/** Whose client remembers what this token is answered; null: nobody's, who may not write. */
export function offerKey({ bucketId, accountId, reach }: CasAccess): OfferKey | null {
  if (accountId === null) return null;
  const within = {
    account: sql<number>`0`,
    namespace: sql<number>`(select -1 * o.namespace_id from buckets o where o.id = ${bucketId})`,
    bucket: sql<number>`${bucketId}`,
  };
  return { userId: accountId, reach: within[reach] };
}

/** Those of the xorbs whose bytes the caller sent. */
export async function sentXorbs(db: Db, access: CasAccess, ids: number[]): Promise<Set<number>> {
  const found = new Set<number>();
  for (const part of pieces(ids)) {
    const { rows } = await sql<{ id: number }>`
      select x.id from ${jsonRows(part)} cross join xorbs x where x.id = j.value and ${isUploaded(access)}`.execute(db);
    for (const { id } of rows) found.add(id);
  }
  return found;
}

/** Of a popular chunk anybody may have very many, of which the caller may use few: looked through so many at a time. */
const SEARCH_PIECE = 500;

/**
 * The newest files that begin with the chunk and that a readable bucket holds, or has the proof of. What others have is passed over and
 * takes no place in the answer.
 */
export function readableFilesByHead(db: Db, access: CasAccess, chunk: Uint8Array, limit: number): Promise<number[]> {
  const where = (table: string) => sql`exists (select 1 from ${sql.table(table)} as own cross join buckets
    where own.file_id = seen.id and buckets.id = own.bucket_id and ${isReadable(access)})`;
  const usable = sql`(${where("file_buckets")} or ${where("file_proofs")})`;
  return search(db, { table: "file_heads", key: "file_id", chunk, usable, limit });
}

/** The newest xorbs that hold the indexed chunk and that the caller may refer to. */
export async function usableXorbsByChunk(
  db: Db,
  access: CasAccess,
  chunk: Uint8Array,
  limit: number,
): Promise<UsableXorb[]> {
  const usable = sql`exists (select 1 from xorbs x where x.id = seen.id and ${isUsable(access)})`;
  return usableXorbsById(db, access, await search(db, { table: "chunk_index", key: "xorb_id", chunk, usable, limit }));
}

interface Search {
  table: "file_heads" | "chunk_index";
  key: string;
  chunk: Uint8Array;
  /** A condition on `seen.id`. */
  usable: RawBuilder<unknown>;
  limit: number;
}

async function search(db: Db, { table, key, chunk, usable, limit }: Search): Promise<number[]> {
  const found: number[] = [];
  const id = sql.ref(key);
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const rows = sql`select ${id} as id from ${sql.table(table)} where hash = ${chunk} and ${id} < ${before}
      order by ${id} desc limit ${SEARCH_PIECE}`;
    const query = sql<{
      id: number;
    }>`select seen.id from (${rows}) as seen where ${usable} limit ${limit - found.length}`;
    for (const row of (await query.execute(db)).rows) found.push(row.id);
    if (found.length === limit) return found;
    const last = sql<{
      id: number;
    }>`select ${id} as id from ${sql.table(table)} where hash = ${chunk} and ${id} < ${before}
      order by ${id} desc limit 1 offset ${SEARCH_PIECE - 1}`;
    const [next] = (await last.execute(db)).rows;
    if (next === undefined) return found;
    before = next.id;
    await nextTurn();
  }
}
