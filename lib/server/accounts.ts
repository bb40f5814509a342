/** Who there is and who is asking: users, organizations, tokens, sessions. The same for both Hubs but for foreign tokens. */
import { createPeople, defaultUserName, type People } from "./accounts/people.ts";
import { PASSWORD_COST, type PasswordCost } from "./accounts/secrets.ts";
import { createSessions, type Sessions } from "./accounts/sessions.ts";
import { createTokens, type Tokens } from "./accounts/tokens.ts";
import type { Database } from "./db/db.ts";
import type { Account, Actor } from "./hub/actor.ts";

export interface FirstAccount {
  account: Account;
  /** A write token for the `hf` command. */
  token: string;
  /** Signs in once, within an hour. */
  code: string;
}

export interface Accounts extends People, Tokens, Sessions {
  /** Makes an account when there is none at all; null on every later start. */
  ensureFirstAccount(): Promise<FirstAccount | null>;
}

export interface AccountsOptions {
  db: Database;
  /** Seals upstream tokens in sessions. */
  secret: string;
  /** ms since the epoch. */
  clock: () => number;
  /** Set: bearer tokens are that Hub's business, and are passed on to it. */
  upstream?: string;
  /** Less for tests that are about something else. */
  passwordCost?: PasswordCost;
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { db, secret, clock, upstream, passwordCost = PASSWORD_COST } = options;
  const people = createPeople({ db, clock, passwordCost });
  const tokens = createTokens({ db, clock });
  const sessions = createSessions({ db, secret, clock, tokens, passwordCost });
  return {
    ...people,
    ...tokens,
    ...sessions,
    actorFromToken: async (token) => (upstream === undefined ? tokens.actorFromToken(token) : foreignActor(token)),
    async ensureFirstAccount() {
      if (await people.hasUsers()) return null;
      const account = await people.createUser(defaultUserName());
      const { token } = await tokens.issueToken(account, { label: "first start", role: "write" });
      const { code } = await sessions.createLink(account);
      return { account, token, code };
    },
  };
}

/** Someone the upstream Hub knows and we do not: it decides what the token may do. */
function foreignActor(token: string): Actor {
  const account = { id: 0, name: "", fullName: "", email: null };
  return { account, role: "admin", scope: null, token: null, upstreamToken: token };
}
