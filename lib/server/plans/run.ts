/**
 * Runs on the server: deletes of upload plans, everything of copies. A piece is a batch like any other, through the same checks and the
 * same guard, and spends its operations in the transaction that changes the bucket; so a run that is killed anywhere goes on
 * at the next start with exactly what has not run.
 */
import type { BucketOperation, FailedOperation } from "#lib/core/bucket/operation.ts";
import { HubError, isHubError } from "#lib/core/errors.ts";
import { PLAN_KINDS, type PlanKind } from "#lib/core/plan/plan.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { DETACHED } from "../db/accounts.ts";
import { getBucket, type NamedBucket } from "../db/buckets.ts";
import { markFailed } from "../db/plan-cover.ts";
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
import type { StoredOperation } from "../db/schema.ts";
import { atLeast, signInFirst } from "../hub/access.ts";
import type { Actor } from "../hub/actor.ts";
import type { EmbeddedHub } from "../hub/embedded.ts";
import { createClientRuns } from "./client-runs.ts";
import { grantPlan, type PlansContext } from "./context.ts";
import { type Coverage, loadCoverage } from "./coverage.ts";
import { type Guard, RunStopped } from "./guard.ts";
import type { Plans } from "./plans.ts";
import { createRunEnding, words } from "./run-ending.ts";
import { approvedOperations, countRunnable, runnableHere } from "./runnable.ts";
import { openRun, runColumns, runnerOf, toPlanRun } from "./runs.ts";

/** Operations of one transaction of a run: others write between two of them. */
const PIECE = 500;
/** How long to wait when the database or the disk does not answer, ms. */
const RETRY = 2000;
export interface RunContext extends PlansContext {
  hub: EmbeddedHub;
  guard: Guard;
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

export function createRunner(context: RunContext): Runner {
  const { db, clock, log, hub, guard } = context;
  const { finish, close } = createRunEnding(context);
  const clients = createClientRuns(context, { finish, close });
  guard.onSpent(clients.look);
  const running = new Map<number, Promise<void>>();
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
      const { count: total, bytes } = await countRunnable(db.read, plan, coverage, kinds);
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
        else clients.look(run.plan_id);
      }
    },

    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },

    async stop() {
      stopped = true;
      wakeStopped();
      await Promise.all([clients.stop(), ...running.values()]);
    },
  };
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
