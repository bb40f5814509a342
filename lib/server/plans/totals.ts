/**
 * How much of a plan is approved, by arithmetic on its roll-ups. Selections are constant between the folders and operations that they
 * name, and so is the number of people whose selections have an operation: each named folder adds or takes what lies below it, against
 * what the folder above it would do. Only rules that name owners by glob need a look at every operation.
 */
import type { Kysely } from "kysely";
import { isUnder } from "#lib/core/bucket/path.ts";
import { isFreeAdd } from "#lib/core/plan/approval.ts";
import { addToTotals, sumTotals } from "#lib/core/plan/kind.ts";
import { targetOf } from "#lib/core/plan/place.ts";
import { emptyTotals, PLAN_KINDS, type PlanKind, type PlanTotals } from "#lib/core/plan/plan.ts";
import { type CompiledSelection, folderOf } from "#lib/core/plan/selection.ts";
import { figuresOf, findPlanFolders } from "../db/plan-folders.ts";
import { findPlanOperations, listChangedPlanOperations, listPlanOperationsByLine } from "../db/plan-operations.ts";
import { nextTurn } from "../db/rows.ts";
import type { StoredOperation, StoredPlan, StoredPlanFolder, Tables } from "../db/schema.ts";
import type { Coverage } from "./coverage.ts";

type Db = Kysely<Tables>;
type CountedPlan = Pick<StoredPlan, "id" | "prefix" | "version" | "status">;

export interface CoveredTotals {
  /** All that has its approvals, run or not. */
  approved: PlanTotals;
  /** Of these, what has not run, out of date or not. */
  open: PlanTotals;
  /** Of these, what is not out of date: what may run now. */
  runnable: PlanTotals;
}

const SCAN = 5000;

export async function coveredTotals(db: Db, plan: CountedPlan, coverage: Coverage): Promise<CoveredTotals> {
  const { standing, rules, over } = coverage;
  const nothing = over.length > 0 || (standing.approvals.length === 0 && rules.freeAdds.length === 0);
  if (nothing || plan.status === "withdrawn" || standing.objections.length > 0) return noTotals();
  if (rules.owners.length > 0) return scanTotals(db, plan, coverage);
  return sumCovered(db, plan, coverage);
}

function noTotals(): CoveredTotals {
  return { approved: emptyTotals(), open: emptyTotals(), runnable: emptyTotals() };
}

async function sumCovered(db: Db, plan: CountedPlan, coverage: Coverage): Promise<CoveredTotals> {
  const { standing, rules } = coverage;
  const counting = standing.approvals.filter(({ everywhere }) => everywhere);
  const need = Math.max(1, rules.approvals);
  const enough = (includes: (selection: CompiledSelection) => boolean) => {
    let have = 0;
    for (const { selection } of counting) if (includes(selection) && ++have >= need) return true;
    return false;
  };
  // What an operation would get that no rebase has touched.
  const folderCovered = (folder: string, kind: PlanKind) =>
    (kind === "add" && isFreeAdd(targetOf(plan.prefix, `${folder}.`), rules)) ||
    enough((selection) => selection.folderIncludes(folder, kind));
  const operationCovered = ({ path, target, kind }: { path: string; target: string; kind: PlanKind }) =>
    (kind === "add" && isFreeAdd(target, rules)) || enough((selection) => selection.includes(path, kind));

  const folders = new Set<string>([""]);
  const operations = new Set<string>();
  for (const { selection } of counting) {
    for (const folder of selection.folders) folders.add(folder);
    for (const path of selection.operations) operations.add(path);
  }
  for (const free of rules.freeAdds) {
    // A free prefix above the plan's own folder is constant in all of the plan.
    if (isUnder(plan.prefix, free) || !isUnder(free, plan.prefix)) continue;
    const inside = plan.prefix === "" ? free : free.slice(plan.prefix.length + 1);
    folders.add(`${inside}/`);
    operations.add(inside);
  }

  const sums = noTotals();
  for (const row of await findPlanFolders(db, plan.id, [...folders])) {
    const parts = partsOf(row);
    for (const kind of PLAN_KINDS) {
      const above = row.path !== "" && folderCovered(folderOf(row.path.slice(0, -1)), kind);
      const sign = Number(folderCovered(row.path, kind)) - Number(above);
      if (sign === 0) continue;
      for (const part of ["approved", "open", "runnable"] as const) {
        sums[part][kind].count += sign * parts[part][kind].count;
        sums[part][kind].bytes += sign * parts[part][kind].bytes;
      }
    }
  }
  for (const row of await findPlanOperations(db, plan.id, [...operations])) {
    const kind = PLAN_KINDS[row.kind];
    const sign = Number(operationCovered({ ...row, kind })) - Number(folderCovered(folderOf(row.path), kind));
    addRow(sums, row, sign);
  }
  // What a rebase has written is covered by later approvals only.
  for await (const row of changedOperations(db, plan)) {
    const sign = Number(coverage.approves(row)) - Number(operationCovered({ ...row, kind: PLAN_KINDS[row.kind] }));
    addRow(sums, row, sign);
  }
  return sums;
}

