/** Signing in and staying so: passwords, one-time links, tokens, and the cookie's session. */
import { HubError } from "#lib/core/errors.ts";
import {
  deleteSession,
  findNamespace,
  findSession,
  getNamespace,
  insertLink,
  insertSession,
  listSessions,
  takeLink,
  touchSession,
} from "../db/accounts.ts";
import type { Database } from "../db/db.ts";
import type { Account, Actor } from "../hub/actor.ts";
import { toAccount } from "./people.ts";
import { checkPassword, createSealer, hashSecret, makeCode, type PasswordCost } from "./secrets.ts";
import type { Tokens } from "./tokens.ts";

/** Who signed in, to be given to `createSession`. */
export interface SignedIn {
  account: Account;
  /** The token it was done with: the session may do no more than the token, and ends with it. */
  tokenId: string | null;
}

export interface NewSession {
  /** Value of the cookie; kept here as its SHA-256 only. */
  cookie: string;
  /** ms since the epoch. */
  expiresAt: number;
}

export interface SessionInfo {
  id: string;
  userAgent: string;
  createdAt: number;
  expiresAt: number;
  lastUsedAt: number;
  /** Whether it is the session of the cookie that asks. */
  current: boolean;
}

export interface Sessions {
  /** Unauthorized when name or password is wrong, TooManyRequests after several wrong ones. */
  signIn(name: string, password: string): Promise<SignedIn>;
  signInWithToken(token: string): Promise<SignedIn>;
  /** Gone when the link was used or is too old. */
  signInWithLink(code: string): Promise<SignedIn>;
  createSession(who: SignedIn, userAgent: string): Promise<NewSession>;
  /** For `HUB_URL`: the Hub's own token, sealed; it never leaves the server again but to that Hub. */
  createUpstreamSession(token: string, name: string, userAgent?: string): Promise<NewSession>;
  actorFromSession(cookie: string): Promise<Actor | null>;
  endSession(cookie: string): Promise<void>;
  listSessions(actor: Actor, cookie: string | null): Promise<SessionInfo[]>;
  /** NotFound for a session that is not the actor's. */
  endSessionById(actor: Actor, id: string): Promise<void>;
  /** A code that signs in once, within an hour. */
  createLink(account: Account): Promise<{ code: string; expiresAt: number }>;
}

const SESSION_LIFE = 30 * 24 * 3600_000;
const LINK_LIFE = 3600_000;
const TOUCH_EVERY = 60_000;
/** Wrong passwords for one name before it has to wait, and for how long, ms. */
const TRIES = 10;
const WAIT = 5 * 60_000;
/** Passwords looked at side by side: each takes a thread and 32 MiB for some 200 ms. */
const CHECKS = 8;

interface Options {
  db: Database;
  clock: () => number;
  secret: string;
  tokens: Tokens;
  passwordCost: PasswordCost;
}

