/** Who asks: bearer token first, else the session cookie, else nobody. */
import { HubError } from "#lib/core/errors.ts";
import type { Accounts } from "../accounts.ts";
import { type Actor, ANONYMOUS } from "../hub/actor.ts";

export const SESSION_COOKIE = "cooperage_session";
/** Lifetime of a session and its cookie, seconds. */
export const SESSION_SECONDS = 30 * 24 * 3600;

export function cookieOf(request: Request, name: string): string | null {
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at !== -1 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

export function bearerOf(request: Request): string | null {
  const header = request.headers.get("authorization");
  if (header === null) return null;
  const match = /^Bearer\s+(\S+)\s*$/i.exec(header);
  if (match === null) throw new HubError("Unauthorized", "Invalid credentials in Authorization header");
  return match[1]!;
}

/** Throws Unauthorized for a token that is unknown, expired or revoked: a wrong credential is never treated as none. */
export async function actorOf(request: Request, accounts: Accounts): Promise<Actor> {
  const bearer = bearerOf(request);
  if (bearer !== null) {
    const actor = await accounts.actorFromToken(bearer);
    if (actor === null) throw new HubError("Unauthorized", "Invalid credentials in Authorization header");
    return actor;
  }
  const cookie = cookieOf(request, SESSION_COOKIE);
  if (cookie === null) return ANONYMOUS;
  checkSameOrigin(request);
  return (await accounts.actorFromSession(cookie)) ?? ANONYMOUS;
}

/** A cookie goes along with requests that other sites start; those may not change anything (CSRF). */
export function checkSameOrigin(request: Request): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const host = request.headers.get("host");
  const foreign =
    site !== null
      ? site !== "same-origin" && site !== "none"
      : origin !== null && (!URL.canParse(origin) || new URL(origin).host !== host);
  if (foreign) throw new HubError("Forbidden", "A session may change things from this server's own pages only.");
}

/** `secure`: the client came by https. */
export function sessionCookie(value: string, secure: boolean, maxAge = SESSION_SECONDS): string {
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${secure ? "; Secure" : ""}`;
}
