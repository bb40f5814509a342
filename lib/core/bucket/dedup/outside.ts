/** What stands outside a bucket, by label: other buckets that share its chunks, and deleted files that wait to be freed. */
import type { UseOrder, XorbUses } from "./uses.ts";
import type { ChunkWeights } from "./weights.ts";

/** What stands outside the bucket, by label. */
export interface OutsideLabels {
  count: number;
  /** Labels of deleted files: they hold their chunks only until these are freed, so that they keep nothing from being exclusive. */
  waiting?: readonly number[];
}

export const NO_OUTSIDE: OutsideLabels = { count: 0 };

/** Bits of what holds a chunk. */
const COVERED = 1;
export const BLOCKED = 2;
const WAITING = 4;

/** All values are bytes. */
export class OutsideSums {
  /** By label: what the bucket's files hold and the label too. */
  readonly unique: Float64Array;
  readonly stored: Float64Array;
  /** By label that waits: stored bytes of it that nothing live holds, neither the bucket nor a label that does not wait. */
  readonly waiting: Float64Array;
  /** The same of all waiting labels together. */
  waitingStored = 0;
  /** Of the last xorb read, by chunk: BLOCKED is set if a label that does not wait holds it. */
  holders = new Uint8Array(0);
  private readonly labels: number;
  private readonly waits: Uint8Array;
  /** Disjoint ranges of the xorb, by label. */
  private count = 0;
  private keys = new Float64Array(64);
  private rangeLabels = new Int32Array(64);
  private rangeStarts = new Uint32Array(64);
  private rangeEnds = new Uint32Array(64);
  /** Prefix sums over the xorb's chunks: of those that the bucket covers, and of those that nothing live holds. */
  private coveredUnpacked = new Uint32Array(1);
  private coveredStored = new Uint32Array(1);
  private unheld = new Uint32Array(1);

  constructor({ count, waiting = [] }: OutsideLabels) {
    this.labels = count;
    this.unique = new Float64Array(count);
    this.stored = new Float64Array(count);
    this.waiting = new Float64Array(count);
    this.waits = new Uint8Array(count);
    for (const label of waiting) this.waits[label] = 1;
  }

  /** `covered`: what the bucket holds of the xorb. */
  read(uses: XorbUses, order: UseOrder, covered: Uint32Array, weights: ChunkWeights): void {
    this.grow(weights.count, order.outsideCount);
    this.readRanges(uses, order, weights.count);
    this.sumCovered(covered, weights);
    let waits = false;
    for (let range = 0; range < this.count; range++) {
      const label = this.rangeLabels[range];
      const start = this.rangeStarts[range];
      const end = this.rangeEnds[range];
      this.unique[label] += this.coveredUnpacked[end] - this.coveredUnpacked[start];
      this.stored[label] += this.coveredStored[end] - this.coveredStored[start];
      const holder = this.waits[label] === 1 ? WAITING : BLOCKED;
      if (holder === WAITING) waits = true;
      for (let chunk = start; chunk < end; chunk++) this.holders[chunk] |= holder;
    }
    if (waits) this.addWaiting(weights);
  }

  private grow(chunks: number, ranges: number): void {
    if (this.holders.length < chunks) {
      this.holders = new Uint8Array(chunks);
      this.coveredUnpacked = new Uint32Array(chunks + 1);
      this.coveredStored = new Uint32Array(chunks + 1);
      this.unheld = new Uint32Array(chunks + 1);
    }
    if (this.keys.length < ranges) {
      this.keys = new Float64Array(2 * ranges);
      this.rangeLabels = new Int32Array(2 * ranges);
      this.rangeStarts = new Uint32Array(2 * ranges);
      this.rangeEnds = new Uint32Array(2 * ranges);
    }
  }

  /** Merges the ranges of each label. */
  private readRanges({ starts, ends, leaves }: XorbUses, order: UseOrder, chunks: number): void {
    // Label, start and end in one exact integer.
    const base = chunks + 1;
    const keys = this.keys.subarray(0, order.outsideCount);
    for (let at = 0; at < keys.length; at++) {
      const use = order.outside[at];
      const label = -1 - leaves[use];
      if (label >= this.labels) throw new RangeError(`label ${label} of ${this.labels}`);
      keys[at] = (label * base + starts[use]) * base + ends[use];
    }
    keys.sort();
    let count = 0;
    for (const key of keys) {
      const end = key % base;
      const left = (key - end) / base;
      const start = left % base;
      const label = (left - start) / base;
      if (count > 0 && this.rangeLabels[count - 1] === label && this.rangeEnds[count - 1] >= start) {
        if (this.rangeEnds[count - 1] < end) this.rangeEnds[count - 1] = end;
        continue;
      }
      this.rangeLabels[count] = label;
      this.rangeStarts[count] = start;
      this.rangeEnds[count++] = end;
    }
    this.count = count;
  }

  private sumCovered(covered: Uint32Array, { count, unpacked, stored }: ChunkWeights): void {
    const { holders, coveredUnpacked, coveredStored } = this;
    holders.fill(0, 0, count);
    for (let at = 0; at < covered.length; at += 2) holders.fill(COVERED, covered[at], covered[at + 1]);
    for (let chunk = 0; chunk < count; chunk++) {
      const held = holders[chunk] === COVERED;
      coveredUnpacked[chunk + 1] = coveredUnpacked[chunk] + (held ? unpacked[chunk + 1] - unpacked[chunk] : 0);
      coveredStored[chunk + 1] = coveredStored[chunk] + (held ? stored[chunk + 1] - stored[chunk] : 0);
    }
  }

  private addWaiting({ count, stored }: ChunkWeights): void {
    const { holders, unheld } = this;
    for (let chunk = 0; chunk < count; chunk++) {
      const bytes = (holders[chunk] & (COVERED | BLOCKED)) === 0 ? stored[chunk + 1] - stored[chunk] : 0;
      unheld[chunk + 1] = unheld[chunk] + bytes;
      if (holders[chunk] === WAITING) this.waitingStored += bytes;
    }
    for (let range = 0; range < this.count; range++) {
      const label = this.rangeLabels[range];
      if (this.waits[label] === 0) continue;
      this.waiting[label] += unheld[this.rangeEnds[range]] - unheld[this.rangeStarts[range]];
    }
  }
}
