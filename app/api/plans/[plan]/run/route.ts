import { planRoute } from "#lib/server/http/plan.ts";
import { json } from "#lib/server/http/response.ts";

/** Starts, or goes on with, a run on the server. */
export const POST = planRoute(async ({ plans, actor, id }) => json(await plans.startRun(actor, id), { status: 202 }));

/** Ends the run; `?pause=1` lets it wait for the next POST. */
export const DELETE = planRoute(async ({ plans, actor, id, search }) =>
  json(await plans.cancelRun(actor, id, { pause: search.get("pause") === "1" })),
);
