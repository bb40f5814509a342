import { filterParams, items, pageParams, planRoute } from "#lib/server/http/plan.ts";

/** All operations, flat. */
export const GET = planRoute(async ({ plans, actor, id, search }) =>
  items(await plans.listOperations(actor, id, { filter: filterParams(search), ...pageParams(search, 200) })),
);
