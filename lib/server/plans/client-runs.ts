/** Runs of clients: opened by the guard with the first batch that spends something, counted and closed here. */
import { findOpenRun, findRun, updateRun } from "../db/plan-runs.ts";
import { findPlan } from "../db/plans.ts";
import type { PlansContext } from "./context.ts";
import { loadCoverage } from "./coverage.ts";
import type { RunEnding } from "./run-ending.ts";
import { countRunnable, kindsOf } from "./runnable.ts";

/** A client's run that does nothing for so long has stopped, ms. */
const QUIET = 10 * 60_000;
/** After a client's batch: how long until it is asked whether anything is left, ms. */
const SETTLE = 200;

export interface ClientRuns {
  /** Asks soon whether anything of the plan is left to run. */
  look(planId: number): void;
  /** Resolves when nothing is looked at any more. */
  stop(): Promise<void>;
}

export function createClientRuns(
  { db, clock, log }: Pick<PlansContext, "db" | "clock" | "log">,
  { finish }: RunEnding,
): ClientRuns {
  const looks = new Map<number, NodeJS.Timeout>();
  const watching = new Set<Promise<void>>();
  let stopped = false;

  function look(planId: number, ms: number): void {
    if (stopped) return;
    clearTimeout(looks.get(planId));
    const timer = setTimeout(() => {
      looks.delete(planId);
      const work = watch(planId)
        .catch((error) => log.error({ err: error, plan: planId }, "watching a client's run failed"))
        .finally(() => watching.delete(work));
      watching.add(work);
    }, ms);
    looks.set(planId, timer.unref());
  }

  async function watch(planId: number): Promise<void> {
    const run = await findOpenRun(db.read, planId, { how: ["client", "browser"] });
    const plan = run && (await findPlan(db.read, planId));
    if (run === undefined || plan === undefined) return;
    const coverage = await loadCoverage(db.read, plan, clock());
    const { count: left, bytes } = await countRunnable(db.read, plan, coverage, kindsOf(run, plan));
    if (left === 0 || clock() - run.active_at >= QUIET) {
      await finish(run, plan);
      // Somebody else's run of the same plan may be open too.
      return look(planId, SETTLE);
    }
    if (run.total !== run.done + left) {
      await db.write(async (tx) => {
        const now = await findRun(tx, run.id);
        if (now === undefined || now.ended_at !== null) return;
        // What ran while it was counted is in both numbers; the larger of the two ways to count is nearer.
        const total = Math.max(now.done, run.done + left);
        await updateRun(tx, run.id, { total, bytes: Math.max(now.bytes_done, run.bytes_done + bytes) });
      });
    }
    look(planId, Math.max(SETTLE, run.active_at + QUIET - clock()));
  }

  return {
    look: (planId) => look(planId, SETTLE),
    async stop() {
      stopped = true;
      for (const timer of looks.values()) clearTimeout(timer);
      await Promise.all(watching);
    },
  };
}
