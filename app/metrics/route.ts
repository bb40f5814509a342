import { plainRoute } from "#lib/server/http/route.ts";

/** Prometheus exposition. */
export const GET = plainRoute(async ({ services }) => {
  const { body, contentType } = await services.metrics.text();
  return new Response(body, { headers: { "Content-Type": contentType } });
});
