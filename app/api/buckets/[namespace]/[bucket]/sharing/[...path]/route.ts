import { intParam } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Ours: which other files hold bytes of this one. */
export const GET = bucketRoute(async ({ hub, actor, bucketId, path, search }) => {
  return json(await hub.findSharing(actor, bucketId, path, { limit: intParam(search, "limit", 50, 1, 1000) }));
});
