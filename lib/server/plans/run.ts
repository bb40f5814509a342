/**
 * Runs on the server: deletes of upload plans, everything of copies. A piece is a batch like any other, through the same checks and the
 * same guard, and spends its operations in the transaction that changes the bucket; so a run that is killed anywhere goes on
 * at the next start with exactly what has not run. Runs of clients are watched here too, and closed.
 */
import type { Kysely } from "kysely";
import type { BucketOperation, FailedOperation } from "#lib/core/bucket/operation.ts";
import { HubError, isHubError } from "#lib/core/errors.ts";
import { PLAN_KINDS, type PlanKind } from "#lib/core/plan/plan.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { DETACHED } from "../db/accounts.ts";
import { recordActivity } from "../db/activity.ts";
import { getBucket, type NamedBucket } from "../db/buckets.ts";
import { findFiles } from "../db/files.ts";
import { markFailed } from "../db/plan-cover.ts";
import { listPlanOperationsByLine } from "../db/plan-operations.ts";
import {
  countFailed,
  findLastRun,
  findOpenRun,
  findRun,
  listRunning,
  type StoredRun,
  updateRun,
} from "../db/plan-runs.ts";
import { findPlan, type NamedPlan } from "../db/plans.ts";
import { nextTurn } from "../db/rows.ts";
import type { StoredOperation, Tables } from "../db/schema.ts";
import { atLeast, signInFirst } from "../hub/access.ts";
import type { Actor } from "../hub/actor.ts";
import type { EmbeddedHub } from "../hub/embedded.ts";
import { grantPlan, type PlansContext } from "./context.ts";
import { type Coverage, loadCoverage } from "./coverage.ts";
import { type Guard, RunStopped } from "./guard.ts";
import type { Plans } from "./plans.ts";
import { openRun, runColumns, runnerOf, toPlanRun } from "./runs.ts";
import { hexOf } from "./stale.ts";
import { refreshStatus } from "./status.ts";
import { coveredTotals } from "./totals.ts";

type Db = Kysely<Tables>;

/** Operations of one transaction of a run: others write between two of them. */
const PIECE = 500;
/** Operations looked at between two turns of the event loop. */
const SCAN = 1000;
/** A client's run that does nothing for so long has stopped, ms. */
const QUIET = 10 * 60_000;
/** After a client's batch: how long until it is asked whether anything is left, ms. */
const SETTLE = 200;
/** How long to wait when the database or the disk does not answer, ms. */
const RETRY = 2000;
/** Operations that a closing message names. */
const NAMED = 5;

export interface RunContext extends PlansContext {
  hub: EmbeddedHub;
  guard: Guard;
  /** ms; tests make them small. */
  quiet?: number;
}

export interface Runner extends Pick<Plans, "startRun" | "cancelRun"> {
  /** Goes on with what an earlier process left running. */
  resume(): Promise<void>;
  /** Resolves when no run of the server is under way. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** What a run is to do, in this order: what is written first may hold the last copy of what is deleted then. */
const PHASES: PlanKind[][] = [["add", "overwrite"], ["delete"]];

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

export function createRunner(context: RunContext): Runner {
  const { db, clock, log, hub, guard, quiet = QUIET } = context;
  const running = new Map<number, Promise<void>>();
  const looks = new Map<number, NodeJS.Timeout>();
  let stopped = false;
  let wakeStopped = () => {};
  const stopping = new Promise<void>((resolve) => {
    wakeStopped = resolve;
  });

  /** Waits, but not past a stop. */
  async function pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([waited, stopping]);
    clearTimeout(timer);
  }

  /** After a loop that may still be there: paused and started again, a run must neither stop nor go twice at a time. */
  function go(runId: number): void {
    if (stopped) return;
    const work: Promise<void> = (running.get(runId) ?? Promise.resolve())
      .then(() => loop(runId))
      .catch((error) => log.error({ err: error, run: runId }, "a run of a plan failed; it goes on at the next start"))
      .finally(() => {
        if (running.get(runId) === work) running.delete(runId);
      });
    running.set(runId, work);
  }

