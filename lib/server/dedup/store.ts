/** Figures of many buckets together: of each, of each namespace, and of all. From the coverages alone, walked side by side by xorb. */
import { decodeCoverage, groupTree, usesOfCoverages } from "#lib/core/bucket/dedup/coverage.ts";
import type { DedupFigures } from "#lib/core/bucket/dedup/figures.ts";
import { FigureSums } from "#lib/core/bucket/dedup/sweep.ts";
import { outsideLeaf } from "#lib/core/bucket/dedup/uses.ts";
import { type ChunkWeights, weightsOf } from "#lib/core/bucket/dedup/weights.ts";
import { type CoverageRow, eachHeld, readSet } from "../db/dedup-rows.ts";
import { readOffsets } from "../db/dedup-source.ts";
import type { DedupSetRow } from "../db/schema.ts";
import type { Connection } from "../db/statements.ts";
import { Breath } from "./breath.ts";
import type { Readers } from "./readers.ts";
import { generationOf } from "./sight.ts";
import type { Answer, Question, Verbs } from "./verbs.ts";

/** Answers kept for those who ask again before anything changed. */
const KEPT = 16;

export function createStoreAnswers({ readers }: { readers: Readers }): Pick<Verbs, "store"> {
  const kept = new Map<string, Promise<Answer<"store">>>();
  return {
    store: (question) =>
      readers.read(async (db) => {
        const sets = [...question.buckets.map(({ id }) => id), ...question.others].map((id) => readSet(db, id));
        const names = sets.map((set) => (set === undefined ? "" : `${set.bucket_id}.${set.revision}`));
        const key = JSON.stringify([question.buckets, names]);
        let answer = kept.get(key);
        if (answer === undefined) {
          answer = measureStore(db, question);
          answer.catch(() => kept.delete(key));
        }
        kept.delete(key);
        kept.set(key, answer);
        if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
        return answer;
      }),
  };
}

async function measureStore(db: Connection, { buckets, others }: Question<"store">): Promise<Answer<"store">> {
  const computed = (id: number) => {
    const set = readSet(db, id);
    return set === undefined || set.generation === 0 ? undefined : set;
  };
  const known = buckets.flatMap(({ id, group }) => {
    const set = computed(id);
    return set === undefined ? [] : [{ set, group }];
  });
  known.sort((a, b) => a.group - b.group);
  const outside = others.flatMap((id) => computed(id) ?? []);
  const groups = known.reduce((most, { group }) => Math.max(most, group + 1), 0);
  const tree = groupTree(
    groups,
    Int32Array.from(known, ({ group }) => group),
  );
  const sums = new FigureSums(tree, { count: outside.length });
  await addCoverages(
    db,
    sums,
    known.map(({ set }) => set),
    outside,
  );
  sums.finish();
  const total = (sets: DedupSetRow[]) => ({
    files: sets.reduce((sum, { files }) => sum + files, 0),
    logical: sets.reduce((sum, { logical }) => sum + logical, 0),
  });
  const ofFolder = (folder: number, sets: DedupSetRow[]): DedupFigures => ({
    ...total(sets),
    unique: sums.unique[folder],
    exclusive: sums.exclusive[folder],
    stored: sums.stored[folder],
    freed: sums.freed[folder],
  });
  return {
    figures: ofFolder(
      0,
      known.map(({ set }) => set),
    ),
    groups: Array.from({ length: groups }, (_, group) =>
      ofFolder(
        group + 1,
        known.filter((one) => one.group === group).map(({ set }) => set),
      ),
    ),
    buckets: known.map(({ set }, leaf) => ({
      id: set.bucket_id,
      asOf: set.as_of,
      version: set.version,
      figures: {
        ...total([set]),
        unique: sums.fileUnique[leaf],
        exclusive: sums.fileExclusive[leaf],
        stored: sums.fileStored[leaf],
        freed: sums.fileFreed[leaf],
      },
    })),
  };
}

interface Walk {
  leaf: number;
  rows: IterableIterator<CoverageRow>;
  row: CoverageRow;
}

/** A xorb that one bucket holds weighs what its row says; one that several hold is summed chunk by chunk. */
async function addCoverages(
  db: Connection,
  sums: FigureSums,
  inside: DedupSetRow[],
  outside: DedupSetRow[],
): Promise<void> {
  let walks = [...inside, ...outside].flatMap((set, at): Walk[] => {
    const rows = eachHeld(db, generationOf(set));
    const first = rows.next();
    const leaf = at < inside.length ? at : outsideLeaf(at - inside.length);
    return first.done ? [] : [{ leaf, rows, row: first.value }];
  });
  const breath = new Breath();
  while (walks.some(({ leaf }) => leaf >= 0)) {
    let xorb = Number.POSITIVE_INFINITY;
    for (const { row } of walks) if (row.xorb_id < xorb) xorb = row.xorb_id;
    const here = walks.filter(({ row }) => row.xorb_id === xorb);
    addXorb(db, sums, xorb, here);
    let ended = false;
    for (const walk of here) {
      const next = walk.rows.next();
      if (next.done) ended = true;
      else walk.row = next.value;
      if (next.done) walk.row = DONE;
    }
    if (ended) walks = walks.filter(({ row }) => row !== DONE);
    if (breath.due()) await breath.take();
  }
  for (const { rows } of walks) rows.return?.();
}

const DONE: CoverageRow = { kind: 0, xorb_id: 0, ranges: new Uint8Array(0), unpacked: 0, stored: 0 };

function addXorb(db: Connection, sums: FigureSums, xorbId: number, walks: Walk[]): void {
  if (walks.every(({ leaf }) => leaf < 0)) return;
  const [first] = walks;
  const alike = walks.every(({ row }) => Buffer.compare(row.ranges, first.row.ranges) === 0);
  if (alike) {
    const whole = Uint32Array.of(0, 1);
    const { unpacked, stored } = first.row;
    const weights: ChunkWeights = {
      count: 1,
      unpacked: Uint32Array.of(0, unpacked),
      stored: Uint32Array.of(0, stored),
    };
    sums.add(usesOfCoverages(walks.map(({ leaf }) => ({ leaf, intervals: whole }))), weights);
    return;
  }
  const offsets = readOffsets(db, xorbId);
  if (offsets === undefined) return;
  const holders = walks.map(({ leaf, row }) => ({ leaf, intervals: decodeCoverage(row.ranges) }));
  sums.add(usesOfCoverages(holders), weightsOf(offsets));
}
