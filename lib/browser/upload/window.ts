/**
 * Chunks whose fate is open because a question about them, or about one before them, is on its way. Between `dedup.ts` and `pack.ts`:
 * hashing goes on meanwhile, and leaves here in order.
 */
import type { Found } from "./dedup.ts";

export interface HeldChunk<File> {
  file: File;
  seq: number;
  first: boolean;
  hash: Uint8Array;
  length: number;
  /** Null where it was known already. */
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

/** Bytes and chunks that may wait; beyond, hashing waits too. */
const WINDOW_BYTES = 16 * 1024 * 1024;
const WINDOW_CHUNKS = 8192;

export class Window<File> {
  #held: Held<File>[] = [];
  #from = 0;
  #bytes = 0;

  get empty(): boolean {
    return this.#from === this.#held.length;
  }

  get full(): boolean {
    return this.#bytes > WINDOW_BYTES || this.#held.length - this.#from > WINDOW_CHUNKS;
  }

  push(held: Held<File>): void {
    this.#held.push(held);
    if ("bytes" in held) this.#bytes += held.bytes?.length ?? 0;
  }

  /** The next one that is older than `oldest` (null: whatever is next); null when there is none. */
  take(oldest: number | null): Held<File> | null {
    const held = this.#held[this.#from];
    if (held === undefined || (oldest !== null && held.seq >= oldest)) return null;
    this.#from += 1;
    if ("bytes" in held) this.#bytes -= held.bytes?.length ?? 0;
    if (this.#from === this.#held.length || this.#from > 4096) {
      this.#held = this.#held.slice(this.#from);
      this.#from = 0;
    }
    return held;
  }
}
