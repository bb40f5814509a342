/** Several files at once, whole (xet-protocol 6): GET as code asks, POST as the documentation has it. */
import { z } from "zod";
import { HubError } from "#lib/core/errors.ts";
import { formatReconstructionBatch, type Reconstruction } from "#lib/core/xet/reconstruction.ts";
import { readJson } from "#lib/server/http/request.ts";
import { type CasContext, casRoute } from "#lib/server/http/route.ts";
import { hashParam, joinFetches, jsonPieces } from "#lib/server/http/xet.ts";

const FILES_MAX = 1000;
const body = z.array(z.object({ prefix: z.string().optional(), hash: z.string() })).max(FILES_MAX);

async function answer({ cas, access, origin }: CasContext, hashes: string[]): Promise<Response> {
  if (hashes.length === 0 || hashes.length > FILES_MAX) {
    throw new HubError("BadRequest", `Ask for 1 to ${FILES_MAX} files.`);
  }
  const files = new Map<string, Reconstruction>();
  for (const hash of hashes) files.set(hash, await cas.reconstruct(access, hashParam(hash), null, origin));
  return jsonPieces(formatReconstructionBatch(files, joinFetches(files.values())));
}

export const GET = casRoute("read", (context) => answer(context, context.search.getAll("file_id")));

export const POST = casRoute("read", async (context) =>
  answer(
    context,
    (await readJson(context.request, body)).map(({ hash }) => hash),
  ),
);
