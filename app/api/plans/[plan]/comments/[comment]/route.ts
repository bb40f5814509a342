import { z } from "zod";
import { idParam, planRoute } from "#lib/server/http/plan.ts";
import { readJson } from "#lib/server/http/request.ts";

export const PATCH = planRoute(async ({ plans, actor, id, params, request }) => {
  const { body } = await readJson(request, z.object({ body: z.string().max(20_000) }));
  await plans.editComment(actor, id, idParam(params.comment, "comment"), body);
  return new Response(null, { status: 204 });
});

export const DELETE = planRoute(async ({ plans, actor, id, params }) => {
  await plans.editComment(actor, id, idParam(params.comment, "comment"), null);
  return new Response(null, { status: 204 });
});
