import { z } from "zod";
import { checkSelection } from "#lib/core/plan/selection.ts";
import { planRoute } from "#lib/server/http/plan.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";

/** What a selection would approve. */
export const POST = planRoute(async ({ plans, actor, id, request }) => {
  const { selection } = await readJson(request, z.object({ selection: z.unknown() }));
  return json(await plans.measure(actor, id, checkSelection(selection)));
});
