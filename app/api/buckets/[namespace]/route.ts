import { formatBucketInfo } from "#lib/core/bucket/entry.ts";
import { HubError } from "#lib/core/errors.ts";
import { choiceParam, intParam } from "#lib/server/http/request.ts";
import { paged } from "#lib/server/http/response.ts";
import { hubRoute } from "#lib/server/http/route.ts";

/** The buckets of a namespace, or of the caller (`me`). `sort` and `direction` are ours. */
export const GET = hubRoute(async ({ hub, actor, params, search, url, origin }) => {
  const page = await hub.listBuckets(actor, {
    namespace: params.namespace,
    search: search.get("search") ?? undefined,
    sort: choiceParam(search, "sort", ["name", "updated", "size", "files"]),
    direction: choiceParam(search, "direction", ["asc", "desc"]),
    limit: intParam(search, "limit", 1000, 1, 10_000),
    cursor: search.get("cursor") ?? undefined,
  });
  return paged(page, formatBucketInfo, { url, origin });
});

/** A bucket has two names: clients that forget one must hear that there is no such bucket. */
export const DELETE = hubRoute(({ params }) => {
  throw new HubError("RepoNotFound", `Bucket ${params.namespace} not found.`);
});
