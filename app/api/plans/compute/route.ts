import { z } from "zod";
import { encodePath } from "#lib/core/bucket/path.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { hubRoute } from "#lib/server/http/route.ts";

const patterns = z.array(z.string().max(1024)).max(1000).default([]);
const computation = z.object({
  source: z.string().min(1).max(2048),
  dest: z.string().min(1).max(2048),
  delete: z.boolean().default(false),
  by: z.enum(["time", "content"]).default("time"),
  filters: z.object({ include: patterns, exclude: patterns }).default({ include: [], exclude: [] }),
  title: z.string().max(1000).optional(),
});

/** Makes a plan between two places in buckets. */
export const POST = hubRoute(async ({ services, actor, request, origin }) => {
  const plan = await services.plans.compute(actor, await readJson(request, computation));
  const url = `${origin}/buckets/${encodePath(plan.bucket)}/plans/${plan.id}`;
  return json({ url, ...plan }, { status: 201, headers: { Location: url } });
});
