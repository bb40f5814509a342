import { z } from "zod";
import { checkSelection } from "#lib/core/plan/selection.ts";
import { planRoute } from "#lib/server/http/plan.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";

/** What running a selection would free and bring; a `weight` of null: it is being computed, ask again. */
export const POST = planRoute(async ({ plans, actor, id, request }) => {
  const { selection } = await readJson(request, z.object({ selection: z.unknown() }));
  return json(await plans.weigh(actor, id, checkSelection(selection)));
});
