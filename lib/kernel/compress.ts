// The compressed forms of one chunk (reference section 3.1): 0 as it is, 1 an LZ4 frame, 2 byte-grouped and then an LZ4 frame.

import { join, LANES_DIFFER, LANES_NO_NOISE, sampleLanes, split } from "./bg4";
import { GROUPED } from "./layout";
import { encodeBlock, PATTERNS, TEXT, WEIGHTS } from "./lz4-block";
import { decodeFrame, encodeFrame } from "./lz4-frame";

const LZ4: u32 = 1;
const BG4_LZ4: u32 = 2;
const SECOND: u32 = 0x80000000;

/** Bytes of each piece that tells whether numbers repeat as they are, and chunks from which on asking is worth it. */
const PROBE: usize = 2048;
const PROBED: usize = 16 * PROBE;

/**
 * Compresses a chunk of up to 131072 bytes. Gives size * 4 + scheme, and the data is at `first`, or at `second` when SECOND is added;
 * 0 when nothing is smaller than the chunk.
 */
export function compressChunk(input: usize, length: usize, first: usize, second: usize): u32 {
  const lanes = sampleLanes(input, length);
  const differ = (lanes & LANES_DIFFER) !== 0;
  const probed = differ && length >= PROBED && !repeats(input, first) && !repeats(input + length / 2, first);
  let direct: usize = 0;
  if (!probed) direct = encodeFrame(input, length, first, length, TEXT);
  // Lanes that change places half-way look alike: what neither compresses nor is noise is worth grouping too.
  if (!differ && (direct !== 0 || !(lanes & LANES_NO_NOISE))) return packed(direct, LZ4);
  split(input, length, GROUPED);
  const weights = encodeFrame(GROUPED, length, second, direct === 0 ? length : direct, WEIGHTS, lanes);
  // The probe may have missed something.
  if (probed && (weights === 0 || weights > length - length / 32))
    direct = encodeFrame(input, length, first, weights === 0 ? length : weights, TEXT);
  // Weights never get that small; counters, offsets and the like do, and they are quick to look at again.
  const limit = weights === 0 ? direct : weights;
  if (limit !== 0 && limit < length - length / 4) {
    const patterns = encodeFrame(GROUPED, length, weights === 0 ? second : first, limit, PATTERNS);
    if (patterns !== 0) return (weights === 0 ? SECOND : 0) | packed(patterns, BG4_LZ4);
  }
  return weights === 0 || (probed && direct !== 0) ? packed(direct, LZ4) : SECOND | packed(weights, BG4_LZ4);
}

function packed(size: usize, scheme: u32): u32 {
  return size === 0 ? 0 : ((<u32>size) << 2) | scheme;
}

/** Whether PROBE bytes get smaller by a sixteenth without being grouped. */
function repeats(input: usize, out: usize): bool {
  return encodeBlock(input, PROBE, out, PROBE - PROBE / 16, TEXT) !== 0;
}

/** Undoes schemes 1 and 2. Gives `length` (up to 131072), or why the data was refused (below 0). */
export function decompressChunk(scheme: u32, input: usize, size: usize, out: usize, length: usize): i32 {
  if (scheme === LZ4) return decodeFrame(input, size, out, length);
  const decoded = decodeFrame(input, size, GROUPED, length);
  if (decoded >= 0) join(GROUPED, length, out);
  return decoded;
}
