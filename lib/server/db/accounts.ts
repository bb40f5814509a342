/** Questions about users, organizations, tokens, sessions and links. */
import { type Insertable, type Kysely, type Selectable, sql } from "kysely";
import type { LinksTable, NamespacesTable, SessionsTable, Tables, TokensTable } from "./schema.ts";

type Db = Kysely<Tables>;
export type NamespaceRow = Selectable<NamespacesTable>;
export type TokenRow = Selectable<TokensTable>;
export type SessionRow = Selectable<SessionsTable>;
export type Role = Tables["members"]["role"];

/** The namespace of deleted buckets whose rows are not gone yet: no members, no legal name. */
export const DETACHED = "~";

/** Names compare without case: "Ann" and "ann" are one. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

export function findNamespace(db: Db, name: string): Promise<NamespaceRow | undefined> {
  return db.selectFrom("namespaces").selectAll().where("name_key", "=", nameKey(name)).executeTakeFirst();
}

export function getNamespace(db: Db, id: number): Promise<NamespaceRow | undefined> {
  return db.selectFrom("namespaces").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function hasUsers(db: Db): Promise<boolean> {
  const row = await db.selectFrom("namespaces").select("id").where("type", "=", "user").limit(1).executeTakeFirst();
  return row !== undefined;
}

export function insertNamespace(db: Db, row: Insertable<NamespacesTable>): Promise<NamespaceRow> {
  return db.insertInto("namespaces").values(row).returningAll().executeTakeFirstOrThrow();
}

export async function updateNamespace(
  db: Db,
  id: number,
  changes: Partial<Pick<NamespacesTable, "full_name" | "email" | "password" | "private_by_default">>,
): Promise<void> {
  if (Object.keys(changes).length > 0) {
    await db.updateTable("namespaces").set(changes).where("id", "=", id).execute();
  }
}

export interface Membership extends NamespaceRow {
  role: Role;
}

/** The user's own namespace first, as its admin; then the organizations, by name. */
export async function listMemberships(db: Db, userId: number): Promise<Membership[]> {
  const own = await getNamespace(db, userId);
  if (own === undefined) return [];
  const orgs = await db
    .selectFrom("members")
    .innerJoin("namespaces", "namespaces.id", "members.org_id")
    .where("members.user_id", "=", userId)
    .selectAll("namespaces")
    .select("members.role")
    .orderBy("namespaces.name_key")
    .execute();
  return [{ ...own, role: "admin" }, ...orgs];
}

/** undefined: not a member. A user is the admin of the own namespace. */
export async function findRole(db: Db, namespaceId: number, userId: number): Promise<Role | undefined> {
  if (namespaceId === userId) return "admin";
  const row = await db
    .selectFrom("members")
    .select("role")
    .where("org_id", "=", namespaceId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return row?.role;
}

export async function upsertMember(db: Db, orgId: number, userId: number, role: Role): Promise<void> {
  await db
    .insertInto("members")
    .values({ org_id: orgId, user_id: userId, role })
    .onConflict((conflict) => conflict.columns(["org_id", "user_id"]).doUpdateSet({ role }))
    .execute();
}

export async function insertToken(db: Db, row: Insertable<TokensTable>): Promise<void> {
  await db.insertInto("tokens").values(row).execute();
}

/** A token that is neither revoked nor expired, with its user. */
export function findLiveToken(db: Db, hash: Uint8Array, now: number) {
  return liveTokens(db, now).where("tokens.hash", "=", hash).executeTakeFirst();
}

export function findLiveTokenById(db: Db, id: string, now: number) {
  return liveTokens(db, now).where("tokens.id", "=", id).executeTakeFirst();
}

function liveTokens(db: Db, now: number) {
  return db
    .selectFrom("tokens")
    .innerJoin("namespaces", "namespaces.id", "tokens.user_id")
    .where("tokens.revoked_at", "is", null)
    .where((where) => where.or([where("tokens.expires_at", "is", null), where("tokens.expires_at", ">", now)]))
    .select(["tokens.id", "tokens.label", "tokens.role", "tokens.scope", "tokens.created_at", "tokens.expires_at"])
    .select(["namespaces.id as user_id", "namespaces.name", "namespaces.full_name", "namespaces.email"]);
}

/** Newest first, revoked ones left out. */
export function listTokens(db: Db, userId: number): Promise<TokenRow[]> {
  return db
    .selectFrom("tokens")
    .selectAll()
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .orderBy("created_at", "desc")
    .orderBy("id")
    .execute();
}

export function findToken(db: Db, id: string): Promise<TokenRow | undefined> {
  return db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
}

/** False when there was none to revoke. Sessions that were signed in with it end too. */
export async function revokeToken(db: Db, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("tokens")
    .set({ revoked_at: now })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  await db.deleteFrom("sessions").where("token_id", "=", id).execute();
  return numUpdatedRows > 0n;
}

export async function touchToken(db: Db, id: string, now: number): Promise<void> {
  await db.updateTable("tokens").set({ last_used_at: now }).where("id", "=", id).execute();
}

export async function insertSession(db: Db, row: Insertable<SessionsTable>): Promise<void> {
  await db.deleteFrom("sessions").where("expires_at", "<=", row.created_at).execute();
  await db.insertInto("sessions").values(row).execute();
}

export function findSession(db: Db, hash: Uint8Array, now: number) {
  return db
    .selectFrom("sessions")
    .leftJoin("namespaces", "namespaces.id", "sessions.user_id")
    .selectAll("sessions")
    .select(["namespaces.name", "namespaces.full_name", "namespaces.email"])
    .where("sessions.hash", "=", hash)
    .where("sessions.expires_at", ">", now)
    .executeTakeFirst();
}

export async function touchSession(db: Db, hash: Uint8Array, now: number): Promise<void> {
  await db.updateTable("sessions").set({ last_used_at: now }).where("hash", "=", hash).execute();
}

export function listSessions(db: Db, userId: number, now: number): Promise<SessionRow[]> {
  return db
    .selectFrom("sessions")
    .selectAll()
    .where("user_id", "=", userId)
    .where("expires_at", ">", now)
    .orderBy("created_at", "desc")
    .execute();
}

export async function deleteSession(db: Db, hash: Uint8Array): Promise<boolean> {
  return (await db.deleteFrom("sessions").where("hash", "=", hash).executeTakeFirst()).numDeletedRows > 0n;
}

/** Ends every session of the user but `keep`. */
export async function deleteSessionsBut(db: Db, userId: number, keep: Uint8Array | null): Promise<void> {
  let query = db.deleteFrom("sessions").where("user_id", "=", userId);
  if (keep !== null) query = query.where("hash", "!=", keep);
  await query.execute();
}

export async function insertLink(db: Db, row: Insertable<LinksTable>): Promise<void> {
  await db.deleteFrom("links").where("expires_at", "<=", row.created_at).execute();
  await db.insertInto("links").values(row).execute();
}

/** Uses the link up; undefined when it is unknown, expired or was used before. */
export async function takeLink(db: Db, hash: Uint8Array, now: number): Promise<number | undefined> {
  const row = await db
    .updateTable("links")
    .set({ used_at: now })
    .where("hash", "=", hash)
    .where("used_at", "is", null)
    .where("expires_at", ">", now)
    .returning("user_id")
    .executeTakeFirst();
  return row?.user_id;
}

/** A cheap question that fails when the database does not answer. */
export async function pingDatabase(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}
