/**
 * A shard: the terms of files and the chunks of xorbs (reference/xet-protocol 4). Uploaded by clients, and sent to them as the
 * answer to a dedup query. Hashes are raw bytes here.
 *
 * | part | bytes |
 * | --- | --- |
 * | header | 48: tag[32], u64 version 2, u64 footer bytes (0 or 200) |
 * | files | records of 48, ended by a bookend |
 * | xorbs | records of 48, ended by a bookend |
 * | footer | 200, or none |
 */
import { HubError } from "#lib/core/errors.ts";
import { HASH_BYTES, SHARD_BYTES_MAX } from "./constants.ts";
import { hmacHash } from "./hash.ts";

const RECORD = 48;
const HEADER = 48;
const FOOTER = 200;
const HEADER_VERSION = 2;
const FOOTER_VERSION = 1;

// biome-ignore format: the ASCII part, then the rest
const TAG = Uint8Array.of(
  72, 70, 82, 101, 112, 111, 77, 101, 116, 97, 68, 97, 116, 97, // HFRepoMetaData
  0, 85, 105, 103, 69, 106, 123, 129, 87, 131, 165, 189, 217, 92, 205, 209, 74, 169,
);

const FILE_WITH_VERIFICATION = 0x80000000;
const FILE_WITH_METADATA = 0x40000000;
/** Chunk flag: the client offers this chunk to dedup queries of others. */
const CHUNK_OFFERED = 0x80000000;

/** A run of chunks `[chunkStart, chunkEnd)` of one xorb; `bytes` unpacked. */
export interface ShardSegment {
  xorbHash: Uint8Array;
  bytes: number;
  chunkStart: number;
  chunkEnd: number;
}

/** A file as it stands in a shard; segments are read one by one because there may be a million. */
export interface ShardFile {
  kind: "file";
  hash: Uint8Array;
  segments: number;
  segment(index: number): ShardSegment;
  /** Hash over the chunk hashes of a segment; null when the file came without verification. */
  verification: ((index: number) => Uint8Array) | null;
  sha256: Uint8Array | null;
}

export interface ShardChunk {
  hash: Uint8Array;
  /** Unpacked offset in the xorb. */
  start: number;
  length: number;
  /** Offered for global dedup. */
  offered: boolean;
}

export interface ShardXorb {
  kind: "xorb";
  hash: Uint8Array;
  chunks: number;
  unpackedBytes: number;
  storedBytes: number;
  chunk(index: number): ShardChunk;
}

const bad = (message: string) => new HubError("BadRequest", `Invalid shard: ${message}.`);

/**
 * The files, then the xorbs of a shard, read from front to back; offsets in a footer are not trusted, and what follows the
 * second bookend is ignored. Everything yielded is a view of `bytes`. Throws BadRequest.
 *
 * | record | 0..31 | 32 | 36 | 40 | 44 |
 * | --- | --- | --- | --- | --- | --- |
 * | file | file hash | flags | segments | reserved 8 | |
 * | segment | xorb hash | flags | unpacked bytes | chunk start | chunk end |
 * | verification | range hash | reserved 16 | | | |
 * | metadata | sha256 | reserved 16 | | | |
 * | xorb | xorb hash | flags | chunks | unpacked bytes | serialized bytes |
 * | chunk | chunk hash | unpacked start | unpacked bytes | flags | reserved |
 */
