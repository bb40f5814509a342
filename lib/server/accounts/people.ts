/** Users and organizations. */
import { userInfo } from "node:os";
import { checkName, isName } from "#lib/core/bucket/id.ts";
import { HubError } from "#lib/core/errors.ts";
import {
  deleteSessionsBut,
  findNamespace,
  getNamespace,
  hasUsers,
  insertNamespace,
  listMemberships,
  type NamespaceRow,
  nameKey,
  updateNamespace,
  upsertMember,
} from "../db/accounts.ts";
import type { Database } from "../db/db.ts";
import type { Account, Actor, MemberRole } from "../hub/actor.ts";
import { checkPassword, hashPassword, hashSecret, type PasswordCost } from "./secrets.ts";

export interface Profile extends Account {
  /** Whether a password was set; links and tokens sign in without one. */
  hasPassword: boolean;
  orgs: { name: string; fullName: string; role: MemberRole }[];
}

export interface People {
  /** Throws Conflict when a user or an organization has the name. */
  createUser(name: string, options?: { fullName?: string; email?: string; password?: string }): Promise<Account>;
  createOrg(name: string, options?: { fullName?: string; privateByDefault?: boolean }): Promise<Account>;
  /** Adds a user to an organization or changes the role. NotFound when either is missing. */
  addMember(org: string, user: string, role: MemberRole): Promise<void>;
  /** NotFound when there is no such user. */
  findUser(name: string): Promise<Account>;
  getProfile(actor: Actor): Promise<Profile>;
  updateProfile(actor: Actor, changes: { fullName?: string; email?: string | null }): Promise<Profile>;
  /** Ends the user's sessions other than the cookie's. `current` is asked for when a password was set; Forbidden when it is wrong. */
  setPassword(actor: Actor, passwords: { current?: string; next: string }, cookie: string | null): Promise<void>;
  /** By the admin command: no questions asked; all sessions of the user end. */
  resetPassword(account: Account, password: string): Promise<void>;
  hasUsers(): Promise<boolean>;
}

/** Own name in every URL (`/api/buckets/me`). */
const RESERVED = ["me"];
const PASSWORD_MIN = 8;
const PASSWORD_MAX = 1024;

export function toAccount(row: Pick<NamespaceRow, "id" | "name" | "full_name" | "email">): Account {
  return { id: row.id, name: row.name, fullName: row.full_name, email: row.email };
}

export function checkNewPassword(password: string): string {
  if (password.length < PASSWORD_MIN)
    throw new HubError("BadRequest", `A password has at least ${PASSWORD_MIN} characters.`);
  if (password.length > PASSWORD_MAX)
    throw new HubError("BadRequest", `A password has at most ${PASSWORD_MAX} characters.`);
  return password;
}

/** Who may change the account itself: a session of its owner, or a token of role admin without a scope. */
export function checkManager(actor: Actor): Account {
  if (actor.account === null || actor.account.id === 0) throw new HubError("Unauthorized", "Sign in first.");
  if (actor.role !== "admin" || actor.scope !== null) {
    throw new HubError("Forbidden", "This needs a sign-in by password or link, or a token of role admin.");
  }
  return actor.account;
}

/** The name of the person at this machine, made legal; "owner" where it says nothing. */
export function defaultUserName(): string {
  let name = "";
  try {
    name = userInfo()
      .username.replace(/[^A-Za-z0-9_.]+/g, "-")
      .replace(/-{2,}/g, "-")
      .replace(/^[-.]+|[-.]+$/g, "");
  } catch {
    // No entry for the user id: usual in containers.
  }
  return name === "root" || !isName(name) || RESERVED.includes(nameKey(name)) ? "owner" : name;
}

interface Options {
  db: Database;
  clock: () => number;
  passwordCost: PasswordCost;
}

export function createPeople({ db, clock, passwordCost }: Options): People {
  function checkNewName(name: string): string {
    checkName(name);
    if (RESERVED.includes(nameKey(name))) throw new HubError("BadRequest", `The name '${name}' is reserved.`);
    return name;
  }

  async function create(
    type: "user" | "org",
    name: string,
    fields: Partial<Pick<NamespaceRow, "full_name" | "email" | "password" | "private_by_default">>,
  ): Promise<Account> {
    checkNewName(name);
    return db.write(async (tx) => {
      const taken = await findNamespace(tx, name);
      if (taken !== undefined) throw new HubError("Conflict", `The name '${taken.name}' is taken.`);
      const row = { full_name: name, email: null, password: null, private_by_default: 0 as const, ...fields };
      return toAccount(await insertNamespace(tx, { ...row, name, name_key: nameKey(name), type, created_at: clock() }));
    });
  }

  async function find(name: string, type: "user" | "org"): Promise<NamespaceRow> {
    const row = await findNamespace(db.read, name);
    if (row?.type !== type) {
      throw new HubError("NotFound", `There is no ${type === "user" ? "user" : "organization"} '${name}'.`);
    }
    return row;
  }

  async function getProfile(actor: Actor): Promise<Profile> {
    const row = actor.account === null ? undefined : await getNamespace(db.read, actor.account.id);
    if (row === undefined) throw new HubError("Unauthorized", "Sign in first.");
    const orgs = (await listMemberships(db.read, row.id)).slice(1);
    return {
      ...toAccount(row),
      hasPassword: row.password !== null,
      orgs: orgs.map(({ name, full_name, role }) => ({ name, fullName: full_name, role })),
    };
  }

  async function writePassword(id: number, next: string, cookie: string | null): Promise<void> {
    const password = await hashPassword(checkNewPassword(next), passwordCost);
    await db.write(async (tx) => {
      await updateNamespace(tx, id, { password });
      await deleteSessionsBut(tx, id, cookie === null ? null : hashSecret(cookie));
    });
  }

  return {
    async createUser(name, { fullName, email, password } = {}) {
      const hashed = password === undefined ? null : await hashPassword(checkNewPassword(password), passwordCost);
      return create("user", name, { full_name: fullName || name, email: email || null, password: hashed });
    },

    createOrg: (name, { fullName, privateByDefault } = {}) =>
      create("org", name, { full_name: fullName || name, private_by_default: privateByDefault ? 1 : 0 }),

    async addMember(org, user, role) {
      const [orgRow, userRow] = [await find(org, "org"), await find(user, "user")];
      await db.write((tx) => upsertMember(tx, orgRow.id, userRow.id, role));
    },

    findUser: async (name) => toAccount(await find(name, "user")),
    getProfile,

    async updateProfile(actor, { fullName, email }) {
      const account = checkManager(actor);
      if (fullName !== undefined && fullName.length > 100)
        throw new HubError("BadRequest", "A name has at most 100 characters.");
      if (email && !/^[^\s@]{1,200}@[^\s@]{1,200}$/.test(email))
        throw new HubError("BadRequest", `'${email}' is no e-mail address.`);
      const changes = {
        ...(fullName === undefined ? {} : { full_name: fullName.trim() || account.name }),
        ...(email === undefined ? {} : { email: email || null }),
      };
      await db.write((tx) => updateNamespace(tx, account.id, changes));
      return getProfile(actor);
    },

    async setPassword(actor, { current, next }, cookie) {
      const account = checkManager(actor);
      const stored = (await getNamespace(db.read, account.id))?.password ?? null;
      if (stored !== null && !(await checkPassword(current ?? "", stored, passwordCost))) {
        throw new HubError("Forbidden", "The current password is not right.");
      }
      await writePassword(account.id, next, cookie);
    },

    resetPassword: (account, password) => writePassword(account.id, password, null),
    hasUsers: () => hasUsers(db.read),
  };
}
