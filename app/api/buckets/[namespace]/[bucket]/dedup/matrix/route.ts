import { dedupPath } from "#lib/server/http/dedup.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Ours: what each two of some folders or files share. */
export const GET = bucketRoute(async ({ services, actor, bucketId, search }) => {
  const paths = search.getAll("path").map(dedupPath);
  const run = search.get("run");
  const options = { paths: paths.length > 0 ? paths : undefined, run: run === null ? undefined : dedupPath(run) };
  return json(await services.dedup.matrix(actor, bucketId, options));
});
