// The kernel: every byte-by-byte loop of the Xet protocol, as one WASM module. Imports nothing, allocates nothing.

export { keyedFold, keyedHash, keyedPiece } from "./blake3";
export { cutChunks } from "./chunk";
export { compressChunk, decompressChunk } from "./compress";
export { SCRATCH_END } from "./layout";
export { foldLevel } from "./merkle";
