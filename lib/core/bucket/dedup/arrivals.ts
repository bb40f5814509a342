/** What was new with each file when it came, as seen from what the bucket holds now: a chunk was brought by the first of its files. */
import type { LeafRange } from "./overlap.ts";
import { UseOrder, type XorbUses } from "./uses.ts";
import type { ChunkWeights } from "./weights.ts";

/** Add every xorb once, with all of its uses by the bucket. */
export class ArrivalSums {
  /** By leaf: bytes of the chunks that it brought. */
  readonly newBytes: Float64Array;
  private readonly rank: Int32Array;
  private readonly order = new UseOrder();
  /** By chunk: a chunk from there on, up to which all have been brought. */
  private skips = new Int32Array(0);

  /** By leaf; of files of one time the first by path came first. */
  constructor(uploadedAt: Float64Array) {
    this.newBytes = new Float64Array(uploadedAt.length);
    this.rank = ranksOf(uploadedAt);
  }

  add(uses: XorbUses, { count, unpacked }: ChunkWeights): void {
    const { order, newBytes } = this;
    order.read(uses, count, newBytes.length);
    order.sortInside(uses, this.rank);
    if (this.skips.length <= count) this.skips = new Int32Array(count + 1);
    const { skips } = this;
    for (let chunk = 0; chunk <= count; chunk++) skips[chunk] = chunk;
    for (let at = 0; at < order.insideCount; at++) {
      const use = order.inside[at];
      const end = uses.ends[use];
      for (let chunk = this.freshFrom(uses.starts[use]); chunk < end; chunk = this.freshFrom(chunk)) {
        newBytes[uses.leaves[use]] += unpacked[chunk + 1] - unpacked[chunk];
        skips[chunk] = chunk + 1;
      }
    }
  }

  /** Bytes that the files of each scope brought. */
  bytesOf(scopes: readonly LeafRange[]): number[] {
    const before = new Float64Array(this.newBytes.length + 1);
    for (let leaf = 0; leaf < this.newBytes.length; leaf++) before[leaf + 1] = before[leaf] + this.newBytes[leaf];
    return scopes.map(({ from, to }) => before[to] - before[from]);
  }

  /** The first chunk from `chunk` on that nobody has brought. */
  private freshFrom(chunk: number): number {
    const { skips } = this;
    let at = chunk;
    while (skips[at] !== at) {
      skips[at] = skips[skips[at]];
      at = skips[at];
    }
    return at;
  }
}

function ranksOf(uploadedAt: Float64Array): Int32Array {
  const byTime = Uint32Array.from({ length: uploadedAt.length }, (_, leaf) => leaf);
  byTime.sort((a, b) => uploadedAt[a] - uploadedAt[b] || a - b);
  const rank = new Int32Array(uploadedAt.length);
  for (let at = 0; at < byTime.length; at++) rank[byTime[at]] = at;
  return rank;
}
