import { items, pageParams } from "#lib/server/http/plan.ts";
import { intParam } from "#lib/server/http/request.ts";
import { hubRoute } from "#lib/server/http/route.ts";

/** `?plan=` of one plan, else of all buckets that the caller belongs to; `?types=plan,batch.refused&by=name`. */
export const GET = hubRoute(async ({ services, actor, search }) => {
  const plan = search.get("plan") ? intParam(search, "plan", 0, 0, Number.MAX_SAFE_INTEGER) : undefined;
  const types = search.get("types")?.split(",").filter(Boolean).slice(0, 20);
  const by = search.get("by") || undefined;
  return items(await services.plans.listActivity(actor, { plan, types, by, ...pageParams(search) }));
});
