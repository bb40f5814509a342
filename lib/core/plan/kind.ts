/** What an operation does to its destination, and sums of that. */
import type {
  Ground,
  KindTotal,
  PlanAction,
  PlanDirection,
  PlanKind,
  PlanOperation,
  PlanSummary,
  PlanTotals,
} from "./plan.ts";
import { emptyTotals, PLAN_KINDS } from "./plan.ts";

/** Ground of a download is its source's; it never makes an overwrite, for what stands on the other machine is unknown. */
export function kindOf(action: PlanAction, direction: PlanDirection, ground: Ground | null): PlanKind {
  if (action === "delete" || action === "skip") return action;
  if (direction === "download") return "download";
  return ground === null ? "add" : "overwrite";
}

/** Adds one operation (or takes it away, with `sign` -1). Unknown sizes count as 0 bytes. */
export function addToTotals(totals: PlanTotals, kind: PlanKind, size = 0, sign = 1): void {
  const total = totals[kind];
  total.count += sign;
  total.bytes += sign * size;
}

/** A new object: a + sign * b. */
export function sumTotals(a: PlanTotals, b: PlanTotals, sign = 1): PlanTotals {
  const sum = emptyTotals();
  for (const kind of PLAN_KINDS) {
    sum[kind].count = a[kind].count + sign * b[kind].count;
    sum[kind].bytes = a[kind].bytes + sign * b[kind].bytes;
  }
  return sum;
}

/** All kinds together. */
export function wholeOf(totals: PlanTotals): KindTotal {
  const whole = { count: 0, bytes: 0 };
  for (const kind of PLAN_KINDS) {
    whole.count += totals[kind].count;
    whole.bytes += totals[kind].bytes;
  }
  return whole;
}

export function emptySummary(): PlanSummary {
  return { uploads: 0, downloads: 0, deletes: 0, skips: 0, totalSize: 0 };
}

/** Counts one operation as the client's summary does. */
export function addToSummary(summary: PlanSummary, { action, size }: Pick<PlanOperation, "action" | "size">): void {
  summary[`${action}s`]++;
  if (action === "upload" || action === "download") summary.totalSize += size ?? 0;
}
