/** The global dedup query (xet-protocol 5): a shard of xorbs that go on where the chunk begins, or 404. */
import { casRoute } from "#lib/server/http/route.ts";
import { checkPrefix, hashParam } from "#lib/server/http/xet.ts";

export const GET = casRoute("read", async ({ cas, access, params }) => {
  checkPrefix(params.prefix);
  const shard = await cas.queryChunk(access, hashParam(params.hash));
  const headers = {
    "Content-Type": "application/octet-stream",
    "Content-Length": String(shard.length),
    "Cache-Control": "no-store",
  };
  return new Response(shard as BodyInit, { headers });
});
