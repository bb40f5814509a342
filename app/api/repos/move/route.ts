import { z } from "zod";
import { HubError } from "#lib/core/errors.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { hubRoute } from "#lib/server/http/route.ts";

const move = z.object({ fromRepo: z.string(), toRepo: z.string(), type: z.string().default("model") });

export const POST = hubRoute(async ({ hub, actor, request, origin }) => {
  const { fromRepo, toRepo, type } = await readJson(request, move);
  if (type !== "bucket")
    throw new HubError("RepoNotFound", `No ${type} ${fromRepo} here: this server keeps buckets only.`);
  const { id } = await hub.moveBucket(actor, fromRepo, toRepo);
  return json({ url: `${origin}/buckets/${id}`, name: id, id });
});
