/** Holds a batch against the plans that speak of its paths: what is covered, what is not, whose ground moves. Reads only. */
import type { Kysely } from "kysely";
import { isUnder } from "#lib/core/bucket/path.ts";
import type { ReviewRules } from "#lib/core/plan/plan.ts";
import type { NewFile } from "../db/changes.ts";
import { findPlanFacts, findWatching, type PlanFacts, type WatchingOperation } from "../db/plan-cover.ts";
import { pieces } from "../db/rows.ts";
import type { Tables } from "../db/schema.ts";
import type { GuardedBatch } from "../hub/guard.ts";
import { type Coverage, loadCoverage } from "./coverage.ts";
import { type Effect, says } from "./effects.ts";
import { whyUncovered } from "./refusal.ts";
import { isMoved, type Turned } from "./stale.ts";

type Db = Kysely<Tables>;

export interface Uncovered {
  path: string;
  error: string;
}

export interface Judged {
  uncovered: Uncovered[];
  /** What runs, by plan. */
  spent: Map<number, { operation: WatchingOperation; file: NewFile | null }[]>;
  turned: Turned[];
  plans: Map<number, PlanFacts>;
}

export async function judge(tx: Db, batch: GuardedBatch, effects: Effect[], rules: ReviewRules): Promise<Judged> {
  const judged: Judged = { uncovered: [], spent: new Map(), turned: [], plans: new Map() };
  const coverages = new Map<number, Coverage | null>();
  const coverageOf = async (planId: number): Promise<Coverage | null> => {
    let coverage = coverages.get(planId);
    if (coverage === undefined) {
      const plan = judged.plans.get(planId);
      coverage = plan === undefined ? null : await loadCoverage(tx, plan, batch.now);
      coverages.set(planId, coverage);
    }
    return coverage;
  };
  for (const part of pieces(effects)) {
    const watching = new Map<string, WatchingOperation[]>();
    const rows = await findWatching(
      tx,
      batch.bucket.id,
      part.map(({ path }) => path),
    );
    for (const row of rows) {
      const list = watching.get(row.target);
      if (list === undefined) watching.set(row.target, [row]);
      else list.push(row);
    }
    const unknown = new Set(rows.map((row) => row.plan_id).filter((id) => !judged.plans.has(id)));
    for (const [id, plan] of await findPlanFacts(tx, [...unknown])) judged.plans.set(id, plan);
    for (const effect of part) {
      const operations = watching.get(effect.path) ?? [];
      const covering = await findCovering(batch, effect, operations, coverageOf);
      if (covering !== null) {
        const list = judged.spent.get(covering.plan_id) ?? [];
        judged.spent.set(covering.plan_id, list);
        list.push({ operation: covering, file: effect.file });
      } else if (batch.run !== undefined || isGuarded(effect, rules)) {
        const error = await whyUncovered(tx, batch, effect, operations, judged.plans, coverageOf);
        judged.uncovered.push({ path: effect.path, error });
        continue;
      }
      for (const operation of operations) {
        if (operation === covering) continue;
        const stale = isMoved(operation, effect.file);
        if (stale !== (operation.stale === 1)) judged.turned.push({ operation, stale });
      }
    }
  }
  return judged;
}

/** Deletes and overwrites below a protected prefix need cover; new paths do not. */
function isGuarded({ path, existed }: Effect, { protect }: ReviewRules): boolean {
  return existed && protect.some((prefix) => isUnder(path, prefix));
}

/** The operation that says just this, is approved, and stands on ground that has not moved. */
async function findCovering(
  { run }: GuardedBatch,
  effect: Effect,
  operations: readonly WatchingOperation[],
  coverageOf: (planId: number) => Promise<Coverage | null>,
): Promise<WatchingOperation | null> {
  for (const operation of operations) {
    if (run !== undefined && operation.plan_id !== run.planId) continue;
    if (operation.stale === 1 || !says(operation, effect)) continue;
    if ((await coverageOf(operation.plan_id))?.approves(operation)) return operation;
  }
  return null;
}
