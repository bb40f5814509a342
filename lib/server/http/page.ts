/** What pages ask of a request: who looks at it, and under which address. */
import { cookies, headers } from "next/headers";
import { type Actor, ANONYMOUS } from "../hub/actor.ts";
import { services } from "../services.ts";
import { SESSION_COOKIE } from "./auth.ts";

export async function pageActor(): Promise<Actor> {
  const value = (await cookies()).get(SESSION_COOKIE)?.value;
  if (value === undefined) return ANONYMOUS;
  return (await services().accounts.actorFromSession(value)) ?? ANONYMOUS;
}

/** The address that clients should use, for snippets and links. */
export async function pageOrigin(): Promise<string> {
  const { PUBLIC_URL, HOST, PORT } = services().env;
  if (PUBLIC_URL !== undefined) return PUBLIC_URL;
  return `http://${(await headers()).get("host") ?? `${HOST}:${PORT}`}`;
}
