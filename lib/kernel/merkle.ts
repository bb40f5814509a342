// Aggregation of chunk hashes to a root (reference section 1.3). Lengths are f64: they come from JavaScript and pass 4 GiB.

import { keyedHash } from "./blake3";
import { NODE_TEXT } from "./layout";

const CHILDREN_MAX: u32 = 9;

/** 64 hex digits of a hash: each of its four words, last byte first. */
function putHex(hash: usize, out: usize): void {
  for (let half: usize = 0; half < 2; ++half) {
    const bytes = v128.load(hash + 16 * half);
    const turned = i8x16.shuffle(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
    const high = i8x16.shr_u(turned, 4);
    const low = v128.and(turned, i8x16.splat(15));
    const digits = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102);
    const first = i8x16.shuffle(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const second = i8x16.shuffle(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v128.store(out + 32 * half, i8x16.swizzle(digits, first));
    v128.store(out + 32 * half, i8x16.swizzle(digits, second), 16);
  }
}

/** Decimal digits of n; gives the address behind them. */
function putDecimal(n: u64, out: usize): usize {
  let digits: usize = 1;
  let rest = n;
  while (rest >= 10) {
    rest /= 10;
    ++digits;
  }
  let at = out + digits;
  rest = n;
  while (at > out) {
    --at;
    store<u8>(at, <u8>(48 + (rest % 10)));
    rest /= 10;
  }
  return out + digits;
}

/** Number of children of the group that starts at `hashes`, of which `left` remain on this level. */
function groupLength(hashes: usize, left: u32): u32 {
  if (left <= 2) return left;
  const limit = min<u32>(CHILDREN_MAX, left);
  let i: u32 = 2;
  // Modulo 4 of a hash is that of its last word.
  while (i < limit && load<u8>(hashes + 32 * i, 24) & 3) ++i;
  return i < limit ? i + 1 : limit;
}

/**
 * Folds one level, or a part of it: groups are cut from `count` children as long as they cannot depend on what follows (`last`:
 * nothing does). Writes parents to `parents` and `sums`, which may be the children's own places. Gives consumed << 16 | parents.
 */
export function foldLevel(
  key: usize,
  hashes: usize,
  lengths: usize,
  count: u32,
  last: bool,
  parents: usize,
  sums: usize,
): u32 {
  const reserve: u32 = last ? 1 : CHILDREN_MAX;
  let left = count;
  let made: u32 = 0;
  while (left >= reserve) {
    const group = groupLength(hashes, left);
    let text = NODE_TEXT;
    let sum: f64 = 0;
    for (let i: u32 = 0; i < group; ++i) {
      putHex(hashes, text);
      store<u8>(text, 0x20, 64);
      store<u8>(text, 0x3a, 65);
      store<u8>(text, 0x20, 66);
      const length = load<f64>(lengths);
      text = putDecimal(<u64>length, text + 67);
      store<u8>(text++, 0x0a);
      sum += length;
      hashes += 32;
      lengths += 8;
    }
    keyedHash(key, NODE_TEXT, text - NODE_TEXT, parents);
    store<f64>(sums, sum);
    parents += 32;
    sums += 8;
    ++made;
    left -= group;
  }
  return ((count - left) << 16) | made;
}
