/** The stored status of a plan follows from its facts, after each step that may change them. */
import type { Kysely } from "kysely";
import { emptyTotals, PLAN_KINDS, type PlanStatus, type PlanTotals } from "#lib/core/plan/plan.ts";
import { statusOf } from "#lib/core/plan/status.ts";
import { figuresOf, findPlanFolder } from "../db/plan-folders.ts";
import { findLastRun } from "../db/plan-runs.ts";
import { updatePlan } from "../db/plans.ts";
import type { StoredPlan, Tables } from "../db/schema.ts";
import { type Coverage, loadCoverage } from "./coverage.ts";
import { coveredTotals } from "./totals.ts";

type Db = Kysely<Tables>;

/** Operations that change something: skips do not. */
export function countChanges(totals: PlanTotals): number {
  return PLAN_KINDS.reduce((sum, kind) => sum + (kind === "skip" ? 0 : totals[kind].count), 0);
}

/** The status that the facts make now: what was stored may have expired meanwhile. */
export async function statusNow(db: Db, plan: StoredPlan, coverage: Coverage): Promise<PlanStatus> {
  const root = await findPlanFolder(db, plan.id, "");
  const run = await findLastRun(db, plan.id);
  const { open } = await coveredTotals(db, plan, coverage);
  return statusOf({
    withdrawn: plan.status === "withdrawn",
    objection:
      coverage.standing.objections[0]?.verdict === "reject"
        ? "reject"
        : coverage.standing.objections.length > 0
          ? "request-changes"
          : null,
    run: run?.state ?? null,
    spent: countChanges(root === undefined ? emptyTotals() : figuresOf(root, "spent")),
    approved: countChanges(open),
  });
}

/** Writes the status when it is another one; to be called after the step, in its transaction. */
export async function refreshStatus(tx: Db, planId: number, now: number): Promise<PlanStatus | undefined> {
  const plan = await tx.selectFrom("plans").selectAll().where("id", "=", planId).executeTakeFirst();
  if (plan === undefined) return undefined;
  const status = await statusNow(tx, plan, await loadCoverage(tx, plan, now));
  if (status !== plan.status) await updatePlan(tx, planId, { status, updated_at: now });
  return status;
}
