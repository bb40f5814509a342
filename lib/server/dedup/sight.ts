/**
 * The kept figures as one reader sees them. Kept are figures within a bucket; what other buckets that the reader may read hold too is taken
 * off `exclusive` and `freed`, and off what waits. Nothing else is looked at: a bucket out of sight costs no time and changes no figure.
 */
import { decodeCoverage, mergeIntervals } from "#lib/core/bucket/dedup/coverage.ts";
import { FigureSums } from "#lib/core/bucket/dedup/sweep.ts";
import { weightsOf } from "#lib/core/bucket/dedup/weights.ts";
import { type FolderRow, readCoverage, readSet } from "../db/dedup-rows.ts";
import { readOffsets } from "../db/dedup-source.ts";
import type { DedupSetRow } from "../db/schema.ts";
import type { Connection } from "../db/statements.ts";
import { Breath } from "./breath.ts";
import { HELD, WAITING } from "./compute.ts";
import { type KeptModel, type Models, notYet } from "./models.ts";
import { type Outside, readOutside, SightedUses } from "./outside.ts";
import { intersectRanges, sameRanges, weighRanges } from "./ranges.ts";
import type { View } from "./verbs.ts";

/** What others hold too, to be taken off. */
export interface BucketCut {
  exclusive: number;
  freed: number;
  waiting: number;
}

/** By folder and by leaf of the model. */
export interface ModelCut {
  kept: KeptModel;
  exclusive: Float64Array;
  freed: Float64Array;
  fileExclusive: Float64Array;
  fileFreed: Float64Array;
  /** By content that waits. */
  waiting: Float64Array;
}

export interface Sight {
  readonly set: DedupSetRow;
  /** Nobody in sight shares a xorb. */
  readonly alone: boolean;
  readonly outside: Outside;
  readonly others: number;
  /** Children of a folder by an order that the cut changes; kept for the next page. */
  readonly sorted: Map<string, FolderRow[]>;
  bucketCut(): Promise<BucketCut>;
  modelCut(): Promise<ModelCut>;
}

export interface Sights {
  /** Throws Unavailable for a bucket without figures. */
  get(db: Connection, view: View): Promise<Sight>;
}

/** Views of one bucket that are remembered. */
const VIEWS_MAX = 8;

interface Remembered {
  key: string;
  outside: Promise<Outside>;
  others: number;
  sorted: Map<string, FolderRow[]>;
  bucketCut?: Promise<BucketCut>;
  modelCut?: Promise<ModelCut>;
}

export function createSights(models: Models): Sights {
  const views = new Map<number, Remembered[]>();

  function remember(db: Connection, set: DedupSetRow, others: DedupSetRow[]): Remembered {
    const key = [set, ...others].map(({ bucket_id, revision }) => `${bucket_id}.${revision}`).join(" ");
    // Views of older figures are of no use any more.
    const known = (views.get(set.bucket_id) ?? []).filter((view) => view.key.startsWith(key.split(" ")[0]));
    let found = known.find((view) => view.key === key);
    if (found === undefined) {
      const outside = readOutside(db, generationOf(set), others.map(generationOf));
      found = { key, outside, others: others.length, sorted: new Map() };
      forgetFailed(outside, () => views.delete(set.bucket_id));
    }
    views.set(set.bucket_id, [found, ...known.filter((view) => view !== found)].slice(0, VIEWS_MAX));
    return found;
  }

  return {
    async get(db, { bucketId, others }) {
      const set = readSet(db, bucketId);
      if (set === undefined || set.generation === 0) throw notYet();
      const sets = others.map((id) => readSet(db, id)).filter((other) => other !== undefined && other.generation > 0);
      const view = remember(db, set, sets as DedupSetRow[]);
      const outside = await view.outside;
      return {
        set,
        alone: outside.size === 0,
        outside,
        others: view.others,
        sorted: view.sorted,
        bucketCut() {
          view.bucketCut ??= cutBucket(db, set, outside);
          forgetFailed(view.bucketCut, () => delete view.bucketCut);
          return view.bucketCut;
        },
        modelCut() {
          view.modelCut ??= models.get(db, set).then((kept) => cutModel(db, kept, outside, view.others));
          forgetFailed(view.modelCut, () => delete view.modelCut);
          return view.modelCut;
        },
      };
    },
  };
}

function forgetFailed(promise: Promise<unknown>, forget: () => void): void {
  promise.catch(forget);
}

export function generationOf({ bucket_id, generation }: DedupSetRow) {
  return { bucketId: bucket_id, generation };
}

/** From the coverages alone. */
async function cutBucket(db: Connection, set: DedupSetRow, outside: Outside): Promise<BucketCut> {
  const cut = { exclusive: 0, freed: 0, waiting: 0 };
  const breath = new Breath();
  for (const [xorbId, { holders, held, waiting }] of outside) {
    const starts = holders.flatMap(({ ranges }) => [...ranges.filter((_, at) => at % 2 === 0)]);
    const ends = holders.flatMap(({ ranges }) => [...ranges.filter((_, at) => at % 2 === 1)]);
    const theirs = mergeIntervals(starts, ends);
    for (const kind of [HELD, WAITING] as const) {
      if (!(kind === HELD ? held : waiting)) continue;
      const own = readCoverage(db, generationOf(set), kind, xorbId)!;
      const ranges = decodeCoverage(own.ranges);
      const both = intersectRanges(ranges, theirs);
      const { unpacked, stored } = sameRanges(both, ranges) ? own : weighXorb(db, xorbId, both);
      if (kind === HELD) {
        cut.exclusive += unpacked;
        cut.freed += stored;
      } else cut.waiting += stored;
    }
    if (breath.due()) await breath.take();
  }
  return cut;
}

function weighXorb(db: Connection, xorbId: number, ranges: Uint32Array): { unpacked: number; stored: number } {
  const offsets = ranges.length === 0 ? undefined : readOffsets(db, xorbId);
  return offsets === undefined ? { unpacked: 0, stored: 0 } : weighRanges(ranges, weightsOf(offsets));
}

/** The sums over the xorbs that others have too, without them and with them: the difference. */
async function cutModel(db: Connection, kept: KeptModel, outside: Outside, others: number): Promise<ModelCut> {
  const { model } = kept;
  const sighted = new SightedUses(db, model, outside, others);
  const blind = new FigureSums(model.tree, sighted.labels);
  const seeing = new FigureSums(model.tree, sighted.labels);
  const breath = new Breath();
  for (const [x, id] of model.xorbs.ids.entries()) {
    if (!outside.has(id)) continue;
    const alone = sighted.of(x, { blind: true });
    blind.add(alone.uses, alone.weights);
    const beside = sighted.of(x);
    seeing.add(beside.uses, beside.weights);
    if (breath.due()) await breath.take();
  }
  blind.finish();
  seeing.finish();
  const less = (a: Float64Array, b: Float64Array) => a.map((value, at) => value - b[at]);
  return {
    kept,
    exclusive: less(blind.exclusive, seeing.exclusive),
    freed: less(blind.freed, seeing.freed),
    fileExclusive: less(blind.fileExclusive, seeing.fileExclusive),
    fileFreed: less(blind.fileFreed, seeing.fileFreed),
    waiting: less(blind.outside.waiting, seeing.outside.waiting),
  };
}
