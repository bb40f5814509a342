import { planRoute } from "#lib/server/http/plan.ts";
import { json } from "#lib/server/http/response.ts";

/** Starts, or goes on with, a run on the server. */
export const POST = planRoute(async ({ plans, actor, id }) => json(await plans.startRun(actor, id), { status: 202 }));

export const DELETE = planRoute(async ({ plans, actor, id }) => json(await plans.cancelRun(actor, id)));
