import { dedupPath } from "#lib/server/http/dedup.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Ours: what deduplication saved, of the bucket or of `path`. */
export const GET = bucketRoute(async ({ services, actor, bucketId, search }) => {
  return json(await services.dedup.summary(actor, bucketId, dedupPath(search.get("path"))));
});
