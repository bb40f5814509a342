// The compressed forms of one chunk (reference section 3.1): 0 as it is, 1 an LZ4 frame, 2 byte-grouped and then an LZ4 frame.

import { join, split } from "./bg4";
import { GROUPED } from "./layout";
import { decodeFrame, encodeFrame } from "./lz4-frame";

const LZ4: u32 = 1;
const BG4_LZ4: u32 = 2;

/**
 * Compresses a chunk of up to 131072 bytes. Gives size * 4 + scheme; the data is at `plain` for scheme 1, at `grouped` for scheme
 * 2; 0 when nothing is smaller than the chunk.
 */
export function compressChunk(input: usize, length: usize, plain: usize, grouped: usize): u32 {
  const direct = encodeFrame(input, length, plain, length);
  split(input, length, GROUPED);
  const regrouped = encodeFrame(GROUPED, length, grouped, direct === 0 ? length : direct);
  if (regrouped !== 0) return ((<u32>regrouped) << 2) | BG4_LZ4;
  return direct === 0 ? 0 : ((<u32>direct) << 2) | LZ4;
}

/** Undoes schemes 1 and 2. Gives `length` (up to 131072), or why the data was refused (below 0). */
export function decompressChunk(scheme: u32, input: usize, size: usize, out: usize, length: usize): i32 {
  if (scheme === LZ4) return decodeFrame(input, size, out, length);
  const decoded = decodeFrame(input, size, GROUPED, length);
  if (decoded >= 0) join(GROUPED, length, out);
  return decoded;
}
