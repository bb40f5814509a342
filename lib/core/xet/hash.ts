/**
 * Hashes of the Xet protocol (reference section 1) and their text form: below every codec of this folder. Many hashes travel
 * packed: one Uint8Array, 32 bytes each.
 */
import { HubError } from "../errors.ts";
import { DATA_KEY, DEDUP_MODULUS, HASH_BYTES, VERIFICATION_KEY, ZERO_KEY } from "./constants.ts";
import { FOLD_MAX, kernel } from "./kernel.ts";

/** Text form of a hash: 64 lowercase hex digits, four little-endian u64 each printed big-endian (section 1.1). */
export type Hash = string;

/** Who computes keyed BLAKE3. The kernel, unless a server has something faster. */
export interface HashEngine {
  /** 32 bytes; the key has 32 bytes too. */
  keyedHash(key: Uint8Array, bytes: Uint8Array): Uint8Array;
}

const kernelEngine: HashEngine = { keyedHash: (key, bytes) => kernel().keyedHash(key, bytes) };
let engine = kernelEngine;

/** Lets another engine hash chunks and verification lists on this thread; null brings the kernel back. */
export function setHashEngine(other: HashEngine | null): void {
  engine = other ?? kernelEngine;
}

const HEX_PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Text form of the 32 bytes at `offset`. */
export function hashToHex(bytes: Uint8Array, offset = 0): Hash {
  if (offset < 0 || offset + HASH_BYTES > bytes.length) throw new RangeError(`no hash at offset ${offset}`);
  let hex = "";
  for (let word = offset; word < offset + HASH_BYTES; word += 8) {
    for (let at = word + 7; at >= word; at--) hex += HEX_PAIRS[bytes[at]];
  }
  return hex;
}

/** The 32 bytes of a text form. Throws BadRequest for any other text. */
export function hexToHash(hex: string): Uint8Array<ArrayBuffer> {
  if (!isHash(hex)) throw new HubError("BadRequest", "A hash has 64 lowercase hex digits");
  const bytes = new Uint8Array(HASH_BYTES);
  for (let at = 0; at < HASH_BYTES; at++) {
    const digits = 2 * (at ^ 7);
    bytes[at] = (hexDigit(hex.charCodeAt(digits)) << 4) | hexDigit(hex.charCodeAt(digits + 1));
  }
  return bytes;
}

function hexDigit(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}

/** Whether a text is a hash's text form. */
export function isHash(text: string): text is Hash {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}

/** Keyed BLAKE3 of bytes; 32 bytes. */
export function keyedHash(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return engine.keyedHash(key, bytes);
}

/** Hash of one chunk's uncompressed bytes. */
export function hashChunk(bytes: Uint8Array): Uint8Array {
  return engine.keyedHash(DATA_KEY, bytes);
}

/** Hash of a term: of the packed hashes of its chunks, in order (section 1.4). */
export function verificationHash(hashes: Uint8Array): Uint8Array {
  return engine.keyedHash(VERIFICATION_KEY, hashes);
}

/** A chunk hash as a dedup answer shows it (section 4.4). */
export function hmacHash(key: Uint8Array, hash: Uint8Array): Uint8Array {
  return engine.keyedHash(key, hash);
}

/** Hash of a xorb: the root over its chunks' packed hashes and uncompressed lengths (section 1.3). Zeros without chunks. */
export function xorbHash(hashes: Uint8Array, lengths: ArrayLike<number>): Uint8Array {
  if (hashes.length !== lengths.length * HASH_BYTES) {
    throw new RangeError(`${hashes.length} bytes of hashes for ${lengths.length} lengths`);
  }
  if (lengths.length === 0) return new Uint8Array(HASH_BYTES);
  if (lengths.length === 1) return Uint8Array.from(hashes);
  let level = foldLevel(hashes, Float64Array.from(lengths));
  while (level.lengths.length > 1) level = foldLevel(level.hashes, level.lengths);
  return level.hashes.slice();
}

/** Hash of a file: the keyed root over its chunks. Zeros when it has none. */
export function fileHash(hashes: Uint8Array, lengths: ArrayLike<number>): Uint8Array {
  const root = xorbHash(hashes, lengths);
  return lengths.length === 0 ? root : engine.keyedHash(ZERO_KEY, root);
}

/** All parents of one level, in windows of what the kernel takes. */
function foldLevel(hashes: Uint8Array, lengths: Float64Array) {
  const count = lengths.length;
  // Groups have two members at least, but for a last one.
  const parents = new Uint8Array(((count + 1) >> 1) * HASH_BYTES);
  const sums = new Float64Array((count + 1) >> 1);
  let made = 0;
  for (let from = 0; from < count; ) {
    const to = Math.min(count, from + FOLD_MAX);
    const part = kernel().foldLevel(
      hashes.subarray(from * HASH_BYTES, to * HASH_BYTES),
      lengths.subarray(from, to),
      to === count,
    );
    parents.set(part.hashes, made * HASH_BYTES);
    sums.set(part.lengths, made);
    made += part.lengths.length;
    from += part.taken;
  }
  return { hashes: parents.subarray(0, made * HASH_BYTES), lengths: sums.subarray(0, made) };
}

/** Whether a client may ask for the chunk whose hash lies at `offset` anywhere in a file: last u64 = 0 modulo 1024 (section 5). */
export function isDedupEligible(hashes: Uint8Array, offset = 0): boolean {
  const low = hashes[offset + 24] | (hashes[offset + 25] << 8);
  return low % DEDUP_MODULUS === 0;
}
