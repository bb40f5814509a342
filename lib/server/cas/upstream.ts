/**
 * The content store when HUB_URL is set: there is none here. A xet token of the upstream names that Hub's own store, and
 * clients go there; this answers those who come here all the same.
 */
import { HubError } from "#lib/core/errors.ts";
import type { Cas } from "./cas.ts";

export function createUpstreamCas({ hubUrl }: { hubUrl: string }): Cas {
  const refuse = async (): Promise<never> => {
    throw new HubError(
      "NotFound",
      `This server keeps no content: it shows the Hub at ${hubUrl}. Use the casUrl that a xet token of a bucket names.`,
    );
  };
  return {
    authorize: refuse,
    putXorb: refuse,
    headXorb: refuse,
    putShard: refuse,
    queryChunk: refuse,
    queryDedup: refuse,
    reconstruct: refuse,
    headFile: refuse,
    chunkHashes: refuse,
    openXorb: refuse,
  };
}
