// Byte grouping: all bytes at positions = 0 (mod 4), then those = 1, 2, 3. The first groups are one longer when the length is
// not a multiple of 4 (reference section 3.1). Little-endian floats then have their exponents side by side.

import { LANES } from "./layout";

/** First address of group `group` in a grouped form of `length` bytes at `base`. */
export function groupStart(base: usize, length: usize, group: usize): usize {
  return base + (length >> 2) * group + min<usize>(length & 3, group);
}

/** Writes the grouped form of `length` bytes. */
export function split(input: usize, length: usize, out: usize): void {
  let g0 = out;
  let g1 = groupStart(out, length, 1);
  let g2 = groupStart(out, length, 2);
  let g3 = groupStart(out, length, 3);
  const end = input + length;
  while (end - input >= 64) {
    const a = grouped(v128.load(input));
    const b = grouped(v128.load(input, 16));
    const c = grouped(v128.load(input, 32));
    const d = grouped(v128.load(input, 48));
    const ab01 = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const ab23 = i32x4.shuffle(a, b, 2, 6, 3, 7);
    const cd01 = i32x4.shuffle(c, d, 0, 4, 1, 5);
    const cd23 = i32x4.shuffle(c, d, 2, 6, 3, 7);
    v128.store(g0, i64x2.shuffle(ab01, cd01, 0, 2));
    v128.store(g1, i64x2.shuffle(ab01, cd01, 1, 3));
    v128.store(g2, i64x2.shuffle(ab23, cd23, 0, 2));
    v128.store(g3, i64x2.shuffle(ab23, cd23, 1, 3));
    g0 += 16;
    g1 += 16;
    g2 += 16;
    g3 += 16;
    input += 64;
  }
  while (end - input >= 4) {
    store<u8>(g0++, load<u8>(input));
    store<u8>(g1++, load<u8>(input, 1));
    store<u8>(g2++, load<u8>(input, 2));
    store<u8>(g3++, load<u8>(input, 3));
    input += 4;
  }
  if (input < end) store<u8>(g0, load<u8>(input));
  if (end - input > 1) store<u8>(g1, load<u8>(input, 1));
  if (end - input > 2) store<u8>(g2, load<u8>(input, 2));
}

/** Undoes `split`. */
export function join(input: usize, length: usize, out: usize): void {
  let g0 = input;
  let g1 = groupStart(input, length, 1);
  let g2 = groupStart(input, length, 2);
  let g3 = groupStart(input, length, 3);
  const end = out + length;
  while (end - out >= 64) {
    const a = v128.load(g0);
    const b = v128.load(g1);
    const c = v128.load(g2);
    const d = v128.load(g3);
    const abLow = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const abHigh = i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const cdLow = i8x16.shuffle(c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const cdHigh = i8x16.shuffle(c, d, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v128.store(out, i16x8.shuffle(abLow, cdLow, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(out, i16x8.shuffle(abLow, cdLow, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    v128.store(out, i16x8.shuffle(abHigh, cdHigh, 0, 8, 1, 9, 2, 10, 3, 11), 32);
    v128.store(out, i16x8.shuffle(abHigh, cdHigh, 4, 12, 5, 13, 6, 14, 7, 15), 48);
    g0 += 16;
    g1 += 16;
    g2 += 16;
    g3 += 16;
    out += 64;
  }
  while (end - out >= 4) {
    store<u8>(out, load<u8>(g0++));
    store<u8>(out, load<u8>(g1++), 1);
    store<u8>(out, load<u8>(g2++), 2);
    store<u8>(out, load<u8>(g3++), 3);
    out += 4;
  }
  if (out < end) store<u8>(out, load<u8>(g0));
  if (end - out > 1) store<u8>(out, load<u8>(g1), 1);
  if (end - out > 2) store<u8>(out, load<u8>(g2), 2);
}

/** Four words -> their first bytes, their second, third, fourth. */
function grouped(words: v128): v128 {
  return i8x16.shuffle(words, words, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

const SAMPLES: usize = 512;
/** Samples that fall elsewhere than in the first lane, from which on lanes count as different. Noise has about 100. */
const DIFFERENT: u32 = 192;
/** Sums of squared counts from which on a lane is no noise, which has about 17000, and from which on it has few values: four, say. */
const NO_NOISE: u32 = 20000;
const FEW: u32 = 65536;

/** What `sampleLanes` gives, besides bit n when lane n has few values. */
export const LANES_DIFFER: u32 = 16;
export const LANES_NO_NOISE: u32 = 32;

/**
 * Guesses whether grouping may help, by what the four bytes of sampled words look like (their upper halves): in text or noise
 * all four look the same, in numbers they do not (LANES_DIFFER). Short inputs are not worth a guess.
 */
export function sampleLanes(input: usize, length: usize): u32 {
  if (length < 16 * SAMPLES) return LANES_DIFFER;
  memory.fill(LANES, 0, 4 * 16 * 2);
  // An odd number of words, so that halves of 8-byte numbers are looked at in turns.
  const stride = ((length / SAMPLES - 4) & ~7) | 4;
  const end = input + stride * SAMPLES;
  while (input < end) {
    const word = load<u32>(input);
    count(LANES + ((word >> 3) & 0x1e));
    count(LANES + 32 + ((word >> 11) & 0x1e));
    count(LANES + 64 + ((word >> 19) & 0x1e));
    count(LANES + 96 + ((word >> 27) & 0x1e));
    input += stride;
  }
  let found: u32 = 0;
  for (let lane: usize = 0; lane < 4; ++lane) {
    let different: u32 = 0;
    let squares: u32 = 0;
    for (let value: usize = 0; value < 32; value += 2) {
      const times = <i32>load<u16>(LANES + 32 * lane + value);
      different += abs<i32>(<i32>load<u16>(LANES + value) - times);
      squares += times * times;
    }
    if (different > DIFFERENT) found |= LANES_DIFFER;
    if (squares >= NO_NOISE) found |= LANES_NO_NOISE;
    if (squares >= FEW) found |= 1 << (<u32>lane);
  }
  return found;
}

function count(counter: usize): void {
  store<u16>(counter, load<u16>(counter) + 1);
}
