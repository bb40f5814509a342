import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";
import { rulesSchema } from "#lib/server/plans/rules.ts";

export const GET = bucketRoute(async ({ services, actor, bucketId }) =>
  json(await services.plans.getRules(actor, bucketId)),
);

/** Replaces them all. */
export const PUT = bucketRoute(async ({ services, actor, bucketId, request }) =>
  json(await services.plans.setRules(actor, bucketId, await readJson(request, rulesSchema))),
);
