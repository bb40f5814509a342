import { json } from "#lib/server/http/response.ts";
import { hubRoute } from "#lib/server/http/route.ts";

/** How many plans wait for the caller's decision, counted to at most 100. */
export const GET = hubRoute(async ({ services, actor }) => json({ count: await services.plans.countWaiting(actor) }));
