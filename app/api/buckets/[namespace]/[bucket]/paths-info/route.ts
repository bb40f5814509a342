import { z } from "zod";
import { formatEntry } from "#lib/core/bucket/entry.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

const asked = z.object({ paths: z.array(z.string()).max(1000) });

/** Files only: Python reads every element as a file (reference 4.4). */
export const POST = bucketRoute(async ({ hub, actor, bucketId, request }) => {
  const { paths } = await readJson(request, asked);
  return json((await hub.getFiles(actor, bucketId, paths)).map(formatEntry));
});
