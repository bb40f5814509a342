/** What running operations of a plan would free and bring. In the worker: a plan may have a million operations. */
import { PLAN_KINDS, type Selection } from "#lib/core/plan/plan.ts";
import { compileSelection } from "#lib/core/plan/selection.ts";
import { type HoldersQuery, readHolders, readWeighedOperations } from "../db/plan-weighing.ts";
import type { Connection } from "../db/statements.ts";
import { Breath } from "./breath.ts";
import { find } from "./load.ts";
import type { BucketModel } from "./model.ts";
import type { Models } from "./models.ts";
import type { Readers } from "./readers.ts";
import type { Sights } from "./sight.ts";
import { datedBy } from "./tree.ts";
import type { Verbs } from "./verbs.ts";
import { sumMarked } from "./walk.ts";

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
        const { freed } = await sumMarked(db, model, sight, marked);
        return { ...datedBy(sight), freed, known, unknown };
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
