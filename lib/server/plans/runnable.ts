/** What may run of a plan now, and by whom. */
import type { Kysely } from "kysely";
import { PLAN_KINDS, type PlanKind } from "#lib/core/plan/plan.ts";
import { listPlanOperationsByLine } from "../db/plan-operations.ts";
import type { StoredRun } from "../db/plan-runs.ts";
import type { NamedPlan } from "../db/plans.ts";
import { nextTurn } from "../db/rows.ts";
import type { StoredOperation, Tables } from "../db/schema.ts";
import type { Coverage } from "./coverage.ts";
import { coveredTotals } from "./totals.ts";

type Db = Kysely<Tables>;

/** Operations looked at between two turns of the event loop. */
export const SCAN = 1000;

/** Kinds that the server can run of a plan; the rest needs the bytes of whoever has them. */
export function runnableHere({ direction }: Pick<NamedPlan, "direction">): PlanKind[] {
  if (direction === "copy") return ["add", "overwrite", "delete"];
  return direction === "upload" ? ["delete"] : [];
}

/** Approved operations that have not run, by line after `after`. */
export async function* approvedOperations(
  db: Db,
  plan: Pick<NamedPlan, "id">,
  coverage: Coverage,
  { kinds, stale = false, after = -1 }: { kinds: readonly PlanKind[]; stale?: boolean; after?: number },
): AsyncGenerator<StoredOperation> {
  const filter = { kinds: kinds.map((kind) => PLAN_KINDS.indexOf(kind)), stale, spent: false };
  for (let line: number | null = after; line !== null; ) {
    const page = { planId: plan.id, after: line, filter, budget: SCAN, limit: SCAN };
    const { rows, stoppedAt } = await listPlanOperationsByLine(db, page);
    for (const row of rows) if (coverage.approves(row)) yield row;
    // As many rows as asked for, and not necessarily the last that there are.
    line = rows.length === SCAN ? rows.at(-1)!.line : (stoppedAt?.line ?? null);
    await nextTurn();
  }
}

/** What a run is measured by: a client can run everything of its plan, the server what it has the bytes for. */
export function kindsOf({ how }: StoredRun, plan: NamedPlan): PlanKind[] {
  return how === "server" ? runnableHere(plan) : ["add", "overwrite", "delete"];
}

/** Counted by arithmetic: approved, not out of date, not run. */
export async function countRunnable(db: Db, plan: NamedPlan, coverage: Coverage, kinds: readonly PlanKind[]) {
  const { runnable } = await coveredTotals(db, plan, coverage);
  const sum = { count: 0, bytes: 0 };
  for (const kind of kinds) {
    sum.count += runnable[kind].count;
    sum.bytes += runnable[kind].bytes;
  }
  return sum;
}
