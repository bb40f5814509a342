/** Walks over the xorbs of a model: all of them, or those that some of its contents use. */
import type { LeafRange } from "#lib/core/bucket/dedup/overlap.ts";
import { SelectionSums } from "#lib/core/bucket/dedup/selection.ts";
import type { Connection } from "../db/statements.ts";
import { Breath } from "./breath.ts";
import { type BucketModel, LeafUses } from "./model.ts";
import { SightedUses } from "./outside.ts";
import type { Sight } from "./sight.ts";

export async function eachXorb(model: BucketModel, work: (x: number, uses: LeafUses) => void): Promise<void> {
  const uses = new LeafUses(model);
  const breath = new Breath();
  for (let x = 0; x < model.xorbs.ids.length; x++) {
    work(x, uses);
    if (breath.due()) await breath.take();
  }
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

/** Of the files that are marked with 1, by leaf, taken as one; within the reader's sight. */
export async function sumMarked(
  db: Connection,
  model: BucketModel,
  { outside, others }: Pick<Sight, "outside" | "others">,
  marked: Uint8Array,
): Promise<SelectionSums> {
  const sighted = new SightedUses(db, model, outside, others);
  const sums = new SelectionSums(marked, sighted.labels);
  const used = usedByMarked(model, marked);
  const breath = new Breath();
  for (let x = 0; x < model.xorbs.ids.length; x++) {
    if (usesAny(model, x, used)) {
      const { uses, weights } = sighted.of(x);
      sums.add(uses, weights);
    }
    if (breath.due()) await breath.take();
  }
  return sums;
}

function usedByMarked({ contents, fileIds }: BucketModel, marked: Uint8Array): Uint8Array {
  const used = new Uint8Array(fileIds.length);
  for (let leaf = 0; leaf < marked.length; leaf++) {
    if (marked[leaf] === 1 && contents[leaf] >= 0) used[contents[leaf]] = 1;
  }
  return used;
}
