/** What other buckets that a reader sees hold of the xorbs of a bucket: read from their coverages, and added to the bucket's own uses. */
import { decodeCoverage } from "#lib/core/bucket/dedup/coverage.ts";
import type { OutsideLabels } from "#lib/core/bucket/dedup/outside.ts";
import type { XorbUses } from "#lib/core/bucket/dedup/uses.ts";
import { type ChunkWeights, weightsOf } from "#lib/core/bucket/dedup/weights.ts";
import { eachMeeting, type Generation } from "../db/dedup-rows.ts";
import { readOffsets } from "../db/dedup-source.ts";
import type { Connection } from "../db/statements.ts";
import { Breath } from "./breath.ts";
import { type BucketModel, LeafUses, segmentWeights } from "./model.ts";

export interface OutsideXorb {
  /** Place of the bucket among `others`, and its chunk ranges. */
  holders: { other: number; ranges: Uint32Array }[];
  /** The bucket itself holds some of the xorb; its deleted files do. */
  held: boolean;
  waiting: boolean;
}

/** By xorb id; only xorbs that the bucket holds or waits with. */
export type Outside = Map<number, OutsideXorb>;

export async function readOutside(db: Connection, bucket: Generation, others: Generation[]): Promise<Outside> {
  const outside: Outside = new Map();
  const breath = new Breath();
  for (const [other, kept] of others.entries()) {
    for (const { xorb_id, kind, ranges } of eachMeeting(db, kept, bucket)) {
      const xorb = outside.get(xorb_id) ?? { holders: [], held: false, waiting: false };
      outside.set(xorb_id, xorb);
      if (kind === 0) xorb.held = true;
      else xorb.waiting = true;
      // Once, though it comes again for the other kind.
      if (xorb.holders.at(-1)?.other !== other) xorb.holders.push({ other, ranges: decodeCoverage(ranges) });
      if (breath.due()) await breath.take();
    }
  }
  return outside;
}

/** The uses of one xorb after another, those outside included. */
export class SightedUses {
  /** The deleted files that wait, then the other buckets. */
  readonly labels: OutsideLabels;
  private readonly model: BucketModel;
  private readonly outside: Outside;
  private readonly db: Connection;
  private readonly uses: LeafUses;

  constructor(db: Connection, model: BucketModel, outside: Outside, others: number) {
    this.db = db;
    this.model = model;
    this.outside = outside;
    this.uses = new LeafUses(model);
    const waiting = model.waitingIds.length;
    this.labels = { count: waiting + others, waiting: [...model.waitingIds.keys()] };
  }

  /** Of xorb `x` of the model; good until the next call. `blind`: as if there were no other bucket. */
  of(x: number, { blind = false } = {}): { uses: XorbUses; weights: ChunkWeights } {
    const { xorbs, waitingIds } = this.model;
    const uses = this.uses.of(x, { waiting: true });
    const found = blind ? undefined : this.outside.get(xorbs.ids[x]);
    if (found === undefined) return { uses, weights: segmentWeights(xorbs, x) };
    const chunks = xorbs.chunks.subarray(xorbs.boundStarts[x], xorbs.boundStarts[x + 1]);
    const ranges = clip(found.holders, chunks[0], chunks[chunks.length - 1]);
    const bounds = refine(chunks, ranges);
    let weights: ChunkWeights;
    if (bounds === chunks) weights = segmentWeights(xorbs, x);
    else {
      weights = this.weigh(xorbs.ids[x], bounds);
      const moved = Uint32Array.from(chunks, (chunk) => place(bounds, chunk));
      for (let use = 0; use < uses.count; use++) {
        uses.starts[use] = moved[uses.starts[use]];
        uses.ends[use] = moved[uses.ends[use]];
      }
    }
    for (const { other, start, end } of ranges) {
      this.uses.add(place(bounds, start), place(bounds, end), -1 - (waitingIds.length + other));
    }
    return { uses, weights };
  }

  private weigh(xorbId: number, bounds: Uint32Array): ChunkWeights {
    const offsets = readOffsets(this.db, xorbId);
    const last = offsets?.count ?? 0;
    const all = offsets === undefined ? undefined : weightsOf(offsets);
    const at = (sums: Uint32Array | undefined) => bounds.map((chunk) => sums?.[Math.min(chunk, last)] ?? 0);
    return { count: bounds.length - 1, unpacked: at(all?.unpacked), stored: at(all?.stored) };
  }
}

interface Range {
  other: number;
  start: number;
  end: number;
}

/** What lies between the first and the last chunk that the bucket knows of. */
function clip(holders: OutsideXorb["holders"], first: number, last: number): Range[] {
  const clipped: Range[] = [];
  for (const { other, ranges } of holders) {
    for (let at = 0; at < ranges.length; at += 2) {
      const start = Math.max(first, ranges[at]);
      const end = Math.min(last, ranges[at + 1]);
      if (start < end) clipped.push({ other, start, end });
    }
  }
  return clipped;
}

/** The bounds with those of the ranges among them; `chunks` itself when there is nothing new. */
function refine(chunks: Uint32Array, ranges: Range[]): Uint32Array {
  const fresh = new Set<number>();
  for (const { start, end } of ranges) {
    for (const chunk of [start, end]) if (chunks[place(chunks, chunk)] !== chunk) fresh.add(chunk);
  }
  return fresh.size === 0 ? chunks : Uint32Array.from([...chunks, ...fresh]).sort();
}

/** Index of the first bound that is not below `chunk`. */
function place(bounds: Uint32Array, chunk: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle] < chunk) low = middle + 1;
    else high = middle;
  }
  return low;
}
