// LZ4 blocks (lz4/lz4, doc/lz4_Block_format.md): sequences of a token, literals, an offset and a match length.
// Copies are 16 bytes wide: whoever calls leaves 32 bytes behind inputs and outputs that may be read or overwritten.

import { LZ4_TABLE } from "./layout";

const TABLE_BITS: u32 = 14;
const MATCH_MIN: usize = 4;
/** The last match starts this many bytes before the end, and the last LITERALS_MIN bytes are literals. */
const MATCH_LIMIT: usize = 12;
const LITERALS_MIN: usize = 5;
const OFFSET_MAX: u32 = 65535;
/** After this many misses (as a power of 2) the search strides one byte wider. */
const SKIP: u32 = 6;

/**
 * What the table's entries count from. It grows by more than OFFSET_MAX past each block, so that entries of earlier blocks are
 * too far away to be taken and the table need not be cleared.
 */
let epoch: u32 = OFFSET_MAX + 1;

function slot(sequence: u32): usize {
  return LZ4_TABLE + ((<usize>((sequence * 2654435761) >> (32 - TABLE_BITS))) << 2);
}

/** Copies at least `length` bytes, 16 at a time. */
function copyWide(to: usize, from: usize, length: usize): void {
  const end = to + length;
  v128.store(to, v128.load(from));
  to += 16;
  from += 16;
  while (to < end) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
}

/** Writes the rest of a length whose first 15 are in the token. */
function putLength(out: usize, rest: usize): usize {
  while (rest >= 255) {
    store<u8>(out++, 255);
    rest -= 255;
  }
  store<u8>(out, <u8>rest);
  return out + 1;
}

/** How many bytes at `a` (up to `end`) equal those at b < a. */
function commonLength(a: usize, b: usize, end: usize): usize {
  const start = a;
  while (a + 8 <= end) {
    const difference = load<u64>(a) ^ load<u64>(b);
    if (difference) return a - start + <usize>(ctz<u64>(difference) >> 3);
    a += 8;
    b += 8;
  }
  while (a < end && load<u8>(a) === load<u8>(b)) {
    ++a;
    ++b;
  }
  return a - start;
}

/** Compresses `length` bytes to `out`. Gives the number of bytes written, or 0 when they would not be fewer than `limit`. */
export function encodeBlock(input: usize, length: usize, out: usize, limit: usize): usize {
  const outEnd = out + limit;
  let to = out;
  let anchor = input;
  const end = input + length;
  if (length > MATCH_LIMIT) {
    if (epoch > 0xfff00000 - <u32>length) {
      memory.fill(LZ4_TABLE, 0, (<usize>4) << TABLE_BITS);
      epoch = OFFSET_MAX + 1;
    }
    const base = epoch - <u32>input;
    epoch += <u32>length + OFFSET_MAX + 1;
    const searchEnd = end - MATCH_LIMIT;
    const matchEnd = end - LITERALS_MIN;
    store<u32>(slot(load<u32>(input)), base + <u32>input);
    let at = input + 1;
    let misses: u32 = 1 << SKIP;
    while (at <= searchEnd) {
      const sequence = load<u32>(at);
      const place = slot(sequence);
      const distance = base + <u32>at - load<u32>(place);
      store<u32>(place, base + <u32>at);
      if (distance > OFFSET_MAX || load<u32>(at - distance) !== sequence) {
        at += misses >> SKIP;
        ++misses;
        continue;
      }
      misses = 1 << SKIP;
      let match = at - distance;
      while (at > anchor && match > input && load<u8>(at - 1) === load<u8>(match - 1)) {
        --at;
        --match;
      }
      const literals = at - anchor;
      const matched = commonLength(at + MATCH_MIN, match + MATCH_MIN, matchEnd);
      if (to + literals + literals / 255 + matched / 255 + 5 >= outEnd) return 0;
      const token = to++;
      if (literals >= 15) {
        store<u8>(token, <u8>(0xf0 | min<usize>(matched, 15)));
        to = putLength(to, literals - 15);
      } else {
        store<u8>(token, <u8>((literals << 4) | min<usize>(matched, 15)));
      }
      copyWide(to, anchor, literals);
      to += literals;
      store<u16>(to, <u16>distance);
      to += 2;
      if (matched >= 15) to = putLength(to, matched - 15);
      at += MATCH_MIN + matched;
      anchor = at;
      if (at <= searchEnd) store<u32>(slot(load<u32>(at - 2)), base + <u32>at - 2);
    }
  }
  const literals = end - anchor;
  if (to + literals + literals / 255 + 2 >= outEnd) return 0;
  if (literals >= 15) {
    store<u8>(to, 0xf0);
    to = putLength(to + 1, literals - 15);
  } else {
    store<u8>(to++, <u8>(literals << 4));
  }
  memory.copy(to, anchor, literals);
  return to + literals - out;
}

/**
 * Decompresses the block [input, end) to `out`, at most up to `outEnd`; matches may reach back to `window`. Gives the end of the
 * output, or 0 when the block is malformed. Never writes past outEnd + 32, whatever the block holds.
 */
export function decodeBlock(input: usize, end: usize, out: usize, outEnd: usize, window: usize): usize {
  while (input < end) {
    const token = <usize>load<u8>(input++);
    let literals = token >> 4;
    if (literals === 15) {
      let more: usize = 255;
      while (more === 255) {
        if (input >= end) return 0;
        more = <usize>load<u8>(input++);
        literals += more;
      }
    }
    if (literals > end - input || literals > outEnd - out) return 0;
    copyWide(out, input, literals);
    input += literals;
    out += literals;
    if (input === end) return out;
    if (end - input < 2) return 0;
    const distance = <usize>load<u16>(input);
    input += 2;
    if (distance === 0 || distance > out - window) return 0;
    let length = token & 15;
    if (length === 15) {
      let more: usize = 255;
      while (more === 255) {
        if (input >= end) return 0;
        more = <usize>load<u8>(input++);
        length += more;
      }
    }
    length += MATCH_MIN;
    if (length > outEnd - out) return 0;
    if (distance >= 16) copyWide(out, out - distance, length);
    else repeat(out, distance, length);
    out += length;
  }
  // A block ends with literals, if only with none of them.
  return 0;
}

/** Copies a match that overlaps itself: the `distance` (1 to 15) bytes before `out`, over and over. */
function repeat(out: usize, distance: usize, length: usize): void {
  const head = min<usize>(length, 16);
  for (let i: usize = 0; i < head; ++i) store<u8>(out + i, load<u8>(out + i - distance));
  if (length <= 16) return;
  // The same bytes, from a multiple of the period that is at least 16 away.
  const far = ((15 + distance) / distance) * distance;
  copyWide(out + 16, out + 16 - far, length - 16);
}
