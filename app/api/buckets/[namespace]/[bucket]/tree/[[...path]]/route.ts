import { formatEntry } from "#lib/core/bucket/entry.ts";
import { choiceParam, intParam } from "#lib/server/http/request.ts";
import { paged } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Recursive unless told otherwise (reference 1, rule 1). `sort`, `direction` and `search` are ours, for one level. */
export const GET = bucketRoute(async ({ hub, actor, bucketId, path, search, url, origin }) => {
  const page = await hub.listTree(actor, bucketId, {
    prefix: path,
    recursive: (choiceParam(search, "recursive", ["true", "false"]) ?? "true") === "true",
    sort: choiceParam(search, "sort", ["name", "size", "uploaded"]),
    direction: choiceParam(search, "direction", ["asc", "desc"]),
    filter: search.get("search") ?? undefined,
    limit: intParam(search, "limit", 1000, 1, 10_000),
    cursor: search.get("cursor") ?? undefined,
  });
  return paged(page, formatEntry, { url, origin });
});
