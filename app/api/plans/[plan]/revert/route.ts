import { encodePath } from "#lib/core/bucket/path.ts";
import { planRoute } from "#lib/server/http/plan.ts";
import { json } from "#lib/server/http/response.ts";

/** Makes the plan that takes this one back. */
export const POST = planRoute(async ({ plans, actor, id, origin }) => {
  const plan = await plans.revert(actor, id);
  const url = `${origin}/buckets/${encodePath(plan.bucket)}/plans/${plan.id}`;
  return json({ url, ...plan }, { status: 201, headers: { Location: url } });
});