function partsOf(row: StoredPlanFolder): CoveredTotals {
  const approved = figuresOf(row, "all");
  const open = sumTotals(approved, figuresOf(row, "spent"), -1);
  return { approved, open, runnable: sumTotals(open, figuresOf(row, "stale"), -1) };
}

function addRow(sums: CoveredTotals, row: StoredOperation, sign: number): void {
  if (sign === 0) return;
  const kind = PLAN_KINDS[row.kind];
  const size = row.size ?? 0;
  addToTotals(sums.approved, kind, size, sign);
  if (row.spent_at !== null) return;
  addToTotals(sums.open, kind, size, sign);
  if (row.stale === 0) addToTotals(sums.runnable, kind, size, sign);
}

/** Present operations that a rebase wrote. */
export async function* changedOperations(
  db: Db,
  plan: Pick<CountedPlan, "id" | "version">,
): AsyncGenerator<StoredOperation> {
  if (plan.version === 1) return;
  let after = "";
  for (;;) {
    const rows = await listChangedPlanOperations(db, { planId: plan.id, after, limit: SCAN });
    yield* rows;
    if (rows.length < SCAN) return;
    after = rows.at(-1)!.path;
    await nextTurn();
  }
}

async function scanTotals(db: Db, plan: CountedPlan, coverage: Coverage): Promise<CoveredTotals> {
  const sums = noTotals();
  let after = -1;
  for (;;) {
    const { rows } = await listPlanOperationsByLine(db, {
      planId: plan.id,
      after,
      filter: {},
      budget: SCAN,
      limit: SCAN,
    });
    for (const row of rows) if (coverage.approves(row)) addRow(sums, row, 1);
    if (rows.length < SCAN) return sums;
    after = rows.at(-1)!.line;
    await nextTurn();
  }
}

/** What a selection holds of a plan, by part: everything, what has not run, what may run. */
export async function selectedTotals(db: Db, plan: CountedPlan, selection: CompiledSelection): Promise<CoveredTotals> {
  const folders = await findPlanFolders(db, plan.id, selection.folders);
  const operations = await findPlanOperations(db, plan.id, selection.operations);
  const totals = (part: keyof CoveredTotals, holds: (row: StoredOperation) => boolean) =>
    selection.totals(
      new Map(folders.map((row) => [row.path, partsOf(row)[part]])),
      new Map(operations.filter(holds).map((row) => [row.path, { kind: PLAN_KINDS[row.kind], size: row.size }])),
    );
  return {
    approved: totals("approved", () => true),
    open: totals("open", (row) => row.spent_at === null),
    runnable: totals("runnable", (row) => row.spent_at === null && row.stale === 0),
  };
}
