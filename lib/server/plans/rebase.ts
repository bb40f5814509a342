/**
 * A new version of a plan on the ground of today: operations whose ground moved are decided anew by the comparison that made them, all
 * others stay the rows they are, with their approvals. Rows are exchanged in pieces, each whole; a new row covers nothing until
 * it is approved, so that half a rebase (a kill) is safe, and the next one finishes it.
 */
import type { Kysely } from "kysely";
import { HubError } from "#lib/core/errors.ts";
import { bucketTime, type SyncEntry, type SyncOptions } from "#lib/core/plan/compare.ts";
import { kindOf } from "#lib/core/plan/kind.ts";
import { targetOf } from "#lib/core/plan/place.ts";
import { PLAN_KINDS } from "#lib/core/plan/plan.ts";
import { FlagReader, rebaseOperation } from "#lib/core/plan/rebase.ts";
import { checkEvent } from "#lib/core/plan/status.ts";
import { hashToHex, hexToHash } from "#lib/core/xet/hash.ts";
import { recordActivity } from "../db/activity.ts";
import type { NamedBucket } from "../db/buckets.ts";
import { findFiles, type ListedRow } from "../db/files.ts";
import { addStale } from "../db/plan-cover.ts";
import { changePlanFolders, figuresOf, findPlanFolder, type PlanFolderChange } from "../db/plan-folders.ts";
import {
  insertPlanOperations,
  listPlanOperationsByLine,
  listPlanOperationsByPath,
  markFindings,
  type NewPlanOperation,
} from "../db/plan-operations.ts";
import { closePlanOperations, countClosed, deleteEmptyFolders } from "../db/plan-rebase.ts";
import { insertPlanVersion, type NamedPlan, updatePlan } from "../db/plans.ts";
import { nextTurn } from "../db/rows.ts";
import type { StoredOperation, Tables } from "../db/schema.ts";
import type { Actor } from "../hub/actor.ts";
import { createBestSteps } from "./best-steps.ts";
import { checkMayPropose, doerColumns, grantPlan, type PlansContext } from "./context.ts";
import { loadCoverage } from "./coverage.ts";
import { groundOf, groundOfFile } from "./ground.ts";
import { bucketPathOf, countOf } from "./import.ts";
import { createInspector } from "./inspector.ts";
import { toOperation } from "./operations.ts";
import { refreshStatus, statusNow } from "./status.ts";

type Db = Kysely<Tables>;

/** Rows exchanged in one transaction. */
const PIECE = 1000;
const SCAN = 2000;

/** Plans whose rebase is under way. */
const busy = new Set<number>();

export async function rebasePlan(context: PlansContext, actor: Actor, id: number): Promise<void> {
  const { db, clock } = context;
  const { plan, bucket, role } = await grantPlan(db.read, actor, id);
  checkMayPropose(actor, bucket, role);
  checkEvent(await statusNow(db.read, plan, await loadCoverage(db.read, plan, clock())), "rebase");
  if (busy.has(id)) throw new HubError("Conflict", `Plan ${id} is being rebased already.`);
  busy.add(id);
  try {
    const version = plan.version + 1;
    const options = await optionsOf(context, plan);
    while (await db.write((tx) => rebasePiece(tx, plan, version, options, clock())));
    const changed = await countClosed(db.read, id, version);
    if (changed === 0) throw new HubError("Conflict", `Nothing of plan ${id} is out of date.`);
    await publish(context, actor, plan, bucket, version, changed);
  } finally {
    busy.delete(id);
  }
}

/** How the plan was compared: as it was asked for here, or as a client's own reasons tell. */
async function optionsOf({ db }: PlansContext, plan: NamedPlan): Promise<SyncOptions> {
  const { direction } = plan;
  if (plan.revert_of !== null) return { direction, byContent: true };
  if (direction === "copy") {
    const made = JSON.parse(plan.options) as { delete?: boolean; by?: string };
    return { direction, delete: made.delete === true, byContent: made.by === "content" };
  }
  const flags = new FlagReader(direction);
  for (let after = ""; ; ) {
    const rows = await listPlanOperationsByPath(db.read, { planId: plan.id, after, limit: SCAN });
    for (const row of rows) flags.read(toOperation(row, plan));
    if (rows.length < SCAN) return flags.options;
    after = rows.at(-1)!.path;
    await nextTurn();
  }
}

