/** All figures of a bucket within itself, from its model: the sums of every folder and content, and what it covers of each xorb. */
import { mergeIntervals } from "#lib/core/bucket/dedup/coverage.ts";
import { FigureSums } from "#lib/core/bucket/dedup/sweep.ts";
import { Breath } from "./breath.ts";
import { type BucketModel, LeafUses, segmentWeights, toChunks } from "./model.ts";
import { subtractRanges, weighRanges } from "./ranges.ts";

export const HELD = 0;
export const WAITING = 1;

export interface Coverage {
  kind: 0 | 1;
  xorbId: number;
  /** Chunk ranges: start, end, start, end. */
  ranges: Uint32Array;
  unpacked: number;
  stored: number;
}

export interface WaitingSums {
  /** By content that waits: stored bytes that nothing live holds. */
  byContent: Float64Array;
  bytes: number;
}

export interface BucketSums {
  sums: FigureSums;
  waiting: WaitingSums;
}

/** `cover` is told what the bucket covers of each xorb, by xorb id: held before waiting. */
export async function computeSums(model: BucketModel, cover: (coverage: Coverage) => void): Promise<BucketSums> {
  const { xorbs, tree, waitingIds } = model;
  const sums = new FigureSums(tree, { count: waitingIds.length, waiting: [...waitingIds.keys()] });
  const uses = new LeafUses(model);
  const breath = new Breath();
  for (const [x, xorbId] of xorbs.ids.entries()) {
    const weights = segmentWeights(xorbs, x);
    const held = sums.add(uses.of(x, { waiting: true }), weights);
    const add = (kind: 0 | 1, segments: Uint32Array) => {
      if (segments.length === 0) return;
      const { unpacked, stored } = weighRanges(segments, weights);
      cover({ kind, xorbId, ranges: toChunks(xorbs, x, segments), unpacked, stored });
    };
    add(HELD, held);
    if (waitingIds.length > 0) add(WAITING, subtractRanges(waitingSegments(model, x), held));
    if (breath.due()) await breath.take();
  }
  sums.finish();
  return { sums, waiting: { byContent: sums.outside.waiting, bytes: sums.outside.waitingStored } };
}

/** Segments of xorb `x` that contents which wait use. */
function waitingSegments({ xorbs, fileIds }: BucketModel, x: number): Uint32Array {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let use = xorbs.useStarts[x]; use < xorbs.useStarts[x + 1]; use++) {
    if (xorbs.contents[use] < fileIds.length) continue;
    starts.push(xorbs.segmentStarts[use]);
    ends.push(xorbs.segmentEnds[use]);
  }
  return mergeIntervals(starts, ends);
}
