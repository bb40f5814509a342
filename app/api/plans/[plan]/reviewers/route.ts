import { z } from "zod";
import { planRoute } from "#lib/server/http/plan.ts";
import { readJson } from "#lib/server/http/request.ts";

/** Asks people for their decision, beside those who are asked already. */
export const PUT = planRoute(async ({ plans, actor, id, request }) => {
  const { names } = await readJson(request, z.object({ names: z.array(z.string().max(96)).max(50) }));
  await plans.askReviewers(actor, id, names);
  return new Response(null, { status: 204 });
});