  async function loop(runId: number): Promise<void> {
    for (const phase of PHASES) {
      let after = -1;
      while (!stopped) {
        const run = await findRun(db.read, runId);
        if (run?.state !== "running") return;
        const plan = await findPlan(db.read, run.plan_id);
        const bucket = plan && (await getBucket(db.read, plan.bucket_id));
        if (plan === undefined || bucket === undefined || bucket.namespace === DETACHED) {
          return close(run, plan, "cancelled", "The bucket is gone.");
        }
        try {
          const kinds = runnableHere(plan).filter((kind) => phase.includes(kind));
          const last = await runPiece(run, plan, bucket, { kinds, after });
          if (last === null) break;
          after = last;
        } catch (error) {
          if (error instanceof RunStopped) return;
          if (isHubError(error, "Unavailable")) {
            await pause(RETRY);
            continue;
          }
          const known = isHubError(error);
          if (!known) log.error({ err: error, run: runId }, "a run of a plan failed");
          return close(run, plan, "failed", known ? error.message : "The server failed; its log says more.");
        }
      }
    }
    if (stopped) return;
    const run = await findRun(db.read, runId);
    const plan = run && (await findPlan(db.read, run.plan_id));
    if (run !== undefined && plan !== undefined) await finish(run, plan);
  }

  /** The next piece after a line. Returns its last line, null when there is none. */
  async function runPiece(
    run: StoredRun,
    plan: NamedPlan,
    bucket: NamedBucket,
    from: { kinds: PlanKind[]; after: number },
  ): Promise<number | null> {
    const actor = await runnerOf(db.read, run, clock());
    if (actor === null) {
      throw new HubError("Forbidden", "The account or access token that started this run is not valid any more.");
    }
    const coverage = await loadCoverage(db.read, plan, clock());
    const piece: StoredOperation[] = [];
    for await (const operation of approvedOperations(db.read, plan, coverage, from)) {
      if (piece.push(operation) === PIECE) break;
    }
    if (piece.length === 0) return null;
    await apply(run, plan, bucket, actor, piece);
    return piece.at(-1)!.line;
  }

  /** One piece; what cannot run is put down with its reason, and the rest of the piece goes on. */
  async function apply(
    run: StoredRun,
    plan: NamedPlan,
    bucket: NamedBucket,
    actor: Actor,
    piece: StoredOperation[],
  ): Promise<void> {
    const source = plan.source_bucket_id === null ? bucket : await getBucket(db.read, plan.source_bucket_id);
    if (source === undefined || source.namespace === DETACHED) {
      throw new HubError("Conflict", "The bucket that this plan copies from is gone.");
    }
    let left = piece;
    while (left.length > 0) {
      const operations = left.map((operation) => toBucketOperation(operation, source));
      const id = `${bucket.namespace}/${bucket.name}`;
      try {
        const restores = plan.revert_of !== null;
        return await hub.applyPiece(actor, id, operations, { planId: plan.id, runId: run.id, restores });
      } catch (error) {
        const failed = failuresOf(error);
        const errors = new Map(
          left.flatMap(({ id, target }) => (failed.has(target) ? [[id, failed.get(target)!]] : [])),
        );
        if (errors.size === 0 && isHubError(error, "PayloadTooLarge") && left.length > 1) {
          // Paths so deep that half a thousand of them are too many folders.
          const half = left.length >> 1;
          await apply(run, plan, bucket, actor, left.slice(0, half));
          left = left.slice(half);
          continue;
        }
        if (errors.size === 0) throw error;
        await db.write(async (tx) => {
          await markFailed(tx, errors);
          await countFailed(tx, run.id, { failed: errors.size, now: clock() });
        });
        left = left.filter(({ id }) => !errors.has(id));
      }
    }
  }

  /** Nothing is left that could run: holds the bucket against what was run, and says what is left. */
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

