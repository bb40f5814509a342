/** Which operations of plans speak of a path of a bucket: asked by every change of the bucket, in its transaction. */
import { type Kysely, sql } from "kysely";
import { jsonBytes, jsonColumn, jsonRows, pieces } from "./rows.ts";
import type { StoredOperation, StoredPlan, Tables } from "./schema.ts";

type Db = Kysely<Tables>;

export interface Watch {
  /** JSON of the bucket's ReviewRules, null: the default ones. */
  rules: string | null;
  /** Some operation waits for a path of the bucket. */
  watched: boolean;
}

/** Whether a change of the bucket needs to be looked at. */
export async function findWatch(db: Db, bucketId: number): Promise<Watch> {
  const query = sql<{ rules: string | null; watched: number }>`
    select (select rules from bucket_rules where bucket_id = ${bucketId}) as rules,
      exists (select 1 from plan_operations
        where bucket_id = ${bucketId} and until is null and spent_at is null and kind <> 3) as watched`;
  const { rules, watched } = (await query.execute(db)).rows[0]!;
  return { rules, watched: watched === 1 };
}

export type WatchingOperation = Pick<
  StoredOperation,
  | "id"
  | "plan_id"
  | "path"
  | "target"
  | "kind"
  | "size"
  | "xet_hash"
  | "since"
  | "ground_hash"
  | "ground_mtime"
  | "stale"
>;

const COLUMNS = sql.join(
  ["id", "plan_id", "path", "target", "kind", "size", "xet_hash", "since", "ground_hash", "ground_mtime", "stale"].map(
    (name) => sql.ref(`o.${name}`),
  ),
);

/** Unspent operations of present versions whose target is among `targets`, also of plans that still come in; by plan. */
export async function findWatching(db: Db, bucketId: number, targets: readonly string[]): Promise<WatchingOperation[]> {
  const query = sql<WatchingOperation>`
    select ${COLUMNS} from ${jsonRows(targets)} cross join plan_operations as o indexed by plan_operations_by_target
    where o.bucket_id = ${bucketId} and o.target = j.value
      and o.until is null and o.spent_at is null and o.kind <> 3`;
  return (await query.execute(db)).rows.sort((a, b) => a.plan_id - b.plan_id);
}

export interface PastRun {
  plan_id: number;
  spent_at: number;
  user_name: string | null;
}

/** The last operation that ran on this path. */
export async function findLastSpent(db: Db, bucketId: number, target: string): Promise<PastRun | undefined> {
  const query = sql<PastRun>`
    select o.plan_id, o.spent_at, people.name as user_name
    from plan_operations as o indexed by plan_operations_spent left join namespaces as people on people.id = o.spent_by
    where o.bucket_id = ${bucketId} and o.target = ${target} and o.spent_at is not null
    order by o.spent_at desc limit 1`;
  return (await query.execute(db)).rows[0];
}

export interface Spending {
  id: number;
  /** Stored bytes of the content that it leaves, as hex digits; null: nothing. */
  hash: string | null;
}

export async function spendOperations(
  tx: Db,
  spent: readonly Spending[],
  { now, userId, runId }: { now: number; userId: number | null; runId: number },
): Promise<void> {
  for (const part of pieces(spent)) {
    const rows = part.map(({ id, hash }) => [id, hash]);
    await sql`
      update plan_operations set spent_at = ${now}, spent_by = ${userId}, run_id = ${runId}, error = null,
        spent_hash = changed.hash
      from (select ${jsonColumn(0)} as id, ${jsonBytes(1)} as hash from ${jsonRows(rows)}) as changed
      where plan_operations.id = changed.id`.execute(tx);
  }
}

export async function markStale(tx: Db, ids: readonly number[], stale: boolean): Promise<void> {
  for (const part of pieces(ids)) {
    await sql`update plan_operations set stale = ${stale ? 1 : 0}
      where id in (select j.value from ${jsonRows(part)})`.execute(tx);
  }
}

/** Why operations did not run, by id. */
export async function markFailed(tx: Db, errors: ReadonlyMap<number, string>): Promise<void> {
  for (const part of pieces(errors)) {
    await sql`
      update plan_operations set error = changed.error
      from (select ${jsonColumn(0)} as id, ${jsonColumn(1)} as error from ${jsonRows(part)}) as changed
      where plan_operations.id = changed.id and plan_operations.spent_at is null`.execute(tx);
  }
}

/** What a change of a bucket needs to know of a plan. */
export type PlanFacts = Pick<
  StoredPlan,
  | "id"
  | "bucket_id"
  | "prefix"
  | "title"
  | "direction"
  | "status"
  | "version"
  | "digest"
  | "stale"
  | "user_id"
  | "revert_of"
>;

export async function findPlanFacts(db: Db, ids: readonly number[]): Promise<Map<number, PlanFacts>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("plans")
    .select([
      "id",
      "bucket_id",
      "prefix",
      "title",
      "direction",
      "status",
      "version",
      "digest",
      "stale",
      "user_id",
      "revert_of",
    ])
    .where("id", "in", ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Counts stale operations of a plan up or down. */
export async function addStale(tx: Db, planId: number, by: number, now: number): Promise<void> {
  await tx
    .updateTable("plans")
    .set((row) => ({ stale: row("stale", "+", by), updated_at: now }))
    .where("id", "=", planId)
    .execute();
}
