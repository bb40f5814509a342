/** A xorb: put and head with a xet token, ranged get under a signed URL (xet-protocol 6.4, 6.5). */
import { XORB_BODY_MAX } from "#lib/core/xet/constants.ts";
import { requestBody } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { casRoute, plainRoute } from "#lib/server/http/route.ts";
import { checkPrefix, exactRanges, hashParam, xorbResponse } from "#lib/server/http/xet.ts";

export const POST = casRoute("write", async ({ request, cas, access, params }) => {
  checkPrefix(params.prefix);
  const { wasInserted } = await cas.putXorb(access, hashParam(params.hash), requestBody(request, XORB_BODY_MAX));
  return json({ was_inserted: wasInserted });
});

export const HEAD = casRoute("read", async ({ cas, access, params }) => {
  checkPrefix(params.prefix);
  const bytes = await cas.headXorb(access, hashParam(params.hash));
  return new Response(null, { headers: { "Content-Length": String(bytes) } });
});

export const GET = plainRoute(async ({ request, services, params, search }) => {
  checkPrefix(params.prefix);
  const ranges = exactRanges(request.headers.get("range"), "Range");
  const pieces = await services.cas.openXorb(hashParam(params.hash), search, ranges);
  return xorbResponse(pieces, ranges !== null);
});
