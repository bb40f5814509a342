// LZ4 blocks (lz4/lz4, doc/lz4_Block_format.md): sequences of a token, literals, an offset and a match length.
// Copies are 16 bytes wide: whoever calls leaves 32 bytes behind inputs and outputs that may be read or overwritten.

import { groupStart } from "./bg4";
import { LZ4_CANDIDATES, LZ4_LENGTHS, LZ4_TABLE } from "./layout";

/** Shortest match that the format can say. */
const MATCH_MIN: usize = 4;
/** The last match starts this many bytes before the end, and the last LITERALS_MIN bytes are literals. */
const MATCH_LIMIT: usize = 12;
const LITERALS_MIN: usize = 5;
/** After this many misses (as a power of 2) the sparse search strides one byte wider. */
const SKIP: u32 = 6;
/** Positions that the dense search looks at in one go; a multiple of 16. */
const DENSE: usize = 256;
const OFFSET_MAX: usize = 65535;
/** Bytes of input for each sequence from which the sparse search is the better one. */
const LONG: usize = 16;

/**
 * What is searched for. TEXT: matches from 4 bytes. WEIGHTS (grouped): matches of 4 bytes are many and save one byte each, 5 bytes
 * pay more, with a table half as large, which stays in the first cache. PATTERNS: from 4 bytes, and never densely, because a
 * dense search enters all positions and the nearest repetition is rarely the longest.
 */
export const TEXT: u32 = 0;
export const WEIGHTS: u32 = 1;
export const PATTERNS: u32 = 2;

const FOUR_BYTES: u64 = 2654435761 << 32;
const FOUR_SHIFT: u64 = 64 - 14;
/** Inputs for which a smaller table is enough. */
const SMALL: usize = 4096;
const SMALL_SHIFT: u64 = 64 - 12;
const FIVE_BYTES: u64 = 889523592379 << 24;
const FIVE_SHIFT: u64 = 64 - 13;
/**
 * Bytes of a lane that are searched densely before every second position is enough, because most of what is common has been entered.
 * 8 KiB is half of an average chunk's lane: fewer bytes than hf_xet makes of bf16 weights, at nine tenths of the speed of 1 KiB (1.6 % more).
 */
const SETTLING: usize = 8192;
/** Short matches in a row that call for the dense search. */
const SHORT_RUN: u32 = 4;

/** Entry of the table, as an offset. */
function entry(word: u64, factor: u64, shift: u64): usize {
  return (<usize>((word * factor) >> shift)) << 2;
}

