/** Why a batch is refused, in words for whoever reads them at a terminal: the rule, where to review, the first path and its reason. */
import type { Kysely } from "kysely";
import { formatBucketId } from "#lib/core/bucket/id.ts";
import { isUnder } from "#lib/core/bucket/path.ts";
import { HubError } from "#lib/core/errors.ts";
import { PLAN_KINDS, type ReviewRules } from "#lib/core/plan/plan.ts";
import type { NamedBucket } from "../db/buckets.ts";
import { findFiles } from "../db/files.ts";
import { findLastSpent, findWatching, type PlanFacts, type WatchingOperation } from "../db/plan-cover.ts";
import type { Tables } from "../db/schema.ts";
import type { GuardedBatch } from "../hub/guard.ts";
import type { Coverage } from "./coverage.ts";
import { type Effect, kindOf, says } from "./effects.ts";
import type { Judged } from "./judge.ts";
import { hexOf } from "./stale.ts";

type Db = Kysely<Tables>;

/** Paths that a refusal lists. */
const UNCOVERED_MAX = 1000;
/** Characters of a path in a message: an HTTP header has to carry it. */
const SHOWN_MAX = 160;

/** Why no operation covers it, in words that help who reads them at a terminal. */
export async function whyUncovered(
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

export async function refuse(tx: Db, batch: GuardedBatch, judged: Judged, rules: ReviewRules): Promise<HubError> {
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
