/**
 * What routes know of the content store (reference/xet-protocol section 6). Two answers: `embedded.ts`, `upstream.ts`.
 * Hashes are 64 lowercase hex digits. Throws HubError: BadRequest, Unauthorized, Forbidden, NotFound, RangeNotSatisfiable,
 * PayloadTooLarge.
 */
import type { Reconstruction } from "#lib/core/xet/reconstruction.ts";

/** What a xet token says, once its signature and expiry were checked. */
export interface CasAccess {
  bucketId: number;
  /** null: anonymous reader of a public bucket. */
  accountId: number | null;
  scope: "read" | "write";
  /**
   * How far possession of other content counts: all that the account may read, or, for an access token limited to a
   * namespace or a bucket, only what lies in the bucket's namespace, or in the bucket itself.
   */
  reach: "account" | "namespace" | "bucket";
}

/** Half-open byte range. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Several dedup questions at once: ours, for our own browser client. */
export interface DedupQuestion {
  /** Chunks, asked about like by the protocol's own query. */
  chunks: string[];
  /** Files whose content is likely to occur again, among those that the caller may read. */
  files: string[];
  /** Also what the caller sent to the token's bucket lately: the xorbs of an upload that was interrupted. */
  recent: boolean;
}

export interface ShardProgress {
  verified: number;
  total: number;
}

export interface XorbBytes {
  /** Bytes of the whole serialized xorb. */
  total: number;
  range: ByteRange;
  /** Each piece is overwritten when the next one is asked for: write it out first. */
  body: AsyncIterable<Uint8Array>;
}

export interface ChunkHashWindows {
  totalChunks: number;
  fileSize: number;
  windows: { dirtyByteRange: [number, number] }[];
  hashRanges: (unknown | null)[];
  gapVerification: string[];
}

export interface Cas {
  /** Checks signature, expiry and scope of the bearer token. Unauthorized or Forbidden. */
  authorize(bearer: string | null, scope: "read" | "write"): Promise<CasAccess>;

  /** Verifies every chunk and the root while it streams in; nothing is kept unless all of it is right. */
  putXorb(access: CasAccess, hash: string, body: AsyncIterable<Uint8Array>): Promise<{ wasInserted: boolean }>;
  /** Serialized length. */
  headXorb(access: CasAccess, hash: string): Promise<number>;
  /** `result` 1: registered something, 0: all was known. */
  putShard(
    access: CasAccess,
    body: AsyncIterable<Uint8Array>,
    onProgress?: (progress: ShardProgress) => void,
  ): Promise<{ result: 0 | 1 }>;
  /** A shard that answers the global dedup query for a chunk. NotFound when the caller may reference none. */
  queryChunk(access: CasAccess, hash: string): Promise<Uint8Array>;
  /** One dedup shard for all that is known of a question; without xorbs when nothing is. */
  queryDedup(access: CasAccess, question: DedupQuestion): Promise<Uint8Array>;

  /** `range` absent: the whole file; its end is clamped. `origin`: base of the signed URLs. */
  reconstruct(access: CasAccess, fileHash: string, range: ByteRange | null, origin: string): Promise<Reconstruction>;
  /** Logical size of a file. */
  headFile(access: CasAccess, fileHash: string): Promise<number>;
  chunkHashes(access: CasAccess, fileHash: string, dirty: ByteRange[]): Promise<ChunkHashWindows>;

  /** Serves a signed xorb URL: `query` carries the signature. Forbidden when expired, forged or asked for other bytes. */
  openXorb(hash: string, query: URLSearchParams, ranges: ByteRange[] | null): Promise<XorbBytes[]>;
}

/** What the embedded Hub needs of the content store beside the wire. */
export interface ContentStore {
  createToken(access: CasAccess): { accessToken: string; exp: number };
  /** A name that says nothing to others, the same for the same words. */
  nameOf(words: string): string;
  /** Decoded bytes `[start, end)` of a file that the bucket holds and that the caller was found to be allowed to read. */
  readFile(bucketId: number, fileHash: string, range: ByteRange): Promise<AsyncIterable<Uint8Array>>;
}
