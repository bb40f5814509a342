/**
 * A xorb's serialized form (reference/xet-protocol 3.1): what is uploaded, stored, and addressed by byte ranges.
 * The browser's worker encodes with this file, the server's workers walk with it.
 */
import { HubError } from "#lib/core/errors.ts";
import {
  CHUNK_COMPRESSED_MAX,
  CHUNK_HEADER_BYTES,
  CHUNK_MAX,
  SCHEME_BG4_LZ4,
  type Scheme,
  XORB_CHUNKS_MAX,
  XORB_SERIALIZED_MAX,
} from "./constants.ts";

/** A chunk as it stands in a xorb. */
export interface PackedChunk {
  scheme: Scheme;
  /** Compressed by `scheme`. */
  data: Uint8Array;
  /** Bytes before compression. */
  length: number;
}

/** A packed chunk and where it stands: `[start, end)` in the serialized bytes, header included. */
export interface WalkedChunk extends PackedChunk {
  start: number;
  end: number;
}

/** What stands in front of each chunk: u8 version 0, u24 compressed bytes, u8 scheme, u24 unpacked bytes. */
export function encodeChunkHeader(target: Uint8Array, at: number, chunk: PackedChunk): void {
  const packed = chunk.data.length;
  target[at] = 0;
  target[at + 1] = packed;
  target[at + 2] = packed >> 8;
  target[at + 3] = packed >> 16;
  target[at + 4] = chunk.scheme;
  target[at + 5] = chunk.length;
  target[at + 6] = chunk.length >> 8;
  target[at + 7] = chunk.length >> 16;
}

/** One serialized xorb of these chunks, in order, without a footer. */
export function encodeXorb(chunks: Iterable<PackedChunk>): Uint8Array {
  const all = [...chunks];
  const xorb = new Uint8Array(all.reduce((sum, chunk) => sum + CHUNK_HEADER_BYTES + chunk.data.length, 0));
  let at = 0;
  for (const chunk of all) {
    encodeChunkHeader(xorb, at, chunk);
    xorb.set(chunk.data, at + CHUNK_HEADER_BYTES);
    at += CHUNK_HEADER_BYTES + chunk.data.length;
  }
  return xorb;
}

/** `XETBLOB`: begins the footer that local caches append; nothing after it belongs to the chunks. */
const FOOTER_IDENT = Uint8Array.of(0x58, 0x45, 0x54, 0x42, 0x4c, 0x4f, 0x42);
/** A footer of the most chunks takes some 330 kB. */
const FOOTER_BYTES_MAX = 1024 * 1024;

const bad = (message: string) => new HubError("BadRequest", `Invalid xorb: ${message}.`);

/**
 * Walks a serialized xorb, or any run of whole chunks of one, fed in pieces of any size. Holds at most one chunk.
 * Refuses all that no reader would take; the data itself is checked by who decompresses it.
 */
export class XorbWalker {
  /** Chunks walked, and the bytes they take unpacked and serialized, headers included. */
  chunks = 0;
  unpackedBytes = 0;
  serializedBytes = 0;
  /** A chunk that began in an earlier piece; made when one does. */
  private carry = new Uint8Array(0);
  private carried = 0;
  private footerBytes = 0;

  /** The chunks that `piece` completes; their data is valid until the next one is taken. Throws BadRequest, PayloadTooLarge. */
  *push(piece: Uint8Array): Generator<WalkedChunk, void, undefined> {
    let at = 0;
    while (at < piece.length) {
      if (this.footerBytes > 0) {
        this.footerBytes += piece.length - at;
        if (this.footerBytes > FOOTER_BYTES_MAX) throw bad("its footer is too long");
        return;
      }
      const left = piece.length - at;
      if (this.carried === 0 && left >= CHUNK_HEADER_BYTES) {
        if (isFooter(piece, at)) {
          this.footerBytes = CHUNK_HEADER_BYTES;
          at += CHUNK_HEADER_BYTES;
          continue;
        }
        const size = CHUNK_HEADER_BYTES + packedLength(piece, at, this.chunks);
        if (left >= size) {
          at += size;
          yield this.take(piece, at - size, size);
          continue;
        }
      }
      at += this.fill(piece, at, CHUNK_HEADER_BYTES);
      if (this.carried < CHUNK_HEADER_BYTES) return;
      if (isFooter(this.carry, 0)) {
        this.footerBytes = CHUNK_HEADER_BYTES;
        this.carried = 0;
        continue;
      }
      const size = CHUNK_HEADER_BYTES + packedLength(this.carry, 0, this.chunks);
      at += this.fill(piece, at, size);
      if (this.carried < size) return;
      this.carried = 0;
      yield this.take(this.carry, 0, size);
    }
  }

