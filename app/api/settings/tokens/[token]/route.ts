import { hubRoute } from "#lib/server/http/route.ts";

/** Revokes one of the caller's tokens; it opens nothing from then on. */
export const DELETE = hubRoute(async ({ services, actor, params }) => {
  await services.accounts.revokeToken(actor, params.token!);
  return new Response(null, { status: 204 });
});
