import { xetToken } from "#lib/server/http/bucket.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Buckets have no revisions; a trailing one is accepted and ignored. */
export const GET = bucketRoute(async ({ hub, actor, bucketId, origin }) =>
  xetToken(await hub.createXetToken(actor, bucketId, "write", origin)),
);
