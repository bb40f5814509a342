import { z } from "zod";
import { planRoute } from "#lib/server/http/plan.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";

const comment = z.object({
  /** null: on the plan. Ends in "/": on a folder. */
  path: z.string().max(1100).nullish(),
  body: z.string().max(20_000),
});

export const POST = planRoute(async ({ plans, actor, id, request }) => {
  const { path, body } = await readJson(request, comment);
  return json(await plans.comment(actor, id, { path: path ?? null, body }), { status: 201 });
});
