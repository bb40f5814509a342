/** What the files of given pairs both hold, exactly. */
import { mergeIntervals } from "./coverage.ts";
import { UseOrder, type XorbUses } from "./uses.ts";
import type { ChunkWeights } from "./weights.ts";

/** Add every xorb that they use once, with at least their uses. */
export class PairSums {
  /** By pair: unique bytes that both hold. */
  readonly shared: Float64Array;
  private readonly pairs: readonly { a: number; b: number }[];
  /** By leaf: the pairs in which it is `a`; leaves that are in none are missing. */
  private readonly pairsOf = new Map<number, number[]>();
  private readonly order = new UseOrder();

  constructor(pairs: readonly { a: number; b: number }[]) {
    this.pairs = pairs;
    this.shared = new Float64Array(pairs.length);
    for (const [at, { a, b }] of pairs.entries()) {
      const own = this.pairsOf.get(a) ?? [];
      this.pairsOf.set(a, own);
      own.push(at);
      if (!this.pairsOf.has(b)) this.pairsOf.set(b, []);
    }
  }

  add(uses: XorbUses, weights: ChunkWeights): void {
    const held = this.rangesByLeaf(uses, weights);
    if (held.size < 2) return;
    for (const [leaf, ranges] of held) {
      for (const pair of this.pairsOf.get(leaf) ?? []) {
        const others = held.get(this.pairs[pair].b);
        if (others !== undefined) this.shared[pair] += bytesOfBoth(ranges, others, weights);
      }
    }
  }

  private rangesByLeaf(uses: XorbUses, { count }: ChunkWeights): Map<number, Uint32Array> {
    const { order, pairsOf } = this;
    order.read(uses, count, 2 ** 31);
    const held = new Map<number, Uint32Array>();
    for (let at = 0; at < order.insideCount; ) {
      const leaf = uses.leaves[order.inside[at]];
      const from = at;
      while (at < order.insideCount && uses.leaves[order.inside[at]] === leaf) at++;
      if (!pairsOf.has(leaf)) continue;
      const own = order.inside.subarray(from, at);
      held.set(
        leaf,
        mergeIntervals(
          own.map((use) => uses.starts[use]),
          own.map((use) => uses.ends[use]),
        ),
      );
    }
    return held;
  }
}

/** Both are sorted and disjoint (coverage.ts). */
function bytesOfBoth(a: Uint32Array, b: Uint32Array, { unpacked }: ChunkWeights): number {
  let bytes = 0;
  for (let at = 0, other = 0; at < a.length && other < b.length; ) {
    const start = Math.max(a[at], b[other]);
    const end = Math.min(a[at + 1], b[other + 1]);
    if (start < end) bytes += unpacked[end] - unpacked[start];
    if (a[at + 1] < b[other + 1]) at += 2;
    else other += 2;
  }
  return bytes;
}
