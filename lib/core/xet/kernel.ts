/**
 * The WASM kernel (lib/kernel), made at first use; below hash.ts, chunk.ts and compress.ts. This file alone knows its memory:
 * 3 MiB that never grow, so views of it never die, but what they show changes with the next call.
 */
import { KERNEL_WASM } from "../../kernel/build/kernel.ts";
import { CHUNK_MAX, DATA_KEY, HASH_BYTES, NODE_KEY, type Scheme, VERIFICATION_KEY, ZERO_KEY } from "./constants.ts";

interface KernelExports {
  memory: WebAssembly.Memory;
  SCRATCH_END: WebAssembly.Global;
  keyedHash(key: number, input: number, length: number, out: number): void;
  keyedPiece(key: number, input: number, length: number, counter: number, out: number): void;
  keyedFold(key: number, pieces: number, count: number, out: number): void;
  foldLevel(
    key: number,
    hashes: number,
    lengths: number,
    count: number,
    last: number,
    parents: number,
    sums: number,
  ): number;
  cutChunks(key: number, input: number, length: number, scanned: number, hashes: number, lengths: number): number;
  compressChunk(input: number, length: number, first: number, second: number): number;
  decompressChunk(scheme: number, input: number, size: number, out: number, length: number): number;
}

/** Most bytes that one call takes in; also how much of a stream is cut at a time. */
export const WINDOW_BYTES = 1024 * 1024;
/** Most hashes that `foldLevel` takes at a time. */
export const FOLD_MAX = 8192;

/** Wide loads and stores may touch this much past the end of a region. */
const SLACK = 4096;
const LEAF_BYTES = 1024;

// Addresses. What lies below 0x48000 is the kernel's own (lib/kernel/layout.ts).
const KEYS = 0x48000;
const RESULT = 0x48200;
const HASHES = 0x49000; // 256 x 32 bytes: a window holds at most (1 MiB + 128 KiB) / 8 KiB chunks
const LENGTHS = 0x4b000; // 256 x u32
const ARGUMENT = 0x50000;
const FOLD_LENGTHS = ARGUMENT + FOLD_MAX * HASH_BYTES;
const COMPRESSED = ARGUMENT + WINDOW_BYTES + SLACK;
const COMPRESSED_TOO = COMPRESSED + CHUNK_MAX + SLACK;
const OUTPUT = COMPRESSED_TOO + CHUNK_MAX + SLACK;
const STREAM = OUTPUT + CHUNK_MAX + SLACK;
const PIECES = STREAM + CHUNK_MAX + WINDOW_BYTES + SLACK;
const END = 0x300000;
const PIECES_MAX = Math.floor((END - PIECES) / HASH_BYTES);

const FIXED_KEYS = [DATA_KEY, NODE_KEY, VERIFICATION_KEY, ZERO_KEY];
const DATA_KEY_ADDRESS = KEYS;
const NODE_KEY_ADDRESS = KEYS + HASH_BYTES;
const OTHER_KEY = KEYS + FIXED_KEYS.length * HASH_BYTES;

/** A reader of the stream region who can put its bytes aside when another one needs it. */
export interface StreamOwner {
  leaveStream(): void;
}

export class Kernel {
  readonly #wasm: KernelExports;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #streamOwner: StreamOwner | null = null;

  /** Where a stream is cut: up to CHUNK_MAX bytes of a begun chunk, then up to WINDOW_BYTES of what follows. */
  readonly stream: Uint8Array<ArrayBuffer>;

  constructor() {
    const binary = Uint8Array.from(atob(KERNEL_WASM), (char) => char.charCodeAt(0));
    this.#wasm = new WebAssembly.Instance(new WebAssembly.Module(binary)).exports as unknown as KernelExports;
    const buffer = this.#wasm.memory.buffer as ArrayBuffer;
    if (this.#wasm.SCRATCH_END.value > KEYS || buffer.byteLength < END || PIECES_MAX < 1) {
      throw new Error("kernel and its loader disagree about memory");
    }
    this.#bytes = new Uint8Array(buffer);
    this.stream = this.#bytes.subarray(STREAM, STREAM + CHUNK_MAX + WINDOW_BYTES);
    for (const [index, key] of FIXED_KEYS.entries()) this.#bytes.set(key, KEYS + index * HASH_BYTES);
  }

  /** Keyed BLAKE3 of bytes of any length (up to 1 GiB); 32 bytes, fresh. */
  keyedHash(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const keyAddress = this.#placeKey(key);
    if (bytes.length <= WINDOW_BYTES) {
      this.#wasm.keyedHash(keyAddress, this.#place(bytes), bytes.length, RESULT);
    } else {
      const pieces = Math.ceil(bytes.length / WINDOW_BYTES);
      if (pieces > PIECES_MAX) throw new RangeError(`${bytes.length} bytes are too many to hash at once`);
      for (let piece = 0; piece < pieces; piece++) {
        const part = bytes.subarray(piece * WINDOW_BYTES, (piece + 1) * WINDOW_BYTES);
        const counter = piece * (WINDOW_BYTES / LEAF_BYTES);
        this.#wasm.keyedPiece(keyAddress, this.#place(part), part.length, counter, PIECES + piece * HASH_BYTES);
      }
      this.#wasm.keyedFold(keyAddress, PIECES, pieces, RESULT);
    }
    return this.#bytes.slice(RESULT, RESULT + HASH_BYTES);
  }

