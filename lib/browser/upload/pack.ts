/**
 * New chunks -> xorbs, over all files of a job: third stage of the line. A chunk is compressed from where it lies in the kernel's
 * memory straight into the xorb that is being filled.
 */
import { compressChunk } from "#lib/core/xet/compress.ts";
import { CHUNK_HEADER_BYTES, CHUNK_MAX, HASH_BYTES, XORB_BYTES_MAX, XORB_CHUNKS_MAX } from "#lib/core/xet/constants.ts";
import { isDedupEligible, xorbHash } from "#lib/core/xet/hash.ts";
import type { ShardXorbInput } from "#lib/core/xet/shard.ts";
import { encodeChunkHeader } from "#lib/core/xet/xorb.ts";
import { type Place, XorbRef } from "./xorb.ts";

/**
 * Unpacked bytes after which a xorb is closed. The protocol allows 64 MiB; half of it halves what is in memory, what a killed tab
 * has to send again, and the wait for the first figures, and costs nothing that was measured.
 */
export const XORB_BYTES = XORB_BYTES_MAX / 2;

/** A xorb on its way. */
export interface PackedXorb {
  ref: XorbRef;
  /** Serialized; a Blob, so that its bytes live outside the worker while it waits and is tried again. */
  body: Blob;
  /**
   * As long as the body, and never touched, so that it takes no memory. A Blob weighs nothing to the collector: without this it would
   * not look for those that were sent, and they would pile up in the browser's own process.
   */
  weight: ArrayBuffer;
  entry: ShardXorbInput;
}

/**
 * Parts on their way out of the worker, beyond which packing waits: until the browser's own process has taken a part over, its bytes lie
 * here, and all that waited for an answer is packed at once.
 */
const LEAVING_MAX = 1;
/** Serialized bytes are gathered in a buffer of this size, which is used again, and moved out when it is full. */
const PART_BYTES = 2 * 1024 * 1024;

export class Packer {
  readonly #limit: number;
  /** False: only measures (a forecast). */
  readonly #keep: boolean;
  readonly #closed: (xorb: PackedXorb) => void;
  readonly #part = new Uint8Array(PART_BYTES);
  #filled = 0;
  #parts: Blob[] = [];
  readonly #leaving = new Set<Promise<unknown>>();
  #ref = new XorbRef(null);
  #hashes = new Uint8Array(512 * HASH_BYTES);
  #lengths: number[] = [];
  #offered: number[] = [];
  #unpacked = 0;
  #stored = 0;

  constructor(closed: (xorb: PackedXorb) => void, { limit = XORB_BYTES, keep = true } = {}) {
    this.#closed = closed;
    this.#limit = limit;
    this.#keep = keep;
  }

  /** Whether a xorb is open that holds something. */
  get open(): boolean {
    return this.#lengths.length > 0;
  }

  /** Whether what was packed should leave before more is added. */
  get crowded(): boolean {
    return this.#leaving.size > LEAVING_MAX;
  }

  /** Resolves when it is not crowded any more. */
  async room(): Promise<void> {
    while (this.crowded) await Promise.race(this.#leaving);
  }

  /** Adds a chunk; `first` of its file: the store is told to let others ask for it. `stored`: serialized bytes. */
  add(bytes: Uint8Array, hash: Uint8Array, first: boolean): Place & { stored: number } {
    if (this.#unpacked + bytes.length > this.#limit || this.#lengths.length === XORB_CHUNKS_MAX) this.close();
    if (this.#filled + CHUNK_HEADER_BYTES + CHUNK_MAX > PART_BYTES) this.#movePart();
    const at = this.#filled;
    const { scheme, data } = compressChunk(bytes, this.#part.subarray(at + CHUNK_HEADER_BYTES));
    encodeChunkHeader(this.#part, at, { scheme, data, length: bytes.length });
    const stored = CHUNK_HEADER_BYTES + data.length;
    const index = this.#lengths.length;
    this.#filled += stored;
    this.#stored += stored;
    this.#unpacked += bytes.length;
    if ((index + 1) * HASH_BYTES > this.#hashes.length) {
      const grown = new Uint8Array(2 * this.#hashes.length);
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes.set(hash, index * HASH_BYTES);
    this.#lengths.push(bytes.length);
    if (first || isDedupEligible(hash)) this.#offered.push(index);
    return { xorb: this.#ref, index, stored };
  }

  /** Ends the open xorb, if there is one. */
  close(): void {
    if (!this.open) return;
    this.#movePart();
    const hashes = this.#hashes.slice(0, this.#lengths.length * HASH_BYTES);
    const lengths = Uint32Array.from(this.#lengths);
    const ref = this.#ref;
    ref.hash = xorbHash(hashes, lengths);
    const entry = { hash: ref.hash, hashes, lengths, storedBytes: this.#stored, offered: this.#offered };
    const body = new Blob(this.#parts);
    this.#parts = [];
    this.#ref = new XorbRef(null);
    this.#lengths = [];
    this.#offered = [];
    this.#unpacked = 0;
    this.#stored = 0;
    if (this.#keep) this.#closed({ ref, body, weight: new ArrayBuffer(body.size), entry });
  }

  #movePart(): void {
    if (this.#keep && this.#filled > 0) {
      const part = new Blob([this.#part.subarray(0, this.#filled)]);
      this.#parts.push(part);
      // Nothing of it can be read before it is there as a whole. What is wrong with it, sending will tell.
      const left: Promise<unknown> = part
        .slice(0, 1)
        .arrayBuffer()
        .catch(() => {})
        .finally(() => this.#leaving.delete(left));
      this.#leaving.add(left);
    }
    this.#filled = 0;
  }
}
