import { hubRoute } from "#lib/server/http/route.ts";

/** Ends one of the caller's sessions. */
export const DELETE = hubRoute(async ({ services, actor, params }) => {
  await services.accounts.endSessionById(actor, params.session!);
  return new Response(null, { status: 204 });
});
