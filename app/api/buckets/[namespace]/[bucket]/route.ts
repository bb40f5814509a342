import { z } from "zod";
import { formatBucketInfo } from "#lib/core/bucket/entry.ts";
import { HubError, isHubError } from "#lib/core/errors.ts";
import { cdnRegionsSchema, visibilityOf, visibilitySchema } from "#lib/server/http/bucket.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute, hubRoute } from "#lib/server/http/route.ts";

const newBucket = z.object({
  ...visibilitySchema,
  region: z.enum(["us", "eu"]).nullish(),
  cdn: cdnRegionsSchema.nullish(),
  cdnRegions: cdnRegionsSchema.nullish(),
});

export const GET = bucketRoute(async ({ hub, actor, bucketId }) =>
  json(formatBucketInfo(await hub.getBucket(actor, bucketId))),
);

/** Not a bucketRoute: a name that was moved away from is free again, so a new bucket must not be redirected. */
export const POST = hubRoute(async ({ hub, actor, params, request, origin }) => {
  const { region, cdn, cdnRegions, ...rest } = await readJson(request, newBucket);
  const options = {
    visibility: visibilityOf(rest),
    region: region ?? undefined,
    cdnRegions: cdn ?? cdnRegions ?? undefined,
  };
  const made = hub.createBucket(actor, `${params.namespace}/${params.bucket}`, options);
  const { id } = await made.catch((error: unknown) => {
    throw withUrl(error, origin);
  });
  return json({ url: `${origin}/buckets/${id}`, name: id, id });
});

/** With `exist_ok` the Python client reads `url` from the 409's body (reference 1, rule 5). */
function withUrl(error: unknown, origin: string): unknown {
  if (!isHubError(error, "Conflict") || typeof error.details.id !== "string") return error;
  const details = { ...error.details, url: `${origin}/buckets/${error.details.id}` };
  return new HubError("Conflict", error.message, { cause: error, details });
}

export const DELETE = bucketRoute(async ({ hub, actor, bucketId }) => {
  await hub.deleteBucket(actor, bucketId);
  return json({});
});
