/** Runs of plans: what was started, by whom, and how far it came. */
import { type Insertable, type Kysely, type Selectable, sql } from "kysely";
import type { PlanRunsTable, Tables } from "./schema.ts";

type Db = Kysely<Tables>;

export type StoredRun = Selectable<PlanRunsTable>;

export interface NamedRun extends StoredRun {
  user_name: string | null;
  user_full_name: string | null;
}

export async function insertRun(tx: Db, row: Omit<Insertable<PlanRunsTable>, "id">): Promise<number> {
  return (await tx.insertInto("plan_runs").values(row).returning("id").executeTakeFirstOrThrow()).id;
}

function named(db: Db) {
  return db
    .selectFrom("plan_runs")
    .leftJoin("namespaces as people", "people.id", "plan_runs.user_id")
    .selectAll("plan_runs")
    .select(["people.name as user_name", "people.full_name as user_full_name"]);
}

export function findRun(db: Db, id: number): Promise<NamedRun | undefined> {
  return named(db).where("plan_runs.id", "=", id).executeTakeFirst();
}

/** The newest run of a plan. */
export function findLastRun(db: Db, planId: number): Promise<NamedRun | undefined> {
  return named(db).where("plan_id", "=", planId).orderBy("plan_runs.id", "desc").limit(1).executeTakeFirst();
}

/** The newest run of a plan that has not ended, of these kinds. */
export function findOpenRun(
  db: Db,
  planId: number,
  { how, userId }: { how: readonly StoredRun["how"][]; userId?: number },
): Promise<StoredRun | undefined> {
  return db
    .selectFrom("plan_runs")
    .selectAll()
    .where("plan_id", "=", planId)
    .where("ended_at", "is", null)
    .where("how", "in", how)
    .$if(userId !== undefined, (query) => query.where("user_id", "=", userId!))
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** Every run that goes on, of all plans, oldest first. */
export function listRunning(db: Db): Promise<StoredRun[]> {
  return db.selectFrom("plan_runs").selectAll().where("state", "=", "running").orderBy("id").execute();
}

export async function updateRun(tx: Db, id: number, changes: Partial<Omit<StoredRun, "id">>): Promise<void> {
  await tx.updateTable("plan_runs").set(changes).where("id", "=", id).execute();
}

/** Operations that ran, in the transaction in which they did. */
export async function countSpent(
  tx: Db,
  id: number,
  { done, bytes, now }: { done: number; bytes: number; now: number },
): Promise<void> {
  await sql`
    update plan_runs set done = done + ${done}, bytes_done = bytes_done + ${bytes}, active_at = ${now},
      total = max(total, done + ${done}), bytes = max(bytes, bytes_done + ${bytes})
    where id = ${id}`.execute(tx);
}

export async function countFailed(tx: Db, id: number, { failed, now }: { failed: number; now: number }): Promise<void> {
  await sql`update plan_runs set failed = failed + ${failed}, active_at = ${now} where id = ${id}`.execute(tx);
}