export function createSessions({ db, clock, secret, tokens, passwordCost }: Options): Sessions {
  const sealer = createSealer(secret);
  const wrong = new Map<string, { tries: number; since: number }>();
  let checks = 0;

  async function check(password: string, stored: string | null): Promise<boolean> {
    if (checks >= CHECKS) throw new HubError("TooManyRequests", "Too many sign-ins at once; try again.");
    checks += 1;
    try {
      return await checkPassword(password.slice(0, 1024), stored, passwordCost);
    } finally {
      checks -= 1;
    }
  }

  function checkTries(name: string): void {
    const now = clock();
    const entry = wrong.get(name);
    if (entry === undefined) return;
    if (now - entry.since > WAIT) wrong.delete(name);
    else if (entry.tries >= TRIES) {
      const seconds = Math.ceil((entry.since + WAIT - now) / 1000);
      throw new HubError("TooManyRequests", `Too many wrong passwords; try again in ${seconds} s.`, {
        headers: { "Retry-After": String(seconds) },
      });
    }
  }

  function countWrong(name: string): void {
    if (wrong.size >= 10_000) wrong.clear();
    wrong.set(name, { tries: (wrong.get(name)?.tries ?? 0) + 1, since: clock() });
  }

  async function open(
    fields: { user_id: number | null; token_id: string | null; upstream_token: Uint8Array | null },
    userAgent: string,
  ): Promise<NewSession> {
    const cookie = makeCode();
    const now = clock();
    const expiresAt = now + SESSION_LIFE;
    const row = {
      ...fields,
      user_agent: userAgent.slice(0, 300),
      created_at: now,
      expires_at: expiresAt,
      last_used_at: now,
    };
    await db.write((tx) => insertSession(tx, { ...row, hash: hashSecret(cookie) }));
    return { cookie, expiresAt };
  }

  async function toActor(row: NonNullable<Awaited<ReturnType<typeof findSession>>>): Promise<Actor | null> {
    if (row.upstream_token !== null) return upstreamActor(row.upstream_token);
    if (row.token_id !== null) return tokens.actorFromTokenId(row.token_id);
    if (row.user_id === null || row.name === null || row.full_name === null) return null;
    const account = { id: row.user_id, name: row.name, fullName: row.full_name, email: row.email };
    return { account, role: "admin", scope: null, token: null, upstreamToken: null };
  }

  function upstreamActor(sealed: Uint8Array): Actor | null {
    const text = sealer.open(sealed);
    if (text === null) return null;
    const { token, name } = JSON.parse(text) as { token: string; name: string };
    const account = { id: 0, name, fullName: name, email: null };
    return { account, role: "admin", scope: null, token: null, upstreamToken: token };
  }

  return {
    async signIn(name, password) {
      const key = name.toLowerCase();
      checkTries(key);
      // Counted before the answer is known: a burst of tries in parallel must not all get through.
      countWrong(key);
      const row = await findNamespace(db.read, name);
      const stored = row?.type === "user" ? row.password : null;
      if (!(await check(password, stored)) || row === undefined) {
        throw new HubError("Unauthorized", "Name or password is wrong.");
      }
      wrong.delete(key);
      return { account: toAccount(row), tokenId: null };
    },

    async signInWithToken(token) {
      const actor = await tokens.actorFromToken(token);
      if (actor?.account == null || actor.token === null) {
        throw new HubError("Unauthorized", "This token is unknown, expired or revoked.");
      }
      return { account: actor.account, tokenId: actor.token.id };
    },

    async signInWithLink(code) {
      const userId = await db.write((tx) => takeLink(tx, hashSecret(code), clock()));
      const row = userId === undefined ? undefined : await getNamespace(db.read, userId);
      if (row === undefined) throw new HubError("Gone", "This link was used or is too old; ask for a new one.");
      return { account: toAccount(row), tokenId: null };
    },

    createSession: ({ account, tokenId }, userAgent) =>
      open({ user_id: account.id, token_id: tokenId, upstream_token: null }, userAgent),

    createUpstreamSession: (token, name, userAgent = "") =>
      open({ user_id: null, token_id: null, upstream_token: sealer.seal(JSON.stringify({ token, name })) }, userAgent),

    async actorFromSession(cookie) {
      const hash = hashSecret(cookie);
      const now = clock();
      const row = await findSession(db.read, hash, now);
      if (row === undefined) return null;
      if (now - row.last_used_at >= TOUCH_EVERY) db.write((tx) => touchSession(tx, hash, now)).catch(() => {});
      return toActor(row);
    },

    async endSession(cookie) {
      await db.write((tx) => deleteSession(tx, hashSecret(cookie)));
    },

    async listSessions(actor, cookie) {
      if (actor.account === null) throw new HubError("Unauthorized", "Sign in first.");
      const current = cookie === null ? "" : idOf(hashSecret(cookie));
      return (await listSessions(db.read, actor.account.id, clock())).map((row) => ({
        id: idOf(row.hash),
        userAgent: row.user_agent,
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        lastUsedAt: row.last_used_at,
        current: idOf(row.hash) === current,
      }));
    },

    async endSessionById(actor, id) {
      if (actor.account === null) throw new HubError("Unauthorized", "Sign in first.");
      const found = (await listSessions(db.read, actor.account.id, clock())).find((row) => idOf(row.hash) === id);
      if (found === undefined) throw new HubError("NotFound", "There is no such session.");
      await db.write((tx) => deleteSession(tx, found.hash));
    },

    async createLink(account) {
      const code = makeCode();
      const now = clock();
      const row = {
        hash: hashSecret(code),
        user_id: account.id,
        created_at: now,
        expires_at: now + LINK_LIFE,
        used_at: null,
      };
      await db.write((tx) => insertLink(tx, row));
      return { code, expiresAt: row.expires_at };
    },
  };
}

/** The hash of a cookie is no secret, and half of it tells sessions apart. */
function idOf(hash: Uint8Array): string {
  return Buffer.from(hash.subarray(0, 16)).toString("hex");
}
