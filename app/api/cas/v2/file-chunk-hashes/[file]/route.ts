/** What a client must chunk anew to edit ranges of a file (xet-protocol 6.6). */
import { HubError } from "#lib/core/errors.ts";
import { json } from "#lib/server/http/response.ts";
import { casRoute } from "#lib/server/http/route.ts";
import { exactRanges, hashParam } from "#lib/server/http/xet.ts";

export const GET = casRoute("read", async ({ request, cas, access, params }) => {
  const dirty = exactRanges(request.headers.get("x-range-dirty"), "X-Range-Dirty");
  if (dirty === null) throw new HubError("BadRequest", "X-Range-Dirty must name byte ranges, as bytes=A-B,C-D.");
  return json(await cas.chunkHashes(access, hashParam(params.file), dirty));
});
