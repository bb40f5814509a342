/** The same as `/v1/shards`, with progress as NDJSON (xet-protocol 6.5). */
import { SHARD_BYTES_MAX } from "#lib/core/xet/constants.ts";
import { requestBody } from "#lib/server/http/request.ts";
import { casRoute } from "#lib/server/http/route.ts";
import { shardProgress } from "#lib/server/http/xet.ts";

export const POST = casRoute("write", ({ request, cas, access }) =>
  shardProgress((onProgress) => cas.putShard(access, requestBody(request, SHARD_BYTES_MAX), onProgress)),
);
