import { json } from "#lib/server/http/response.ts";
import { hubRoute } from "#lib/server/http/route.ts";

/** Ours: what deduplication saved in all buckets of the caller, or in those of one namespace. */
export const GET = hubRoute(async ({ services, actor, search }) => {
  return json(await services.dedup.store(actor, { namespace: search.get("namespace") ?? undefined }));
});
