/**
 * Protection: in the transaction of every batch, each delete and overwrite of a protected path must be one that an approved,
 * unspent operation of a plan says, on ground that has not moved. What a batch does of approved operations is spent in the same
 * transaction, so that nothing runs twice; what else it changes turns other operations stale.
 */
import type { Kysely } from "kysely";
import { formatBucketId } from "#lib/core/bucket/id.ts";
import { isUnder } from "#lib/core/bucket/path.ts";
import { HubError } from "#lib/core/errors.ts";
import { PLAN_KINDS, type ReviewRules } from "#lib/core/plan/plan.ts";
import { recordActivity } from "../db/activity.ts";
import type { NamedBucket } from "../db/buckets.ts";
import type { NewFile } from "../db/changes.ts";
import type { Database } from "../db/db.ts";
import { findFiles } from "../db/files.ts";
import {
  findLastSpent,
  findPlanFacts,
  findWatch,
  findWatching,
  type PlanFacts,
  type Spending,
  spendOperations,
  type Watch,
  type WatchingOperation,
} from "../db/plan-cover.ts";
import { changePlanFolders } from "../db/plan-folders.ts";
import { countSpent, findRun } from "../db/plan-runs.ts";
import { nextTurn, pieces } from "../db/rows.ts";
import type { Tables } from "../db/schema.ts";
import type { Actor } from "../hub/actor.ts";
import type { BucketGuard, GuardedBatch } from "../hub/guard.ts";
import { doerColumns } from "./context.ts";
import { type Coverage, loadCoverage } from "./coverage.ts";
import { parseRules } from "./rules.ts";
import { openClientRun } from "./runs.ts";
import { hexOf, isMoved, type Turned, turnStale } from "./stale.ts";

type Db = Kysely<Tables>;

/** Paths that a refusal lists. */
const UNCOVERED_MAX = 1000;
/** Characters of a path in a message: an HTTP header has to carry it. */
const SHOWN_MAX = 160;

export interface Guard extends BucketGuard {
  /** Told, after the commit, which plans have had operations spent. */
  onSpent(listener: (planId: number) => void): void;
}

/** The run was paused or cancelled while its next piece was on its way. */
export class RunStopped extends Error {}

interface Effect {
  path: string;
  /** null: the file goes. */
  file: NewFile | null;
  existed: boolean;
}

export interface Uncovered {
  path: string;
  error: string;
}

export function createGuard({ db, clock }: { db: Database; clock: () => number }): Guard {
  const listeners: ((planId: number) => void)[] = [];
  /** What is remembered of a refusal, once its transaction is gone. */
  const refusals = new WeakMap<object, { actor: Actor; bucketId: number; details: Record<string, unknown> }>();

  return {
    onSpent: (listener) => void listeners.push(listener),

    async admit(tx, batch) {
      const { actor, bucket, run } = batch;
      if (run !== undefined && (await findRun(tx, run.runId))?.state !== "running") throw new RunStopped();
      const { rules, watched } = batch.watch as Watch;
      const review = parseRules(rules);
      const effects = await effectsOf(batch);
      let spentPlans: number[] = [];
      if (watched || review.protect.length > 0 || run !== undefined) {
        const judged = await judge(tx, batch, effects, review);
        if (judged.uncovered.length > 0) {
          const error = await refuse(tx, batch, judged, review);
          const details = { lines: batch.changes.size, uncovered: judged.uncovered.length, first: judged.uncovered[0] };
          if (run === undefined) refusals.set(error, { actor, bucketId: bucket.id, details });
          throw error;
        }
        spentPlans = await settle(tx, batch, judged);
      }
      return {
        async record() {
          // A run has its own lines.
          if (run !== undefined || effects.length === 0) return;
          const details = { ...countEffects(effects), ...(spentPlans.length > 0 ? { plans: spentPlans } : {}) };
          const doer = doerColumns(actor);
          await recordActivity(tx, { bucketId: bucket.id, planId: null, type: "batch", doer, details, at: batch.now });
        },
        committed() {
          for (const planId of spentPlans) for (const listener of listeners) listener(planId);
        },
      };
    },

    watch: findWatch,

    async refused(error) {
      const refusal = typeof error === "object" && error !== null ? refusals.get(error) : undefined;
      if (refusal === undefined) return;
      const { actor, bucketId, details } = refusal;
      const doer = doerColumns(actor);
      await db.write((tx) =>
        recordActivity(tx, { bucketId, planId: null, type: "batch.refused", doer, details, at: clock() }),
      );
    },

    async isProtected(read, bucketId) {
      return parseRules((await findWatch(read, bucketId)).rules).protect.length > 0;
    },

    async note(tx, actor, bucketId, type, details) {
      const doer = doerColumns(actor);
      await recordActivity(tx, { bucketId, planId: null, type, doer, details, at: clock() });
    },
  };
}

