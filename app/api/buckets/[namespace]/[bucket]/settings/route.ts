import { z } from "zod";
import { formatBucketInfo } from "#lib/core/bucket/entry.ts";
import { cdnRegionsSchema, visibilityOf, visibilitySchema } from "#lib/server/http/bucket.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

const settings = z.object({ ...visibilitySchema, cdnRegions: cdnRegionsSchema.nullish() });

export const PUT = bucketRoute(async ({ hub, actor, bucketId, request }) => {
  const { cdnRegions, ...rest } = await readJson(request, settings);
  const changes = { visibility: visibilityOf(rest), cdnRegions: cdnRegions ?? undefined };
  return json(formatBucketInfo(await hub.updateBucket(actor, bucketId, changes)));
});
