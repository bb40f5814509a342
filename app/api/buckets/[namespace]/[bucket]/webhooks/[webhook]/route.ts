import { idParam } from "#lib/server/http/plan.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

export const DELETE = bucketRoute(async ({ services, actor, bucketId, params }) => {
  await services.plans.deleteWebhook(actor, bucketId, idParam(params.webhook, "webhook"));
  return new Response(null, { status: 204 });
});
