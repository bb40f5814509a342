/**
 * A plan that takes another one back: what was deleted or overwritten is put back by its content, which the store still holds, and
 * what was added goes. It is a plan like any other, to be reviewed before it runs. Paths that changed again after the run are
 * left as they are: putting the old content back would destroy newer work.
 */
import { HubError } from "#lib/core/errors.ts";
import { PLAN_KINDS, type PlanOperation } from "#lib/core/plan/plan.ts";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { recordActivity } from "../db/activity.ts";
import { findFormerFiles } from "../db/content-lookup.ts";
import { findFiles, type ListedRow } from "../db/files.ts";
import { listPlanOperationsByLine } from "../db/plan-operations.ts";
import type { NamedPlan } from "../db/plans.ts";
import { nextTurn } from "../db/rows.ts";
import type { StoredOperation } from "../db/schema.ts";
import type { Actor } from "../hub/actor.ts";
import { checkMayPropose, doerColumns, grantPlan, type PlansContext } from "./context.ts";
import { storeMadePlan } from "./made.ts";
import { hexOf } from "./stale.ts";

const SCAN = 1000;

/** What a revert leaves out. */
interface Omitted {
  /** Changed again since. */
  changed: number;
  /** The old content is not stored any more. */
  lost: number;
}

/** Makes the plan; returns its id. Conflict when nothing can be taken back. */
export async function revertPlan(context: PlansContext, actor: Actor, id: number): Promise<number> {
  const { db, clock } = context;
  const { plan, bucket, role } = await grantPlan(db.read, actor, id);
  checkMayPropose(actor, bucket, role);
  if (plan.direction === "download") throw new HubError("Conflict", "A download changes no bucket: nothing to revert.");
  const omitted: Omitted = { changed: 0, lost: 0 };
  const first = await revertingOperations(context, plan, omitted).next();
  if (first.done) throw new HubError("Conflict", whyNothing(omitted));
  const place = `hf://buckets/${bucket.namespace}/${bucket.name}${plan.prefix === "" ? "" : `/${plan.prefix}`}`;
  omitted.changed = 0;
  omitted.lost = 0;
  const made = await storeMadePlan(context, {
    actor,
    target: {
      bucket,
      prefix: plan.prefix,
      direction: "copy",
      sourceBucketId: bucket.id,
      sourcePrefix: plan.prefix,
    },
    title: `Revert: ${plan.title}`.slice(0, 200),
    source: place,
    dest: place,
    options: JSON.stringify({ revertOf: plan.id }),
    revertOf: plan.id,
    operations: revertingOperations(context, plan, omitted),
  });
  await db.write((tx) =>
    recordActivity(tx, {
      bucketId: bucket.id,
      planId: plan.id,
      type: "plan.reverted",
      doer: doerColumns(actor),
      details: { plan: made, ...omitted },
      at: clock(),
    }),
  );
  return made;
}

function whyNothing({ changed, lost }: Omitted): string {
  if (changed + lost === 0) return "Nothing of this plan has run: there is nothing to revert.";
  const parts = [
    changed === 0 ? "" : `${changed} paths have changed again since`,
    lost === 0 ? "" : `of ${lost} paths the old content is not stored any more`,
  ];
  return `Nothing can be taken back: ${parts.filter((part) => part !== "").join(", and ")}.`;
}

async function* revertingOperations(
  { db }: PlansContext,
  plan: NamedPlan,
  omitted: Omitted,
): AsyncGenerator<PlanOperation> {
  for (let line: number | null = -1; line !== null; ) {
    const page = { planId: plan.id, after: line, filter: { spent: true }, budget: SCAN, limit: SCAN };
    const { rows, stoppedAt } = await listPlanOperationsByLine(db.read, page);
    const targets = rows.map(({ target }) => target);
    const now = new Map((await findFiles(db.read, plan.bucket_id, targets)).map((row) => [row.path, row]));
    const hashes = rows.flatMap(({ ground_hash }) => (ground_hash === null ? [] : [hexOf(ground_hash)]));
    const known = await findFormerFiles(db.read, plan.bucket_id, hashes);
    for (const row of rows) {
      const stands = now.get(row.target);
      const left = row.spent_hash === null ? null : hexOf(row.spent_hash);
      if ((stands?.xet_hash ? hexOf(stands.xet_hash) : null) !== left) {
        omitted.changed += 1;
      } else if (row.ground_hash !== null && !known.has(hexOf(row.ground_hash)) && !isEmpty(row.ground_hash)) {
        omitted.lost += 1;
      } else {
        yield takeBack(row, plan.id, stands);
      }
    }
    line = rows.length === SCAN ? rows.at(-1)!.line : (stoppedAt?.line ?? null);
    await nextTurn();
  }
}

function isEmpty(hash: Uint8Array): boolean {
  return hashToHex(hash) === ZERO_HASH;
}

function takeBack(row: StoredOperation, planId: number, stands: ListedRow | undefined): PlanOperation {
  const remote = stands?.mtime == null ? {} : { remoteMtime: stands.mtime * 1000 };
  const { path } = row;
  if (row.ground_hash === null) {
    return { action: "delete", path, reason: `added by plan ${planId}`, size: stands?.size ?? 0, ...remote };
  }
  return {
    action: "upload",
    path,
    reason: `${PLAN_KINDS[row.kind] === "delete" ? "deleted" : "overwritten"} by plan ${planId}`,
    size: row.ground_size ?? 0,
    ...(row.ground_mtime === null ? {} : { localMtime: row.ground_mtime * 1000 }),
    ...remote,
    xetHash: hashToHex(row.ground_hash),
  };
}
