/**
 * A bucket in typed arrays: its files in byte order of path, their folders, and per xorb which contents use which of its chunks. All sums
 * are made over it. Chunks between whose ends no use begins or ends always go together, so the model knows a xorb by its *segments*; what
 * they weigh is read once, and questions need no table.
 */
import type { ScopeTree } from "#lib/core/bucket/dedup/scope-tree.ts";
import type { XorbUses } from "#lib/core/bucket/dedup/uses.ts";
import type { ChunkWeights } from "#lib/core/bucket/dedup/weights.ts";
import type { PathList } from "./path-list.ts";

export interface BucketModel {
  bucketId: number;
  /** `updated_at` of the bucket that it shows. */
  version: number;
  asOf: number;
  tree: ScopeTree;
  folderPaths: PathList;
  /** Entry ids. */
  folderIds: Float64Array;
  paths: PathList;
  /** By leaf. */
  sizes: Float64Array;
  uploadedAt: Float64Array;
  /** Index into `fileIds`; -1 for an empty file. */
  contents: Int32Array;
  /** Distinct contents of the entries, by id. */
  fileIds: Float64Array;
  /** Leaves of content c: `contentLeaves[contentStarts[c]]` to `[contentStarts[c + 1])`. */
  contentStarts: Int32Array;
  contentLeaves: Int32Array;
  /** Contents that only wait to be freed; their uses are numbered after those of `fileIds`. */
  waitingIds: Float64Array;
  waitingSince: Float64Array;
  xorbs: XorbModels;
}

/** Uses of all xorbs, one run a xorb, in segments; each content once, however many leaves hold it. */
export interface XorbModels {
  /** Ascending. */
  ids: Float64Array;
  /** Uses of xorb x: `[useStarts[x], useStarts[x + 1])`. */
  useStarts: Float64Array;
  contents: Uint32Array;
  segmentStarts: Uint32Array;
  segmentEnds: Uint32Array;
  /** Bounds of xorb x: `[boundStarts[x], boundStarts[x + 1])`; one more than it has segments. */
  boundStarts: Float64Array;
  /** The chunk at which a segment begins. */
  chunks: Uint32Array;
  /** Bytes of the xorb before it. */
  unpacked: Uint32Array;
  stored: Uint32Array;
}

export function modelCost({ paths, folderPaths, tree, fileIds, xorbs }: BucketModel): number {
  const uses = xorbs.contents.length * 12 + xorbs.chunks.length * 12 + xorbs.ids.length * 24;
  return paths.cost + folderPaths.cost + tree.leaves * 28 + tree.folders * 32 + fileIds.length * 16 + uses;
}

/** What the segments of xorb `x` weigh. */
export function segmentWeights({ boundStarts, unpacked, stored }: XorbModels, x: number): ChunkWeights {
  const [from, to] = [boundStarts[x], boundStarts[x + 1]];
  return { count: to - from - 1, unpacked: unpacked.subarray(from, to), stored: stored.subarray(from, to) };
}

/** Segments `[start, end, ...]` of xorb `x` as chunks. */
export function toChunks({ boundStarts, chunks }: XorbModels, x: number, segments: Uint32Array): Uint32Array {
  return segments.map((segment) => chunks[boundStarts[x] + segment]);
}

/** Writes the uses of one xorb after another into the same arrays: each leaf of each content. */
export class LeafUses {
  private readonly model: BucketModel;
  private readonly uses: XorbUses = {
    count: 0,
    starts: new Uint32Array(1024),
    ends: new Uint32Array(1024),
    leaves: new Int32Array(1024),
  };

  constructor(model: BucketModel) {
    this.model = model;
  }

  /**
   * In segments of xorb `x`. Contents that wait have the labels from 0 on, when `waiting` asks for them. The answer is good until the
   * next call.
   */
  of(x: number, { waiting = false } = {}): XorbUses {
    const { xorbs, contentStarts, contentLeaves, fileIds } = this.model;
    this.uses.count = 0;
    for (let use = xorbs.useStarts[x]; use < xorbs.useStarts[x + 1]; use++) {
      const content = xorbs.contents[use];
      const start = xorbs.segmentStarts[use];
      const end = xorbs.segmentEnds[use];
      if (content >= fileIds.length) {
        if (waiting) this.add(start, end, -1 - (content - fileIds.length));
        continue;
      }
      for (let at = contentStarts[content]; at < contentStarts[content + 1]; at++) {
        this.add(start, end, contentLeaves[at]);
      }
    }
    return this.uses;
  }

  /** One more use of the xorb that `of` gave last. */
  add(start: number, end: number, leaf: number): void {
    const { uses } = this;
    if (uses.count === uses.starts.length) this.grow();
    uses.starts[uses.count] = start;
    uses.ends[uses.count] = end;
    uses.leaves[uses.count] = leaf;
    uses.count += 1;
  }

  private grow(): void {
    const { uses } = this;
    const double = <T extends Uint32Array | Int32Array>(old: T, made: T): T => {
      made.set(old);
      return made;
    };
    const length = 2 * uses.starts.length;
    uses.starts = double(uses.starts, new Uint32Array(length));
    uses.ends = double(uses.ends, new Uint32Array(length));
    uses.leaves = double(uses.leaves, new Int32Array(length));
  }
}
