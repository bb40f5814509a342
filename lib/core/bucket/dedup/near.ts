/** Files of different content that share most of the smaller one, found in bounded time and memory. */
import { NO_RANGE, RangeEdges } from "./edges.ts";
import { Paint, UNPAINTED } from "./paint.ts";
import { PairTable } from "./pair-table.ts";
import { UseOrder, type XorbUses } from "./uses.ts";
import type { ChunkWeights } from "./weights.ts";

/** Two leaves, the smaller first, and the unique bytes that both hold. */
export interface NearPair {
  a: number;
  b: number;
  shared: number;
}

/** Of the smaller one's unique bytes, from which on two files are near duplicates. */
export const NEAR_SHARE = 0.5;
/** Stretches that more files hold are wide: they are compared between neighbours in path order only. */
const HOLDERS_MAX = 24;
const PAIRS_MAX = 1 << 20;
const STEPS_MAX = 20_000_000;
const CANDIDATES_MAX = 1000;

export interface NearLimits {
  holdersMax?: number;
  /** Pairs kept at a time. */
  pairsMax?: number;
  /** Comparisons in all. */
  stepsMax?: number;
}

/** Add every xorb once, with all of its uses by the bucket; then ask for `candidates` and measure them with `PairSums` unless `exact`. */
export class NearPairs {
  /** The candidates' `shared` are right; else they are estimates. */
  exact = true;
  private dropped = false;
  private readonly contentOf: Int32Array;
  private readonly pairs: PairTable;
  private readonly holdersMax: number;
  private stepsLeft: number;
  private readonly order = new UseOrder();
  private readonly paint = new Paint();
  private readonly edges = new RangeEdges();
  /** Open uses by leaf; the leaves that are open, and the place of each among them. */
  private readonly openUses: Int32Array;
  private readonly places: Int32Array;
  private readonly open: Int32Array;
  private openCount = 0;
  /** By leaf: bytes of wide stretches that it holds. */
  private readonly wide: Float64Array;

  /** `contentOf[leaf]`: the first leaf of the same content. */
  constructor(
    contentOf: Int32Array,
    { holdersMax = HOLDERS_MAX, pairsMax = PAIRS_MAX, stepsMax = STEPS_MAX }: NearLimits = {},
  ) {
    this.contentOf = contentOf;
    this.pairs = new PairTable(contentOf.length, pairsMax);
    this.holdersMax = holdersMax;
    this.stepsLeft = stepsMax;
    this.openUses = new Int32Array(contentOf.length);
    this.places = new Int32Array(contentOf.length);
    this.open = new Int32Array(contentOf.length);
    this.wide = new Float64Array(contentOf.length);
  }

  add(uses: XorbUses, weights: ChunkWeights): void {
    const { order, contentOf, edges } = this;
    order.read(uses, weights.count, contentOf.length);
    edges.reset(weights.count, order.insideCount);
    let different = false;
    let last = -1;
    for (let at = 0; at < order.insideCount; at++) {
      const use = order.inside[at];
      const leaf = uses.leaves[use];
      if (contentOf[leaf] !== leaf) continue;
      if (last >= 0 && leaf !== last) different = true;
      last = leaf;
      edges.add(uses.starts[use], uses.ends[use], leaf);
    }
    if (!different) return;
    if (this.walk(weights)) this.addNeighbours(uses, weights);
  }

  /**
   * The most promising pairs, most shared first; `capped`: some may be missing. `unique`: unique bytes of each leaf. Where wide stretches are
   * at most half of what near duplicates must share, the narrow ones alone give each pair away.
   */
  candidates(unique: Float64Array): { pairs: NearPair[]; capped: boolean } {
    const least = this.exact ? NEAR_SHARE : NEAR_SHARE / 2;
    let pairs: NearPair[] = [];
    let found = 0;
    for (const [a, b, shared] of this.pairs.entries()) {
      if (shared === 0 || shared < least * Math.min(unique[a], unique[b])) continue;
      pairs.push({ a, b, shared });
      found++;
      if (pairs.length > 4 * CANDIDATES_MAX) pairs = pairs.sort(byShared).slice(0, CANDIDATES_MAX);
    }
    const hidden = this.wide.some((bytes, leaf) => bytes > (NEAR_SHARE / 2) * unique[leaf]);
    const capped = this.dropped || hidden || (!this.exact && found > CANDIDATES_MAX);
    return { pairs: pairs.sort(byShared).slice(0, CANDIDATES_MAX), capped };
  }

