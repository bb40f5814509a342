import { z } from "zod";
import { cookieOf, SESSION_COOKIE } from "#lib/server/http/auth.ts";
import { readJson } from "#lib/server/http/request.ts";
import { hubRoute } from "#lib/server/http/route.ts";

const change = z.object({ current: z.string().optional(), password: z.string() });

/** Sets the password; the caller's other sessions end. */
export const PUT = hubRoute(async ({ request, services, actor }) => {
  const { current, password } = await readJson(request, change);
  await services.accounts.setPassword(actor, { current, next: password }, cookieOf(request, SESSION_COOKIE));
  return new Response(null, { status: 204 });
});
