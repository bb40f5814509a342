// Content-defined cuts (gear hash), by xet-core's rule: h = 0 at the chunk's start; for each byte h = (h << 1) + TABLE[byte]; cut
// after the byte when size >= CHUNK_MIN and the top 16 bits of h are 0, or when size = CHUNK_MAX.
//
// The top bits depend on the last 64 bytes only, and CHUNK_MIN is larger than that, so a scan may start anywhere, 63 bytes
// ahead of the first position it judges: the first 8191 bytes of a chunk are skipped, and two streams run side by side.

import { GEAR_TABLE } from "./gear-table";

const CHUNK_MIN: usize = 8192;
const CHUNK_MAX: usize = 131072;
/** Bytes in front of a position that its hash needs. */
const WARM_UP: usize = 63;
/** Bytes that each of two streams scans at a time. */
const STRIPE: usize = 2048;
/** Kept in memory, not in the code: engines then hold it in a register. */
const MASK: usize = memory.data<u64>([0xffff000000000000]);

/** Gear hash of the bytes [at - WARM_UP, at). */
function warmUp(at: usize): u64 {
  let h: u64 = 0;
  let p = at - WARM_UP;
  while (p < at) {
    h = (h << 1) + load<u64>((<usize>load<u8>(p)) << 3, GEAR_TABLE);
    ++p;
  }
  return h;
}

/** The first address in [from, to) whose hash ends a chunk, or `none`. h is the hash just before `from`. */
function scanOne(h: u64, from: usize, to: usize, none: usize): usize {
  const mask = load<u64>(MASK);
  while (from < to) {
    h = (h << 1) + load<u64>((<usize>load<u8>(from)) << 3, GEAR_TABLE);
    if (!(h & mask)) return from;
    ++from;
  }
  return none;
}

/** The same with two streams: stripe by stripe, one in the first half, one in the second. */
function scan(from: usize, to: usize): usize {
  const mask = load<u64>(MASK);
  let h = warmUp(from);
  while (to - from >= 2 * STRIPE) {
    let g = warmUp(from + STRIPE);
    const end = from + STRIPE;
    while (from < end) {
      h = (h << 1) + load<u64>((<usize>load<u8>(from)) << 3, GEAR_TABLE);
      if (!(h & mask)) return from;
      g = (g << 1) + load<u64>((<usize>load<u8>(from, STRIPE)) << 3, GEAR_TABLE);
      if (!(g & mask)) return scanOne(h, from + 1, end, from + STRIPE);
      h = (h << 1) + load<u64>((<usize>load<u8>(from, 1)) << 3, GEAR_TABLE);
      if (!(h & mask)) return from + 1;
      g = (g << 1) + load<u64>((<usize>load<u8>(from, STRIPE + 1)) << 3, GEAR_TABLE);
      if (!(g & mask)) return scanOne(h, from + 2, end, from + STRIPE + 1);
      h = (h << 1) + load<u64>((<usize>load<u8>(from, 2)) << 3, GEAR_TABLE);
      if (!(h & mask)) return from + 2;
      g = (g << 1) + load<u64>((<usize>load<u8>(from, STRIPE + 2)) << 3, GEAR_TABLE);
      if (!(g & mask)) return scanOne(h, from + 3, end, from + STRIPE + 2);
      h = (h << 1) + load<u64>((<usize>load<u8>(from, 3)) << 3, GEAR_TABLE);
      if (!(h & mask)) return from + 3;
      g = (g << 1) + load<u64>((<usize>load<u8>(from, STRIPE + 3)) << 3, GEAR_TABLE);
      if (!(g & mask)) return scanOne(h, from + 4, end, from + STRIPE + 3);
      from += 4;
    }
    h = g;
    from += STRIPE;
  }
  return scanOne(h, from, to, to);
}

/**
 * Length of the chunk that starts at `start`, or 0 when its end is not within `available` bytes. `scanned` bytes of it (0 at
 * first) are known to hold no cut.
 */
export function cut(start: usize, scanned: usize, available: usize): usize {
  const judged = max<usize>(scanned, CHUNK_MIN - 1);
  const limit = min<usize>(available, CHUNK_MAX);
  if (limit > judged) {
    const found = scan(start + judged, start + limit);
    if (found !== start + limit) return found - start + 1;
  }
  return limit === CHUNK_MAX ? CHUNK_MAX : 0;
}
