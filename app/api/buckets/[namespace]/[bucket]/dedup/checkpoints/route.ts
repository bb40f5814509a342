import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Ours: the training runs, and what each checkpoint brought. */
export const GET = bucketRoute(async ({ services, actor, bucketId }) => {
  return json(await services.dedup.checkpoints(actor, bucketId));
});
