import { filterParams, items, pageParams, planRoute } from "#lib/server/http/plan.ts";

/** One level: `?folder=` is "" or ends in "/". */
export const GET = planRoute(async ({ plans, actor, id, search }) => {
  const folder = search.get("folder") ?? "";
  return items(await plans.listTree(actor, id, { folder, filter: filterParams(search), ...pageParams(search, 200) }));
});
