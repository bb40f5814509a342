/** What each two of some scopes both hold. Scopes are ranges of leaves, as folders and files are; they may nest. */
import { NO_RANGE, RangeEdges } from "./edges.ts";
import { MaskSums } from "./mask-sums.ts";
import type { XorbUses } from "./uses.ts";
import type { ChunkWeights } from "./weights.ts";

/** Leaves `[from, to)`. */
export interface LeafRange {
  from: number;
  to: number;
}

export interface Overlap {
  /** `overlap[i][j]`: unique bytes of scope i that scope j holds too; the diagonal is each one's unique. */
  overlap: number[][];
  /** Unique bytes that all hold. */
  common: number;
  /** Unique bytes of all together. */
  union: number;
}

/** Add every xorb that some scope uses once, with at least the uses of the scopes. */
export class OverlapSums {
  private readonly sums: MaskSums;
  /** Where the leaves are cut by the scopes' edges: between two cuts all leaves lie in the same scopes. */
  private readonly cuts: number[];
  private readonly scopesOf: Int32Array[];
  private readonly edges = new RangeEdges();
  /** Uses that are open, by part of the leaves; open parts, by scope. */
  private readonly openUses: Int32Array;
  private readonly openParts: Int32Array;
  /** Bit per scope that is open. */
  private readonly mask: Int32Array;

  constructor(scopes: readonly LeafRange[]) {
    const cuts = new Set(scopes.filter(({ from, to }) => from < to).flatMap(({ from, to }) => [from, to]));
    this.cuts = [...cuts].toSorted((a, b) => a - b);
    this.scopesOf = this.cuts.map((cut) =>
      Int32Array.from(scopes.keys().filter((scope) => scopes[scope].from <= cut && cut < scopes[scope].to)),
    );
    this.openUses = new Int32Array(this.cuts.length);
    this.openParts = new Int32Array(scopes.length);
    this.mask = new Int32Array(Math.ceil(scopes.length / 32));
    this.sums = new MaskSums(scopes.length);
  }

  add({ count, starts, ends, leaves }: XorbUses, { count: chunks, unpacked }: ChunkWeights): void {
    const { edges, mask } = this;
    edges.reset(chunks, count);
    for (let use = 0; use < count; use++) {
      const part = this.partOf(leaves[use]);
      if (part >= 0) edges.add(starts[use], ends[use], part);
    }
    if (edges.count === 0) return;
    mask.fill(0);
    let from = 0;
    for (let chunk = 0; chunk <= chunks; chunk++) {
      const opens = edges.firstStart[chunk];
      const closes = edges.firstEnd[chunk];
      if (opens === NO_RANGE && closes === NO_RANGE) continue;
      if (chunk > from) this.sums.add(mask, unpacked[chunk] - unpacked[from]);
      from = chunk;
      for (let range = opens; range !== NO_RANGE; range = edges.nextStart[range]) this.open(edges.values[range]);
      for (let range = closes; range !== NO_RANGE; range = edges.nextEnd[range]) this.close(edges.values[range]);
    }
  }

  result(): Overlap {
    return this.sums.result();
  }

  private open(part: number): void {
    if (this.openUses[part]++ > 0) return;
    for (const scope of this.scopesOf[part])
      if (this.openParts[scope]++ === 0) this.mask[scope >> 5] ^= 1 << (scope & 31);
  }

  private close(part: number): void {
    if (--this.openUses[part] > 0) return;
    for (const scope of this.scopesOf[part])
      if (--this.openParts[scope] === 0) this.mask[scope >> 5] ^= 1 << (scope & 31);
  }

  /** The part of the leaves that `leaf` lies in; -1 if it is in no scope. */
  private partOf(leaf: number): number {
    let low = 0;
    let high = this.cuts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.cuts[middle] <= leaf) low = middle + 1;
      else high = middle;
    }
    return low === 0 || this.scopesOf[low - 1].length === 0 ? -1 : low - 1;
  }
}
