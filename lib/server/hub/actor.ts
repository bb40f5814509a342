import type { BucketId } from "#lib/core/bucket/id.ts";

/** What a token may do at most; a member's role in an organization limits it further. */
export type TokenRole = "read" | "propose" | "write" | "admin";

/** A member's role in an organization; the owner of a user namespace is its admin. */
export type MemberRole = "read" | "contributor" | "write" | "admin";

export interface Account {
  id: number;
  name: string;
  /** What people are called; the name where none was given. */
  fullName: string;
  email: string | null;
}

/** Who asks. Made by `http/auth.ts` from a bearer token or a session cookie, handed to every service call. */
export interface Actor {
  /** null: nobody signed in. */
  account: Account | null;
  role: TokenRole;
  /** null: every namespace the account reaches; else one namespace, or one bucket. */
  scope: { namespace: string; bucket: string | null } | null;
  /** The access token that was used; null for a session of the browser. */
  token: { id: string; label: string; createdAt: number } | null;
  /** The upstream Hub's own token, when `HUB_URL` is set; never leaves the server. */
  upstreamToken: string | null;
}

export const ANONYMOUS: Actor = { account: null, role: "read", scope: null, token: null, upstreamToken: null };

export type BucketAccess = "read" | "write" | "admin";

export type { BucketId };
