/** Questions about buckets, where they moved and who adds to them. */
import { type Insertable, type Kysely, type QueryResult, type SelectQueryBuilder, sql } from "kysely";
import { DETACHED, nameKey } from "./accounts.ts";
import { purgeFigures } from "./dedup-write.ts";
import { deletePlanRows } from "./plan-operations.ts";
import { markIdle } from "./references.ts";
import type { BucketRow, BucketsTable, Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** A bucket with its namespace's name. */
export interface NamedBucket extends BucketRow {
  namespace: string;
}

function named(db: Db) {
  return db
    .selectFrom("buckets")
    .innerJoin("namespaces", "namespaces.id", "buckets.namespace_id")
    .selectAll("buckets")
    .select("namespaces.name as namespace");
}

export function findBucket(db: Db, namespace: string, name: string): Promise<NamedBucket | undefined> {
  return named(db)
    .where("namespaces.name_key", "=", nameKey(namespace))
    .where("buckets.name_key", "=", nameKey(name))
    .executeTakeFirst();
}

export function getBucket(db: Db, id: number): Promise<NamedBucket | undefined> {
  return named(db).where("buckets.id", "=", id).executeTakeFirst();
}

/** Inserts the bucket with its root folder. */
export async function insertBucket(db: Db, row: Insertable<BucketsTable>): Promise<BucketRow> {
  const bucket = await db.insertInto("buckets").values(row).returningAll().executeTakeFirstOrThrow();
  const root = { bucket_id: bucket.id, kind: 0 as const, path: "", size: 0, files: 0, uploaded_at: 0 };
  await db.insertInto("entries").values(root).execute();
  return bucket;
}

export async function updateBucket(
  db: Db,
  id: number,
  changes: Partial<Omit<BucketRow, "id" | "created_at">>,
): Promise<void> {
  if (Object.keys(changes).length > 0) await db.updateTable("buckets").set(changes).where("id", "=", id).execute();
}

export interface BucketsQuery {
  /** Only these; empty: none. */
  namespaceIds: number[];
  /** Private buckets of these namespaces too. */
  memberOf: number[];
  /** Only the bucket of this name. */
  name?: string;
  /** Part of the name. */
  search?: string;
  sort: "name_key" | "updated_at" | "size" | "files";
  direction: "asc" | "desc";
  /** The last row of the page before. */
  after?: { value: string | number; id: number };
  limit: number;
}

/** A page of buckets. Sorted on the fly but for one namespace by name: buckets are counted in thousands, not millions. */
export function listBuckets(db: Db, query: BucketsQuery): Promise<NamedBucket[]> {
  const { namespaceIds, memberOf, name, search, sort, direction, after, limit } = query;
  const column = sql.ref(`buckets.${sort}`);
  let rows = named(db)
    .where("buckets.namespace_id", "in", namespaceIds)
    .where((where) =>
      memberOf.length === 0
        ? where("buckets.visibility", "=", "public")
        : where.or([where("buckets.visibility", "=", "public"), where("buckets.namespace_id", "in", memberOf)]),
    );
  if (name !== undefined) rows = rows.where("buckets.name_key", "=", nameKey(name));
  if (search) rows = rows.where(sql<boolean>`instr(buckets.name_key, ${nameKey(search)}) > 0`);
  if (after !== undefined) {
    const compare = sql.raw(direction === "asc" ? ">" : "<");
    rows = rows.where(sql<boolean>`(${column}, buckets.id) ${compare} (${after.value}, ${after.id})`);
  }
  return ordered(rows, column, direction).limit(limit).execute();
}

function ordered<O>(
  rows: SelectQueryBuilder<Tables, "buckets" | "namespaces", O>,
  column: ReturnType<typeof sql.ref>,
  direction: "asc" | "desc",
) {
  return rows.orderBy(column, direction).orderBy("buckets.id", direction);
}

/** Remembers that the bucket was at the old name; a name has one memory only. */
export async function insertMove(db: Db, namespace: string, name: string, bucketId: number): Promise<void> {
  await db
    .insertInto("bucket_moves")
    .values({ namespace_key: nameKey(namespace), name_key: nameKey(name), bucket_id: bucketId })
    .onConflict((conflict) => conflict.columns(["namespace_key", "name_key"]).doUpdateSet({ bucket_id: bucketId }))
    .execute();
}

export async function deleteMove(db: Db, namespace: string, name: string): Promise<void> {
  await db
    .deleteFrom("bucket_moves")
    .where("namespace_key", "=", nameKey(namespace))
    .where("name_key", "=", nameKey(name))
    .execute();
}

export async function findMove(db: Db, namespace: string, name: string): Promise<NamedBucket | undefined> {
  const row = await db
    .selectFrom("bucket_moves")
    .select("bucket_id")
    .where("namespace_key", "=", nameKey(namespace))
    .where("name_key", "=", nameKey(name))
    .executeTakeFirst();
  return row && getBucket(db, row.bucket_id);
}

export async function addContribution(db: Db, bucketId: number, userId: number, files: number, at: number) {
  await db
    .insertInto("contributors")
    .values({ bucket_id: bucketId, user_id: userId, files, last_at: at })
    .onConflict((conflict) =>
      conflict
        .columns(["bucket_id", "user_id"])
        .doUpdateSet((row) => ({ files: row("contributors.files", "+", files), last_at: at })),
    )
    .execute();
}

export function listContributors(db: Db, bucketId: number, limit: number) {
  return db
    .selectFrom("contributors")
    .innerJoin("namespaces", "namespaces.id", "contributors.user_id")
    .select(["namespaces.name", "namespaces.full_name", "contributors.files", "contributors.last_at"])
    .where("contributors.bucket_id", "=", bucketId)
    .orderBy("contributors.last_at", "desc")
    .limit(limit)
    .execute();
}

/** Hides the bucket for good: it is gone for everybody when this commits; `purgeDetached` clears its rows afterwards. */
export async function detachBucket(db: Db, id: number): Promise<void> {
  const away = await db
    .selectFrom("namespaces")
    .select("id")
    .where("name_key", "=", DETACHED)
    .executeTakeFirstOrThrow();
  await updateBucket(db, id, { namespace_id: away.id, name: `~${id}`, name_key: `~${id}`, visibility: "private" });
  await db.deleteFrom("bucket_moves").where("bucket_id", "=", id).execute();
}

export async function findDetached(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom("buckets")
    .innerJoin("namespaces", "namespaces.id", "buckets.namespace_id")
    .select("buckets.id")
    .where("namespaces.name_key", "=", DETACHED)
    .orderBy("buckets.id")
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** Deletes up to `limit` rows of a detached bucket, its own row last. False when nothing is left. `now`: ms. */
export async function purgeDetached(db: Db, id: number, limit: number, now: number): Promise<boolean> {
  // Plans first: what hangs on one goes in pieces, and the plan's own row, which takes the rest along, when they are gone.
  const plan = await db.selectFrom("plans").select("id").where("bucket_id", "=", id).limit(1).executeTakeFirst();
  if (plan !== undefined) {
    if (!(await deletePlanRows(db, plan.id, limit))) await db.deleteFrom("plans").where("id", "=", plan.id).execute();
    return true;
  }
  const entries = sql`delete from entries where id in (select id from entries where bucket_id = ${id} limit ${limit})`;
  if (changed(await entries.execute(db))) return true;
  // Counted references are kept per bucket, so taking the bucket's own rows away counts them down.
  const held = sql<{ id: number }>`delete from file_buckets where bucket_id = ${id} and file_id in
    (select file_id from file_buckets where bucket_id = ${id} limit ${limit}) returning file_id as id`;
  const { rows: lost } = await held.execute(db);
  await markIdle(
    db,
    lost.map((row) => row.id),
    now,
  );
  if (lost.length > 0) return true;
  if (await purgeFigures(db, id, limit)) return true;
  const pieces = [
    ...(["file_proofs", "file_pasts"] as const).map(
      (table) => sql`delete from ${sql.table(table)} where bucket_id = ${id} and file_id in
        (select file_id from ${sql.table(table)} where bucket_id = ${id} limit ${limit})`,
    ),
    sql`delete from xorb_buckets where bucket_id = ${id} and xorb_id in
      (select xorb_id from xorb_buckets where bucket_id = ${id} limit ${limit})`,
    sql`delete from buckets where id = ${id}`,
  ];
  for (const piece of pieces) {
    if (changed(await piece.execute(db))) return true;
  }
  return false;
}

function changed({ numAffectedRows = 0n }: QueryResult<unknown>): boolean {
  return numAffectedRows > 0n;
}
