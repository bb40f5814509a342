/**
 * The figures of every folder and file of a bucket at once, xorb by xorb. A chunk that files l1 < l2 < ... hold counts in a folder once however
 * many of them lie below it: plus at each file, minus at the lowest common folder of each two neighbours, then summed up the tree. It is
 * exclusive to exactly the folders above all of its files: plus at the lowest common folder of the first and the last.
 */
import { BLOCKED, NO_OUTSIDE, type OutsideLabels, OutsideSums } from "./outside.ts";
import { Paint, UNPAINTED } from "./paint.ts";
import type { ScopeTree } from "./scope-tree.ts";
import { UseOrder, type XorbUses } from "./uses.ts";
import type { ChunkWeights } from "./weights.ts";

/** Add every xorb once, with all of its uses; then `finish` once. All values are bytes. */
export class FigureSums {
  /** By folder. */
  readonly unique: Float64Array;
  readonly stored: Float64Array;
  readonly exclusive: Float64Array;
  readonly freed: Float64Array;
  /** By leaf. */
  readonly fileUnique: Float64Array;
  readonly fileStored: Float64Array;
  readonly fileExclusive: Float64Array;
  readonly fileFreed: Float64Array;
  /** What the outside holds, by label. */
  readonly outside: OutsideSums;
  private readonly tree: ScopeTree;
  private readonly order = new UseOrder();
  private readonly paint = new Paint();
  /** Lowest leaf of each painted chunk of the xorb. */
  private firsts = new Int32Array(0);

  constructor(tree: ScopeTree, labels: OutsideLabels = NO_OUTSIDE) {
    this.tree = tree;
    this.unique = new Float64Array(tree.folders);
    this.stored = new Float64Array(tree.folders);
    this.exclusive = new Float64Array(tree.folders);
    this.freed = new Float64Array(tree.folders);
    this.fileUnique = new Float64Array(tree.leaves);
    this.fileStored = new Float64Array(tree.leaves);
    this.fileExclusive = new Float64Array(tree.leaves);
    this.fileFreed = new Float64Array(tree.leaves);
    this.outside = new OutsideSums(labels);
  }

  /** Answers what the bucket's files cover of the xorb (coverage.ts). */
  add(uses: XorbUses, weights: ChunkWeights): Uint32Array {
    this.order.read(uses, weights.count, this.tree.leaves);
    this.paint.reset(weights.count);
    if (this.firsts.length < weights.count) this.firsts = new Int32Array(weights.count);
    this.paintUses(uses, weights);
    const covered = coveredBy(this.paint);
    const shared = this.order.outsideCount > 0;
    if (shared) this.outside.read(uses, this.order, covered, weights);
    this.addExclusive(weights, shared ? this.outside.holders : null);
    return covered;
  }

  /** Own sums become subtree sums. */
  finish(): void {
    const { tree } = this;
    for (let leaf = 0; leaf < tree.leaves; leaf++) {
      const folder = tree.folderOf[leaf];
      this.unique[folder] += this.fileUnique[leaf];
      this.stored[folder] += this.fileStored[leaf];
      this.exclusive[folder] += this.fileExclusive[leaf];
      this.freed[folder] += this.fileFreed[leaf];
    }
    for (const sums of [this.unique, this.stored, this.exclusive, this.freed]) tree.sumUp(sums);
  }

  private paintUses({ starts, ends, leaves }: XorbUses, { unpacked, stored }: ChunkWeights): void {
    const { tree, paint, firsts, unique, fileUnique, fileStored } = this;
    const { inside, insideCount } = this.order;
    const { met } = paint;
    for (let at = 0; at < insideCount; at++) {
      const use = inside[at];
      const leaf = leaves[use];
      paint.cover(starts[use], ends[use], leaf);
      for (let below = 0; below < met.count; below++) {
        const painter = met.painters[below];
        // A range that the file uses again.
        if (painter === leaf) continue;
        const start = met.starts[below];
        const end = met.ends[below];
        const bytes = unpacked[end] - unpacked[start];
        const packed = stored[end] - stored[start];
        fileUnique[leaf] += bytes;
        fileStored[leaf] += packed;
        if (painter === UNPAINTED) {
          firsts.fill(leaf, start, end);
          continue;
        }
        const folder = tree.lca(painter, leaf);
        unique[folder] -= bytes;
        this.stored[folder] -= packed;
      }
    }
  }

  /** `outside`: what holds each chunk, if anything outside holds some. */
  private addExclusive({ unpacked, stored }: ChunkWeights, outside: Uint8Array | null): void {
    const { paint, firsts } = this;
    for (let start = 0; start < paint.chunks; start = paint.endOf(start)) {
      const last = paint.painterOf(start);
      if (last === UNPAINTED) continue;
      const end = paint.endOf(start);
      for (let from = start; from < end; ) {
        const first = firsts[from];
        const blocked = outside === null ? 0 : outside[from] & BLOCKED;
        let to = from + 1;
        while (to < end && firsts[to] === first && (outside === null || (outside[to] & BLOCKED) === blocked)) to++;
        if (blocked === 0) this.addOwned(first, last, unpacked[to] - unpacked[from], stored[to] - stored[from]);
        from = to;
      }
    }
  }

  private addOwned(first: number, last: number, bytes: number, packed: number): void {
    if (first === last) {
      this.fileExclusive[first] += bytes;
      this.fileFreed[first] += packed;
    } else {
      const folder = this.tree.lca(first, last);
      this.exclusive[folder] += bytes;
      this.freed[folder] += packed;
    }
  }
}

function coveredBy(paint: Paint): Uint32Array {
  let length = 0;
  let painted = false;
  for (let start = 0; start < paint.chunks; start = paint.endOf(start)) {
    if (paint.painterOf(start) !== UNPAINTED && !painted) length += 2;
    painted = paint.painterOf(start) !== UNPAINTED;
  }
  const covered = new Uint32Array(length);
  let at = 0;
  painted = false;
  for (let start = 0; start < paint.chunks; start = paint.endOf(start)) {
    const now = paint.painterOf(start) !== UNPAINTED;
    if (now && !painted) covered[at++] = start;
    if (now) covered[at] = paint.endOf(start);
    if (!now && painted) at++;
    painted = now;
  }
  return covered;
}
