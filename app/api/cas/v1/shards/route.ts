/** Registers the files of a shard (xet-protocol 6.5). */
import { SHARD_BYTES_MAX } from "#lib/core/xet/constants.ts";
import { requestBody } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { casRoute } from "#lib/server/http/route.ts";

export const POST = casRoute("write", async ({ request, cas, access }) =>
  json(await cas.putShard(access, requestBody(request, SHARD_BYTES_MAX))),
);
