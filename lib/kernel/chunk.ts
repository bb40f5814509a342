// A batch of chunks out of a piece of a stream: cut, hash, next.

import { keyedHash } from "./blake3";
import { cut } from "./gear";

/**
 * Cuts the chunks that end within `length` bytes at `input` (the first starts at `input`, `scanned` bytes of it are known to hold
 * no cut) and writes their hashes (32 bytes each, packed) and lengths (u32 each). Gives their number; bytes after the last
 * one belong to a chunk that ends later.
 */
export function cutChunks(key: usize, input: usize, length: usize, scanned: usize, hashes: usize, lengths: usize): u32 {
  let count: u32 = 0;
  let size = cut(input, scanned, length);
  while (size !== 0) {
    keyedHash(key, input, size, hashes);
    store<u32>(lengths, <u32>size);
    hashes += 32;
    lengths += 4;
    ++count;
    input += size;
    length -= size;
    size = cut(input, 0, length);
  }
  return count;
}
