/** The global dedup query (xet-protocol 5): a shard of xorbs that go on where the chunk begins, or 404. */
import { casRoute } from "#lib/server/http/route.ts";
import { checkPrefix, hashParam, shardResponse } from "#lib/server/http/xet.ts";

export const GET = casRoute("read", async ({ cas, access, params }) => {
  checkPrefix(params.prefix);
  return shardResponse(await cas.queryChunk(access, hashParam(params.hash)));
});
