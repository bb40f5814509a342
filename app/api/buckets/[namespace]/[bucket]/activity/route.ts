import { items, pageParams } from "#lib/server/http/plan.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** What happened to the bucket, newest first; `?types=plan,batch.refused&by=name`. */
export const GET = bucketRoute(async ({ services, actor, bucketId, search }) => {
  const types = search.get("types")?.split(",").filter(Boolean).slice(0, 20);
  const by = search.get("by") || undefined;
  return items(await services.plans.listActivity(actor, { bucket: bucketId, types, by, ...pageParams(search) }));
});
