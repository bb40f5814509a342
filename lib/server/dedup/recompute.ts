/** One computation of a bucket's figures, from the worker's question to the commit that makes them count. */
import type { Kysely } from "kysely";
import type { Database } from "../db/db.ts";
import { listScratch } from "../db/dedup.ts";
import { clearGeneration, commitSet, openGeneration, type RowPiece, writePiece } from "../db/dedup-write.ts";
import type { Tables } from "../db/schema.ts";
import type { DedupThread } from "./thread.ts";
import type { Computed } from "./verbs.ts";

/** Rows cleared in one transaction: some ms. */
const CLEAR_ROWS = 1000;

export interface Recompute {
  (bucketId: number): Promise<void>;
  /** Clears away what a crash left half written. */
  clean(): Promise<void>;
}

export function createRecompute({
  db,
  thread,
  clock,
  isStopped,
}: {
  db: Database;
  thread: DedupThread;
  clock: () => number;
  isStopped: () => boolean;
}): Recompute {
  /** The tail of those who write: what two buckets share must be found while neither changes. */
  let writing: Promise<unknown> = Promise.resolve();

  function alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = writing.then(work);
    writing = turn.catch(() => {});
    return turn;
  }

  /** Half of the writer's time stays free for others. */
  async function writeGently<T>(work: (tx: Kysely<Tables>) => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await db.write(work);
    await new Promise((resolve) => setTimeout(resolve, Math.min(1000, performance.now() - started)));
    return result;
  }

  async function stage(bucketId: number, { set, pieces }: Computed): Promise<boolean> {
    if (!(await db.write((tx) => openGeneration(tx, bucketId, set.generation)))) return false;
    await clear(bucketId, set.generation, true);
    for (let index = 0; index < pieces; index++) {
      const piece = await thread.ask("piece", { bucketId, index });
      if (!(await writeGently((tx) => writePiece(tx, bucketId, set.generation, piece)))) return false;
    }
    return true;
  }

  async function readPieces(bucketId: number, count: number): Promise<RowPiece[]> {
    const pieces: RowPiece[] = [];
    for (let index = 0; index < count; index++) pieces.push(await thread.ask("piece", { bucketId, index }));
    return pieces;
  }

  async function clear(bucketId: number, generation: number, keepMark = false): Promise<void> {
    while (!isStopped()) {
      if (!(await writeGently((tx) => clearGeneration(tx, bucketId, generation, CLEAR_ROWS)))) break;
    }
    if (keepMark) await db.write((tx) => openGeneration(tx, bucketId, generation));
  }

  async function recompute(bucketId: number): Promise<void> {
    const computed = await thread.ask("compute", { bucketId, now: clock() });
    if (computed === null) return;
    let committed = false;
    try {
      if (computed.staged && !(await stage(bucketId, computed))) return;
      const pieces = computed.staged ? [] : await readPieces(bucketId, computed.pieces);
      committed = await alone(async () => {
        const overlaps = await thread.ask("overlaps", { bucketId });
        return db.write((tx) => commitSet(tx, { set: computed.set, pieces, overlaps }));
      });
    } finally {
      await thread.ask("settle", { bucketId, committed }).catch(() => {});
    }
    const { scratch } = computed.set;
    if (committed && scratch !== null) await clear(bucketId, scratch);
  }

  return Object.assign(recompute, {
    async clean() {
      for (const { bucket_id, scratch } of await listScratch(db.read)) await clear(bucket_id, scratch!);
    },
  });
}
