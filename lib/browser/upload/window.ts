/**
 * Chunks whose fate is open because a question about them, or about one before them, is on its way. Between `dedup.ts` and `pack.ts`:
 * hashing goes on meanwhile, and leaves here in order.
 */
import { CHUNK_MAX } from "#lib/core/xet/constants.ts";
import type { Found } from "./dedup.ts";

export interface HeldChunk<File> {
  file: File;
  seq: number;
  first: boolean;
  hash: Uint8Array;
  length: number;
  /** Null where it was known already. Of one that was taken: good until the next is pushed. */
  bytes: Uint8Array | null;
  found: Found | null;
}

/** Marks the end of a file among its chunks, so that files end in order too. */
export interface HeldEnd<File> {
  file: File;
  seq: number;
  end: true;
}

export type Held<File> = HeldChunk<File> | HeldEnd<File>;

/** Bytes and chunks that may wait, beyond which hashing waits too: what is hashed in some 20 ms. */
const WINDOW_BYTES = 16 * 1024 * 1024;
const WINDOW_CHUNKS = 8192;
/** Bytes are kept in slabs of this size, which are used again: left to the collector, they would pile up. */
const SLAB_BYTES = 2 * 1024 * 1024;

interface Slab {
  room: Uint8Array;
  filled: number;
  /** Chunks of it that wait. */
  chunks: number;
}

export class Window<File> {
  #held: Held<File>[] = [];
  #from = 0;
  #bytes = 0;
  /** In the order they are filled, which is that in which they get free. */
  #slabs: Slab[] = [];
  #free: Slab[] = [];

  get empty(): boolean {
    return this.#from === this.#held.length;
  }

  get full(): boolean {
    return this.#bytes > WINDOW_BYTES || this.#held.length - this.#from > WINDOW_CHUNKS;
  }

  /** Keeps a copy of the bytes. */
  push(held: Held<File>): void {
    if ("bytes" in held && held.bytes !== null) {
      this.#bytes += held.bytes.length;
      this.#held.push({ ...held, bytes: this.#keep(held.bytes) });
    } else this.#held.push(held);
  }

  /** The next one that is older than `oldest` (null: whatever is next); null when there is none. */
  take(oldest: number | null): Held<File> | null {
    const held = this.#held[this.#from];
    if (held === undefined || (oldest !== null && held.seq >= oldest)) return null;
    this.#from += 1;
    if ("bytes" in held && held.bytes !== null) {
      this.#bytes -= held.bytes.length;
      this.#release();
    }
    if (this.#from === this.#held.length || this.#from > 4096) {
      this.#held = this.#held.slice(this.#from);
      this.#from = 0;
    }
    return held;
  }

  #keep(bytes: Uint8Array): Uint8Array {
    let slab = this.#slabs.at(-1);
    if (slab === undefined || slab.filled + CHUNK_MAX > SLAB_BYTES) {
      slab = this.#free.pop() ?? { room: new Uint8Array(SLAB_BYTES), filled: 0, chunks: 0 };
      this.#slabs.push(slab);
    }
    const kept = slab.room.subarray(slab.filled, slab.filled + bytes.length);
    kept.set(bytes);
    slab.filled += bytes.length;
    slab.chunks += 1;
    return kept;
  }

  #release(): void {
    const [slab] = this.#slabs;
    slab.chunks -= 1;
    if (slab.chunks > 0) return;
    this.#slabs.shift();
    slab.filled = 0;
    this.#free.push(slab);
  }
}
