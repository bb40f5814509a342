/** Who may see and do what (reference/hub-bucket-api 2.1). The only judge of it on the embedded Hub. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { type BucketId, formatBucketId, isName } from "#lib/core/bucket/id.ts";
import { HubError } from "#lib/core/errors.ts";
import { findNamespace, findRole, listMemberships, type NamespaceRow, nameKey } from "../db/accounts.ts";
import { findBucket, type NamedBucket } from "../db/buckets.ts";
import type { Tables } from "../db/schema.ts";
import type { Account, Actor, MemberRole, TokenRole } from "./actor.ts";

type Db = Kysely<Tables>;

/**
 * What an actor may do with a bucket, each including the one before. `contribute`: add files under new paths, replace and delete
 * none. `write` is all of it, settings, moves and deletion included, as a member of role write has it on the Hub. `admin`: those
 * last three of a protected bucket, and its rules.
 */
export type Level = "none" | "read" | "contribute" | "write" | "admin";

const LEVELS: Level[] = ["none", "read", "contribute", "write", "admin"];
const OF_MEMBER: Record<MemberRole, Level> = {
  read: "read",
  contributor: "contribute",
  write: "write",
  admin: "admin",
};
const OF_TOKEN: Record<TokenRole, Level> = { read: "read", propose: "read", write: "write", admin: "admin" };

export function atLeast(level: Level, needed: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(needed);
}

function lower(a: Level, b: Level): Level {
  return atLeast(a, b) ? b : a;
}

/** Whether the token's scope lets the actor know of the bucket; `bucket` null asks for the namespace as a whole. */
export function inScope({ scope }: Actor, namespace: string, bucket: string | null): boolean {
  if (scope === null) return true;
  if (nameKey(scope.namespace) !== nameKey(namespace)) return false;
  return scope.bucket === null || bucket === null || nameKey(scope.bucket) === nameKey(bucket);
}

export interface Granted {
  bucket: NamedBucket;
  level: Level;
}

export function bucketNotFound(id: BucketId): HubError {
  return new HubError("RepoNotFound", `Bucket ${id} not found.`);
}

export function signInFirst(): HubError {
  return new HubError("Unauthorized", "This needs a token or a sign-in.");
}

/** `me` is the caller's own namespace. */
export function splitId(actor: Actor, id: BucketId): { namespace: string; name: string } {
  const [first = "", name = "", ...rest] = id.split("/");
  const namespace = first === "me" && actor.account !== null ? actor.account.name : first;
  if (rest.length > 0 || !isName(namespace) || !isName(name)) throw bucketNotFound(id);
  return { namespace, name };
}

/**
 * The bucket, if the actor may do `needed` with it. Nobody signed in: Unauthorized, whether it exists or not. Signed in:
 * RepoNotFound for what may not be seen, Forbidden for what may be seen but not done.
 */
export async function grant(db: Db, actor: Actor, id: BucketId, needed: Exclude<Level, "none">): Promise<Granted> {
  const { namespace, name } = splitId(actor, id);
  const bucket = await findBucket(db, namespace, name);
  const level = bucket === undefined ? "none" : await levelOf(db, actor, bucket);
  if (bucket !== undefined && atLeast(level, needed)) return { bucket, level };
  if (actor.account === null) throw signInFirst();
  if (level === "none") throw bucketNotFound(id);
  throw new HubError("Forbidden", refusal(actor, bucket!, needed));
}

function refusal({ role, token }: Actor, { namespace, name }: NamedBucket, needed: Level): string {
  const id = formatBucketId(namespace, name);
  if (needed === "admin" && role !== "read" && role !== "propose") {
    const who = role === "admin" ? "You are not" : "A token of role 'write' does not act as";
    return `This needs an admin of bucket ${id}. ${who} one.`;
  }
  const what = `change bucket ${id}`;
  if (role === "read" || role === "propose") {
    return `This ${token === null ? "session" : "token"} has the role '${role}' and may not ${what}.`;
  }
  return `You may not ${what}.`;
}

export async function levelOf(db: Db, actor: Actor, bucket: NamedBucket): Promise<Level> {
  if (!inScope(actor, bucket.namespace, bucket.name)) return "none";
  const open: Level = bucket.visibility === "public" ? "read" : "none";
  const { account } = actor;
  const role = account === null ? undefined : await findRole(db, bucket.namespace_id, account.id);
  return role === undefined ? open : lower(OF_MEMBER[role], OF_TOKEN[actor.role]);
}

export interface OwnNamespace extends NamespaceRow {
  role: MemberRole;
}

/** The namespaces that the actor belongs to, within the scope; none for anonymous. */
export async function ownNamespaces(db: Db, actor: Actor): Promise<OwnNamespace[]> {
  if (actor.account === null) return [];
  return (await listMemberships(db, actor.account.id)).filter((row) => inScope(actor, row.name, null));
}

/** The namespace, if the actor may make buckets named `name` in it. A namespace that does not exist is one where nobody may. */
export async function grantNamespace(db: Db, actor: Actor, namespace: string, name: string): Promise<NamespaceRow> {
  const account: Account | null = actor.account;
  if (account === null) throw signInFirst();
  const row = await findNamespace(db, namespace);
  const role = row && (await findRole(db, row.id, account.id));
  const level = role === undefined ? "none" : lower(OF_MEMBER[role], OF_TOKEN[actor.role]);
  if (row === undefined || !atLeast(level, "write") || !inScope(actor, row.name, name)) {
    throw new HubError("Forbidden", `You may not make buckets in the namespace '${namespace}'.`);
  }
  return row;
}

/** A condition on the table `buckets`: those that the actor may read. */
export async function readableBuckets(db: Db, actor: Actor): Promise<RawBuilder<unknown>> {
  const own = await ownNamespaces(db, actor);
  const ids = own.map(({ id }) => sql`${id}`);
  const seen =
    ids.length === 0
      ? sql`buckets.visibility = 'public'`
      : sql`(buckets.visibility = 'public' or buckets.namespace_id in (${sql.join(ids)}))`;
  if (actor.scope === null) return seen;
  const limit = await findNamespace(db, actor.scope.namespace);
  if (limit === undefined) return sql`0`;
  const named = actor.scope.bucket === null ? sql`` : sql`and buckets.name_key = ${nameKey(actor.scope.bucket)}`;
  return sql`(${seen} and buckets.namespace_id = ${limit.id} ${named})`;
}
