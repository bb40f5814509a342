/** How much of a plan may run at all: the approved operations together, whoever approved which. */
import type { Kysely } from "kysely";
import { overLimits } from "#lib/core/plan/approval.ts";
import type { PlanTotals, ReviewRules } from "#lib/core/plan/plan.ts";
import { findEntry } from "../db/files.ts";
import { figuresOf, findPlanFolder } from "../db/plan-folders.ts";
import type { StoredPlan, Tables } from "../db/schema.ts";

type Db = Kysely<Tables>;
export type LimitedPlan = Pick<StoredPlan, "id" | "bucket_id" | "prefix" | "direction">;

export function hasLimits({ limits }: ReviewRules): boolean {
  return limits.deleteShare !== null || limits.deletes !== null || limits.bytes !== null;
}

/**
 * Sentences with the numbers, one a limit that `totals` break. Shares are of the files under the plan's prefix without what the plan
 * itself has done as yet, so that a run is not stopped half way by its own deletes.
 */
export async function brokenLimits(db: Db, plan: LimitedPlan, rules: ReviewRules, totals: PlanTotals) {
  if (!hasLimits(rules)) return [];
  // Of a download the deletes are local files, and nothing of the bucket is at stake.
  if (plan.direction === "download") return overLimits({ ...totals, delete: { count: 0, bytes: 0 } }, rules, 0);
  const folder = await findEntry(db, plan.bucket_id, 0, plan.prefix);
  const root = await findPlanFolder(db, plan.id, "");
  const spent = root === undefined ? null : figuresOf(root, "spent");
  const own = spent === null ? 0 : spent.delete.count - spent.add.count;
  return overLimits(totals, rules, Math.max(0, (folder?.files ?? 0) + own));
}
