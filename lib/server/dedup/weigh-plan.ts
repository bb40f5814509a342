/** What running operations of a plan would free and bring. In the worker: a plan may have a million operations. */
import { SelectionSums } from "#lib/core/bucket/dedup/selection.ts";
import { PLAN_KINDS, type Selection } from "#lib/core/plan/plan.ts";
import { compileSelection } from "#lib/core/plan/selection.ts";
import { type HoldersQuery, readHolders, readWeighedOperations } from "../db/plan-weighing.ts";
import type { Connection } from "../db/statements.ts";
import { Breath } from "./breath.ts";
import { find } from "./load.ts";
import type { BucketModel } from "./model.ts";
import type { Models } from "./models.ts";
import { SightedUses } from "./outside.ts";
import type { Readers } from "./readers.ts";
import type { Sight, Sights } from "./sight.ts";
import { datedBy } from "./tree.ts";
import type { Verbs } from "./verbs.ts";

interface PlanToWeigh {
  planId: number;
  selection: Selection;
  /** Of content in the reader's sight. */
  holders: HoldersQuery;
}

export function createPlanAnswers({
  readers,
  sights,
  models,
}: {
  readers: Readers;
  sights: Sights;
  models: Models;
}): Pick<Verbs, "plan"> {
  return {
    plan: ({ planId, selection, holders, ...view }) =>
      readers.read(async (db) => {
        const sight = await sights.get(db, view);
        const { model } = await models.get(db, sight.set);
        const { marked, known, unknown } = await markRemoved(db, model, { planId, selection, holders });
        return { ...datedBy(sight), freed: await sumFreed(db, model, sight, marked), known, unknown };
      }),
  };
}

/** By leaf: 1 for a file whose content goes. And the logical bytes of what is written. */
async function markRemoved(db: Connection, model: BucketModel, { planId, selection, holders }: PlanToWeigh) {
  const taken = compileSelection(selection);
  const marked = new Uint8Array(model.tree.leaves);
  const kept = new Set<number>();
  const written = { known: 0, unknown: 0 };
  const breath = new Breath();
  for (const { path, target, kind, size, xet_hash } of readWeighedOperations(db, planId)) {
    if (breath.due()) await breath.take();
    const named = PLAN_KINDS[kind];
    if (!taken.includes(path, named)) continue;
    if (named !== "add") {
      const leaf = model.paths.indexOf(target);
      if (leaf !== -1) marked[leaf] = 1;
    }
    if (named === "delete") continue;
    const found = xet_hash === null ? [] : readHolders(db, holders, xet_hash);
    written[found.length > 0 ? "known" : "unknown"] += size ?? 0;
    const own = found.find(({ bucket_id }) => bucket_id === model.bucketId);
    if (own !== undefined) kept.add(find(model.fileIds, own.file_id));
  }
  // A content that the plan itself puts somewhere in the bucket stays, wherever else it is taken away.
  for (let leaf = 0; leaf < marked.length; leaf++) if (kept.has(model.contents[leaf])) marked[leaf] = 0;
  return { marked, ...written };
}

async function sumFreed(
  db: Connection,
  model: BucketModel,
  { outside, others }: Pick<Sight, "outside" | "others">,
  marked: Uint8Array,
): Promise<number> {
  const { contents, xorbs } = model;
  const touched = new Uint8Array(model.fileIds.length);
  for (let leaf = 0; leaf < marked.length; leaf++) {
    if (marked[leaf] === 1 && contents[leaf] >= 0) touched[contents[leaf]] = 1;
  }
  const sighted = new SightedUses(db, model, outside, others);
  const sums = new SelectionSums(marked, sighted.labels);
  const breath = new Breath();
  for (let x = 0; x < xorbs.ids.length; x++) {
    if (breath.due()) await breath.take();
    if (!isTouched(x)) continue;
    const { uses, weights } = sighted.of(x);
    sums.add(uses, weights);
  }
  return sums.freed;

  function isTouched(x: number): boolean {
    for (let use = xorbs.useStarts[x]; use < xorbs.useStarts[x + 1]; use++) {
      const content = xorbs.contents[use];
      // Beyond them lie the contents of deleted files.
      if (content < touched.length && touched[content] === 1) return true;
    }
    return false;
  }
}
