// Keyed BLAKE3 (32 bytes out). A leaf is 1024 bytes; eight or four leaves, or parents, are hashed side by side in v128 lanes.
// The tree is folded level by level, an odd last node passed up: the same tree as the left-full one of the paper (section 2.1).

import { compress1, compress4, compress8 } from "./build/blake3-rounds";
import { BLAKE3_BLOCK, BLAKE3_HASHES, BLAKE3_TREE } from "./layout";

const LEAF_BYTES: usize = 1024;
const LEAF_START: u32 = 1;
const LEAF_END: u32 = 2;
const PARENT: u32 = 4;
const ROOT: u32 = 8;
const KEYED: u32 = 16;

/** One leaf of 0 to 1024 bytes. */
function hashLeaf(input: usize, length: usize, counter: u32, key: usize, root: u32, out: usize): void {
  memory.copy(out, key, 32);
  let flags = KEYED | LEAF_START;
  while (length > 64) {
    compress1(out, input, 64, counter, flags, out);
    flags = KEYED;
    input += 64;
    length -= 64;
  }
  let block = input;
  if (length < 64) {
    block = BLAKE3_BLOCK;
    memory.fill(block, 0, 64);
    memory.copy(block, input, length);
  }
  compress1(out, block, <u32>length, counter, flags | LEAF_END | root, out);
}

/**
 * Up to eight inputs side by side; arguments are those of `compress8`. Groups that are not full are hashed beside their place: what lies
 * behind it may still be wanted.
 */
function compressLanes(
  lanes: u32,
  input: usize,
  stride: usize,
  blocks: i32,
  counter: u32,
  step: u32,
  flags: u32,
  first: u32,
  last: u32,
  key: usize,
  out: usize,
): void {
  const to = lanes === 8 || lanes === 4 ? out : BLAKE3_HASHES;
  if (lanes > 4) compress8(input, stride, blocks, counter, step, flags, first, last, key, to);
  else compress4(input, stride, blocks, counter, step, flags, first, last, key, to);
  if (to !== out) memory.copy(out, to, 32 * lanes);
}

/** Hash values of all leaves of `length` bytes, packed at `out`. Reads up to 3 leaves past the end, never uses what it read. */
function hashLeaves(input: usize, length: usize, counter: u32, key: usize, out: usize): u32 {
  const whole = <u32>(length / LEAF_BYTES);
  const count = whole + u32(length % LEAF_BYTES !== 0);
  let done: u32 = 0;
  while (whole - done >= 2) {
    const lanes = min<u32>(8, whole - done);
    compressLanes(lanes, input, LEAF_BYTES, 16, counter + done, 1, KEYED, LEAF_START, LEAF_END, key, out);
    done += lanes;
    input += LEAF_BYTES * lanes;
    length -= LEAF_BYTES * lanes;
    out += 32 * lanes;
  }
  while (done < count) {
    hashLeaf(input, min<usize>(length, LEAF_BYTES), counter + done, key, 0, out);
    ++done;
    input += LEAF_BYTES;
    length -= LEAF_BYTES;
    out += 32;
  }
  return count;
}

/** Folds `count` hash values at `tree` into one at `out`; spoils `tree`. */
function fold(tree: usize, count: u32, key: usize, root: u32, out: usize): void {
  while (count > 2) {
    const parents = count >> 1;
    let from = tree;
    let to = tree;
    let left = parents;
    while (left > 0) {
      const lanes = min<u32>(8, left);
      compressLanes(lanes, from, 64, 1, 0, 0, KEYED | PARENT, 0, 0, key, to);
      from += 64 * lanes;
      to += 32 * lanes;
      left -= lanes;
    }
    if (count & 1) memory.copy(to, from, 32);
    count = parents + (count & 1);
  }
  if (count === 2) compress1(key, tree, 64, 0, KEYED | PARENT | root, out);
  else memory.copy(out, tree, 32);
}

/** Keyed hash of up to 1 MiB. */
export function keyedHash(key: usize, input: usize, length: usize, out: usize): void {
  if (length <= LEAF_BYTES) {
    hashLeaf(input, length, 0, key, ROOT, out);
    return;
  }
  fold(BLAKE3_TREE, hashLeaves(input, length, 0, key, BLAKE3_TREE), key, ROOT, out);
}

/**
 * One piece of a longer input: its subtree's hash value, to be given to `keyedFold` in order. Every piece but the last is 1 MiB;
 * `counter` is the index of the piece's first leaf.
 */
export function keyedPiece(key: usize, input: usize, length: usize, counter: u32, out: usize): void {
  fold(BLAKE3_TREE, hashLeaves(input, length, counter, key, BLAKE3_TREE), key, 0, out);
}

/** The hash of an input of two pieces or more; spoils `pieces`. */
export function keyedFold(key: usize, pieces: usize, count: u32, out: usize): void {
  fold(pieces, count, key, ROOT, out);
}
