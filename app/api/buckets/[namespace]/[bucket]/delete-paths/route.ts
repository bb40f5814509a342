import { z } from "zod";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

const paths = z.array(z.string()).max(100_000).default([]);
const selection = z.object({ files: paths, folders: paths });

/** Ours, for the pages: deletes files and whole folders without listing them first. */
export const POST = bucketRoute(async ({ hub, actor, bucketId, request, origin }) => {
  const selected = await readJson(request, selection, 64 * 1024 * 1024);
  return json({ deleted: await hub.deletePaths(actor, bucketId, selected, origin) });
});
