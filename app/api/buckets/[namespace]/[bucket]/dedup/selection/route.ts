import { z } from "zod";
import { dedupPath } from "#lib/server/http/dedup.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

const paths = z.array(z.string()).max(100_000).default([]);
const selection = z.object({ files: paths, folders: paths });

/** Ours: the union of what is selected, and what deleting it would free. */
export const POST = bucketRoute(async ({ services, actor, bucketId, request }) => {
  const { files, folders } = await readJson(request, selection, 64 * 1024 * 1024);
  return json(await services.dedup.selection(actor, bucketId, { files, folders: folders.map(dedupPath) }));
});
