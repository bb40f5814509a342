/** Garbage collection, for `npm run gc` beside a running server. NDJSON: a line now and then while it runs, then the result. */
import { z } from "zod";
import { bearerOf } from "#lib/server/http/auth.ts";
import { readJson } from "#lib/server/http/request.ts";
import { slowJson } from "#lib/server/http/response.ts";
import { plainRoute } from "#lib/server/http/route.ts";

const order = z.object({
  dryRun: z.boolean().default(false),
  grace: z.number().int().min(0).optional(),
  share: z.number().min(0).max(1).optional(),
});

export const POST = plainRoute(async ({ request, services: { gc, operator } }) => {
  operator.check(bearerOf(request));
  const { dryRun, ...options } = await readJson(request, order);
  return slowJson(dryRun ? gc.preview(options) : gc.run(options));
});