  /**
   * Folds up to FOLD_MAX Merkle children to their parents (`last`: nothing follows them on their level). Gives how many children
   * it took, and the parents' hashes (packed) and lengths: views, good until the next call.
   */
  foldLevel(hashes: Uint8Array, lengths: Float64Array, last: boolean) {
    this.#bytes.set(hashes, ARGUMENT);
    this.#bytes.set(new Uint8Array(lengths.buffer, lengths.byteOffset, lengths.byteLength), FOLD_LENGTHS);
    const count = lengths.length;
    const out = this.#wasm.foldLevel(
      NODE_KEY_ADDRESS,
      ARGUMENT,
      FOLD_LENGTHS,
      count,
      Number(last),
      ARGUMENT,
      FOLD_LENGTHS,
    );
    const parents = out & 0xffff;
    return {
      taken: out >>> 16,
      hashes: this.#bytes.subarray(ARGUMENT, ARGUMENT + parents * HASH_BYTES),
      lengths: new Float64Array(this.#bytes.buffer, FOLD_LENGTHS, parents),
    };
  }

  /** Makes `owner` the one whose bytes are in `stream`; the one before is told to put its own aside. True when it changed. */
  takeStream(owner: StreamOwner | null): boolean {
    if (this.#streamOwner === owner) return false;
    this.#streamOwner?.leaveStream();
    this.#streamOwner = owner;
    return true;
  }

  /**
   * Cuts and hashes the chunks that end within the first `length` bytes of `stream`, `scanned` bytes of which are known to hold
   * no cut. Packed hashes and lengths are fresh.
   */
  cutStream(length: number, scanned: number) {
    const count = this.#wasm.cutChunks(DATA_KEY_ADDRESS, STREAM, length, scanned, HASHES, LENGTHS);
    return {
      count,
      hashes: this.#bytes.slice(HASHES, HASHES + count * HASH_BYTES),
      lengths: new Uint32Array(this.#bytes.buffer, LENGTHS, count).slice(),
    };
  }

  /** Chunk hash of the first `length` bytes (up to CHUNK_MAX) of `stream`; fresh. */
  hashStream(length: number): Uint8Array<ArrayBuffer> {
    this.#wasm.keyedHash(DATA_KEY_ADDRESS, STREAM, length, RESULT);
    return this.#bytes.slice(RESULT, RESULT + HASH_BYTES);
  }

  /** Smallest form of a chunk: its scheme, and its data as a view (of the input itself for scheme 0), good until the next call. */
  compress(bytes: Uint8Array): { scheme: Scheme; data: Uint8Array } {
    const packed = this.#wasm.compressChunk(this.#place(bytes), bytes.length, COMPRESSED, COMPRESSED_TOO);
    if (packed === 0) return { scheme: 0, data: bytes };
    const scheme = (packed & 3) as Scheme;
    const start = packed < 0 ? COMPRESSED_TOO : COMPRESSED;
    return { scheme, data: this.#bytes.subarray(start, start + ((packed & 0x7fffffff) >>> 2)) };
  }

  /**
   * Undoes scheme 1 or 2 for data of up to 1 MiB and a length of up to CHUNK_MAX. Gives a view, good until the next call, or the
   * number of the fault (below 0, lib/kernel/lz4-frame.ts).
   */
  decompress(scheme: Scheme, data: Uint8Array, length: number): Uint8Array<ArrayBuffer> | number {
    this.#bytes.set(data, ARGUMENT);
    const result = this.#wasm.decompressChunk(scheme, ARGUMENT, data.length, OUTPUT, length);
    return result < 0 ? result : this.#bytes.subarray(OUTPUT, OUTPUT + length);
  }

  /** Address of bytes within the kernel's memory: their own when they are views of it, else that of a copy. */
  #place(bytes: Uint8Array): number {
    if (bytes.buffer === this.#bytes.buffer) return bytes.byteOffset;
    this.#bytes.set(bytes, ARGUMENT);
    return ARGUMENT;
  }

  #placeKey(key: Uint8Array): number {
    const index = FIXED_KEYS.indexOf(key as Uint8Array<ArrayBuffer>);
    if (index >= 0) return KEYS + index * HASH_BYTES;
    if (key.length !== HASH_BYTES) throw new RangeError(`a BLAKE3 key has ${HASH_BYTES} bytes, not ${key.length}`);
    this.#bytes.set(key, OTHER_KEY);
    return OTHER_KEY;
  }
}

let instance: Kernel | undefined;

/** The kernel of this thread. */
export function kernel(): Kernel {
  instance ??= new Kernel();
  return instance;
}
