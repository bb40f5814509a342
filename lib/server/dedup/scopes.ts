/** Figures of what somebody chose: the union of a selection, what some scopes share, the checkpoints of runs. */
import type { DedupEntry, DedupFigures } from "#lib/core/bucket/dedup/figures.ts";
import type { LeafRange } from "#lib/core/bucket/dedup/overlap.ts";
import { HubError } from "#lib/core/errors.ts";
import type { Connection } from "../db/statements.ts";
import { Breath } from "./breath.ts";
import { MATRIX_MAX, measureOverlap, type Run, type RunOverlap, type Runs, scopesOfRun } from "./checkpoints.ts";
import type { BucketModel } from "./model.ts";
import type { Models } from "./models.ts";
import type { Readers } from "./readers.ts";
import type { Sight, Sights } from "./sight.ts";
import { datedBy, entryNotFound, findScope } from "./tree.ts";
import type { Verbs } from "./verbs.ts";
import { sumMarked } from "./walk.ts";

export function createScopeAnswers({
  readers,
  sights,
  models,
}: {
  readers: Readers;
  sights: Sights;
  models: Models;
}): Pick<Verbs, "selection" | "matrix" | "checkpoints"> {
  return {
    selection: ({ files, folders, ...view }) =>
      readers.read(async (db) => {
        const sight = await sights.get(db, view);
        const { model } = await models.get(db, sight.set);
        const { ranges, missing } = findSelected(model, files, folders);
        return { ...datedBy(sight), figures: await measureSelection(db, sight, model, ranges), missing };
      }),

    matrix: ({ paths, run, ...view }) =>
      readers.read(async (db) => {
        const sight = await sights.get(db, view);
        const { runs } = JSON.parse(sight.set.checkpoints) as Runs;
        const kept = JSON.parse(sight.set.matrix) as RunOverlap | null;
        const names = runs.map(({ path }) => path);
        const asked = paths ?? pathsOfRun(runs, run);
        if (asked.length > MATRIX_MAX) throw new HubError("BadRequest", `At most ${MATRIX_MAX} paths are compared.`);
        const scopes: DedupEntry[] = [];
        for (const path of asked) scopes.push(await findScope(db, sight, path));
        const known = kept !== null && JSON.stringify(asked) === JSON.stringify(kept.paths);
        const { overlap, common, union } = known ? kept : await measure(db, sight, scopes);
        return { ...datedBy(sight), scopes, overlap, common, union, runs: names };
      }),

    checkpoints: (view) =>
      readers.read(async (db) => {
        const sight = await sights.get(db, view);
        const breath = new Breath();
        const kept = JSON.parse(sight.set.checkpoints) as Runs;
        const runs = [];
        for (const { path, checkpoints } of kept.runs) {
          const measured = [];
          for (const checkpoint of checkpoints) {
            measured.push({ ...checkpoint, figures: (await findScope(db, sight, checkpoint.path)).figures });
            if (breath.due()) await breath.take();
          }
          runs.push({ path, checkpoints: measured });
        }
        return { ...datedBy(sight), runs, earlier: kept.earlier };
      }),
  };

  async function measure(db: Connection, sight: Sight, scopes: DedupEntry[]) {
    const { model } = await models.get(db, sight.set);
    return measureOverlap(
      model,
      scopes.map(({ type, path }) => (type === "folder" ? model.paths.below(path) : leafOf(model, path)!)),
    );
  }
}

function pathsOfRun(runs: Run[], name: string | null): string[] {
  const run = name === null ? runs[0] : runs.find(({ path }) => path === name);
  if (run === undefined && name !== null) throw entryNotFound(name);
  return run === undefined ? [] : scopesOfRun(run);
}

function leafOf(model: BucketModel, path: string): LeafRange | undefined {
  const leaf = model.paths.indexOf(path);
  return leaf < 0 ? undefined : { from: leaf, to: leaf + 1 };
}

function findSelected(model: BucketModel, files: string[], folders: string[]) {
  const ranges: LeafRange[] = [];
  const missing: string[] = [];
  for (const path of files) {
    const range = leafOf(model, path);
    if (range === undefined) missing.push(path);
    else ranges.push(range);
  }
  for (const path of folders) {
    if (path !== "" && model.folderPaths.indexOf(path) < 0) missing.push(path);
    else ranges.push(model.paths.below(path));
  }
  return { ranges, missing };
}

async function measureSelection(
  db: Connection,
  sight: Sight,
  model: BucketModel,
  ranges: LeafRange[],
): Promise<DedupFigures> {
  const marked = new Uint8Array(model.tree.leaves);
  for (const { from, to } of ranges) marked.fill(1, from, to);
  let files = 0;
  let logical = 0;
  for (let leaf = 0; leaf < marked.length; leaf++) {
    if (marked[leaf] === 0) continue;
    files += 1;
    logical += model.sizes[leaf];
  }
  const { unique, exclusive, stored, freed } = await sumMarked(db, model, sight, marked);
  return { files, logical, unique, exclusive, stored, freed };
}