  /** To be called after the last piece. Throws BadRequest when a chunk is cut off or there is none. */
  finish(): void {
    if (this.carried > 0) throw bad(`it ends inside chunk ${this.chunks}`);
    if (this.chunks === 0) throw bad("it holds no chunk");
  }

  /** Copies from `piece` until `size` bytes are carried; returns how many it took. */
  private fill(piece: Uint8Array, at: number, size: number): number {
    const count = Math.max(0, Math.min(size - this.carried, piece.length - at));
    if (this.carry.length === 0) this.carry = new Uint8Array(CHUNK_HEADER_BYTES + CHUNK_COMPRESSED_MAX);
    this.carry.set(piece.subarray(at, at + count), this.carried);
    this.carried += count;
    return count;
  }

  private take(source: Uint8Array, at: number, size: number): WalkedChunk {
    if (this.chunks === XORB_CHUNKS_MAX) throw bad(`it holds more than ${XORB_CHUNKS_MAX} chunks`);
    const start = this.serializedBytes;
    const length = readU24(source, at + 5);
    this.chunks += 1;
    this.unpackedBytes += length;
    this.serializedBytes += size;
    if (this.serializedBytes > XORB_SERIALIZED_MAX) {
      throw new HubError("PayloadTooLarge", `A xorb may take ${XORB_SERIALIZED_MAX} bytes.`);
    }
    const data = source.subarray(at + CHUNK_HEADER_BYTES, at + size);
    return { scheme: source[at + 4] as Scheme, data, length, start, end: this.serializedBytes };
  }
}

function isFooter(bytes: Uint8Array, at: number): boolean {
  return FOOTER_IDENT.every((byte, i) => bytes[at + i] === byte);
}

function readU24(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
}

/** Compressed bytes announced by a checked header. */
function packedLength(bytes: Uint8Array, at: number, chunk: number): number {
  const packed = readU24(bytes, at + 1);
  const unpacked = readU24(bytes, at + 5);
  if (bytes[at] !== 0) throw bad(`chunk ${chunk} has version ${bytes[at]}`);
  if (bytes[at + 4] > SCHEME_BG4_LZ4) throw bad(`chunk ${chunk} has unknown compression ${bytes[at + 4]}`);
  if (packed > CHUNK_COMPRESSED_MAX) throw bad(`chunk ${chunk} announces ${packed} compressed bytes`);
  if (unpacked > CHUNK_MAX) throw bad(`chunk ${chunk} announces ${unpacked} bytes`);
  if (unpacked === 0) throw bad(`chunk ${chunk} is empty`);
  return packed;
}

/**
 * Where the chunks of a xorb lie: for each a u32 serialized end (header included) and a u32 unpacked end, as kept beside
 * each stored xorb. A chunk may have been dropped: it keeps index and unpacked length, and takes no serialized bytes.
 */
export class ChunkOffsets {
  readonly count: number;
  private readonly ends: Uint32Array;

  constructor(ends: Uint32Array) {
    this.ends = ends;
    this.count = ends.length / 2;
  }

  /** From the little-endian bytes of a stored table. */
  static decode(bytes: Uint8Array): ChunkOffsets {
    return new ChunkOffsets(new Uint32Array(bytes.slice().buffer));
  }

  encode(): Uint8Array {
    return new Uint8Array(this.ends.buffer, this.ends.byteOffset, this.ends.byteLength);
  }

  /** Serialized offset at which chunk `index` begins; `count` gives the end of the last. */
  byteAt(index: number): number {
    return index === 0 ? 0 : this.ends[2 * index - 2];
  }

  /** Unpacked offset at which chunk `index` begins; `count` gives the total. */
  unpackedAt(index: number): number {
    return index === 0 ? 0 : this.ends[2 * index - 1];
  }

  lengthOf(index: number): number {
    return this.unpackedAt(index + 1) - this.unpackedAt(index);
  }

  isDropped(index: number): boolean {
    return this.byteAt(index) === this.byteAt(index + 1);
  }

  hasDropped(start: number, end: number): boolean {
    for (let i = start; i < end; i++) if (this.isDropped(i)) return true;
    return false;
  }

  /** The first chunk that begins at a serialized offset; -1 when none does. `count` for the end of the last. */
  chunkAt(byte: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.byteAt(middle) < byte) low = middle + 1;
      else high = middle;
    }
    return this.byteAt(low) === byte ? low : -1;
  }

  /** Where chunks lie when those that are marked are dropped too. */
  without(dropped: ArrayLike<number>): ChunkOffsets {
    const ends = new Uint32Array(2 * this.count);
    let end = 0;
    for (let i = 0; i < this.count; i++) {
      if (!dropped[i]) end += this.byteAt(i + 1) - this.byteAt(i);
      ends[2 * i] = end;
      ends[2 * i + 1] = this.unpackedAt(i + 1);
    }
    return new ChunkOffsets(ends);
  }
}
