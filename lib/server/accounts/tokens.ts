/** Access tokens: `hf_...`, shown once, kept as their SHA-256. */
import { randomUUID } from "node:crypto";
import { checkName } from "#lib/core/bucket/id.ts";
import { HubError } from "#lib/core/errors.ts";
import {
  findLiveToken,
  findLiveTokenById,
  findToken,
  insertToken,
  listTokens,
  revokeToken,
  type TokenRow,
  touchToken,
} from "../db/accounts.ts";
import type { Database } from "../db/db.ts";
import type { Account, Actor, TokenRole } from "../hub/actor.ts";
import { checkManager, toAccount } from "./people.ts";
import { hashSecret, makeToken } from "./secrets.ts";

export interface TokenInfo {
  id: string;
  label: string;
  role: TokenRole;
  /** `namespace` or `namespace/bucket`; null: everything its user reaches. */
  scope: string | null;
  /** The last four characters. */
  hint: string;
  /** All times in ms since the epoch. */
  createdAt: number;
  expiresAt: number | null;
  lastUsedAt: number | null;
}

export interface NewToken {
  label?: string;
  role?: TokenRole;
  scope?: string | null;
  /** ms since the epoch; null: never. */
  expiresAt?: number | null;
  /** The token itself, to bring one along; made here when absent. */
  value?: string;
}

export interface Tokens {
  /** null for a token that is unknown, expired or revoked. */
  actorFromToken(token: string): Promise<Actor | null>;
  /** The same for a session that was opened with the token. */
  actorFromTokenId(id: string): Promise<Actor | null>;
  /** By the admin command and the first start; the text of the token is in the answer and nowhere else. */
  issueToken(account: Account, options: NewToken): Promise<{ token: string; info: TokenInfo }>;
  createToken(actor: Actor, options: NewToken): Promise<{ token: string; info: TokenInfo }>;
  listTokens(actor: Actor): Promise<TokenInfo[]>;
  listTokensOf(account: Account): Promise<TokenInfo[]>;
  /** NotFound for a token that is not the actor's. */
  revokeToken(actor: Actor, id: string): Promise<void>;
  revokeAnyToken(id: string): Promise<void>;
}

/** `last_used_at` is written at most this often per token, ms. */
const TOUCH_EVERY = 60_000;

export function parseScope(scope: string | null): Actor["scope"] {
  if (scope === null) return null;
  const [namespace = "", bucket] = scope.split("/");
  return { namespace, bucket: bucket ?? null };
}

export function checkScope(scope: string): string {
  const parts = scope.split("/");
  if (parts.length > 2) {
    throw new HubError("BadRequest", "A scope by prefix is not offered yet: use NAMESPACE or NAMESPACE/BUCKET.");
  }
  for (const part of parts) checkName(part, "scope");
  return scope;
}

export function createTokens({ db, clock }: { db: Database; clock: () => number }): Tokens {
  const touched = new Map<string, number>();

  function touch(id: string, now: number): void {
    if (now - (touched.get(id) ?? 0) < TOUCH_EVERY) return;
    if (touched.size >= 10_000) touched.clear();
    touched.set(id, now);
    // Nice to know, not worth failing a request for.
    db.write((tx) => touchToken(tx, id, now)).catch(() => {});
  }

  function toActor(row: Awaited<ReturnType<typeof findLiveToken>>): Actor | null {
    if (row === undefined) return null;
    return {
      account: toAccount({ ...row, id: row.user_id }),
      role: row.role,
      scope: parseScope(row.scope),
      token: { id: row.id, label: row.label, createdAt: row.created_at },
      upstreamToken: null,
    };
  }

  async function issueToken(account: Account, options: NewToken) {
    const { label = "", role = "write", scope = null, expiresAt = null, value } = options;
    if (label.length > 100) throw new HubError("BadRequest", "A label has at most 100 characters.");
    const now = clock();
    if (expiresAt !== null && !(expiresAt > now)) throw new HubError("BadRequest", "The expiry lies in the past.");
    // The Hub's own test accounts have tokens as short as `hf_hub.js`, so length is the bringer's business.
    if (value !== undefined && !/^hf_[\x21-\x7e]{4,500}$/.test(value)) {
      throw new HubError(
        "BadRequest",
        "A token starts with 'hf_' and goes on with 4 to 500 printable characters, no spaces.",
      );
    }
    const token = value ?? makeToken();
    const row: TokenRow = {
      id: randomUUID(),
      hash: hashSecret(token),
      user_id: account.id,
      label,
      role,
      scope: scope === null ? null : checkScope(scope),
      hint: token.slice(-4),
      created_at: now,
      expires_at: expiresAt,
      last_used_at: null,
      revoked_at: null,
    };
    try {
      await db.write((tx) => insertToken(tx, row));
    } catch (cause) {
      if (!/UNIQUE/.test((cause as Error).message)) throw cause;
      throw new HubError("Conflict", "This token exists already.", { cause });
    }
    return { token, info: toInfo(row) };
  }

  async function revoke(id: string): Promise<void> {
    if (!(await db.write((tx) => revokeToken(tx, id, clock()))))
      throw new HubError("NotFound", `There is no token '${id}'.`);
  }

  return {
    async actorFromToken(token) {
      const now = clock();
      const actor = toActor(await findLiveToken(db.read, hashSecret(token), now));
      if (actor?.token) touch(actor.token.id, now);
      return actor;
    },
    actorFromTokenId: async (id) => toActor(await findLiveTokenById(db.read, id, clock())),
    issueToken,
    createToken: async (actor, options) => issueToken(checkManager(actor), options),
    listTokens: async (actor) => (await listTokens(db.read, checkManager(actor).id)).map(toInfo),
    listTokensOf: async (account) => (await listTokens(db.read, account.id)).map(toInfo),
    async revokeToken(actor, id) {
      const account = checkManager(actor);
      const row = await findToken(db.read, id);
      if (row?.user_id !== account.id) throw new HubError("NotFound", "There is no such token.");
      await revoke(id);
    },
    revokeAnyToken: revoke,
  };
}

function toInfo(row: TokenRow): TokenInfo {
  const { id, label, role, scope, hint } = row;
  return {
    id,
    label,
    role,
    scope,
    hint,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
