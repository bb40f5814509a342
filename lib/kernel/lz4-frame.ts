// LZ4 frames (lz4/lz4, doc/lz4_Frame_format.md):
//
//   magic u32 | FLG u8 | BD u8 | [content size u64] | header checksum u8
//   blocks: size u32 (bit 31: stored) | data | [checksum u32]      ended by size 0
//   [content checksum u32]
//
// FLG: bits 7-6 version 01, 5 independent blocks, 4 block checksums, 3 content size, 2 content checksum, 0 dictionary.
// BD: bits 6-4 largest block: 4 is 64 KiB, each step four times more.

import { decodeBlock, encodeBlock } from "./lz4-block";
import { xxh32 } from "./xxh32";

const MAGIC: u32 = 0x184d2204;
const STORED: u32 = 0x80000000;

/** Why a frame was refused; lib/core/xet/compress.ts has the sentences. */
const TRUNCATED: i32 = -1;
const BAD_HEADER: i32 = -2;
const BAD_CHECKSUM: i32 = -3;
const BAD_BLOCK: i32 = -4;
const WRONG_LENGTH: i32 = -5;
const TRAILING: i32 = -6;

const HEADER_BYTES: usize = 7;

/** One frame of one independent block (`kind`: what encodeBlock searches for), or 0 when it would not take fewer than `limit` bytes. */
export function encodeFrame(input: usize, length: usize, out: usize, limit: usize, kind: u32, uneven: u32 = 0): usize {
  if (limit <= HEADER_BYTES + 8) return 0;
  const size = encodeBlock(input, length, out + HEADER_BYTES + 4, limit - HEADER_BYTES - 8, kind, uneven);
  if (size === 0) return 0;
  store<u32>(out, MAGIC);
  store<u8>(out, 0x60, 4);
  store<u8>(out, length > 0x10000 ? 0x50 : 0x40, 5);
  store<u8>(out, <u8>(xxh32(out + 4, 2) >> 8), 6);
  store<u32>(out, <u32>size, 7);
  store<u32>(out + HEADER_BYTES + 4 + size, 0);
  return size + HEADER_BYTES + 8;
}

/** Decodes one frame that must fill [input, input + size) and give `length` bytes. Gives `length`, or why not (below 0). */
export function decodeFrame(input: usize, size: usize, out: usize, length: usize): i32 {
  const end = input + size;
  if (size < HEADER_BYTES) return TRUNCATED;
  if (load<u32>(input) !== MAGIC) return BAD_HEADER;
  const flags = <u32>load<u8>(input, 4);
  const descriptor = <u32>load<u8>(input, 5);
  if (flags >> 6 !== 1 || flags & 3 || descriptor & 0x8f || descriptor < 0x40) return BAD_HEADER;
  const blockMax = (<usize>0x10000) << (((descriptor >> 4) & 3) << 1);
  const headerStart = input + 4;
  input += 6;
  if (flags & 8) {
    if (end - input < 9) return TRUNCATED;
    if (load<u64>(input) !== <u64>length) return WRONG_LENGTH;
    input += 8;
  }
  if (<u32>load<u8>(input) !== ((xxh32(headerStart, input - headerStart) >> 8) & 0xff)) return BAD_CHECKSUM;
  ++input;

  const start = out;
  const outEnd = out + length;
  let open = true;
  while (open) {
    if (end - input < 4) return TRUNCATED;
    const word = load<u32>(input);
    input += 4;
    if (word === 0) {
      open = false;
    } else {
      const bytes = <usize>(word & ~STORED);
      if (bytes > blockMax) return BAD_BLOCK;
      if (bytes > end - input) return TRUNCATED;
      if (word & STORED) {
        if (bytes > outEnd - out) return WRONG_LENGTH;
        memory.copy(out, input, bytes);
        out += bytes;
      } else {
        const window = flags & 0x20 ? out : start;
        out = decodeBlock(input, input + bytes, out, out + min<usize>(outEnd - out, blockMax), window);
        if (out === 0) return BAD_BLOCK;
      }
      const block = input;
      input += bytes;
      if (flags & 0x10) {
        if (end - input < 4) return TRUNCATED;
        if (load<u32>(input) !== xxh32(block, bytes)) return BAD_CHECKSUM;
        input += 4;
      }
    }
  }
  if (out !== outEnd) return WRONG_LENGTH;
  if (flags & 4) {
    if (end - input < 4) return TRUNCATED;
    if (load<u32>(input) !== xxh32(start, length)) return BAD_CHECKSUM;
    input += 4;
  }
  return input === end ? <i32>length : TRAILING;
}
