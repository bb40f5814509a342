/** What differs between two versions of a plan, or between two plans: by path, a page at a time. */

import type { Page } from "#lib/core/bucket/entry.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import { HubError } from "#lib/core/errors.ts";
import { listChangedPlanOperations, listPastPlanOperations, listPlanOperationsByPath } from "../db/plan-operations.ts";
import type { NamedPlan } from "../db/plans.ts";
import { nextTurn } from "../db/rows.ts";
import type { StoredOperation } from "../db/schema.ts";
import { formatCursor, parseCursor } from "../hub/cursor.ts";
import { grantPlan, type PlansContext } from "./context.ts";
import { type Coverage, loadCoverage } from "./coverage.ts";
import { toOperationRow } from "./operations.ts";
import type { PlanChange, Plans } from "./plans.ts";

const PIECE = 2000;
/** Operations of each plan that one request looks at, at most. */
const BUDGET = 20_000;

export function createCompareVerbs({ db: { read: db }, clock }: PlansContext): Pick<Plans, "compare"> {
  return {
    async compare(actor, id, { from = 1, to, with: other, limit, cursor }) {
      const { plan } = await grantPlan(db, actor, id);
      const after = cursor === undefined ? "" : (parseCursor(cursor, "compare", ["string"])[0] as string);
      if (other !== undefined) {
        const { plan: before } = await grantPlan(db, actor, other);
        return comparePlans(before, plan, after, limit);
      }
      const last = to ?? plan.version;
      if (from < 1 || last > plan.version || from >= last) {
        const message = `Plan ${id} has the versions 1 to ${plan.version}; compare an earlier with a later one.`;
        throw new HubError("BadRequest", message);
      }
      return compareVersions(plan, { from, to: last }, after, limit);
    },
  };

  async function compareVersions(
    plan: NamedPlan,
    { from, to }: { from: number; to: number },
    start: string,
    limit: number,
  ): Promise<Page<PlanChange>> {
    const coverage = await loadCoverage(db, plan, clock());
    const items: PlanChange[] = [];
    for (let after = start; ; ) {
      const past = await listPastPlanOperations(db, { planId: plan.id, after, limit: PIECE });
      const changed = await listChangedPlanOperations(db, { planId: plan.id, after, limit: PIECE });
      // Beyond the end of a full piece more rows of a path may follow.
      const ends = [past, changed].flatMap((rows) => (rows.length === PIECE ? [rows.at(-1)!.path] : []));
      const end = ends.length === 0 ? null : ends.reduce((a, b) => (comparePaths(a, b) < 0 ? a : b));
      const byPath = Map.groupBy(
        [...past, ...changed].filter(({ path }) => end === null || comparePaths(path, end) < 0),
        ({ path }) => path,
      );
      for (const path of [...byPath.keys()].sort(comparePaths)) {
        const rows = byPath.get(path)!;
        const at = (version: number) =>
          rows.find((row) => row.since <= version && (row.until === null || row.until > version));
        const [before, now] = [at(from), at(to)];
        after = path;
        if (before === now) continue;
        items.push(toChange(before, now, NOT_APPROVED, coverage));
        if (items.length >= limit) return { items, cursor: formatCursor("compare", [path]) };
      }
      if (end === null) return { items, cursor: null };
      if (byPath.size === 0) {
        throw new HubError("Internal", `Plan ${plan.id} has more than ${PIECE} versions of ${JSON.stringify(end)}.`);
      }
      await nextTurn();
    }
  }

  async function comparePlans(
    before: NamedPlan,
    now: NamedPlan,
    start: string,
    limit: number,
  ): Promise<Page<PlanChange>> {
    const coverages: [Coverage, Coverage] = [
      await loadCoverage(db, before, clock()),
      await loadCoverage(db, now, clock()),
    ];
    const items: PlanChange[] = [];
    let after = start;
    for (let looked = 0; looked < BUDGET; looked += PIECE) {
      const left = await listPlanOperationsByPath(db, { planId: before.id, after, limit: PIECE });
      const right = await listPlanOperationsByPath(db, { planId: now.id, after, limit: PIECE });
      const ends = [left, right].flatMap((rows) => (rows.length === PIECE ? [rows.at(-1)!.path] : []));
      const end = ends.length === 0 ? null : ends.reduce((a, b) => (comparePaths(a, b) < 0 ? a : b));
      let [l, r] = [0, 0];
      while (l < left.length || r < right.length) {
        const [a, b] = [left[l], right[r]];
        const order = a === undefined ? 1 : b === undefined ? -1 : comparePaths(a.path, b.path);
        const path = order <= 0 ? a!.path : b!.path;
        if (end !== null && comparePaths(path, end) > 0) break;
        if (order <= 0) l += 1;
        if (order >= 0) r += 1;
        after = path;
        if (order === 0 && isSame(a!, b!)) continue;
        items.push(toChange(order <= 0 ? a : undefined, order >= 0 ? b : undefined, ...coverages));
        if (items.length >= limit) return { items, cursor: formatCursor("compare", [path]) };
      }
      if (end === null) return { items, cursor: null };
      await nextTurn();
    }
    return { items, cursor: formatCursor("compare", [after]) };
  }
}

/** What a past version's operation is now: nothing covers it. */
const NOT_APPROVED: Pick<Coverage, "approves"> = { approves: () => false };

function toChange(
  before: StoredOperation | undefined,
  now: StoredOperation | undefined,
  coverageBefore: Pick<Coverage, "approves">,
  coverageNow: Pick<Coverage, "approves">,
): PlanChange {
  const row = (one: StoredOperation | undefined, coverage: Pick<Coverage, "approves">) =>
    one === undefined ? null : toOperationRow(one, one.until === null ? coverage : NOT_APPROVED, NO_COMMENTS, null);
  return { path: (now ?? before)!.path, before: row(before, coverageBefore), after: row(now, coverageNow) };
}

const NO_COMMENTS = new Map<string, number>();

/** The same change of the bucket; the reason and the local time are the client's own business. */
function isSame(a: StoredOperation, b: StoredOperation): boolean {
  const hash = (row: StoredOperation) => (row.xet_hash === null ? "" : Buffer.from(row.xet_hash).toString("hex"));
  return a.kind === b.kind && a.size === b.size && hash(a) === hash(b);
}
