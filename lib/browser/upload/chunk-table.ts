/**
 * Chunk hash -> place, for hundreds of thousands of chunks: open addressing over typed arrays, some 50 bytes a chunk. What the line
 * keeps of the chunks it made, and of each answer of the store.
 */
import { HASH_BYTES } from "#lib/core/xet/constants.ts";
import type { Place, XorbRef } from "./xorb.ts";

const EMPTY = -1;

export class ChunkTable {
  #hashes: Uint8Array;
  #indices: Uint16Array;
  #xorbNumbers: Uint32Array;
  #slots: Int32Array;
  #xorbs: XorbRef[] = [];
  #count = 0;
  readonly #most: number;

  /** Beyond `most` chunks the older half is forgotten. */
  constructor(expected = 512, most = Number.POSITIVE_INFINITY) {
    const room = Math.max(16, expected);
    this.#most = most;
    this.#hashes = new Uint8Array(room * HASH_BYTES);
    this.#indices = new Uint16Array(room);
    this.#xorbNumbers = new Uint32Array(room);
    this.#slots = new Int32Array(slotsFor(room)).fill(EMPTY);
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#hashes.length + 6 * this.#indices.length + 4 * this.#slots.length;
  }

  /** Chunks of one xorb are to be added in order, one after another. */
  add(hashes: Uint8Array, at: number, xorb: XorbRef, index: number): void {
    if (this.#count >= this.#most) this.#forgetHalf();
    if (this.#count === this.#indices.length) this.#resize(2 * this.#count);
    if (this.#xorbs.at(-1) !== xorb) this.#xorbs.push(xorb);
    const entry = this.#count++;
    this.#hashes.set(hashes.subarray(at, at + HASH_BYTES), entry * HASH_BYTES);
    this.#indices[entry] = index;
    this.#xorbNumbers[entry] = this.#xorbs.length - 1;
    this.#link(entry);
  }

  /** Entry of a chunk, or -1. `expected`: looked at first, so that a run of chunks stays in one xorb. */
  find(hash: Uint8Array, expected = EMPTY): number {
    if (expected > EMPTY && expected < this.#count && this.#equals(expected, hash) && !this.#xorbOf(expected).lost) {
      return expected;
    }
    const mask = this.#slots.length - 1;
    for (let slot = wordAt(hash, 0) & mask; this.#slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot];
      if (this.#equals(entry, hash) && !this.#xorbOf(entry).lost) return entry;
    }
    return EMPTY;
  }

  place(entry: number): Place {
    return { xorb: this.#xorbOf(entry), index: this.#indices[entry] };
  }

  holds(xorb: XorbRef): boolean {
    return this.#xorbs.includes(xorb);
  }

  /** Xorbs from that of `entry` to the last one added. */
  xorbsAfter(entry: number): number {
    return this.#xorbs.length - 1 - this.#xorbNumbers[entry];
  }

  #xorbOf(entry: number): XorbRef {
    return this.#xorbs[this.#xorbNumbers[entry]];
  }

  #equals(entry: number, hash: Uint8Array): boolean {
    const start = entry * HASH_BYTES;
    for (let i = 0; i < HASH_BYTES; i++) if (this.#hashes[start + i] !== hash[i]) return false;
    return true;
  }

  #link(entry: number): void {
    const mask = this.#slots.length - 1;
    const hash = this.#hashes.subarray(entry * HASH_BYTES, (entry + 1) * HASH_BYTES);
    let slot = wordAt(hash, 0) & mask;
    while (this.#slots[slot] !== EMPTY) {
      // One entry a hash: thousands of equal chunks must not become a chain. The others are still found as `expected`.
      if (this.#equals(this.#slots[slot], hash)) return;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = entry;
  }

  #relink(): void {
    this.#slots.fill(EMPTY);
    for (let entry = 0; entry < this.#count; entry++) this.#link(entry);
  }

  #resize(room: number): void {
    const { hashes, indices, numbers } = { hashes: this.#hashes, indices: this.#indices, numbers: this.#xorbNumbers };
    this.#hashes = new Uint8Array(room * HASH_BYTES);
    this.#hashes.set(hashes);
    this.#indices = new Uint16Array(room);
    this.#indices.set(indices);
    this.#xorbNumbers = new Uint32Array(room);
    this.#xorbNumbers.set(numbers);
    this.#slots = new Int32Array(slotsFor(room));
    this.#relink();
  }

  #forgetHalf(): void {
    const from = this.#count >> 1;
    const first = this.#xorbNumbers[from];
    this.#hashes.copyWithin(0, from * HASH_BYTES, this.#count * HASH_BYTES);
    this.#indices.copyWithin(0, from, this.#count);
    this.#xorbNumbers.copyWithin(0, from, this.#count);
    this.#count -= from;
    for (let entry = 0; entry < this.#count; entry++) this.#xorbNumbers[entry] -= first;
    this.#xorbs = this.#xorbs.slice(first);
    this.#relink();
  }
}

/** A power of two, at least twice the entries. */
function slotsFor(room: number): number {
  return 2 ** Math.ceil(Math.log2(2 * room));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
