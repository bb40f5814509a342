/** What the main thread asks of the kept figures: whether they are out of date, who else holds what a bucket holds, the past. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { DETACHED } from "./accounts.ts";
import { jsonRows } from "./rows.ts";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

export interface SetState {
  files: number;
  /** Of the bucket now. */
  updatedAt: number;
  /** Of the figures; null: there are none yet. */
  version: number | null;
}

/** Undefined: there is no such bucket, or it is being cleared away. */
export async function findSetState(db: Db, bucketId: number): Promise<SetState | undefined> {
  const query = sql<SetState>`
    select buckets.files, buckets.updated_at as "updatedAt", sets.version
    from buckets cross join namespaces
    left join dedup_sets as sets on sets.bucket_id = buckets.id and sets.generation > 0
    where buckets.id = ${bucketId} and namespaces.id = buckets.namespace_id and namespaces.name_key <> ${DETACHED}`;
  return (await query.execute(db)).rows[0];
}

/** Buckets whose figures are of another version, smallest first. Asked once, at the start. */
export async function listOutdated(db: Db): Promise<number[]> {
  const query = sql<{ id: number }>`
    select buckets.id from buckets cross join namespaces
    left join dedup_sets as sets on sets.bucket_id = buckets.id and sets.generation > 0
    where namespaces.id = buckets.namespace_id and namespaces.name_key <> ${DETACHED}
      and (sets.version is null or sets.version <> buckets.updated_at)
    order by buckets.files`;
  return (await query.execute(db)).rows.map(({ id }) => id);
}

/** Generations that a crash left half written or half cleared. */
export function listScratch(db: Db): Promise<{ bucket_id: number; scratch: number | null }[]> {
  return db.selectFrom("dedup_sets").select(["bucket_id", "scratch"]).where("scratch", "is not", null).execute();
}

export interface SeenBucket {
  id: number;
  /** namespace/name */
  name: string;
}

/** Readable buckets that share chunks with the bucket, by id. `readable` is a condition on the table `buckets`. */
export async function findSharers(db: Db, bucketId: number, readable: RawBuilder<unknown>): Promise<SeenBucket[]> {
  const query = sql<SeenBucket>`
    select met.other_id as id, namespaces.name || '/' || buckets.name as name
    from dedup_overlaps as met cross join buckets cross join namespaces
    where met.bucket_id = ${bucketId} and buckets.id = met.other_id and ${readable}
      and namespaces.id = buckets.namespace_id
    order by met.other_id`;
  return (await query.execute(db)).rows;
}

/** Readable buckets that share chunks with one of these, by id. */
export async function findSharersOf(db: Db, bucketIds: number[], readable: RawBuilder<unknown>): Promise<number[]> {
  const query = sql<{ id: number }>`
    select distinct met.other_id as id from ${jsonRows(bucketIds)} cross join dedup_overlaps as met cross join buckets
    where met.bucket_id = j.value and buckets.id = met.other_id and ${readable} order by met.other_id`;
  return (await query.execute(db)).rows.map(({ id }) => id);
}

export interface StoreBucket {
  id: number;
  namespace: string;
  /** namespace/name */
  name: string;
  updatedAt: number;
  /** Of the figures; null: there are none yet. */
  version: number | null;
}

/** The readable buckets of some namespaces, by name. */
export async function listBucketSets(
  db: Db,
  namespaceIds: number[],
  readable: RawBuilder<unknown>,
): Promise<StoreBucket[]> {
  const query = sql<StoreBucket>`
    select buckets.id, namespaces.name as namespace, namespaces.name || '/' || buckets.name as name,
      buckets.updated_at as "updatedAt", sets.version
    from ${jsonRows(namespaceIds)} cross join namespaces on namespaces.id = j.value
    cross join buckets on buckets.namespace_id = namespaces.id
    left join dedup_sets as sets on sets.bucket_id = buckets.id and sets.generation > 0
    where ${readable} order by namespaces.name_key, buckets.name_key`;
  return (await query.execute(db)).rows;
}

export interface HistoryRow {
  at: number;
  files: number;
  logical: number;
  unique: number;
  stored: number;
}

/** Oldest first, the newest `limit`. */
export async function listHistory(db: Db, bucketId: number, limit: number): Promise<HistoryRow[]> {
  const rows = await db
    .selectFrom("dedup_history")
    .select(["at", "files", "logical", "unique", "stored"])
    .where("bucket_id", "=", bucketId)
    .orderBy("at", "desc")
    .limit(limit)
    .execute();
  return rows.reverse();
}

export function findSetDate(db: Db, bucketId: number): Promise<{ as_of: number; version: number } | undefined> {
  return db
    .selectFrom("dedup_sets")
    .select(["as_of", "version"])
    .where("bucket_id", "=", bucketId)
    .where("generation", ">", 0)
    .executeTakeFirst();
}
