/**
 * The stored form of one chunk (reference section 3.1): as it is, as an LZ4 frame, or byte-grouped and then as an LZ4 frame.
 * Between hashing and packing on the way up; first thing on the way down. What comes in for decompression is not trusted.
 */
import { HubError } from "../errors.ts";
import { CHUNK_COMPRESSED_MAX, CHUNK_MAX, SCHEME_BG4_LZ4, SCHEME_LZ4, SCHEME_NONE, type Scheme } from "./constants.ts";
import { kernel } from "./kernel.ts";

/** What `lib/kernel/lz4-frame.ts` found wrong, by its number. */
const FAULTS: Record<number, string> = {
  [-1]: "ends early",
  [-2]: "has no valid LZ4 frame header",
  [-3]: "fails its checksum",
  [-4]: "has a malformed block",
  [-5]: "does not have the length that is announced",
  [-6]: "goes on after its end",
};

/**
 * Compresses one chunk (1 to 131072 bytes). With a `target`, data is written to its start and is a view of it; without, it is
 * fresh, or for scheme 0 the input itself.
 */
export function compressChunk(bytes: Uint8Array, target?: Uint8Array): { scheme: Scheme; data: Uint8Array } {
  if (bytes.length > CHUNK_MAX) throw new RangeError(`a chunk has at most ${CHUNK_MAX} bytes, not ${bytes.length}`);
  const { scheme, data } = kernel().compress(bytes);
  if (target) {
    target.set(data);
    return { scheme, data: target.subarray(0, data.length) };
  }
  return { scheme, data: scheme === SCHEME_NONE ? data : data.slice() };
}

/**
 * Undoes `compressChunk`: exactly `length` bytes, or BadRequest. With a `target`, they are written to its start and the answer is
 * a view of it; without, they are fresh, or for scheme 0 the input itself.
 */
export function decompressChunk(scheme: number, data: Uint8Array, length: number, target?: Uint8Array): Uint8Array {
  const bytes = viewDecompressed(scheme, data, length);
  if (target) {
    target.set(bytes);
    return target.subarray(0, length);
  }
  return scheme === SCHEME_NONE ? bytes : bytes.slice();
}

/**
 * The same without a copy, for who hashes and forgets: a view of the kernel's memory (of the input for scheme 0), good until the
 * next call of compress or decompress.
 */
export function viewDecompressed(scheme: number, data: Uint8Array, length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 0 || length > CHUNK_MAX) throw refused(`cannot have ${length} bytes`);
  if (data.length > CHUNK_COMPRESSED_MAX) throw refused(`has ${data.length} compressed bytes, too many`);
  if (scheme === SCHEME_NONE) {
    if (data.length !== length) throw refused(FAULTS[-5]);
    return data;
  }
  if (scheme !== SCHEME_LZ4 && scheme !== SCHEME_BG4_LZ4) throw refused(`has an unknown compression scheme, ${scheme}`);
  const result = kernel().decompress(scheme, data, length);
  if (typeof result === "number") throw refused(FAULTS[result]);
  return result;
}

function refused(why: string): HubError {
  return new HubError("BadRequest", `A chunk ${why}`);
}
