import { z } from "zod";
import { checkSameOrigin, cookieOf, SESSION_COOKIE, sessionCookie } from "#lib/server/http/auth.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { plainRoute } from "#lib/server/http/route.ts";
import { ANONYMOUS } from "#lib/server/hub/actor.ts";
import type { Services } from "#lib/server/services.ts";

const credentials = z.union([
  z.object({ name: z.string().min(1), password: z.string() }),
  z.object({ token: z.string().min(1).max(4096) }),
  z.object({ code: z.string().min(1) }),
]);

/** Sign in by name and password, by a token, or by the code of a one-time link; the answer sets the session cookie. */
export const POST = plainRoute(async ({ request, services, origin }) => {
  checkSameOrigin(request);
  const given = await readJson(request, credentials);
  const { name, cookie } = await signIn(services, given, request.headers.get("user-agent") ?? "");
  return json({ name }, { headers: { "Set-Cookie": sessionCookie(cookie, origin.startsWith("https:")) } });
});

async function signIn({ accounts, hub }: Services, given: z.infer<typeof credentials>, userAgent: string) {
  if (hub.kind === "upstream" && "token" in given) {
    const who = await hub.whoami({ ...ANONYMOUS, role: "admin", upstreamToken: given.token });
    const name = String(who.name);
    return { name, cookie: (await accounts.createUpstreamSession(given.token, name, userAgent)).cookie };
  }
  const signedIn = await ("code" in given
    ? accounts.signInWithLink(given.code)
    : "token" in given
      ? accounts.signInWithToken(given.token)
      : accounts.signIn(given.name, given.password));
  return { name: signedIn.account.name, cookie: (await accounts.createSession(signedIn, userAgent)).cookie };
}

/** Sign out: the session ends on the server, and the cookie goes. */
export const DELETE = plainRoute(async ({ request, services, origin }) => {
  checkSameOrigin(request);
  const cookie = cookieOf(request, SESSION_COOKIE);
  if (cookie !== null) await services.accounts.endSession(cookie);
  return new Response(null, {
    status: 204,
    headers: { "Set-Cookie": sessionCookie("", origin.startsWith("https:"), 0) },
  });
});