  async function countRunnable(plan: NamedPlan, coverage: Coverage, kinds: readonly PlanKind[]) {
    const { runnable } = await coveredTotals(db.read, plan, coverage);
    const sum = { count: 0, bytes: 0 };
    for (const kind of kinds) {
      sum.count += runnable[kind].count;
      sum.bytes += runnable[kind].bytes;
    }
    return sum;
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

  /* ---- runs of clients: opened by the guard, closed here ---- */

  function look(planId: number, ms: number): void {
    if (stopped) return;
    clearTimeout(looks.get(planId));
    const timer = setTimeout(() => {
      looks.delete(planId);
      watch(planId).catch((error) => log.error({ err: error, plan: planId }, "watching a client's run failed"));
    }, ms);
    looks.set(planId, timer.unref());
  }

  async function watch(planId: number): Promise<void> {
    const run = await findOpenRun(db.read, planId, { how: ["client", "browser"] });
    const plan = run && (await findPlan(db.read, planId));
    if (run === undefined || plan === undefined) return;
    const coverage = await loadCoverage(db.read, plan, clock());
    const { count: left, bytes } = await countRunnable(plan, coverage, kindsOf(run, plan));
    if (left === 0 || clock() - run.active_at >= quiet) {
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
    look(planId, Math.max(SETTLE, run.active_at + quiet - clock()));
  }

  guard.onSpent((planId) => look(planId, SETTLE));

  return {
    async startRun(actor, id) {
      if (actor.account === null) throw signInFirst();
      const { plan, level } = await grantPlan(db.read, actor, id);
      if (!atLeast(level, "write")) throw new HubError("Forbidden", "You may not run plans of this bucket.");
      const kinds = runnableHere(plan);
      if (kinds.length === 0) {
        throw new HubError("Conflict", "A plan that downloads changes local files: run its approved file with hf.");
      }
      const coverage = await loadCoverage(db.read, plan, clock());
      const { count: total, bytes } = await countRunnable(plan, coverage, kinds);
      const runId = await db.write(async (tx) => {
        const now = clock();
        const open = await findOpenRun(tx, id, { how: ["server"] });
        if (open?.state === "running") return open.id;
        if (total === 0) throw new HubError("Conflict", nothingToRun(plan, coverage));
        if (open === undefined) return openRun(tx, { plan, actor, how: "server", total, bytes, now });
        // It goes on with the rights of who says so.
        const rest = { total: open.done + total, bytes: open.bytes_done + bytes, message: null };
        await updateRun(tx, open.id, { state: "running", active_at: now, ...rest, ...runColumns(actor) });
        return open.id;
      });
      go(runId);
      return toPlanRun((await findRun(db.read, runId))!);
    },

    async cancelRun(actor, id, { pause: pausing = false } = {}) {
      if (actor.account === null) throw signInFirst();
      const { plan, level } = await grantPlan(db.read, actor, id);
      if (!atLeast(level, "write")) throw new HubError("Forbidden", "You may not stop runs of this bucket.");
      const run = await findOpenRun(db.read, id, { how: ["server", "client", "browser"] });
      if (pausing && run?.how !== "server") {
        throw new HubError("Conflict", "Only a run on the server can be paused; a client's is stopped where it runs.");
      }
      if (run !== undefined && pausing) {
        const message = `Paused by ${actor.account.name}.`;
        await db.write(async (tx) => {
          if ((await findRun(tx, run.id))?.state === "running") {
            await updateRun(tx, run.id, { state: "paused", message, active_at: clock() });
          }
        });
      } else if (run !== undefined) {
        const left = Math.max(0, run.total - run.done - run.failed);
        await close(
          run,
          plan,
          "cancelled",
          `Stopped by ${actor.account.name}: ${words(left, "operation")} did not run.`,
        );
      }
      const last = await findLastRun(db.read, id);
      if (last === undefined) throw new HubError("NotFound", "This plan has not been run.");
      return toPlanRun(last);
    },

    async resume() {
      for (const run of await listRunning(db.read)) {
        if (run.how === "server") go(run.id);
        else look(run.plan_id, SETTLE);
      }
    },

    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },

    async stop() {
      stopped = true;
      wakeStopped();
      for (const timer of looks.values()) clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
}

/** What a run is measured by: a client can run everything of its plan, the server what it has the bytes for. */
function kindsOf({ how }: StoredRun, plan: NamedPlan): PlanKind[] {
  return how === "server" ? runnableHere(plan) : ["add", "overwrite", "delete"];
}

function toBucketOperation(operation: StoredOperation, source: NamedBucket): BucketOperation {
  const path = operation.target;
  if (PLAN_KINDS[operation.kind] === "delete") return { type: "deleteFile", path };
  if (operation.xet_hash === null) throw new Error(`Operation ${operation.id} of a copy has no content.`);
  return {
    type: "copyFile",
    path,
    xetHash: hashToHex(operation.xet_hash),
    sourceRepoType: "bucket",
    sourceRepoId: `${source.namespace}/${source.name}`,
    ...(operation.local_mtime === null ? {} : { mtime: Math.round(operation.local_mtime / 1000) }),
  };
}

/** By path, why lines of a refused piece cannot run; empty for a failure of another kind. */
function failuresOf(error: unknown): Map<string, string> {
  if (!isHubError(error)) return new Map();
  const { failed, uncovered } = error.details as { failed?: FailedOperation[]; uncovered?: FailedOperation[] };
  return new Map([...(failed ?? []), ...(uncovered ?? [])].map((line) => [line.path, line.error]));
}

function words(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

function nothingToRun({ direction, status, stale }: NamedPlan, { over }: Coverage): string {
  const what = direction === "upload" ? "no delete" : "nothing";
  if (over.length > 0) return `There is ${what} to run here: over the bucket's limits: ${over.join("; ")}.`;
  const why =
    status === "open" || status === "changes-requested" || status === "rejected" || status === "withdrawn"
      ? `the plan is ${status}`
      : stale > 0
        ? "what is approved has run, or is out of date"
        : "what is approved has run";
  return `There is ${what} to run here: ${why}.`;
}
