import { intParam } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Ours: who else holds a range of a file's bytes. */
export const GET = bucketRoute(async ({ services, actor, bucketId, path, search }) => {
  const start = intParam(search, "start", 0, 0, Number.MAX_SAFE_INTEGER);
  const end = intParam(search, "end", Number.MAX_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER);
  return json(await services.dedup.range(actor, bucketId, path, { start, end }));
});
