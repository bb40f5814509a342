import { DEDUP_SORTS } from "#lib/core/bucket/dedup/figures.ts";
import { dedupPath } from "#lib/server/http/dedup.ts";
import { choiceParam, intParam } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Ours: what stands in a folder, each with its figures. */
export const GET = bucketRoute(async ({ services, actor, bucketId, search }) => {
  const sort = choiceParam(search, "sort", DEDUP_SORTS) ?? "freed";
  const page = await services.dedup.listEntries(actor, bucketId, {
    path: dedupPath(search.get("path")),
    sort,
    direction: choiceParam(search, "direction", ["asc", "desc"]) ?? (sort === "name" ? "asc" : "desc"),
    limit: intParam(search, "limit", 100, 1, 1000),
    cursor: search.get("cursor") ?? undefined,
  });
  return json(page);
});
