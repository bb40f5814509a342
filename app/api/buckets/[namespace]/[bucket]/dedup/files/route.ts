import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Ours: the files worth a look. */
export const GET = bucketRoute(async ({ services, actor, bucketId }) => {
  return json(await services.dedup.files(actor, bucketId));
});
