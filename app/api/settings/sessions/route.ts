import { cookieOf, SESSION_COOKIE } from "#lib/server/http/auth.ts";
import { json } from "#lib/server/http/response.ts";
import { hubRoute } from "#lib/server/http/route.ts";

/** The caller's browser sessions. Times in ms since the epoch. */
export const GET = hubRoute(async ({ request, services, actor }) =>
  json(await services.accounts.listSessions(actor, cookieOf(request, SESSION_COOKIE))),
);
