// The compressed forms of one chunk (reference section 3.1): 0 as it is, 1 an LZ4 frame, 2 byte-grouped and then an LZ4 frame.

import { join, lanesDiffer, split } from "./bg4";
import { GROUPED } from "./layout";
import { PATTERNS, TEXT, WEIGHTS } from "./lz4-block";
import { decodeFrame, encodeFrame } from "./lz4-frame";

const LZ4: u32 = 1;
const BG4_LZ4: u32 = 2;
const SECOND: u32 = 0x80000000;

/**
 * Compresses a chunk of up to 131072 bytes. Gives size * 4 + scheme, and the data is at `first`, or at `second` when SECOND is added;
 * 0 when nothing is smaller than the chunk.
 */
export function compressChunk(input: usize, length: usize, first: usize, second: usize): u32 {
  const direct = encodeFrame(input, length, first, length, TEXT);
  const limit = direct === 0 ? length : direct;
  if (!lanesDiffer(input, length)) return direct === 0 ? 0 : ((<u32>direct) << 2) | LZ4;
  split(input, length, GROUPED);
  const weights = encodeFrame(GROUPED, length, second, limit, WEIGHTS);
  if (weights === 0) return direct === 0 ? 0 : ((<u32>direct) << 2) | LZ4;
  // Weights never get that small; counters, offsets and the like do, and they are quick to look at again.
  if (weights < length - length / 4) {
    const patterns = encodeFrame(GROUPED, length, first, weights, PATTERNS);
    if (patterns !== 0) return ((<u32>patterns) << 2) | BG4_LZ4;
  }
  return SECOND | ((<u32>weights) << 2) | BG4_LZ4;
}

/** Undoes schemes 1 and 2. Gives `length` (up to 131072), or why the data was refused (below 0). */
export function decompressChunk(scheme: u32, input: usize, size: usize, out: usize, length: usize): i32 {
  if (scheme === LZ4) return decodeFrame(input, size, out, length);
  const decoded = decodeFrame(input, size, GROUPED, length);
  if (decoded >= 0) join(GROUPED, length, out);
  return decoded;
}
