/** The files worth a look: those with most bytes of their own, and those that others double, wholly or for the most part. */
import type { DuplicateGroup, NearDuplicate, RankedFile, RankedFiles } from "#lib/core/bucket/dedup/figures.ts";
import { NearPairs, nearestOf } from "#lib/core/bucket/dedup/near.ts";
import { PairSums } from "#lib/core/bucket/dedup/pair-sums.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { readHash } from "../db/dedup-rows.ts";
import type { Connection } from "../db/statements.ts";
import type { BucketSums } from "./compute.ts";
import { type BucketModel, segmentWeights } from "./model.ts";
import type { Readers } from "./readers.ts";
import type { Sights } from "./sight.ts";
import { datedBy } from "./tree.ts";
import type { Verbs } from "./verbs.ts";
import { eachXorb } from "./walk.ts";

type Ranked = Omit<RankedFiles, "asOf" | "pending">;

const RANKED = 100;
/** Paths named of a group of duplicates. */
const PATHS = 20;

export function createRankedAnswers({ readers, sights }: { readers: Readers; sights: Sights }): Pick<Verbs, "files"> {
  return {
    files: (view) =>
      readers.read(async (db) => {
        const sight = await sights.get(db, view);
        const ranked = JSON.parse(sight.set.ranked) as Ranked;
        if (sight.alone) return { ...datedBy(sight), ...ranked };
        const cut = await sight.modelCut();
        const { sums } = await cut.kept.sums();
        const exclusive = rankExclusive(cut.kept.model, {
          ...{ fileUnique: sums.fileUnique, fileStored: sums.fileStored },
          fileExclusive: sums.fileExclusive.map((bytes, leaf) => bytes - cut.fileExclusive[leaf]),
          fileFreed: sums.fileFreed.map((bytes, leaf) => bytes - cut.fileFreed[leaf]),
        });
        return { ...datedBy(sight), ...ranked, exclusive };
      }),
  };
}

/** As `dedup_sets.ranked` has it. */
export async function rankFiles(db: Connection, model: BucketModel, { sums }: BucketSums): Promise<Ranked> {
  const { near, capped } = await findNear(model, sums.fileUnique);
  return { exclusive: rankExclusive(model, sums), duplicates: findDuplicates(db, model), near, capped };
}

type FileSums = Record<"fileUnique" | "fileExclusive" | "fileStored" | "fileFreed", Float64Array>;

function rankExclusive(model: BucketModel, sums: FileSums): RankedFile[] {
  const { fileUnique, fileExclusive, fileStored, fileFreed } = sums;
  return topOf(model.tree.leaves, (leaf) => fileFreed[leaf]).map((leaf) => ({
    path: model.paths.at(leaf),
    figures: {
      files: 1,
      logical: model.sizes[leaf],
      unique: fileUnique[leaf],
      exclusive: fileExclusive[leaf],
      stored: fileStored[leaf],
      freed: fileFreed[leaf],
    },
  }));
}

/** The RANKED largest of `count`, largest first; equal ones in their order; none that is 0. */
function topOf(count: number, value: (index: number) => number): number[] {
  let top: number[] = [];
  let least = 0;
  const cut = () => {
    top.sort((a, b) => value(b) - value(a) || a - b);
    top = top.slice(0, RANKED);
    if (top.length === RANKED) least = value(top[RANKED - 1]);
  };
  for (let index = 0; index < count; index++) {
    if (value(index) <= least) continue;
    top.push(index);
    if (top.length === 8 * RANKED) cut();
  }
  cut();
  return top;
}

function findDuplicates(db: Connection, model: BucketModel): DuplicateGroup[] {
  const { contentStarts, contentLeaves, fileIds, sizes, paths } = model;
  const copies = (content: number) => contentStarts[content + 1] - contentStarts[content];
  const doubled = (content: number) => (copies(content) - 1) * sizes[contentLeaves[contentStarts[content]]];
  return topOf(fileIds.length, doubled).map((content) => {
    const leaves = contentLeaves.subarray(contentStarts[content], contentStarts[content + 1]);
    return {
      xetHash: hashToHex(readHash(db, fileIds[content])!),
      size: sizes[leaves[0]],
      count: leaves.length,
      paths: [...leaves.subarray(0, PATHS)].map((leaf) => paths.at(leaf)),
    };
  });
}

async function findNear(model: BucketModel, unique: Float64Array): Promise<{ near: NearDuplicate[]; capped: boolean }> {
  const { contents, contentStarts, contentLeaves, xorbs, paths } = model;
  // An empty file stands for itself; it shares nothing.
  const contentOf = contents.map((content, leaf) => (content < 0 ? leaf : contentLeaves[contentStarts[content]]));
  const pairs = new NearPairs(contentOf);
  await eachXorb(model, (x, uses) => pairs.add(uses.of(x), segmentWeights(xorbs, x)));
  const candidates = pairs.candidates(unique);
  let found = candidates.pairs;
  if (!pairs.exact && found.length > 0) {
    const measured = new PairSums(found);
    await eachXorb(model, (x, uses) => measured.add(uses.of(x), segmentWeights(xorbs, x)));
    found = found.map((pair, at) => ({ ...pair, shared: measured.shared[at] }));
  }
  const near = nearestOf(found, unique, RANKED).map(({ a, b, shared }): NearDuplicate => {
    return { paths: [paths.at(a), paths.at(b)], shared, share: shared / Math.min(unique[a], unique[b]) };
  });
  return { near, capped: candidates.capped };
}
