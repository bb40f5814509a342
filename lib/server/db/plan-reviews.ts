/** What people say of plans: decisions, comments, who was asked. */
import { type Insertable, type Kysely, type Selectable, sql } from "kysely";
import { jsonRows } from "./rows.ts";
import type { PlanApprovalsTable, PlanCommentsTable, StoredApproval, Tables } from "./schema.ts";

type Db = Kysely<Tables>;

interface Named {
  user_name: string | null;
  user_full_name: string | null;
}

export interface NamedApproval extends StoredApproval, Named {}

/** Every decision on the plans that was not taken back, oldest first; a later one of the same person replaces an earlier one. */
export async function listApprovals(db: Db, planIds: readonly number[]): Promise<NamedApproval[]> {
  const query = sql<NamedApproval>`
    select plan_approvals.*, people.name as user_name, people.full_name as user_full_name
    from ${jsonRows(planIds)} cross join plan_approvals
    left join namespaces as people on people.id = plan_approvals.user_id
    where plan_approvals.plan_id = j.value and plan_approvals.withdrawn_at is null`;
  return (await query.execute(db)).rows.sort((a, b) => a.id - b.id);
}

export async function insertApproval(tx: Db, row: Insertable<PlanApprovalsTable>): Promise<number> {
  const { id } = await tx.insertInto("plan_approvals").values(row).returning("id").executeTakeFirstOrThrow();
  return id;
}

/** Takes the person's standing decisions on a plan back; returns how many there were. */
export async function withdrawApprovals(tx: Db, planId: number, userId: number, now: number): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable("plan_approvals")
    .set({ withdrawn_at: now })
    .where("plan_id", "=", planId)
    .where("user_id", "=", userId)
    .where("withdrawn_at", "is", null)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

export interface NamedComment extends Selectable<PlanCommentsTable>, Named {}

/** All comments of a plan, oldest first. */
export async function listComments(db: Db, planId: number): Promise<NamedComment[]> {
  const query = sql<NamedComment>`
    select plan_comments.*, people.name as user_name, people.full_name as user_full_name
    from plan_comments left join namespaces as people on people.id = plan_comments.user_id
    where plan_comments.plan_id = ${planId}`;
  return (await query.execute(db)).rows.sort((a, b) => a.id - b.id);
}

/** How many comments stand at each path of a plan. */
export async function countComments(db: Db, planId: number): Promise<Map<string, number>> {
  const query = sql<{ path: string; count: number }>`
    select path, count(*) as count from plan_comments
    where plan_id = ${planId} and path is not null group by path`;
  return new Map((await query.execute(db)).rows.map((row) => [row.path, row.count]));
}

export async function insertComment(tx: Db, row: Insertable<PlanCommentsTable>): Promise<number> {
  const { id } = await tx.insertInto("plan_comments").values(row).returning("id").executeTakeFirstOrThrow();
  return id;
}

export interface NamedReviewer extends Named {
  user_id: number;
  asked_by: number;
  asked_at: number;
}

export async function listAskedReviewers(db: Db, planId: number): Promise<NamedReviewer[]> {
  const query = sql<NamedReviewer>`
    select plan_reviewers.*, people.name as user_name, people.full_name as user_full_name
    from plan_reviewers left join namespaces as people on people.id = plan_reviewers.user_id
    where plan_reviewers.plan_id = ${planId} order by plan_reviewers.user_id`;
  return (await query.execute(db)).rows;
}

/** Asking somebody twice changes nothing. */
export async function askReviewer(
  tx: Db,
  row: { plan_id: number; user_id: number; asked_by: number; asked_at: number },
): Promise<void> {
  await tx
    .insertInto("plan_reviewers")
    .values(row)
    .onConflict((conflict) => conflict.columns(["plan_id", "user_id"]).doNothing())
    .execute();
}

export interface MemberPerson {
  id: number;
  name: string;
  full_name: string;
  role: "read" | "contributor" | "write" | "admin";
}

/** Members of a namespace (of a user's: its owner alone) with one of the roles, by name. */
export async function listMembersOf(
  db: Db,
  namespaceId: number,
  roles: readonly string[],
  limit: number,
): Promise<MemberPerson[]> {
  const query = sql<MemberPerson>`
    select people.id, people.name, people.full_name, members.role
    from members cross join namespaces as people on people.id = members.user_id
    where members.org_id = ${namespaceId} and members.role in (select j.value from ${jsonRows(roles)})
    union all
    select id, name, full_name, 'admin' from namespaces
    where id = ${namespaceId} and type = 'user' and 'admin' in (select j.value from ${jsonRows(roles)})
    limit ${limit}`;
  return (await query.execute(db)).rows;
}