  /** Compares all pairs of narrow stretches. Answers whether there are wide ones. */
  private walk({ count, unpacked }: ChunkWeights): boolean {
    const { edges } = this;
    let wideBytes = 0;
    let from = 0;
    for (let chunk = 0; chunk <= count; chunk++) {
      const opens = edges.firstStart[chunk];
      const closes = edges.firstEnd[chunk];
      if (opens === NO_RANGE && closes === NO_RANGE) continue;
      const bytes = unpacked[chunk] - unpacked[from];
      if (this.openCount > this.holdersMax) wideBytes += bytes;
      else if (this.openCount > 1) this.addAll(bytes);
      from = chunk;
      for (let range = opens; range !== NO_RANGE; range = edges.nextStart[range])
        this.enter(edges.values[range], wideBytes);
      for (let range = closes; range !== NO_RANGE; range = edges.nextEnd[range])
        this.leave(edges.values[range], wideBytes);
    }
    return wideBytes > 0;
  }

  private addAll(bytes: number): void {
    const { open, openCount } = this;
    this.stepsLeft -= (openCount * (openCount - 1)) / 2;
    if (this.stepsLeft < 0) {
      this.drop();
      return;
    }
    for (let a = 1; a < openCount; a++) for (let b = 0; b < a; b++) this.count(open[a], open[b], bytes);
  }

  /** Neighbours in narrow stretches count once more; it is an estimate. */
  private addNeighbours({ starts, ends, leaves }: XorbUses, { count, unpacked }: ChunkWeights): void {
    this.exact = false;
    const { order, paint, contentOf } = this;
    const { met } = paint;
    paint.reset(count);
    for (let at = 0; at < order.insideCount; at++) {
      const use = order.inside[at];
      const leaf = leaves[use];
      if (contentOf[leaf] !== leaf) continue;
      paint.cover(starts[use], ends[use], leaf);
      this.stepsLeft -= met.count;
      if (this.stepsLeft < 0) {
        this.drop();
        return;
      }
      for (let below = 0; below < met.count; below++) {
        if (met.painters[below] === UNPAINTED || met.painters[below] === leaf) continue;
        this.count(leaf, met.painters[below], unpacked[met.ends[below]] - unpacked[met.starts[below]]);
      }
    }
  }

  private count(a: number, b: number, bytes: number): void {
    if (!this.pairs.add(Math.min(a, b), Math.max(a, b), bytes)) this.drop();
  }

  private drop(): void {
    this.exact = false;
    this.dropped = true;
  }

  private enter(leaf: number, wideBytes: number): void {
    if (this.openUses[leaf]++ > 0) return;
    this.places[leaf] = this.openCount;
    this.open[this.openCount++] = leaf;
    this.wide[leaf] -= wideBytes;
  }

  private leave(leaf: number, wideBytes: number): void {
    if (--this.openUses[leaf] > 0) return;
    const last = this.open[--this.openCount];
    this.open[this.places[leaf]] = last;
    this.places[last] = this.places[leaf];
    this.wide[leaf] += wideBytes;
  }
}

function byShared(x: NearPair, y: NearPair): number {
  return y.shared - x.shared || x.a - y.a || x.b - y.b;
}

/** Of measured pairs, the near duplicates, most shared first. */
export function nearestOf(pairs: readonly NearPair[], unique: Float64Array, limit: number): NearPair[] {
  return pairs
    .filter(({ a, b, shared }) => shared > 0 && shared >= NEAR_SHARE * Math.min(unique[a], unique[b]))
    .toSorted(byShared)
    .slice(0, limit);
}
