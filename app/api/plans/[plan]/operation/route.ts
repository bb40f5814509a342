import { planRoute } from "#lib/server/http/plan.ts";
import { json } from "#lib/server/http/response.ts";

/** One operation, `?path=`, with both its sides. */
export const GET = planRoute(async ({ plans, actor, id, search }) =>
  json(await plans.getOperation(actor, id, search.get("path") ?? "")),
);
