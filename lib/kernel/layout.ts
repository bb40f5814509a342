// The kernel's own memory. Addresses below SCRATCH_END belong to it; everything above belongs to whoever loaded the module
// (lib/core/xet/kernel.ts), which hands in pointers. Static data (tables) starts at 1024.

/** Transposed BLAKE3 blocks of twice four lanes: 2 x 16 x v128. */
export const BLAKE3_MESSAGE: usize = 0x2000;
/** One zero-padded block: 64 bytes. */
export const BLAKE3_BLOCK: usize = 0x2200;
/** Eight hashes on their way out: 256 bytes. */
export const BLAKE3_HASHES: usize = 0x2240;
/** Text of one Merkle node: at most 9 lines of 88 bytes. */
export const NODE_TEXT: usize = 0x2400;
/** Hash values of leaves and parents, 32 bytes each, for 1 MiB of input. */
export const BLAKE3_TREE: usize = 0x3000;
/** Addresses less 1, by hash of what lies there: at most 16384 x u32. */
export const LZ4_TABLE: usize = 0xb000;
/** What a dense search found: 256 addresses less 1 (u32) and lengths (u8, and 16 zeros that nobody writes). */
export const LZ4_CANDIDATES: usize = 0x1b000;
export const LZ4_LENGTHS: usize = 0x1b400;
/** How often each upper half byte was seen, by place in a word: 4 x 16 x u16. */
export const LANES: usize = 0x1bb00;
/** Byte-grouped form of one chunk, with room for wide copies past its end. */
export const GROUPED: usize = 0x20000;
/** First address that is not the kernel's. */
export const SCRATCH_END: usize = 0x48000;
