/** What every verb of the plan service is made with, and who may do what with a plan. */

import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { HubError, isHubError } from "#lib/core/errors.ts";
import type { Doer } from "#lib/core/plan/plan.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { findRole } from "../db/accounts.ts";
import type { DoerColumns } from "../db/activity.ts";
import { getBucket, type NamedBucket } from "../db/buckets.ts";
import type { Database } from "../db/db.ts";
import { findPlan, type NamedPlan } from "../db/plans.ts";
import type { Tables } from "../db/schema.ts";
import { inScope, type Level, levelOf, signInFirst } from "../hub/access.ts";
import type { Account, Actor, MemberRole } from "../hub/actor.ts";
import type { Hub } from "../hub/hub.ts";
import type { Sweeper } from "./sweep.ts";

export interface PlansContext {
  db: Database;
  blobs: BlobStore;
  /** ms since the epoch. */
  clock: () => number;
  log: Pick<Logger, "error" | "warn">;
  sweeper: Sweeper;
  hub: Pick<Hub, "readFile">;
}

export interface GrantedPlan {
  plan: NamedPlan;
  bucket: NamedBucket;
  level: Level;
  /** The account's role in the bucket's namespace, whatever the token; undefined for somebody from outside. */
  role: MemberRole | undefined;
}

export function planNotFound(id: number): HubError {
  return new HubError("NotFound", `There is no plan ${id}.`);
}

/** The plan, if the actor may read its bucket; else NotFound, or Unauthorized when nobody is signed in. */
export async function grantPlan(db: Kysely<Tables>, actor: Actor, id: number): Promise<GrantedPlan> {
  const plan = await findPlan(db, id);
  const bucket = plan && (await getBucket(db, plan.bucket_id));
  const level = bucket === undefined ? "none" : await levelOf(db, actor, bucket);
  if (plan === undefined || bucket === undefined || level === "none") {
    if (actor.account === null) throw signInFirst();
    throw planNotFound(id);
  }
  const role = actor.account === null ? undefined : await findRole(db, bucket.namespace_id, actor.account.id);
  return { plan, bucket, level, role };
}

/** Who acts, when the act is one of members: proposing, commenting. Throws for a token that may only read. */
export function checkMayPropose(actor: Actor, bucket: NamedBucket, role: MemberRole | undefined): Account {
  const { account } = actor;
  if (account === null) throw signInFirst();
  const what = `propose changes to bucket ${bucket.namespace}/${bucket.name}`;
  if (!inScope(actor, bucket.namespace, bucket.name)) throw new HubError("Forbidden", `You may not ${what}.`);
  if (actor.role === "read") throw new HubError("Forbidden", `A token of role 'read' may not ${what}.`);
  const needs = actor.token === null ? role !== undefined && role !== "read" : role !== undefined;
  if (!needs) throw new HubError("Forbidden", `You may not ${what}: this needs the role 'contributor' in it.`);
  return account;
}

/** `checkMayPropose` as a question, for pages that show or hide a button. */
export function mayPropose(actor: Actor, bucket: NamedBucket, role: MemberRole | undefined): boolean {
  try {
    checkMayPropose(actor, bucket, role);
    return true;
  } catch (error) {
    if (!isHubError(error)) throw error;
    return false;
  }
}

/** The columns that say who did something, alike in plans, versions, comments and activity. */
export function doerColumns(actor: Actor): DoerColumns {
  if (actor.account === null) throw signInFirst();
  return {
    user_id: actor.account.id,
    token_label: actor.token === null ? null : actor.token.label,
    agent: actor.role === "propose" ? 1 : 0,
  };
}

export function toDoer(row: {
  user_name: string | null;
  user_full_name: string | null;
  token_label: string | null;
  agent: number;
}): Doer {
  const name = row.user_name ?? "somebody who left";
  return { name, fullName: row.user_full_name || name, token: row.token_label, agent: row.agent === 1 };
}
