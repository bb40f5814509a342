import { planRoute } from "#lib/server/http/plan.ts";
import { json } from "#lib/server/http/response.ts";

export const POST = planRoute(async ({ plans, actor, id }) => json(await plans.withdraw(actor, id)));