export function* walkShard(bytes: Uint8Array): Generator<ShardFile | ShardXorb, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER + 2 * RECORD) throw bad("it is too short");
  if (bytes.length > SHARD_BYTES_MAX) {
    throw new HubError("PayloadTooLarge", `A shard may take ${SHARD_BYTES_MAX} bytes.`);
  }
  if (!TAG.every((byte, i) => bytes[i] === byte)) throw bad("it does not begin with the shard tag");
  if (view.getBigUint64(32, true) !== BigInt(HEADER_VERSION)) throw bad("its version is not 2");
  const footer = view.getBigUint64(40, true);
  if (footer !== 0n && footer !== BigInt(FOOTER)) throw bad("its footer size is neither 0 nor 200");

  let at = HEADER;
  const hashAt = (offset: number) => bytes.subarray(offset, offset + HASH_BYTES);
  /** Claims `count` records and returns where they begin. */
  const claim = (count: number, what: string) => {
    if (count > Math.floor((bytes.length - at) / RECORD)) throw bad(`${what} reach past the end`);
    const start = at;
    at += count * RECORD;
    return start;
  };

  let verified: boolean | null = null;
  while (true) {
    const head = claim(1, "the files");
    if (isBookend(bytes, head)) break;
    const flags = view.getUint32(head + 32, true);
    const segments = view.getUint32(head + 36, true);
    const withVerification = (flags & FILE_WITH_VERIFICATION) !== 0;
    // A file without segments has nothing to verify, so it may stand beside files of either kind.
    if (segments > 0) {
      if (withVerification !== (verified ?? withVerification)) {
        throw bad("some of its files carry verification and some do not");
      }
      verified = withVerification;
    }
    const segmentsAt = claim(segments, "a file's segments");
    const verificationAt = withVerification ? claim(segments, "a file's verification") : -1;
    const metadataAt = (flags & FILE_WITH_METADATA) !== 0 ? claim(1, "a file's metadata") : -1;
    yield {
      kind: "file",
      hash: hashAt(head),
      segments,
      segment: (index) => {
        const offset = segmentsAt + index * RECORD;
        return {
          xorbHash: hashAt(offset),
          bytes: view.getUint32(offset + 36, true),
          chunkStart: view.getUint32(offset + 40, true),
          chunkEnd: view.getUint32(offset + 44, true),
        };
      },
      verification: withVerification ? (index) => hashAt(verificationAt + index * RECORD) : null,
      sha256: metadataAt === -1 ? null : hashAt(metadataAt),
    };
  }
  while (true) {
    const head = claim(1, "the xorbs");
    if (isBookend(bytes, head)) return;
    const chunks = view.getUint32(head + 36, true);
    const chunksAt = claim(chunks, "a xorb's chunks");
    yield {
      kind: "xorb",
      hash: hashAt(head),
      chunks,
      unpackedBytes: view.getUint32(head + 40, true),
      storedBytes: view.getUint32(head + 44, true),
      chunk: (index) => {
        const offset = chunksAt + index * RECORD;
        return {
          hash: hashAt(offset),
          start: view.getUint32(offset + 32, true),
          length: view.getUint32(offset + 36, true),
          offered: (view.getUint32(offset + 40, true) & CHUNK_OFFERED) !== 0,
        };
      },
    };
  }
}

/** A section ends with a record whose hash is all ones. */
function isBookend(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (bytes[at + i] !== 0xff) return false;
  return true;
}

export interface ShardFileInput {
  hash: Uint8Array;
  segments: ShardSegment[];
  /** One hash a segment. */
  verification?: Uint8Array[];
  sha256?: Uint8Array;
}

export interface ShardXorbInput {
  hash: Uint8Array;
  /** Packed, 32 bytes a chunk. */
  hashes: Uint8Array;
  /** Unpacked bytes of each chunk. */
  lengths: ArrayLike<number>;
  storedBytes: number;
  /** Indices of chunks to offer for global dedup. */
  offered?: Iterable<number>;
}

export interface ShardFooter {
  /** Zeros: chunk hashes are plain. */
  hmacKey: Uint8Array;
  /** Unix seconds; 0 for never. */
  createdAt: number;
  expiresAt: number;
}

