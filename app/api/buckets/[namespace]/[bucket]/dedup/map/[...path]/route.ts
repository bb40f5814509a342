import { intParam } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Ours: a file drawn as stretches, by how widely their bytes are held. */
export const GET = bucketRoute(async ({ services, actor, bucketId, path, search }) => {
  const cells = intParam(search, "cells", 320, 16, 2000);
  return json(await services.dedup.map(actor, bucketId, path, { cells }));
});
