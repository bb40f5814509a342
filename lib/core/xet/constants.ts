/** Every number of the Xet protocol, with its unit and source (xet-core, and hub-docs `docs/xet`). */

/** Bytes of a hash. Its text form is 64 hex digits: four little-endian u64, each printed big-endian. */
export const HASH_BYTES = 32;
export const ZERO_HASH = "0".repeat(64);

/** Chunk sizes in bytes (xet_data/src/deduplication/chunking.rs). */
export const CHUNK_MIN = 8192;
export const CHUNK_TARGET = 65536;
export const CHUNK_MAX = 131072;
/** A chunk ends after the byte at which the gear hash has no bit of this mask set. */
export const CHUNK_MASK = 0xffff000000000000n;

/** Bytes of the header in front of each chunk of a xorb. */
export const CHUNK_HEADER_BYTES = 8;
/** xet-core refuses a chunk whose compressed form is larger than this. */
export const CHUNK_COMPRESSED_MAX = 2 * CHUNK_MAX;
/** Most chunks in a xorb. */
export const XORB_CHUNKS_MAX = 8192;
/** Most bytes of a xorb: clients cut at this many *unpacked* bytes. */
export const XORB_BYTES_MAX = 64 * 1024 * 1024;
/** What a server accepts: a full xorb of incompressible chunks carries one header a chunk on top. */
export const XORB_SERIALIZED_MAX = XORB_BYTES_MAX + XORB_CHUNKS_MAX * CHUNK_HEADER_BYTES;
/** Most bytes of an upload: a xorb and the footer that some client may append. */
export const XORB_BODY_MAX = XORB_SERIALIZED_MAX + 1024 * 1024;
/** Most bytes of an uploaded shard, with room for a footer. */
export const SHARD_BYTES_MAX = 64 * 1024 * 1024 + 64 * 1024;

/** Compression schemes of a chunk (xorb chunk header, byte 4). */
export const SCHEME_NONE = 0;
export const SCHEME_LZ4 = 1;
export const SCHEME_BG4_LZ4 = 2;
export type Scheme = typeof SCHEME_NONE | typeof SCHEME_LZ4 | typeof SCHEME_BG4_LZ4;

/** BLAKE3 keys, 32 bytes each. A file hash uses the zero key. */
// biome-ignore format: four lines of eight read better than thirty-two
export const DATA_KEY = Uint8Array.of(
  102, 151, 245, 119, 91, 149, 80, 222, 49, 53, 203, 172, 165, 151, 24, 28,
  157, 228, 33, 16, 155, 235, 43, 88, 180, 208, 176, 75, 147, 173, 242, 41,
);
// biome-ignore format: as above
export const NODE_KEY = Uint8Array.of(
  1, 126, 197, 199, 165, 71, 41, 150, 253, 148, 102, 102, 180, 138, 2, 230,
  93, 221, 83, 111, 55, 199, 109, 210, 248, 99, 82, 230, 74, 83, 113, 63,
);
// biome-ignore format: as above
export const VERIFICATION_KEY = Uint8Array.of(
  127, 24, 87, 214, 206, 86, 237, 102, 18, 127, 249, 19, 231, 165, 195, 243,
  164, 205, 38, 213, 181, 219, 73, 230, 65, 36, 152, 127, 40, 251, 148, 195,
);
export const ZERO_KEY = new Uint8Array(32);

/** In the Merkle tree a node ends after a child whose hash is 0 modulo this, within the limits below. */
export const MERKLE_MODULUS = 4;
export const MERKLE_CHILDREN_MAX = 9;

/** A chunk may be asked for in the global dedup query when its hash is 0 modulo this, or when it starts a file. */
export const DEDUP_MODULUS = 1024;
