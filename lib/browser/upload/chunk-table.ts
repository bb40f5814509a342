/**
 * Chunk hash -> place, for hundreds of thousands of chunks: open addressing over typed arrays, some 25 bytes a chunk. What the line
 * keeps of the chunks it made, and of each answer of the store.
 */
import type { Place, XorbRef } from "./xorb.ts";

const EMPTY = -1;
/**
 * Words of a hash that are kept, half of it. Chunks that agree in 128 bits are the same; were they not, the store would refuse the file,
 * because it verifies the whole hashes of every term.
 */
const WORDS = 4;
/** Entries come in blocks, so that nothing is copied, and nothing left to the collector, as a table grows. */
const BLOCK_BITS = 10;
const BLOCK = 2 ** BLOCK_BITS;

/** Chunks that follow one another in a xorb, from entry `start` on. */
interface Run {
  xorb: XorbRef;
  start: number;
  /** Index in the xorb of the first of them. */
  index: number;
}

export class ChunkTable {
  #blocks: Int32Array[] = [];
  /** Number of an entry and one; 0: free. */
  #slots: Uint32Array;
  #runs: Run[] = [];
  #count = 0;
  readonly #most: number;

  /** Beyond `most` chunks the older half is forgotten. */
  constructor(expected = 512, most = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#slots = new Uint32Array(slotsFor(expected));
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return 4 * (this.#blocks.length * BLOCK * WORDS + this.#slots.length);
  }

  /** Chunks of one xorb are to be added in order, one after another. */
  add(hashes: Uint8Array, at: number, xorb: XorbRef, index: number): void {
    if (this.#count >= this.#most) this.#forgetHalf();
    const entry = this.#count++;
    if (entry === this.#blocks.length * BLOCK) this.#blocks.push(new Int32Array(BLOCK * WORDS));
    for (let word = 0; word < WORDS; word++) this.#setWord(entry, word, wordAt(hashes, at + 4 * word));
    const last = this.#runs.at(-1);
    if (last?.xorb !== xorb || last.index + entry - last.start !== index)
      this.#runs.push({ xorb, start: entry, index });
    if (4 * this.#count > 3 * this.#slots.length) this.#relink(2 * this.#slots.length);
    else this.#link(entry);
  }

  /** Entry of a chunk, or -1. `expected`: looked at first, so that a run of chunks stays in one xorb. */
  find(hash: Uint8Array, expected = EMPTY): number {
    if (expected > EMPTY && expected < this.#count && this.#isOf(expected, hash) && !this.#runOf(expected).xorb.lost) {
      return expected;
    }
    const mask = this.#slots.length - 1;
    for (let slot = wordAt(hash, 0) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] - 1;
      if (this.#isOf(entry, hash) && !this.#runOf(entry).xorb.lost) return entry;
    }
    return EMPTY;
  }

  place(entry: number): Place {
    const { xorb, start, index } = this.#runOf(entry);
    return { xorb, index: index + entry - start };
  }

  holds(xorb: XorbRef): boolean {
    return this.#runs.some((run) => run.xorb === xorb);
  }

  /** Xorbs from that of `entry` to the last one added. */
  xorbsAfter(entry: number): number {
    return this.#runs.length - 1 - this.#runNumber(entry);
  }

  #runOf(entry: number): Run {
    return this.#runs[this.#runNumber(entry)];
  }

  /** The last that begins at or before the entry. */
  #runNumber(entry: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#runs[middle].start <= entry) low = middle;
      else high = middle;
    }
    return low;
  }

  #isOf(entry: number, hash: Uint8Array): boolean {
    for (let word = 0; word < WORDS; word++) if (this.#word(entry, word) !== wordAt(hash, 4 * word)) return false;
    return true;
  }

  #word(entry: number, word: number): number {
    return this.#blocks[entry >>> BLOCK_BITS][(entry % BLOCK) * WORDS + word];
  }

  #setWord(entry: number, word: number, value: number): void {
    this.#blocks[entry >>> BLOCK_BITS][(entry % BLOCK) * WORDS + word] = value;
  }

  #link(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#word(entry, 0) & mask;
    while (this.#slots[slot] !== 0) {
      // One entry a hash: thousands of equal chunks must not become a chain. The others are still found as `expected`.
      if (this.#areEqual(this.#slots[slot] - 1, entry)) return;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = entry + 1;
  }

  #areEqual(a: number, b: number): boolean {
    for (let word = 0; word < WORDS; word++) if (this.#word(a, word) !== this.#word(b, word)) return false;
    return true;
  }

  #relink(slots: number): void {
    this.#slots = new Uint32Array(slots);
    for (let entry = 0; entry < this.#count; entry++) this.#link(entry);
  }

  #forgetHalf(): void {
    const from = this.#count >> 1;
    const run = this.#runNumber(from);
    for (let entry = from; entry < this.#count; entry++) {
      for (let word = 0; word < WORDS; word++) this.#setWord(entry - from, word, this.#word(entry, word));
    }
    this.#count -= from;
    this.#blocks.length = Math.ceil(this.#count / BLOCK);
    this.#runs = this.#runs.slice(run).map(({ xorb, start, index }) => {
      const skipped = Math.max(0, from - start);
      return { xorb, start: start + skipped - from, index: index + skipped };
    });
    this.#relink(this.#slots.length);
  }
}

/** A power of two, of which the entries take three quarters at most. */
function slotsFor(entries: number): number {
  return 2 ** Math.ceil(Math.log2((4 * Math.max(12, entries)) / 3));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
