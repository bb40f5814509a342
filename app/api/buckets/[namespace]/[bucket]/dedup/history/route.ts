import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Ours: the figures of the past. */
export const GET = bucketRoute(async ({ services, actor, bucketId }) => {
  return json(await services.dedup.history(actor, bucketId));
});
