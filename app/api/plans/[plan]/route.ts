import { z } from "zod";
import { planRoute } from "#lib/server/http/plan.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";

export const GET = planRoute(async ({ plans, actor, id }) => json(await plans.get(actor, id)));

/** Renames it. */
export const PATCH = planRoute(async ({ plans, actor, id, request }) => {
  const { title } = await readJson(request, z.object({ title: z.string().max(1000) }));
  await plans.rename(actor, id, title);
  return new Response(null, { status: 204 });
});
