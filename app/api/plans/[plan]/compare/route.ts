import { items, pageParams, planRoute } from "#lib/server/http/plan.ts";
import { intParam } from "#lib/server/http/request.ts";

/** `?from=1&to=2` compares two versions, `?with=121` another plan. */
export const GET = planRoute(async ({ plans, actor, id, search }) => {
  const number = (name: string) =>
    search.get(name) ? intParam(search, name, 0, 0, Number.MAX_SAFE_INTEGER) : undefined;
  const options = { from: number("from"), to: number("to"), with: number("with"), ...pageParams(search, 200) };
  return items(await plans.compare(actor, id, options));
});
