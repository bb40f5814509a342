/** What pages ask of a request: who looks at it, and under which address. */
import { cookies, headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { isHubError } from "#lib/core/errors.ts";
import { type Actor, ANONYMOUS } from "../hub/actor.ts";
import { services } from "../services.ts";
import { SESSION_COOKIE } from "./auth.ts";

/** The session's cookie; null when there is none. */
export async function pageSession(): Promise<string | null> {
  return (await cookies()).get(SESSION_COOKIE)?.value ?? null;
}

export async function pageActor(): Promise<Actor> {
  const value = await pageSession();
  if (value === null) return ANONYMOUS;
  return (await services().accounts.actorFromSession(value)) ?? ANONYMOUS;
}

/** The address that clients should use, for snippets and links. */
export async function pageOrigin(): Promise<string> {
  const { PUBLIC_URL, HOST, PORT } = services().env;
  if (PUBLIC_URL !== undefined) return PUBLIC_URL;
  const sent = await headers();
  const scheme = sent.get("x-forwarded-proto") === "https" ? "https" : "http";
  return `${scheme}://${sent.get("host") ?? `${HOST}:${PORT}`}`;
}

/**
 * Runs what a page reads from the Hub. Nobody signed in: to the sign-in page and back to `path`. Not there, or hidden: the
 * not-found page. Other failures keep their words on the way to the error page, which Next would strip otherwise.
 */
export async function pageRead<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isHubError(error, "Unauthorized")) redirect(`/sign-in?next=${encodeURIComponent(path)}`);
    if (isHubError(error, "RepoNotFound") || isHubError(error, "EntryNotFound") || isHubError(error, "NotFound"))
      notFound();
    // A path or name that can not exist does not exist.
    if (isHubError(error, "BadRequest")) notFound();
    if (!isHubError(error)) throw error;
    const { code, message } = error;
    throw Object.assign(new Error(message, { cause: error }), { digest: JSON.stringify({ code, message }) });
  }
}
