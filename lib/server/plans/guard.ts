/**
 * Protection: in the transaction of every batch, each delete and overwrite of a protected path must be one that an approved,
 * unspent operation of a plan says, on ground that has not moved. What a batch does of approved operations is spent in the same
 * transaction, so that nothing runs twice; what else it changes turns other operations stale.
 */
import type { Kysely } from "kysely";
import { PLAN_KINDS } from "#lib/core/plan/plan.ts";
import { recordActivity } from "../db/activity.ts";
import type { Database } from "../db/db.ts";
import { findWatch, type Spending, spendOperations, type Watch } from "../db/plan-cover.ts";
import { changePlanFolders } from "../db/plan-folders.ts";
import { countSpent, findRun } from "../db/plan-runs.ts";
import type { Tables } from "../db/schema.ts";
import type { Actor } from "../hub/actor.ts";
import type { BucketGuard, GuardedBatch } from "../hub/guard.ts";
import { doerColumns } from "./context.ts";
import { countEffects, effectsOf } from "./effects.ts";
import { type Judged, judge } from "./judge.ts";
import { refuse } from "./refusal.ts";
import { parseRules } from "./rules.ts";
import { openClientRun } from "./runs.ts";
import { turnStale } from "./stale.ts";

type Db = Kysely<Tables>;

export interface Guard extends BucketGuard {
  /** Told, after the commit, which plans have had operations spent. */
  onSpent(listener: (planId: number) => void): void;
}

/** The run was paused or cancelled while its next piece was on its way. */
export class RunStopped extends Error {}

export function createGuard({ db, clock }: { db: Database; clock: () => number }): Guard {
  const listeners: ((planId: number) => void)[] = [];
  /** What is remembered of a refusal, once its transaction is gone. */
  const refusals = new WeakMap<object, { actor: Actor; bucketId: number; details: Record<string, unknown> }>();

  return {
    onSpent: (listener) => void listeners.push(listener),

    async admit(tx, batch) {
      const { actor, bucket, run } = batch;
      if (run !== undefined && (await findRun(tx, run.runId))?.state !== "running") throw new RunStopped();
      const { rules, watched } = batch.watch as Watch;
      const review = parseRules(rules);
      const effects = await effectsOf(batch);
      let spentPlans: number[] = [];
      if (watched || review.protect.length > 0 || run !== undefined) {
        const judged = await judge(tx, batch, effects, review);
        if (judged.uncovered.length > 0) {
          const error = await refuse(tx, batch, judged, review);
          const details = { lines: batch.changes.size, uncovered: judged.uncovered.length, first: judged.uncovered[0] };
          if (run === undefined) refusals.set(error, { actor, bucketId: bucket.id, details });
          throw error;
        }
        spentPlans = await settle(tx, batch, judged);
      }
      return {
        async record() {
          // A run has its own lines.
          if (run !== undefined || effects.length === 0) return;
          const details = { ...countEffects(effects), ...(spentPlans.length > 0 ? { plans: spentPlans } : {}) };
          const doer = doerColumns(actor);
          await recordActivity(tx, { bucketId: bucket.id, planId: null, type: "batch", doer, details, at: batch.now });
        },
        committed() {
          for (const planId of spentPlans) for (const listener of listeners) listener(planId);
        },
      };
    },

    watch: findWatch,

    async refused(error) {
      const refusal = typeof error === "object" && error !== null ? refusals.get(error) : undefined;
      if (refusal === undefined) return;
      const { actor, bucketId, details } = refusal;
      const doer = doerColumns(actor);
      await db.write((tx) =>
        recordActivity(tx, { bucketId, planId: null, type: "batch.refused", doer, details, at: clock() }),
      );
    },

    async isProtected(read, bucketId) {
      return parseRules((await findWatch(read, bucketId)).rules).protect.length > 0;
    },

    async note(tx, actor, bucketId, type, details) {
      const doer = doerColumns(actor);
      await recordActivity(tx, { bucketId, planId: null, type, doer, details, at: clock() });
    },
  };
}

/** Writes what was judged: spent operations, marks, runs. Returns the plans that something ran of. */
async function settle(tx: Db, { actor, bucket, run, now }: GuardedBatch, judged: Judged): Promise<number[]> {
  const userId = actor.account?.id ?? null;
  for (const [planId, list] of judged.spent) {
    const plan = judged.plans.get(planId)!;
    const runId = run?.runId ?? (await openClientRun(tx, { plan, actor, now }));
    const spendings: Spending[] = list.map(({ operation, file }) => ({ id: operation.id, hash: file?.hash ?? null }));
    await spendOperations(tx, spendings, { now, userId, runId });
    const changes = list.map(({ operation }) => ({
      path: operation.path,
      kind: PLAN_KINDS[operation.kind]!,
      size: operation.size,
      spent: 1 as const,
    }));
    await changePlanFolders(tx, planId, changes);
    const bytes = list.reduce((sum, { operation }) => sum + (operation.size ?? 0), 0);
    await countSpent(tx, runId, { done: list.length, bytes, now });
  }
  for (const plan of await turnStale(tx, judged.turned, judged.plans, now)) {
    const details = { paths: judged.turned.filter(({ operation }) => operation.plan_id === plan.id).length };
    const doer = doerColumns(actor);
    await recordActivity(tx, { bucketId: bucket.id, planId: plan.id, type: "plan.stale", doer, details, at: now });
  }
  return [...judged.spent.keys()];
}