/** Exchanges some rows. False when none was left. */
async function rebasePiece(
  tx: Db,
  plan: NamedPlan,
  version: number,
  options: SyncOptions,
  now: number,
): Promise<boolean> {
  const { rows } = await listPlanOperationsByLine(tx, {
    planId: plan.id,
    after: -1,
    filter: { stale: true, spent: false },
    budget: PIECE,
    limit: PIECE,
  });
  if (rows.length === 0) return false;
  const standing = await filesAt(
    tx,
    plan.bucket_id,
    rows.map(({ target }) => target),
  );
  const sources = await sourcesOf(tx, plan, rows);
  const changes: PlanFolderChange[] = [];
  const fresh: NewPlanOperation[] = [];
  for (const row of rows) {
    const old = toOperation(row, plan);
    const ground = groundOfFile(standing.get(row.target));
    changes.push({ path: row.path, kind: PLAN_KINDS[row.kind]!, size: row.size, all: -1, stale: -1 });
    const source = sources === null ? undefined : (sources.get(row.path) ?? null);
    const made = rebaseOperation(old, { now: ground, source, options });
    if (made === null) continue;
    const kind = kindOf(made.action, plan.direction, ground);
    const size = made.size ?? null;
    changes.push({ path: row.path, kind, size, all: 1 });
    const found = standing.get(row.target);
    fresh.push({
      plan_id: plan.id,
      bucket_id: plan.bucket_id,
      folder_id: row.folder_id,
      line: row.line,
      path: row.path,
      target: bucketPathOf(plan, made),
      kind: PLAN_KINDS.indexOf(kind) as NewPlanOperation["kind"],
      reason: made.reason,
      size,
      local_mtime: made.localMtime ?? null,
      remote_mtime: made.remoteMtime ?? null,
      xet_hash: made.xetHash === undefined ? null : hexToHash(made.xetHash),
      since: version,
      ground_hash: found?.xet_hash ?? null,
      ground_size: found?.size ?? null,
      ground_mtime: found?.mtime ?? null,
      ground_uploaded_at: found?.uploaded_at ?? null,
      findings: 0,
    });
  }
  await closePlanOperations(
    tx,
    rows.map((row) => row.id),
    version,
  );
  await insertPlanOperations(tx, fresh);
  await changePlanFolders(tx, plan.id, changes);
  await addStale(tx, plan.id, -rows.length, now);
  return true;
}

async function filesAt(db: Db, bucketId: number, paths: string[]): Promise<Map<string, ListedRow>> {
  return new Map((await findFiles(db, bucketId, paths)).map((row) => [row.path, row]));
}

/** What stands at the source of a copy now, by path of the plan; null where the source is not a bucket, or is the past. */
async function sourcesOf(db: Db, plan: NamedPlan, rows: StoredOperation[]): Promise<Map<string, SyncEntry> | null> {
  if (plan.direction !== "copy" || plan.revert_of !== null || plan.source_bucket_id === null) return null;
  const prefix = plan.source_prefix ?? "";
  const paths = new Map(rows.map(({ path }) => [targetOf(prefix, path), path]));
  const sources = new Map<string, SyncEntry>();
  for (const { path, size, mtime, xet_hash } of await findFiles(db, plan.source_bucket_id, [...paths.keys()])) {
    const own = paths.get(path)!;
    sources.set(own, { path: own, size, mtime: bucketTime(mtime), xetHash: hashToHex(xet_hash!) });
  }
  return sources;
}

/** Bits of the findings on operations, and on the folders above. */
async function markRows(tx: Db, planId: number, paths: string[], bits: number): Promise<void> {
  await markFindings(tx, planId, paths, bits);
  const changes = paths.map((path) => ({ path, kind: "skip" as const, size: null, findings: bits }));
  await changePlanFolders(tx, planId, changes);
}

/** The version itself: its digest and findings, over everything that it holds. */
async function publish(
  context: PlansContext,
  actor: Actor,
  plan: NamedPlan,
  bucket: NamedBucket,
  version: number,
  changed: number,
): Promise<void> {
  const { db, clock } = context;
  const { id, bucket_id, prefix, direction } = plan;
  const best = createBestSteps(context, actor, bucket);
  const about = { id, bucketId: bucket_id, prefix, direction, summary: null, bestSteps: best.known };
  const inspector = await createInspector(db, about);
  for (let after = ""; ; ) {
    const rows = await listPlanOperationsByPath(db.read, { planId: id, after, limit: SCAN });
    await best.look(rows.flatMap(({ kind, target }) => (PLAN_KINDS[kind] === "delete" ? [target] : [])));
    const marked = new Map<number, string[]>();
    for (const row of rows) {
      const findings = inspector.inspect(toOperation(row, plan), PLAN_KINDS[row.kind]!, groundOf(row));
      if (row.since < version || findings === 0) continue;
      const list = marked.get(findings);
      if (list === undefined) marked.set(findings, [row.path]);
      else list.push(row.path);
    }
    for (const [bits, paths] of marked) await db.write((tx) => markRows(tx, id, paths, bits));
    if (rows.length < SCAN) break;
    after = rows.at(-1)!.path;
    await nextTurn();
  }
  const { findings, checksPassed, digest } = await inspector.finish();
  await db.write(async (tx) => {
    const now = clock();
    await deleteEmptyFolders(tx, id);
    const root = await findPlanFolder(tx, id, "");
    const totals = figuresOf(root!, "all");
    const doer = doerColumns(actor);
    await updatePlan(tx, id, {
      version,
      digest,
      totals: JSON.stringify(totals),
      operations: countOf(totals),
      findings: JSON.stringify({ findings, checksPassed }),
      updated_at: now,
    });
    const row = { plan_id: id, version, digest, totals: JSON.stringify(totals), changed, ...doer, created_at: now };
    await insertPlanVersion(tx, row);
    await recordActivity(tx, {
      bucketId: bucket_id,
      planId: id,
      type: "plan.rebased",
      doer,
      details: { version, digest, changed },
      at: now,
    });
    await refreshStatus(tx, id, now);
  });
}
