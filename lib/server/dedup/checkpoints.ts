/** Training runs of a bucket: folders named like checkpoints, by the folder they stand in. What each brought, and what they share. */
import { ArrivalSums } from "#lib/core/bucket/dedup/arrivals.ts";
import { checkpointStep } from "#lib/core/bucket/dedup/figures.ts";
import { type LeafRange, type Overlap, OverlapSums } from "#lib/core/bucket/dedup/overlap.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { Breath } from "./breath.ts";
import { type BucketModel, LeafUses, segmentWeights } from "./model.ts";

/** As `dedup_sets.checkpoints` has it; the figures are the folders' own. */
export interface Run {
  path: string;
  /** By step. */
  checkpoints: { path: string; step: number; uploadedAt: number; newBytes: number }[];
}

/** As `dedup_sets.matrix` has it: of the run with most checkpoints; null without runs. */
export interface RunOverlap extends Overlap {
  run: string;
  paths: string[];
}

/** Scopes of a matrix. */
export const MATRIX_MAX = 50;

export async function findCheckpoints(model: BucketModel): Promise<Run[]> {
  const { tree, folderPaths, uploadedAt } = model;
  const runs = new Map<number, Run & { ranges: LeafRange[] }>();
  for (let folder = 1; folder < tree.folders; folder++) {
    const path = folderPaths.at(folder);
    const step = checkpointStep(baseName(path));
    if (step === null) continue;
    const parent = tree.parents[folder];
    const run = runs.get(parent) ?? { path: folderPaths.at(parent), checkpoints: [], ranges: [] };
    runs.set(parent, run);
    const range = { from: tree.firstLeaf[folder], to: tree.endLeaf[folder] };
    let newest = 0;
    for (let leaf = range.from; leaf < range.to; leaf++) newest = Math.max(newest, uploadedAt[leaf]);
    run.checkpoints.push({ path, step, uploadedAt: newest, newBytes: 0 });
    run.ranges.push(range);
  }
  if (runs.size === 0) return [];
  const arrivals = new ArrivalSums(uploadedAt);
  await eachXorb(model, (x, uses) => arrivals.add(uses.of(x), segmentWeights(model.xorbs, x)));
  return [...runs.values()]
    .map(({ path, checkpoints, ranges }) => {
      const bytes = arrivals.bytesOf(ranges);
      for (const [at, checkpoint] of checkpoints.entries()) checkpoint.newBytes = bytes[at];
      return { path, checkpoints: checkpoints.toSorted((a, b) => a.step - b.step || (a.path < b.path ? -1 : 1)) };
    })
    .sort((a, b) => b.checkpoints.length - a.checkpoints.length || (a.path < b.path ? -1 : 1));
}

/** What the latest checkpoints of the first run share. */
export async function measureRun(model: BucketModel, [run]: Run[]): Promise<RunOverlap | null> {
  if (run === undefined) return null;
  const paths = scopesOfRun(run);
  const ranges = paths.map((path) => model.paths.below(path));
  return { run: run.path, paths, ...(await measureOverlap(model, ranges)) };
}

export function scopesOfRun({ checkpoints }: Run): string[] {
  return checkpoints.slice(-MATRIX_MAX).map(({ path }) => path);
}

export async function measureOverlap(model: BucketModel, ranges: LeafRange[]): Promise<Overlap> {
  const sums = new OverlapSums(ranges);
  const used = usedBy(model, ranges);
  await eachXorb(model, (x, uses) => {
    if (usesAny(model, x, used)) sums.add(uses.of(x), segmentWeights(model.xorbs, x));
  });
  return sums.result();
}

/** By content: 1 if a leaf in the ranges has it. */
export function usedBy({ contents, fileIds }: BucketModel, ranges: Iterable<LeafRange>): Uint8Array {
  const used = new Uint8Array(fileIds.length);
  for (const { from, to } of ranges) {
    for (let leaf = from; leaf < to; leaf++) if (contents[leaf] >= 0) used[contents[leaf]] = 1;
  }
  return used;
}

/** Whether one of the contents uses xorb `x`. Those that wait are none of them. */
export function usesAny({ xorbs }: BucketModel, x: number, contents: Uint8Array): boolean {
  for (let use = xorbs.useStarts[x]; use < xorbs.useStarts[x + 1]; use++) {
    if (contents[xorbs.contents[use]] === 1) return true;
  }
  return false;
}

export async function eachXorb(model: BucketModel, work: (x: number, uses: LeafUses) => void): Promise<void> {
  const uses = new LeafUses(model);
  const breath = new Breath();
  for (let x = 0; x < model.xorbs.ids.length; x++) {
    work(x, uses);
    if (breath.due()) await breath.take();
  }
}
