/** The rows of runs: opened with the rights of whoever starts one, and told to pages. */
import type { Kysely } from "kysely";
import type { PlanRun } from "#lib/core/plan/plan.ts";
import { toAccount } from "../accounts/people.ts";
import { parseScope } from "../accounts/tokens.ts";
import { findLiveTokenById, getNamespace } from "../db/accounts.ts";
import { recordActivity } from "../db/activity.ts";
import type { PlanFacts } from "../db/plan-cover.ts";
import { findOpenRun, insertRun, type NamedRun, type StoredRun } from "../db/plan-runs.ts";
import { updatePlan } from "../db/plans.ts";
import type { Tables } from "../db/schema.ts";
import type { Actor } from "../hub/actor.ts";
import { doerColumns, toDoer } from "./context.ts";

type Db = Kysely<Tables>;

/** The rights of who started a run, as far as they do not follow from the account. */
interface Reach {
  role: Actor["role"];
  scope: Actor["scope"];
  tokenId: string | null;
}

export interface NewRun {
  plan: PlanFacts;
  actor: Actor;
  how: StoredRun["how"];
  /** Operations and bytes to run, where they are known. */
  total: number;
  bytes: number;
  now: number;
}

/** Who runs it, as the row has it. */
export function runColumns(actor: Actor) {
  const reach: Reach = { role: actor.role, scope: actor.scope, tokenId: actor.token?.id ?? null };
  return { ...doerColumns(actor), reach: JSON.stringify(reach) };
}

/** A new run, the plan's status, and the line that says so. */
export async function openRun(tx: Db, { plan, actor, how, total, bytes, now }: NewRun): Promise<number> {
  const doer = doerColumns(actor);
  const id = await insertRun(tx, {
    plan_id: plan.id,
    how,
    ...runColumns(actor),
    state: "running",
    started_at: now,
    ended_at: null,
    total,
    done: 0,
    failed: 0,
    bytes,
    bytes_done: 0,
    active_at: now,
    message: null,
  });
  await updatePlan(tx, plan.id, { status: "running", updated_at: now });
  const details = { run: id, how, digest: plan.digest, version: plan.version };
  await recordActivity(tx, {
    bucketId: plan.bucket_id,
    planId: plan.id,
    type: "plan.run-started",
    doer,
    details,
    at: now,
  });
  return id;
}

/**
 * The run that a client's batches count for: by an access token that is the `hf` command or a library, by a session this
 * site's own page. Opened by the first batch that spends something of the plan.
 */
export async function openClientRun(
  tx: Db,
  { plan, actor, now }: { plan: PlanFacts; actor: Actor; now: number },
): Promise<number> {
  const how = actor.token === null ? "browser" : "client";
  const open = await findOpenRun(tx, plan.id, { how: [how], userId: actor.account?.id });
  return open?.id ?? openRun(tx, { plan, actor, how, total: 0, bytes: 0, now });
}

/** Who started it, with the rights of today; null once the account or its token is gone. */
export async function runnerOf(db: Db, run: StoredRun, now: number): Promise<Actor | null> {
  const { role, scope, tokenId } = JSON.parse(run.reach) as Reach;
  const person = await getNamespace(db, run.user_id);
  if (person === undefined) return null;
  const account = toAccount(person);
  if (tokenId === null) return { account, role, scope, token: null, upstreamToken: null };
  const live = await findLiveTokenById(db, tokenId, now);
  if (live === undefined) return null;
  const token = { id: live.id, label: live.label, createdAt: live.created_at };
  return { account, role: live.role, scope: parseScope(live.scope), token, upstreamToken: null };
}

export function toPlanRun(row: NamedRun): PlanRun {
  return {
    id: row.id,
    how: row.how,
    by: toDoer(row),
    state: row.state,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    total: row.total,
    done: row.done,
    failed: row.failed,
    bytes: row.bytes,
    bytesDone: row.bytes_done,
    message: row.message,
  };
}
