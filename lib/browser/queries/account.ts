/** Sign-in, tokens, sessions and the profile of whoever looks at the page. */
import { api } from "../api.ts";

export type Credentials = { name: string; password: string } | { token: string } | { code: string };

export function signIn(credentials: Credentials): Promise<unknown> {
  return api("/api/session", { method: "POST", json: credentials });
}

export function signOut(): Promise<unknown> {
  return api("/api/session", { method: "DELETE" });
}

export interface NewToken {
  label: string;
  role: "read" | "propose" | "write" | "admin";
  /** `namespace` or `namespace/bucket`; null: everything the account reaches. */
  scope: string | null;
  /** Ms since the epoch; null: never. */
  expiresAt: number | null;
}

/** The answer holds the token itself, the only time it can be seen. */
export function createToken(token: NewToken): Promise<{ token: string }> {
  return api("/api/settings/tokens", { method: "POST", json: token });
}

export function revokeToken(id: string): Promise<unknown> {
  return api(`/api/settings/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });
}

export function endSession(id: string): Promise<unknown> {
  return api(`/api/settings/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
}

export function updateProfile(profile: { fullName: string }): Promise<unknown> {
  return api("/api/settings/profile", { method: "PUT", json: profile });
}

export function updatePassword(change: { current?: string; password: string }): Promise<unknown> {
  return api("/api/settings/password", { method: "PUT", json: change });
}