/** A shard of these files and xorbs; without `footer` as `hf_xet` uploads it. */
export function encodeShard(files: ShardFileInput[], xorbs: ShardXorbInput[], footer?: ShardFooter): Uint8Array {
  const fileRecords = files.reduce(
    (sum, { segments, verification, sha256 }) =>
      sum + 1 + segments.length * (verification === undefined ? 1 : 2) + (sha256 === undefined ? 0 : 1),
    1,
  );
  const xorbRecords = xorbs.reduce((sum, { lengths }) => sum + 1 + lengths.length, 1);
  const xorbsAt = HEADER + fileRecords * RECORD;
  const footerAt = xorbsAt + xorbRecords * RECORD;
  const bytes = new Uint8Array(footerAt + (footer === undefined ? 0 : FOOTER));
  const view = new DataView(bytes.buffer);
  bytes.set(TAG);
  view.setBigUint64(32, BigInt(HEADER_VERSION), true);
  view.setBigUint64(40, BigInt(footer === undefined ? 0 : FOOTER), true);

  let at = HEADER;
  const record = (hash: Uint8Array, a = 0, b = 0, c = 0, d = 0) => {
    bytes.set(hash, at);
    view.setUint32(at + 32, a, true);
    view.setUint32(at + 36, b, true);
    view.setUint32(at + 40, c, true);
    view.setUint32(at + 44, d, true);
    at += RECORD;
  };
  const bookend = new Uint8Array(HASH_BYTES).fill(0xff);

  for (const { hash, segments, verification, sha256 } of files) {
    const flags =
      (verification === undefined ? 0 : FILE_WITH_VERIFICATION) + (sha256 === undefined ? 0 : FILE_WITH_METADATA);
    record(hash, flags, segments.length);
    for (const { xorbHash, bytes: length, chunkStart, chunkEnd } of segments) {
      record(xorbHash, 0, length, chunkStart, chunkEnd);
    }
    for (const range of verification ?? []) record(range);
    if (sha256 !== undefined) record(sha256);
  }
  record(bookend);
  for (const { hash, hashes, lengths, storedBytes, offered } of xorbs) {
    let total = 0;
    for (let i = 0; i < lengths.length; i++) total += lengths[i];
    record(hash, 0, lengths.length, total, storedBytes);
    const marked = new Set(offered);
    let start = 0;
    for (let i = 0; i < lengths.length; i++) {
      record(hashes.subarray(i * 32, i * 32 + 32), start, lengths[i], marked.has(i) ? CHUNK_OFFERED : 0);
      start += lengths[i];
    }
  }
  record(bookend);
  if (footer !== undefined) encodeFooter(view, footerAt, xorbsAt, xorbs, footer);
  return bytes;
}

/**
 * | offset | field |
 * | --- | --- |
 * | 0 | u64 version 1 |
 * | 8, 16 | u64 offsets of files, xorbs |
 * | 24, 40, 56 | u64 offset, count of the file, xorb, chunk lookup: none, so each points at the footer |
 * | 72 | HMAC key |
 * | 104, 112 | u64 created, expires, in seconds |
 * | 168, 176, 184 | u64 stored bytes on disk, materialized bytes, stored bytes |
 * | 192 | u64 footer offset |
 */
function encodeFooter(view: DataView, at: number, xorbsAt: number, xorbs: ShardXorbInput[], footer: ShardFooter): void {
  const u64 = (offset: number, value: number) => view.setBigUint64(at + offset, BigInt(value), true);
  u64(0, FOOTER_VERSION);
  u64(8, HEADER);
  u64(16, xorbsAt);
  // @huggingface/hub stops reading xorbs at the file lookup: 0 here would mean that it reads none (4.4).
  for (const lookup of [24, 40, 56]) u64(lookup, at);
  new Uint8Array(view.buffer).set(footer.hmacKey, at + 72);
  u64(104, footer.createdAt);
  u64(112, footer.expiresAt);
  let stored = 0;
  let unpacked = 0;
  for (const { storedBytes, lengths } of xorbs) {
    stored += storedBytes;
    for (let i = 0; i < lengths.length; i++) unpacked += lengths[i];
  }
  u64(168, stored);
  u64(184, unpacked);
  u64(192, at);
}

/** The answer to a dedup query: no files, and each chunk hash replaced by its HMAC, so that it confirms only what is known. */
export function encodeDedupShard(xorbs: ShardXorbInput[], footer: ShardFooter): Uint8Array {
  const hidden = xorbs.map((xorb) => {
    const hashes = new Uint8Array(xorb.hashes.length);
    for (let at = 0; at < hashes.length; at += HASH_BYTES) {
      hashes.set(hmacHash(footer.hmacKey, xorb.hashes.subarray(at, at + HASH_BYTES)), at);
    }
    return { ...xorb, hashes };
  });
  return encodeShard([], hidden, footer);
}

/** The footer of a shard that has one; null otherwise. Throws BadRequest when it is not version 1. */
export function decodeShardFooter(bytes: Uint8Array): ShardFooter | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER + 2 * RECORD + FOOTER || view.getBigUint64(40, true) === 0n) return null;
  const at = bytes.length - FOOTER;
  if (view.getBigUint64(at, true) !== BigInt(FOOTER_VERSION)) throw bad("its footer's version is not 1");
  return {
    hmacKey: bytes.slice(at + 72, at + 72 + HASH_BYTES),
    createdAt: Number(view.getBigUint64(at + 104, true)),
    expiresAt: Number(view.getBigUint64(at + 112, true)),
  };
}
