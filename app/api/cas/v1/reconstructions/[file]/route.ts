/** A file as terms and URLs, version 1 (xet-protocol 6.3). */
import { formatReconstructionV1 } from "#lib/core/xet/reconstruction.ts";
import { casRoute } from "#lib/server/http/route.ts";
import { hashParam, jsonPieces, reconstructionRange } from "#lib/server/http/xet.ts";

export const GET = casRoute("read", async ({ request, cas, access, params, origin }) => {
  const file = hashParam(params.file);
  const range = await reconstructionRange(request, () => cas.headFile(access, file));
  return jsonPieces(formatReconstructionV1(await cas.reconstruct(access, file, range, origin)));
});
