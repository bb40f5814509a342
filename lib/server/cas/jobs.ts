/** What the main thread and its workers say to each other. One job is one two-way line of messages; see `workers.ts`. */
import type { HubErrorCode } from "#lib/core/errors.ts";

/** A packed chunk table of a stored xorb: 32 bytes a chunk, and its `ChunkOffsets`. */
export interface XorbTable {
  hashes: Uint8Array;
  offsets: Uint8Array;
}

/**
 * Checks a serialized xorb. In: `Piece`s, then `End`. Out: an `Ack` a piece, which gives the buffer back. Result: `VerifiedXorb`.
 * `path`: also write the chunks there, flushed to disk.
 */
export interface XorbJob {
  kind: "xorb";
  /** null: of any root, for one that lacks chunks. */
  hash: Uint8Array | null;
  path: string | null;
}
export interface VerifiedXorb extends XorbTable {
  chunks: number;
  unpackedBytes: number;
  storedBytes: number;
}

/**
 * Checks a shard. Out: `AskXorbs` and `AskTables` (each answered by one message), `Progress`; when all is right, `FileBatch`es,
 * each after an `Ack`. Result: `ShardResult`.
 */
export interface ShardJob {
  kind: "shard";
  /** Where it lies, or its bytes. */
  source: string | Uint8Array;
}
export interface AskXorbs {
  type: "xorbs";
  /**
   * Packed. Answered by as many ids: 0 for a xorb that is not here, negative for one that the caller may refer to only with a
   * proof of possession.
   */
  hashes: Uint8Array;
}
export interface AskTables {
  type: "tables";
  ids: number[];
}
export interface Progress {
  type: "progress";
  verified: number;
  total: number;
}
/** Verified files, ready for the tables. */
export interface FileBatch {
  type: "files";
  files: VerifiedFile[];
}
export interface VerifiedFile {
  hash: Uint8Array;
  size: number;
  /** 16 bytes a term: u32 xorb id, chunk start, chunk end, unpacked bytes. */
  terms: Uint8Array;
  /** Its first chunk; null for an empty file. */
  head: Uint8Array | null;
}
export interface ShardResult {
  /** Chunks that the client offers for dedup and that the store really has there. */
  offered: { hash: Uint8Array; xorbId: number; chunk: number }[];
}

/**
 * Unpacks runs of chunks. In: for each term a `TermStart` and its `Piece`s, then `End`. Out: `Ack`s for pieces, `Decoded`
 * bytes, each to be answered by an `Ack`. No result.
 */
export interface DecodeJob {
  kind: "decode";
  /** Bytes that all terms give together. */
  total: number;
}
export interface TermStart {
  type: "term";
  /** Decoded bytes to drop, then to give. */
  skip: number;
  take: number;
}
export interface Decoded {
  type: "decoded";
  bytes: Uint8Array<ArrayBuffer>;
}

/** Makes the answer to a dedup query. Out: `AskTables`. Result: the shard's bytes. */
export interface DedupJob {
  kind: "dedup";
  /** `absent`: chunks not to be offered, as `ChunkMarks`; null: none. */
  xorbs: { id: number; hash: Uint8Array; storedBytes: number; absent: Uint8Array | null }[];
  hmacKey: Uint8Array;
  /** Unix seconds. */
  createdAt: number;
  expiresAt: number;
}

/** Makes the answer to a range edit's question. Out: `AskTables`. Result: its JSON as UTF-8. */
export interface WindowsJob {
  kind: "windows";
  terms: Uint8Array;
  size: number;
  /** Half-open, sorted, disjoint. */
  dirty: { start: number; end: number }[];
}

export interface Piece {
  type: "piece";
  buffer: SharedArrayBuffer;
  length: number;
}
export interface End {
  type: "end";
}
export interface Ack {
  type: "ack";
  buffer?: SharedArrayBuffer;
}

export type Job = XorbJob | ShardJob | DecodeJob | DedupJob | WindowsJob;

/** Around every message: which job it belongs to. */
export type ToWorker = { id: number } & ({ start: Job } | { message: unknown } | { abort: true });
export type FromWorker = { id: number } & (
  | { message: unknown }
  | { result: unknown }
  | { error: { code: HubErrorCode; message: string; stack?: string } }
);
