/** Plans and their versions: the rows that lists, inboxes and pages open with. */
import { type Insertable, type Kysely, type RawBuilder, type Selectable, sql } from "kysely";
import type { BucketRulesTable, PlansTable, PlanVersionsTable, StoredPlan, Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** A plan with the names that its lists show. */
export interface NamedPlan extends StoredPlan {
  bucket_name: string;
  bucket_namespace: string;
  namespace_id: number;
  user_name: string;
  user_full_name: string;
}

const NAMED = sql`
  select plans.*, buckets.name as bucket_name, owner.name as bucket_namespace, buckets.namespace_id,
    people.name as user_name, people.full_name as user_full_name
  from plans
  cross join buckets on buckets.id = plans.bucket_id
  cross join namespaces as owner on owner.id = buckets.namespace_id
  left join namespaces as people on people.id = plans.user_id`;

export async function findPlan(db: Db, id: number): Promise<NamedPlan | undefined> {
  return (await sql<NamedPlan>`${NAMED} where plans.id = ${id}`.execute(db)).rows[0];
}

export interface PlansQuery {
  /** Conditions on `plans` and `buckets`. */
  where: RawBuilder<unknown>;
  /** Id of the last plan of the page before. */
  before: number | null;
  limit: number;
}

/** Newest first. */
export async function listPlans(db: Db, { where, before, limit }: PlansQuery): Promise<NamedPlan[]> {
  const cut = before === null ? sql`` : sql`and plans.id < ${before}`;
  return (await sql<NamedPlan>`${NAMED} where ${where} ${cut} order by plans.id desc limit ${limit}`.execute(db)).rows;
}

/** The id of a plan to be; `plan_imports` keeps it until the plan is published or swept. */
export async function reservePlan(tx: Db, now: number): Promise<number> {
  const { id } = await tx
    .insertInto("plan_imports")
    .values({ created_at: now })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

export async function publishPlan(tx: Db, row: Insertable<PlansTable> & { id: number }, version: VersionRow) {
  await tx.insertInto("plans").values(row).execute();
  await insertPlanVersion(tx, version);
  await forgetImport(tx, row.id);
}

export async function forgetImport(tx: Db, id: number): Promise<void> {
  await tx.deleteFrom("plan_imports").where("id", "=", id).execute();
}

export async function listImports(db: Db): Promise<number[]> {
  return (await db.selectFrom("plan_imports").select("id").orderBy("id").execute()).map((row) => row.id);
}

export async function updatePlan(tx: Db, id: number, changes: Partial<Omit<StoredPlan, "id">>): Promise<void> {
  await tx.updateTable("plans").set(changes).where("id", "=", id).execute();
}

type VersionRow = Selectable<PlanVersionsTable>;

export async function insertPlanVersion(tx: Db, row: VersionRow): Promise<void> {
  await tx.insertInto("plan_versions").values(row).execute();
}

export interface NamedVersion extends VersionRow {
  user_name: string;
  user_full_name: string;
}

export async function listPlanVersions(db: Db, planId: number): Promise<NamedVersion[]> {
  const query = sql<NamedVersion>`
    select plan_versions.*, people.name as user_name, people.full_name as user_full_name
    from plan_versions left join namespaces as people on people.id = plan_versions.user_id
    where plan_versions.plan_id = ${planId} order by plan_versions.version`;
  return (await query.execute(db)).rows;
}

/** The SHA-256 of every original that a plan refers to. */
export async function listOriginals(db: Db): Promise<Set<string>> {
  const rows = await db.selectFrom("plans").select("sha256").distinct().execute();
  return new Set(rows.map((row) => row.sha256));
}

export async function findRules(db: Db, bucketId: number): Promise<string | undefined> {
  return (await db.selectFrom("bucket_rules").select("rules").where("bucket_id", "=", bucketId).executeTakeFirst())
    ?.rules;
}

export async function upsertRules(tx: Db, row: Selectable<BucketRulesTable>): Promise<void> {
  const { rules, updated_at } = row;
  await tx
    .insertInto("bucket_rules")
    .values(row)
    .onConflict((conflict) => conflict.column("bucket_id").doUpdateSet({ rules, updated_at }))
    .execute();
}

/** Plans that take this one back. */
export async function listReverts(db: Db, planId: number): Promise<number[]> {
  const query = sql<{ id: number }>`
    select id from plans where revert_of = ${planId} and revert_of is not null order by id`;
  return (await query.execute(db)).rows.map((row) => row.id);
}

/** The plan before this one with the same source and destination. */
export async function findPrevious(
  db: Db,
  { id, bucket_id, source, dest }: Pick<StoredPlan, "id" | "bucket_id" | "source" | "dest">,
): Promise<number | undefined> {
  const query = sql<{ id: number }>`
    select id from plans
    where bucket_id = ${bucket_id} and id < ${id} and +source = ${source} and +dest = ${dest}
    order by id desc limit 1`;
  return (await query.execute(db)).rows[0]?.id;
}
