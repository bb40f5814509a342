/** Training runs of a bucket: folders named like checkpoints, by the folder they stand in. What each brought, and what they share. */
import { ArrivalSums } from "#lib/core/bucket/dedup/arrivals.ts";
import { CHECKPOINTS_MAX, checkpointStep } from "#lib/core/bucket/dedup/figures.ts";
import { type LeafRange, type Overlap, OverlapSums } from "#lib/core/bucket/dedup/overlap.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { type BucketModel, segmentWeights } from "./model.ts";
import { eachXorb, usedBy, usesAny } from "./walk.ts";

/** As `dedup_sets.checkpoints` has it: of the latest checkpoints, and how many earlier ones there are. */
export interface Runs {
  /** Most checkpoints first. */
  runs: Run[];
  earlier: number;
}

/** The figures are the folders' own. */
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

interface Found {
  folder: number;
  path: string;
  step: number;
  uploadedAt: number;
  range: LeafRange;
}

export async function findCheckpoints(model: BucketModel): Promise<Runs> {
  const all = findFolders(model);
  if (all.length === 0) return { runs: [], earlier: 0 };
  const latest = all.toSorted((a, b) => b.uploadedAt - a.uploadedAt || a.folder - b.folder).slice(0, CHECKPOINTS_MAX);
  const arrivals = new ArrivalSums(model.uploadedAt);
  await eachXorb(model, (x, uses) => arrivals.add(uses.of(x), segmentWeights(model.xorbs, x)));
  const bytes = arrivals.bytesOf(latest.map(({ range }) => range));
  const runs = new Map<number, Run>();
  for (const [at, { folder, path, step, uploadedAt }] of latest.entries()) {
    const parent = model.tree.parents[folder];
    const run = runs.get(parent) ?? { path: model.folderPaths.at(parent), checkpoints: [] };
    runs.set(parent, run);
    run.checkpoints.push({ path, step, uploadedAt, newBytes: bytes[at] });
  }
  for (const { checkpoints } of runs.values())
    checkpoints.sort((a, b) => a.step - b.step || (a.path < b.path ? -1 : 1));
  return {
    runs: [...runs.values()].sort((a, b) => b.checkpoints.length - a.checkpoints.length || (a.path < b.path ? -1 : 1)),
    earlier: all.length - latest.length,
  };
}

function findFolders({ tree, folderPaths, uploadedAt }: BucketModel): Found[] {
  const found: Found[] = [];
  for (let folder = 1; folder < tree.folders; folder++) {
    const path = folderPaths.at(folder);
    const step = checkpointStep(baseName(path));
    if (step === null) continue;
    const range = { from: tree.firstLeaf[folder], to: tree.endLeaf[folder] };
    let newest = 0;
    for (let leaf = range.from; leaf < range.to; leaf++) newest = Math.max(newest, uploadedAt[leaf]);
    found.push({ folder, path, step, uploadedAt: newest, range });
  }
  return found;
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
