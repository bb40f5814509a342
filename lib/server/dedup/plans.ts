/** Weights of plans: asked here, computed in the worker (`weigh-plan.ts`), remembered by the figures that they were computed from. */
import { createHash } from "node:crypto";
import type { AsOf } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { Database } from "../db/db.ts";
import { compileHolders, readRevisions } from "../db/plan-weighing.ts";
import { readableBuckets } from "../hub/access.ts";
import type { Actor } from "../hub/actor.ts";
import type { Dedup } from "./dedup.ts";
import { createPlanWeights } from "./plan-weights.ts";
import type { DedupThread } from "./thread.ts";
import type { Dated, View } from "./verbs.ts";

interface PlanVerbsOptions {
  db: Database;
  thread: Pick<DedupThread, "ask">;
  /** Throws what reading the bucket throws. */
  see(actor: Actor, id: BucketId): Promise<{ view: View; date(answer: Dated): AsOf }>;
}

export function createPlanVerbs({ db, thread, see }: PlanVerbsOptions): Pick<Dedup, "weighPlan"> {
  const weights = createPlanWeights();
  return {
    async weighPlan(actor, id, { planId, selection, stamp }) {
      const { view, date } = await see(actor, id);
      const holders = compileHolders(db.read, await readableBuckets(db.read, actor));
      const key = createHash("sha256")
        .update(JSON.stringify([planId, selection, view.others, holders]))
        .digest("hex");
      return weights.weigh({
        key,
        stamp: `${stamp} ${await readRevisions(db.read, [view.bucketId, ...view.others])}`,
        async compute() {
          const { asOf, version, ...weight } = await thread.ask("plan", { ...view, planId, selection, holders });
          return { weight, ...date({ asOf, version }) };
        },
      });
    },
  };
}
