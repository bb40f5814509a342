/** The end of a run: holds the bucket against what was run, says what is left, and closes it. */
import { recordActivity } from "../db/activity.ts";
import { findFiles } from "../db/files.ts";
import { listPlanOperationsByLine } from "../db/plan-operations.ts";
import { findRun, type StoredRun, updateRun } from "../db/plan-runs.ts";
import type { NamedPlan } from "../db/plans.ts";
import { nextTurn } from "../db/rows.ts";
import type { PlansContext } from "./context.ts";
import { loadCoverage } from "./coverage.ts";
import { approvedOperations, kindsOf, SCAN } from "./runnable.ts";
import { hexOf } from "./stale.ts";
import { refreshStatus } from "./status.ts";

/** Operations that a closing message names. */
const NAMED = 5;

export interface RunEnding {
  /** To be called when nothing is left that could run. */
  finish(run: StoredRun, plan: NamedPlan): Promise<void>;
  close(
    run: StoredRun,
    plan: NamedPlan | undefined,
    state: "done" | "failed" | "cancelled",
    message: string,
  ): Promise<void>;
}

export function createRunEnding({ db, clock }: Pick<PlansContext, "db" | "clock">): RunEnding {
  async function finish(run: StoredRun, plan: NamedPlan): Promise<void> {
    const coverage = await loadCoverage(db.read, plan, clock());
    const named: string[] = [];
    let count = 0;
    for await (const { path, error } of approvedOperations(db.read, plan, coverage, { kinds: kindsOf(run, plan) })) {
      count += 1;
      if (count <= NAMED) named.push(error === null ? path : `${path} (${error})`);
    }
    if (count > named.length) named.push(`and ${count - named.length} more`);
    const lost = Math.max(0, run.total - run.done - count);
    const moved = await countMoved(plan, run.id);
    const parts = [
      count === 0 ? `0 pending: ${words(run.done, "operation")} ran.` : `${count} pending: ${named.join("; ")}.`,
      lost === 0 ? "" : `${words(lost, "operation")} lost the approval or went out of date meanwhile.`,
      moved === 0 ? "" : `${words(moved, "path")} changed again since.`,
    ];
    await close(run, plan, count + lost === 0 ? "done" : "failed", parts.filter((part) => part !== "").join(" "));
  }

  /** Paths of a run that do not hold any more what it left there. */
  async function countMoved({ id: planId, bucket_id }: NamedPlan, runId: number): Promise<number> {
    let moved = 0;
    for (let line: number | null = -1; line !== null; ) {
      const page = { planId, after: line, filter: { spent: true }, budget: SCAN, limit: SCAN };
      const { rows, stoppedAt } = await listPlanOperationsByLine(db.read, page);
      const mine = rows.filter((row) => row.run_id === runId);
      const targets = mine.map(({ target }) => target);
      const now = new Map((await findFiles(db.read, bucket_id, targets)).map((row) => [row.path, row.xet_hash]));
      for (const { target, spent_hash } of mine) {
        const stands = now.get(target) ?? null;
        if ((stands && hexOf(stands)) !== (spent_hash && hexOf(spent_hash))) moved += 1;
      }
      line = rows.length === SCAN ? rows.at(-1)!.line : (stoppedAt?.line ?? null);
      await nextTurn();
    }
    return moved;
  }

  async function close(
    { id }: StoredRun,
    plan: NamedPlan | undefined,
    state: "done" | "failed" | "cancelled",
    message: string,
  ): Promise<void> {
    await db.write(async (tx) => {
      const run = await findRun(tx, id);
      if (run === undefined || run.ended_at !== null) return;
      const now = clock();
      await updateRun(tx, id, { state, message, ended_at: now });
      if (plan === undefined) return;
      const { done, failed, how } = run;
      await refreshStatus(tx, plan.id, now);
      const details = { run: id, how, state, done, failed, message };
      const { user_id, token_label, agent } = run;
      const doer = { user_id, token_label, agent };
      await recordActivity(tx, {
        bucketId: plan.bucket_id,
        planId: plan.id,
        type: "plan.run-ended",
        doer,
        details,
        at: now,
      });
    });
  }

  return { finish, close };
}

export function words(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