/** Changes that change something: a delete of nothing is not among them. */
async function effectsOf({ changes, old }: GuardedBatch): Promise<Effect[]> {
  const effects: Effect[] = [];
  let count = 0;
  for (const [path, file] of changes) {
    if (++count % 2000 === 0) await nextTurn();
    const existed = old.has(path);
    if (file !== null || existed) effects.push({ path, file, existed });
  }
  return effects;
}

function countEffects(effects: readonly Effect[]) {
  const counts = { added: 0, overwritten: 0, deleted: 0, bytes: 0 };
  for (const { file, existed } of effects) {
    if (file === null) counts.deleted += 1;
    else counts[existed ? "overwritten" : "added"] += 1;
    counts.bytes += file?.size ?? 0;
  }
  return counts;
}

interface Judged {
  uncovered: Uncovered[];
  /** What runs, by plan. */
  spent: Map<number, { operation: WatchingOperation; file: NewFile | null }[]>;
  turned: Turned[];
  plans: Map<number, PlanFacts>;
}

async function judge(tx: Db, batch: GuardedBatch, effects: Effect[], rules: ReviewRules): Promise<Judged> {
  const judged: Judged = { uncovered: [], spent: new Map(), turned: [], plans: new Map() };
  const coverages = new Map<number, Coverage | null>();
  const coverageOf = async (planId: number): Promise<Coverage | null> => {
    let coverage = coverages.get(planId);
    if (coverage === undefined) {
      const plan = judged.plans.get(planId);
      coverage = plan === undefined ? null : await loadCoverage(tx, plan, batch.now);
      coverages.set(planId, coverage);
    }
    return coverage;
  };
  for (const part of pieces(effects)) {
    const watching = new Map<string, WatchingOperation[]>();
    const rows = await findWatching(
      tx,
      batch.bucket.id,
      part.map(({ path }) => path),
    );
    for (const row of rows) {
      const list = watching.get(row.target);
      if (list === undefined) watching.set(row.target, [row]);
      else list.push(row);
    }
    const unknown = new Set(rows.map((row) => row.plan_id).filter((id) => !judged.plans.has(id)));
    for (const [id, plan] of await findPlanFacts(tx, [...unknown])) judged.plans.set(id, plan);
    for (const effect of part) {
      const operations = watching.get(effect.path) ?? [];
      const covering = await findCovering(batch, effect, operations, coverageOf);
      if (covering !== null) {
        const list = judged.spent.get(covering.plan_id) ?? [];
        judged.spent.set(covering.plan_id, list);
        list.push({ operation: covering, file: effect.file });
      } else if (batch.run !== undefined || isGuarded(effect, rules)) {
        const error = await whyUncovered(tx, batch, effect, operations, judged.plans, coverageOf);
        judged.uncovered.push({ path: effect.path, error });
        continue;
      }
      for (const operation of operations) {
        if (operation === covering) continue;
        const stale = isMoved(operation, effect.file);
        if (stale !== (operation.stale === 1)) judged.turned.push({ operation, stale });
      }
    }
  }
  return judged;
}

/** Deletes and overwrites below a protected prefix need cover; new paths do not. */
function isGuarded({ path, existed }: Effect, { protect }: ReviewRules): boolean {
  return existed && protect.some((prefix) => isUnder(path, prefix));
}

/** The operation that says just this, is approved, and stands on ground that has not moved. */
async function findCovering(
  { run }: GuardedBatch,
  effect: Effect,
  operations: readonly WatchingOperation[],
  coverageOf: (planId: number) => Promise<Coverage | null>,
): Promise<WatchingOperation | null> {
  for (const operation of operations) {
    if (run !== undefined && operation.plan_id !== run.planId) continue;
    if (operation.stale === 1 || !says(operation, effect)) continue;
    if ((await coverageOf(operation.plan_id))?.approves(operation)) return operation;
  }
  return null;
}

function kindOf({ file, existed }: Effect): "add" | "overwrite" | "delete" {
  if (file === null) return "delete";
  return existed ? "overwrite" : "add";
}

function says({ kind, size, xet_hash }: WatchingOperation, effect: Effect): boolean {
  if (PLAN_KINDS[kind] !== kindOf(effect)) return false;
  if (effect.file === null) return true;
  return size === effect.file.size && (xet_hash === null || hexOf(xet_hash) === effect.file.hash);
}

