/** Lists of plans: the inbox, a bucket's, one's own. */
import { type RawBuilder, sql } from "kysely";
import { formatBucketId } from "#lib/core/bucket/id.ts";
import type { Finding, PlanInfo, PlanTotals, Severity } from "#lib/core/plan/plan.ts";
import { nameKey } from "../db/accounts.ts";
import { getBucket } from "../db/buckets.ts";
import { listPlans, type NamedPlan } from "../db/plans.ts";
import { grant, levelOf, ownNamespaces, signInFirst } from "../hub/access.ts";
import type { Actor } from "../hub/actor.ts";
import { formatCursor, parseCursor } from "../hub/cursor.ts";
import { type PlansContext, toDoer } from "./context.ts";
import type { Plans } from "./plans.ts";
import { createReviews, type PlanReview } from "./review.ts";

const TAG = "plans";
const SEVERITIES: Severity[] = ["danger", "warning", "note"];
/** Plans looked at for one page of those that wait, at most. */
const BUDGET = 2000;
const PIECE = 200;
const WAITING_COUNTED = 100;

export function createListVerbs(context: PlansContext): Pick<Plans, "list" | "countWaiting"> {
  const { db } = context;

  /** Plans of namespaces that the actor belongs to, within the token's scope. */
  async function ownPlans(actor: Actor): Promise<RawBuilder<unknown>> {
    const own = await ownNamespaces(db.read, actor);
    if (own.length === 0) return sql`0`;
    const named = actor.scope?.bucket ? sql`and buckets.name_key = ${nameKey(actor.scope.bucket)}` : sql``;
    return sql`(buckets.namespace_id in (${sql.join(own.map(({ id }) => id))}) ${named})`;
  }

  /** Plans, newest first, that wait for the actor, until `limit` are found or the budget is used up. */
  async function findWaiting(actor: Actor, within: RawBuilder<unknown>, before: number | null, limit: number) {
    const found: { plan: NamedPlan; review: PlanReview }[] = [];
    if (actor.account === null) throw signInFirst();
    const asked = sql`plans.id in (select plan_id from plan_reviewers where user_id = ${actor.account.id})`;
    // Rules name people from outside too. Only buckets with rules of their own have a row.
    const named = sql`plans.bucket_id in (
      select bucket_id from bucket_rules where instr(rules, ${JSON.stringify(actor.account.name)}) > 0)`;
    const own = await ownPlans(actor);
    const where = sql`plans.status in ('open', 'approved') and plans.user_id <> ${actor.account.id}
      and (${own} or ${asked} or ${named}) and ${within}`;
    const reviews = createReviews(context);
    let at = before;
    for (let looked = 0; looked < BUDGET; looked += PIECE) {
      const rows = await listPlans(db.read, { where, before: at, limit: PIECE });
      for (const { plan, review } of await reviews.of(rows)) {
        at = plan.id;
        if (!(await review.waitsFor(actor)) || !(await mayRead(actor, plan))) continue;
        found.push({ plan, review });
        if (found.length >= limit) return { found, next: at };
      }
      if (rows.length < PIECE) return { found, next: null };
    }
    return { found, next: at };
  }

  return {
    async list(actor, { box, bucket, limit, cursor }) {
      const before = cursor === undefined ? null : (parseCursor(cursor, TAG, ["number"])[0] as number);
      const within =
        bucket === undefined
          ? sql`1`
          : sql`plans.bucket_id = ${(await grant(db.read, actor, bucket, "read")).bucket.id}`;
      if (box === "waiting") {
        const { found, next } = await findWaiting(actor, within, before, limit);
        const items = found.map(({ plan, review }) => toPlanInfo(plan, review, true));
        return { items, cursor: next === null ? null : formatCursor(TAG, [next]) };
      }
      if (box === "mine" && actor.account === null) throw signInFirst();
      // Everybody who may read a bucket may read its plans; without one, what the actor belongs to.
      const where =
        box === "mine"
          ? sql`plans.user_id = ${actor.account!.id} and ${within}`
          : bucket === undefined
            ? sql`${await ownPlans(actor)}`
            : within;
      const rows = await listPlans(db.read, { where, before, limit: limit + 1 });
      const page = rows.slice(0, limit);
      const items: PlanInfo[] = [];
      for (const { plan, review } of await createReviews(context).of(page)) {
        if (box === "mine" && !(await mayRead(actor, plan))) continue;
        items.push(toPlanInfo(plan, review, await review.waitsFor(actor)));
      }
      const last = page.at(-1);
      return { items, cursor: rows.length > limit && last !== undefined ? formatCursor(TAG, [last.id]) : null };
    },

    async countWaiting(actor) {
      if (actor.account === null) return 0;
      return (await findWaiting(actor, sql`1`, null, WAITING_COUNTED)).found.length;
    },
  };

  /** Who left an organization sees no more of its plans, own ones included. */
  async function mayRead(actor: Actor, plan: NamedPlan): Promise<boolean> {
    const bucket = await getBucket(db.read, plan.bucket_id);
    return bucket !== undefined && (await levelOf(db.read, actor, bucket)) !== "none";
  }
}

export function toPlanInfo(plan: NamedPlan, review: PlanReview, waitsForMe: boolean): PlanInfo {
  const { findings } = JSON.parse(plan.findings) as { findings: Finding[] };
  return {
    id: plan.id,
    title: plan.title,
    bucket: formatBucketId(plan.bucket_namespace, plan.bucket_name),
    prefix: plan.prefix,
    direction: plan.direction,
    source: plan.source,
    dest: plan.dest,
    status: review.status,
    version: plan.version,
    by: toDoer(plan),
    createdAt: plan.created_at,
    updatedAt: plan.updated_at,
    totals: JSON.parse(plan.totals) as PlanTotals,
    operations: plan.operations,
    stale: plan.stale,
    severity: highest(findings),
    approvals: review.approvals,
    waitsForMe,
  };
}

function highest(findings: Finding[]): Severity | null {
  for (const severity of SEVERITIES) if (findings.some((one) => one.severity === severity)) return severity;
  return null;
}