/** Whether a match at `at` can lie `distance` back. */
function inReach(input: usize, at: usize, distance: usize): bool {
  return distance - 1 < min<usize>(at - input, OFFSET_MAX);
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

/** Writes one sequence: `literals` bytes from `anchor`, then a match of MATCH_MIN + `matched` bytes. Gives the end of it. */
function putSequence(to: usize, anchor: usize, literals: usize, distance: usize, matched: usize): usize {
  const token = to++;
  store<u8>(token, <u8>((min<usize>(literals, 15) << 4) | min<usize>(matched, 15)));
  if (literals >= 15) to = putLength(to, literals - 15);
  copyWide(to, anchor, literals);
  to += literals;
  store<u16>(to, <u16>distance);
  to += 2;
  return matched >= 15 ? putLength(to, matched - 15) : to;
}

/** Most bytes that putSequence writes. */
function sequenceBound(literals: usize, matched: usize): usize {
  return literals + literals / 255 + matched / 255 + 5;
}

/**
 * Looks up and enters DENSE positions from `at`, without a branch: how many of 8 bytes are equal is in LZ4_LENGTHS, what the table
 * held in LZ4_CANDIDATES.
 */
function searchDense(at: usize, factor: u64, shift: u64): void {
  let lengths = LZ4_LENGTHS;
  let candidates = LZ4_CANDIDATES;
  const end = at + DENSE;
  while (at < end) {
    let word: u64;
    let place: usize;
    let candidate: u32;
    word = load<u64>(at);
    place = entry(word, factor, shift);
    candidate = load<u32>(place, LZ4_TABLE);
    store<u32>(place, <u32>at - 1, LZ4_TABLE);
    store<u32>(candidates, candidate);
    store<u8>(lengths, <u32>(ctz<u64>(word ^ load<u64>(candidate, 1)) >> 3));
    word = load<u64>(at, 1);
    place = entry(word, factor, shift);
    candidate = load<u32>(place, LZ4_TABLE);
    store<u32>(place, <u32>at, LZ4_TABLE);
    store<u32>(candidates, candidate, 4);
    store<u8>(lengths, <u32>(ctz<u64>(word ^ load<u64>(candidate, 1)) >> 3), 1);
    word = load<u64>(at, 2);
    place = entry(word, factor, shift);
    candidate = load<u32>(place, LZ4_TABLE);
    store<u32>(place, <u32>at + 1, LZ4_TABLE);
    store<u32>(candidates, candidate, 8);
    store<u8>(lengths, <u32>(ctz<u64>(word ^ load<u64>(candidate, 1)) >> 3), 2);
    word = load<u64>(at, 3);
    place = entry(word, factor, shift);
    candidate = load<u32>(place, LZ4_TABLE);
    store<u32>(place, <u32>at + 2, LZ4_TABLE);
    store<u32>(candidates, candidate, 12);
    store<u8>(lengths, <u32>(ctz<u64>(word ^ load<u64>(candidate, 1)) >> 3), 3);
    lengths += 4;
    candidates += 16;
    at += 4;
  }
}

/**
 * The same at every second position, looking at the byte before it as well: half of the work, and most of the matches when there
 * are many. Candidates are at even indexes. Of 8 equal bytes the last may not be.
 */
function searchPairs(at: usize, factor: u64, shift: u64): void {
  let lengths = LZ4_LENGTHS;
  let candidates = LZ4_CANDIDATES;
  const end = at + DENSE;
  while (at < end) {
    let word: u64;
    let place: usize;
    let candidate: u32;
    word = load<u64>(at);
    place = entry(word >> 8, factor, shift);
    candidate = load<u32>(place, LZ4_TABLE);
    store<u32>(place, <u32>at, LZ4_TABLE);
    store<u32>(candidates, candidate);
    word ^= load<u64>(candidate);
    store<u8>(lengths, <u32>(ctz<u64>(word) >> 3));
    store<u8>(lengths, <u32>(ctz<u64>(word >> 8) >> 3), 1);
    word = load<u64>(at, 2);
    place = entry(word >> 8, factor, shift);
    candidate = load<u32>(place, LZ4_TABLE);
    store<u32>(place, <u32>at + 2, LZ4_TABLE);
    store<u32>(candidates, candidate, 8);
    word ^= load<u64>(candidate);
    store<u8>(lengths, <u32>(ctz<u64>(word) >> 3), 2);
    store<u8>(lengths, <u32>(ctz<u64>(word >> 8) >> 3), 3);
    lengths += 4;
    candidates += 16;
    at += 4;
  }
}

/**
 * Compresses `length` bytes to `out`. Gives the number of bytes written, or 0 when they would not be fewer than `limit`.
 *
 * The table holds addresses less 1, which is what searchPairs wants; whatever lies there is compared and measured before it is
 * used. Two searches take turns: a sparse one, which strides wider the longer it finds nothing and jumps over long
 * matches, and a dense one for short matches side by side (weights, text), where mispredicted branches would cost most.
 * Of WEIGHTS, bit n of `uneven` says that lane n has few values: there the dense search starts at once.
 */
export function encodeBlock(input: usize, length: usize, out: usize, limit: usize, kind: u32, uneven: u32 = 0): usize {
  const factor = kind === WEIGHTS ? FIVE_BYTES : FOUR_BYTES;
  const shift = kind === WEIGHTS ? FIVE_SHIFT : length <= SMALL ? SMALL_SHIFT : FOUR_SHIFT;
  const least = i8x16.splat(<i8>MATCH_MIN - 1);
  const outEnd = out + limit;
  let to = out;
  let anchor = input;
  const end = input + length;
  if (length > MATCH_LIMIT) {
    memory.fill(LZ4_TABLE, 0, 4 << (<usize>(64 - shift)));
    const searchEnd = end - MATCH_LIMIT;
    const matchEnd = end - LITERALS_MIN;
    let at = input + 1;
    let misses: u32 = 1 << SKIP;
    let short: u32 = 0;
    let lane: usize = 0;
    let laneStart = kind === WEIGHTS ? input : end;
    let settled = input; // within a lane: 0 until a dense search begins
    while (at <= searchEnd) {
      let dense = false;
      if (at >= laneStart) {
        // The lane before says little about this one. Half of the lanes are noise, so strides grow early.
        misses = 4 << SKIP;
        short = 0;
        settled = 0;
        dense = ((uneven >> <u32>lane) & 1) === 1;
        laneStart = ++lane < 4 ? groupStart(input, length, lane) : end;
      }
      if (!dense) {
        const word = load<u64>(at);
        const place = entry(word, factor, shift);
        let match = <usize>load<u32>(place, LZ4_TABLE) + 1;
        const distance = at - match;
        store<u32>(place, <u32>at - 1, LZ4_TABLE);
        if (<u32>word !== load<u32>(match) || !inReach(input, at, distance)) {
          at += misses >> SKIP;
          ++misses;
          continue;
        }
        misses = 1 << SKIP;
        while (at > anchor && match > input && load<u8>(at - 1) === load<u8>(match - 1)) {
          --at;
          --match;
        }
        const matched = commonLength(at + MATCH_MIN, match + MATCH_MIN, matchEnd);
        if (to + sequenceBound(at - anchor, matched) >= outEnd) return 0;
        to = putSequence(to, anchor, at - anchor, distance, matched);
        at += MATCH_MIN + matched;
        anchor = at;
        // Text gains by it, periodic numbers lose: they want the farther, longer repetition.
        if (kind !== PATTERNS && at <= searchEnd)
          store<u32>(entry(load<u64>(at - 2), factor, shift), <u32>at - 3, LZ4_TABLE);

        short = matched < LONG ? short + 1 : 0;
        dense = kind !== PATTERNS && short >= SHORT_RUN;
      }
      if (dense && settled === 0) settled = at + SETTLING;
      while (dense && at + DENSE <= searchEnd) {
        const start = at;
        const stop = at + DENSE;
        let sequences: usize = 0;
        const pairs = kind === WEIGHTS && at >= settled;
        if (pairs) searchPairs(start, factor, shift);
        else searchDense(start, factor, shift);
        const even: usize = pairs ? ~1 : ~0;
        const origin = pairs ? start : start - 1;
        while (at < stop) {
          const found = i8x16.bitmask(i8x16.gt_s(v128.load(at - start, LZ4_LENGTHS), least));
          if (found === 0) {
            at = min<usize>(at + 16, stop);
            continue;
          }
          at += <usize>ctz<i32>(found);
          const index = at - start;
          const distance = origin + (index & even) - <usize>load<u32>((index & even) << 2, LZ4_CANDIDATES);
          let matched = <usize>load<u8>(index, LZ4_LENGTHS) - MATCH_MIN;
          if (!inReach(input, at, distance)) {
            ++at;
            continue;
          }
          if (matched === 8 - MATCH_MIN) matched = commonLength(at + MATCH_MIN, at + MATCH_MIN - distance, matchEnd);
          const literals = at - anchor;
          if (max(literals, matched) < 15) {
            if (to + 18 >= outEnd) return 0;
            store<u8>(to, <u8>((literals << 4) | matched));
            v128.store(to, v128.load(anchor), 1);
            store<u16>(to + literals, <u16>distance, 1);
            to += literals + 3;
          } else {
            if (to + sequenceBound(literals, matched) >= outEnd) return 0;
            to = putSequence(to, anchor, literals, distance, matched);
          }
          at += MATCH_MIN + matched;
          anchor = at;
          ++sequences;
        }
        dense = sequences * LONG > at - start || at < settled;
      }
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
  const far = ((<usize>15 + distance) / distance) * distance;
  copyWide(out + 16, out + 16 - far, length - 16);
}