/** Why no operation covers it, in words that help who reads them at a terminal. */
async function whyUncovered(
  tx: Db,
  { bucket, run }: GuardedBatch,
  effect: Effect,
  operations: readonly WatchingOperation[],
  plans: ReadonlyMap<number, PlanFacts>,
  coverageOf: (planId: number) => Promise<Coverage | null>,
): Promise<string> {
  const kind = kindOf(effect);
  let reason: string | null = null;
  for (const operation of operations) {
    const plan = plans.get(operation.plan_id);
    if (plan === undefined || plan.direction === "download") continue;
    if (run !== undefined && plan.id !== run.planId) continue;
    const name = `plan ${plan.id}`;
    if (operation.stale === 1) reason ??= `the file has changed since ${name} was made; rebase it`;
    else if (PLAN_KINDS[operation.kind] !== kind) reason ??= `${name} has it as '${PLAN_KINDS[operation.kind]}'`;
    else if (!says(operation, effect)) {
      const brought = effect.file?.size ?? 0;
      reason ??= `${name} has other content for it (${operation.size} bytes there, ${brought} bytes here)`;
    } else reason ??= (await coverageOf(plan.id))?.whyNot(operation) ?? `${name} is not approved for it`;
  }
  if (reason !== null) return reason;
  const past = await findLastSpent(tx, bucket.id, effect.path);
  if (past === undefined) {
    // What a client sends again when the answer to its first request was lost looks like this.
    const [stands] = effect.file === null ? [] : await findFiles(tx, bucket.id, [effect.path]);
    const same = stands?.xet_hash != null && hexOf(stands.xet_hash) === effect.file?.hash;
    return same ? "no plan has it, and it holds just these bytes already" : "no plan has it";
  }
  const by = past.user_name === null ? "" : ` by ${past.user_name}`;
  return `plan ${past.plan_id} already ran for it at ${new Date(past.spent_at).toISOString()}${by}; an approval holds once`;
}

async function refuse(tx: Db, batch: GuardedBatch, judged: Judged, rules: ReviewRules): Promise<HubError> {
  const { bucket, changes, origin, run } = batch;
  const { uncovered } = judged;
  const first = uncovered[0]!;
  const details = { uncovered: uncovered.slice(0, UNCOVERED_MAX), review: await reviewUrl(tx, batch, judged, origin) };
  if (run !== undefined) {
    return new HubError("Forbidden", `Plan ${run.planId} does not cover ${shown(first.path)}: ${first.error}.`, {
      details,
    });
  }
  const message =
    `${ruleOf(bucket, first.path, rules)}: ${uncovered.length} of ${changes.size} lines delete or overwrite files ` +
    `without an approved plan. Review: ${details.review} . ` +
    `First: ${shown(first.path)}: ${first.error}. Nothing was changed`;
  return new HubError("Forbidden", message, { details });
}

/** The rule, by its name. */
function ruleOf({ namespace, name }: NamedBucket, path: string, { protect }: ReviewRules): string {
  const id = formatBucketId(namespace, name);
  const prefix = protect.find((one) => isUnder(path, one)) ?? "";
  return prefix === "" ? `Bucket ${id} is protected` : `Folder ${shown(prefix)} of bucket ${id} is protected`;
}

/** The plan that has the first uncovered path, else the bucket's plans. */
async function reviewUrl(tx: Db, { bucket }: GuardedBatch, { uncovered, plans }: Judged, origin: string) {
  const page = `${origin}/buckets/${formatBucketId(bucket.namespace, bucket.name)}/plans`;
  const paths = uncovered.slice(0, 100).map(({ path }) => path);
  const has = (await findWatching(tx, bucket.id, paths)).filter(({ plan_id }) => {
    const plan = plans.get(plan_id);
    return plan !== undefined && plan.direction !== "download";
  });
  // The newest one: an older one of the same paths has most likely been given up.
  const newest = has.reduce((id, { plan_id }) => Math.max(id, plan_id), 0);
  return newest === 0 ? page : `${page}/${newest}`;
}

function shown(path: string): string {
  return JSON.stringify(path.length > SHOWN_MAX ? `${path.slice(0, SHOWN_MAX)}...` : path);
}

/** Writes what was judged: spent operations, marks, runs. Returns the plans that something ran of. */
async function settle(tx: Db, { actor, bucket, run, now }: GuardedBatch, judged: Judged): Promise<number[]> {
  const userId = actor.account?.id ?? null;
  for (const [planId, list] of judged.spent) {
    const plan = judged.plans.get(planId)!;
    const runId = run?.runId ?? (await openClientRun(tx, { plan, actor, now }));
    const spendings: Spending[] = list.map(({ operation, file }) => ({ id: operation.id, hash: file?.hash ?? null }));
    await spendOperations(tx, spendings, { now, userId, runId });
    const changes = list.map(({ operation }) => ({
      path: operation.path,
      kind: PLAN_KINDS[operation.kind]!,
      size: operation.size,
      spent: 1 as const,
    }));
    await changePlanFolders(tx, planId, changes);
    const bytes = list.reduce((sum, { operation }) => sum + (operation.size ?? 0), 0);
    await countSpent(tx, runId, { done: list.length, bytes, now });
  }
  for (const plan of await turnStale(tx, judged.turned, judged.plans, now)) {
    const details = { paths: judged.turned.filter(({ operation }) => operation.plan_id === plan.id).length };
    const doer = doerColumns(actor);
    await recordActivity(tx, { bucketId: bucket.id, planId: plan.id, type: "plan.stale", doer, details, at: now });
  }
  return [...judged.spent.keys()];
}
