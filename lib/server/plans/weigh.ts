/** What running a plan does to the store: asked of the dedup figures, which compute it in their thread. */
import { PLAN_KINDS } from "#lib/core/plan/plan.ts";
import { figuresOf, findPlanFolder } from "../db/plan-folders.ts";
import type { Dedup } from "../dedup/dedup.ts";
import { grantPlan, type PlansContext } from "./context.ts";
import type { Plans } from "./plans.ts";

export function createWeighVerbs(
  { db: { read: db } }: Pick<PlansContext, "db">,
  dedup: Pick<Dedup, "weighPlan">,
): Pick<Plans, "weigh"> {
  return {
    async weigh(actor, id, selection) {
      const { plan, bucket } = await grantPlan(db, actor, id);
      const root = await findPlanFolder(db, id, "");
      const spent = root === undefined ? null : figuresOf(root, "spent");
      const ran = spent === null ? 0 : PLAN_KINDS.reduce((sum, kind) => sum + spent[kind].count, 0);
      return dedup.weighPlan(actor, `${bucket.namespace}/${bucket.name}`, {
        planId: id,
        selection,
        // What went out of date, or ran, is left out.
        stamp: [plan.version, plan.updated_at, plan.stale, ran].join("."),
      });
    },
  };
}
