/** What stands outside a bucket, by label: other buckets that share its chunks, and deleted files that wait to be freed. */
import { mergeIntervals } from "./coverage.ts";
import type { UseOrder, XorbUses } from "./uses.ts";
import type { ChunkWeights } from "./weights.ts";

/** What stands outside the bucket, by label. */
export interface OutsideLabels {
  count: number;
  /** Labels of deleted files: they hold their chunks only until these are freed, so that they keep nothing from being exclusive. */
  waiting?: readonly number[];
}

export const NO_OUTSIDE: OutsideLabels = { count: 0 };

/** All values are bytes. */
export class OutsideSums {
  /** By label: what the bucket's files hold and the label too. */
  readonly unique: Float64Array;
  readonly stored: Float64Array;
  /** By label that waits: stored bytes of it that nothing live holds, neither the bucket nor a label that does not wait. */
  readonly waiting: Float64Array;
  /** The same of all waiting labels together. */
  waitingStored = 0;
  /** Of the last xorb read, by chunk: 1 if a label that does not wait holds it. */
  blocked = new Uint8Array(0);
  private readonly waits: Uint8Array;
  private readonly labels: number;
  /** Prefix sums over the xorb's chunks: of those that the bucket covers, and of those that nothing live holds. */
  private coveredUnpacked = new Uint32Array(0);
  private coveredStored = new Uint32Array(0);
  private unheld = new Uint32Array(0);

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
    this.sumCovered(covered, weights);
    const byLabel = this.rangesByLabel(uses, order);
    this.blocked.fill(0, 0, weights.count);
    for (const [label, ranges] of byLabel) {
      for (let at = 0; at < ranges.length; at += 2) {
        const start = ranges[at];
        const end = ranges[at + 1];
        this.unique[label] += this.coveredUnpacked[end] - this.coveredUnpacked[start];
        this.stored[label] += this.coveredStored[end] - this.coveredStored[start];
        if (this.waits[label] === 0) this.blocked.fill(1, start, end);
      }
    }
    this.addWaiting(byLabel, covered, weights);
  }

  private rangesByLabel({ starts, ends, leaves }: XorbUses, order: UseOrder): Map<number, Uint32Array> {
    const lists = new Map<number, { starts: number[]; ends: number[] }>();
    for (let at = 0; at < order.outsideCount; at++) {
      const use = order.outside[at];
      const label = -1 - leaves[use];
      if (label >= this.labels) throw new RangeError(`label ${label} of ${this.labels}`);
      const list = lists.get(label) ?? { starts: [], ends: [] };
      list.starts.push(starts[use]);
      list.ends.push(ends[use]);
      lists.set(label, list);
    }
    return new Map([...lists].map(([label, list]) => [label, mergeIntervals(list.starts, list.ends)]));
  }

  private sumCovered(covered: Uint32Array, { count, unpacked, stored }: ChunkWeights): void {
    if (this.coveredUnpacked.length <= count) {
      this.coveredUnpacked = new Uint32Array(count + 1);
      this.coveredStored = new Uint32Array(count + 1);
      this.unheld = new Uint32Array(count + 1);
      this.blocked = new Uint8Array(count);
    }
    let range = 0;
    for (let chunk = 0; chunk < count; chunk++) {
      while (range < covered.length && covered[range + 1] <= chunk) range += 2;
      const inside = range < covered.length && covered[range] <= chunk;
      this.coveredUnpacked[chunk + 1] =
        this.coveredUnpacked[chunk] + (inside ? unpacked[chunk + 1] - unpacked[chunk] : 0);
      this.coveredStored[chunk + 1] = this.coveredStored[chunk] + (inside ? stored[chunk + 1] - stored[chunk] : 0);
    }
  }

  private addWaiting(byLabel: Map<number, Uint32Array>, covered: Uint32Array, { count, stored }: ChunkWeights): void {
    const waiting = [...byLabel].filter(([label]) => this.waits[label] !== 0);
    if (waiting.length === 0) return;
    const held = this.blocked.slice(0, count);
    for (let at = 0; at < covered.length; at += 2) held.fill(1, covered[at], covered[at + 1]);
    for (let chunk = 0; chunk < count; chunk++) {
      this.unheld[chunk + 1] = this.unheld[chunk] + (held[chunk] === 0 ? stored[chunk + 1] - stored[chunk] : 0);
    }
    const starts: number[] = [];
    const ends: number[] = [];
    for (const [label, ranges] of waiting) {
      for (let at = 0; at < ranges.length; at += 2) {
        this.waiting[label] += this.unheld[ranges[at + 1]] - this.unheld[ranges[at]];
        starts.push(ranges[at]);
        ends.push(ranges[at + 1]);
      }
    }
    const all = mergeIntervals(starts, ends);
    for (let at = 0; at < all.length; at += 2) this.waitingStored += this.unheld[all[at + 1]] - this.unheld[all[at]];
  }
}
