/**
 * The ground of an operation is what stood at its target when it was recorded. A transfer counts mtime as ground too, because the
 * client that wrote the plan decided by it; a delete is of content, and a new time on the same bytes does not move it.
 */
import type { Kysely } from "kysely";
import { PLAN_KINDS } from "#lib/core/plan/plan.ts";
import type { NewFile } from "../db/changes.ts";
import { addStale, markStale, type PlanFacts, type WatchingOperation } from "../db/plan-cover.ts";
import { changePlanFolders, type PlanFolderChange } from "../db/plan-folders.ts";
import type { Tables } from "../db/schema.ts";

type Db = Kysely<Tables>;

/** What a path holds, as far as ground goes; the hash is the stored bytes' hex digits. */
export type Standing = Pick<NewFile, "hash" | "mtime"> | null;

const DELETE = PLAN_KINDS.indexOf("delete");

export function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("hex");
}

/** Whether what stands there is not what the operation was decided on. */
export function isMoved(
  { kind, ground_hash, ground_mtime }: Pick<WatchingOperation, "kind" | "ground_hash" | "ground_mtime">,
  standing: Standing,
): boolean {
  if (ground_hash === null || standing === null) return ground_hash !== null || standing !== null;
  if (hexOf(ground_hash) !== standing.hash) return true;
  return kind !== DELETE && ground_mtime !== standing.mtime;
}

/** An operation whose mark is wrong now. */
export interface Turned {
  operation: WatchingOperation;
  stale: boolean;
}

/**
 * Writes the marks, and the figures of the folders and plans above; a plan that still comes in has no row of its own yet. Returns
 * the plans that had no stale operation before.
 */
export async function turnStale(
  tx: Db,
  turned: readonly Turned[],
  plans: ReadonlyMap<number, PlanFacts>,
  now: number,
): Promise<PlanFacts[]> {
  const first: PlanFacts[] = [];
  for (const stale of [true, false]) {
    const ids = turned.filter((one) => one.stale === stale).map(({ operation }) => operation.id);
    if (ids.length > 0) await markStale(tx, ids, stale);
  }
  const changes = new Map<number, PlanFolderChange[]>();
  for (const { operation, stale } of turned) {
    const change: PlanFolderChange = {
      path: operation.path,
      kind: PLAN_KINDS[operation.kind]!,
      size: operation.size,
      stale: stale ? 1 : -1,
    };
    const list = changes.get(operation.plan_id);
    if (list === undefined) changes.set(operation.plan_id, [change]);
    else list.push(change);
  }
  for (const [planId, list] of changes) {
    await changePlanFolders(tx, planId, list);
    const plan = plans.get(planId);
    if (plan === undefined) continue;
    const by = list.reduce((sum, { stale = 0 }) => sum + stale, 0);
    if (by !== 0) await addStale(tx, planId, by, now);
    if (plan.stale === 0 && by > 0) first.push(plan);
  }
  return first;
}
