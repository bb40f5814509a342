/** Recomputations: what the worker found for a bucket waits here until the main thread has written it. */
import { decodeCoverage } from "#lib/core/bucket/dedup/coverage.ts";
import { type ChunkWeights, weightsOf } from "#lib/core/bucket/dedup/weights.ts";
import { readOthers, readOverlaps, readSet } from "../db/dedup-rows.ts";
import { readOffsets } from "../db/dedup-source.ts";
import type { OverlapPair } from "../db/dedup-write.ts";
import type { Connection } from "../db/statements.ts";
import { Breath } from "./breath.ts";
import { type Changes, findChanges } from "./changes.ts";
import { findCheckpoints, measureRun } from "./checkpoints.ts";
import { type BucketSums, type Coverage, computeSums, HELD, WAITING } from "./compute.ts";
import { loadModel } from "./load.ts";
import type { BucketModel } from "./model.ts";
import type { Models } from "./models.ts";
import { intersectRanges, sameRanges, weighRanges } from "./ranges.ts";
import { rankFiles } from "./ranked.ts";
import type { Readers } from "./readers.ts";
import type { Computed, Verbs } from "./verbs.ts";

interface Job {
  model: BucketModel;
  sums: BucketSums;
  coverage: Coverage[];
  changes: Changes;
}

export function createJobs({
  readers,
  models,
}: {
  readers: Readers;
  models: Models;
}): Pick<Verbs, "compute" | "piece" | "overlaps" | "settle"> {
  const jobs = new Map<number, Job>();

  return {
    compute: ({ bucketId, now }) =>
      readers.read(async (db) => {
        const started = performance.now();
        const model = await loadModel(db, bucketId, now);
        if (model === undefined) return null;
        const held: Coverage[] = [];
        const waiting: Coverage[] = [];
        const sums = await computeSums(model, (row) => (row.kind === HELD ? held : waiting).push(row));
        const coverage = [...held, ...waiting];
        const kept = readSet(db, bucketId);
        const generation = kept?.generation ?? 0;
        const changes = await findChanges(db, { bucketId, generation }, model, sums, coverage);
        const checkpoints = await findCheckpoints(model);
        const matrix = await measureRun(model, checkpoints.runs);
        const ranked = await rankFiles(db, model, sums);
        jobs.set(bucketId, { model, sums, coverage, changes });
        const root = 0;
        return {
          set: {
            bucket_id: bucketId,
            generation: changes.generation,
            version: model.version,
            as_of: model.asOf,
            took_ms: Math.round(performance.now() - started),
            files: model.tree.leaves,
            logical: model.sizes.reduce((sum, size) => sum + size, 0),
            unique: sums.sums.unique[root],
            stored: sums.sums.stored[root],
            folders: model.tree.folders,
            ...waitingOf(model, sums),
            scratch: changes.staged && generation > 0 ? generation : null,
            checkpoints: JSON.stringify(checkpoints),
            ranked: JSON.stringify(ranked),
            matrix: JSON.stringify(matrix),
          },
          staged: changes.staged,
          pieces: changes.pieces.length,
        } satisfies Computed;
      }),

    piece: async ({ bucketId, index }) => jobs.get(bucketId)!.changes.pieces[index],

    overlaps: ({ bucketId }) =>
      readers.read(async (db) => {
        const found = await findOverlaps(db, bucketId, jobs.get(bucketId)!.coverage);
        return sameOverlaps(db, bucketId, found) ? null : found;
      }),

    async settle({ bucketId, committed }) {
      const job = jobs.get(bucketId);
      jobs.delete(bucketId);
      if (committed && job !== undefined) models.put(job.model, job.sums);
    },
  };
}

function waitingOf({ waitingIds, waitingSince }: BucketModel, { waiting }: BucketSums) {
  let files = 0;
  let since: number | null = null;
  for (let at = 0; at < waitingIds.length; at++) {
    if (waiting.byContent[at] === 0) continue;
    files += 1;
    since = Math.min(since ?? Number.POSITIVE_INFINITY, waitingSince[at]);
  }
  return { waiting_bytes: waiting.bytes, waiting_files: files, waiting_since: since };
}

/** Every other bucket with a xorb in common, whoever may see it; `coverage` is the bucket's new one. */
async function findOverlaps(db: Connection, bucketId: number, coverage: Coverage[]): Promise<OverlapPair[]> {
  const pairs = new Map<number, OverlapPair>();
  const breath = new Breath();
  for (const own of coverage) {
    let weights: ChunkWeights | undefined;
    for (const other of readOthers(db, own.xorbId, bucketId)) {
      // What waits in both is nothing to either.
      if (own.kind === WAITING && other.kind === WAITING) continue;
      const ranges = decodeCoverage(other.ranges);
      const both = intersectRanges(own.ranges, ranges);
      if (both.length === 0) continue;
      let shared: { unpacked: number; stored: number };
      if (sameRanges(both, own.ranges)) shared = own;
      else if (sameRanges(both, ranges)) shared = other;
      else {
        const offsets = readOffsets(db, own.xorbId);
        if (offsets === undefined) continue;
        weights ??= weightsOf(offsets);
        shared = weighRanges(both, weights);
      }
      const pair = pairs.get(other.bucket_id) ?? {
        ...{ otherId: other.bucket_id, unpacked: 0, stored: 0, waiting: 0, otherWaiting: 0 },
      };
      pairs.set(other.bucket_id, pair);
      if (own.kind === WAITING) pair.waiting += shared.stored;
      else if (other.kind === WAITING) pair.otherWaiting += shared.stored;
      else {
        pair.unpacked += shared.unpacked;
        pair.stored += shared.stored;
      }
    }
    if (breath.due()) await breath.take();
  }
  return [...pairs.values()].sort((a, b) => a.otherId - b.otherId);
}

function sameOverlaps(db: Connection, bucketId: number, found: OverlapPair[]): boolean {
  const kept = readOverlaps(db, bucketId);
  if (kept.length !== found.length) return false;
  return found.every(({ otherId, unpacked, stored, waiting, otherWaiting }, at) => {
    const row = kept[at];
    if (row.other_id !== otherId || row.unpacked !== unpacked) return false;
    if (row.stored !== stored || row.waiting !== waiting) return false;
    return readOverlaps(db, otherId).find(({ other_id }) => other_id === bucketId)?.waiting === otherWaiting;
  });
}
