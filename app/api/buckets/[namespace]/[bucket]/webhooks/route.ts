import { z } from "zod";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

const webhook = z.object({ url: z.string().min(1).max(2000), events: z.array(z.string().max(50)).min(1).max(20) });

export const GET = bucketRoute(async ({ services, actor, bucketId }) =>
  json({ items: await services.plans.listWebhooks(actor, bucketId), cursor: null }),
);

/** `secret` of the answer is told this once. */
export const POST = bucketRoute(async ({ services, actor, bucketId, request }) =>
  json(await services.plans.createWebhook(actor, bucketId, await readJson(request, webhook)), { status: 201 }),
);
