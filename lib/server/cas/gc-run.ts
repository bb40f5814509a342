/** One run of garbage collection, in small transactions with rests between them (schema.ts has the words of the tables). */
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { ChunkMarks } from "../db/chunk-marks.ts";
import type { Tx } from "../db/db.ts";
import { forgetLeft } from "../db/dedup-left.ts";
import {
  countFreePages,
  giveBackPages,
  type IdleCursor,
  markExamined,
  markUnexamined,
  noteRun,
  readFreeable,
  readGcState,
  readIdleFiles,
  readUnexamined,
  removeIdleFiles,
  setIdleUntil,
  type XorbToExamine,
  xorbsOf,
} from "../db/gc.ts";
import { forgetLayouts } from "../db/layouts.ts";
import { forgetOffers } from "../db/offers.ts";
import { noteWaste, type Waste } from "../db/waste.ts";
import { findUse, unusedOf } from "./gc-use.ts";
import { freeXorb } from "./gc-xorb.ts";
import { holdOf } from "./grace.ts";
import type { CasParts } from "./parts.ts";
import { Turn } from "./turn.ts";
import { sweepXorbs } from "./xorbs.ts";

export interface GcOptions {
  /** How long nothing referred to what is freed, ms. */
  grace: number;
  /** Xorbs whose live part of their bytes is below it are thinned; 1: whenever any of it is waste. */
  share: number;
}

export interface GcResult {
  startedAt: number;
  endedAt: number;
  /** Files that no bucket held. */
  files: number;
  /** Xorbs that went, and those that lost chunks. */
  removed: number;
  thinned: number;
  /** Bytes on disk of both. */
  freedBytes: number;
  /** Blobs that a process left behind when it died. */
  orphans: number;
  orphanBytes: number;
}

/** Xorbs looked at in one go. */
const XORBS_AT_ONCE = 50;
/** Files that buckets left, forgotten in one transaction. */
const FORGOTTEN_AT_ONCE = 1000;
const LAYOUTS_AT_ONCE = 200;
const OFFERS_AT_ONCE = 1000;
/** Pages given back in one transaction: 2 MiB, some ms. */
const PAGES_AT_ONCE = 512;
const REST_MAX = 1000;

/** Stops early, with everything in order, when `signal` says so. */
export async function collect(
  parts: CasParts,
  { grace, share }: GcOptions,
  signal: AbortSignal,
): Promise<GcResult & { buckets: number[] }> {
  const { clock } = parts;
  const startedAt = clock();
  const hold = holdOf(grace);
  const run = new Run(parts, signal);
  // What is as good as gone is offered no more: from then on, `hold` before it goes.
  const offeredSince = startedAt - (grace - hold);
  await run.markIdle(offeredSince);
  const files = await run.removeFiles(startedAt - grace);
  await run.examine(offeredSince);
  const freed = await run.free({ touchedBefore: startedAt - grace, wasteBefore: clock() - hold, share });
  const swept = await sweepXorbs(parts, Number.POSITIVE_INFINITY, signal);
  await run.tidy();
  const endedAt = clock();
  if (!signal.aborted) await parts.db.write((tx) => noteRun(tx, endedAt));
  return { startedAt, endedAt, ...files, ...freed, orphans: swept.count, orphanBytes: swept.bytes };
}

class Run {
  readonly #parts: CasParts;
  readonly #signal: AbortSignal;
  readonly #turn = new Turn();

  constructor(parts: CasParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  #write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#rested(() => this.#parts.db.write(work));
  }

  /** Work, and a rest as long as it took: half of the writer and of the disk stay free for others. */
  async #rested<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    const rest = Math.min(REST_MAX, performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, rest));
    return result;
  }

  /** Xorbs of files that have been idle since `before` or longer are to be examined; those of earlier runs have been. */
  async markIdle(before: number): Promise<void> {
    const { idleUntil } = await readGcState(this.#parts.db.read);
    if (before <= idleUntil) return;
    let cursor: IdleCursor = { since: idleUntil, id: Number.MAX_SAFE_INTEGER };
    while (!this.#signal.aborted) {
      const files = await readIdleFiles(this.#parts.db.read, before, cursor);
      const last = files.at(-1);
      if (last === undefined) {
        await this.#write((tx) => setIdleUntil(tx, before));
        return;
      }
      cursor = { since: last.idleSince, id: last.id };
      await this.#write((tx) => markUnexamined(tx, xorbsOf(files)));
    }
  }

  /**
   * How many went, and which buckets had held them. What a bucket left so long ago is forgotten there though others hold it still, so that
   * nobody learns of them by what remains.
   */
  async removeFiles(before: number): Promise<{ files: number; buckets: number[] }> {
    let files = 0;
    const buckets = new Set<number>();
    while (!this.#signal.aborted) {
      const left = await this.#write((tx) => forgetLeft(tx, before, FORGOTTEN_AT_ONCE));
      if (left.length === 0) break;
      for (const bucket of left) buckets.add(bucket);
    }
    let cursor: IdleCursor | null = null;
    while (!this.#signal.aborted) {
      const idle = await readIdleFiles(this.#parts.db.read, before, cursor);
      const last = idle.at(-1);
      if (last === undefined) break;
      cursor = { since: last.idleSince, id: last.id };
      const removed = await this.#write((tx) => removeIdleFiles(tx, idle, before));
      files += removed.files;
      for (const bucket of removed.buckets) buckets.add(bucket);
    }
    return { files, buckets: [...buckets] };
  }

  /** Finds the waste of xorbs: what no file uses that will still be here when an answer of today is forgotten. */
  async examine(before: number): Promise<void> {
    let cursor: IdleCursor | null = null;
    while (!this.#signal.aborted) {
      const xorbs = await readUnexamined(this.#parts.db.read, before, cursor, XORBS_AT_ONCE);
      const last = xorbs.at(-1);
      if (last === undefined) return;
      cursor = { since: last.touchedAt, id: last.id };
      const found: (Waste & { touchedAt: number; lastFile: number })[] = [];
      for (const xorb of xorbs) found.push(await this.#findWaste(xorb, before));
      await this.#write(async (tx) => {
        for (const waste of found) {
          const { xorbId: id, touchedAt, lastFile } = waste;
          if (await markExamined(tx, { id, touchedAt }, lastFile)) await noteWaste(tx, waste, this.#parts.clock());
        }
      });
    }
  }

  async #findWaste(xorb: XorbToExamine, idleBefore: number) {
    const use = await findUse(this.#parts.db, xorb, this.#turn, idleBefore);
    const offsets = ChunkOffsets.decode(xorb.offsets);
    const unused = unusedOf(use, (chunk) => !offsets.isDropped(chunk));
    let [chunks, bytes] = [0, 0];
    unused.forEach((is, chunk) => {
      chunks += is;
      if (is === 1) bytes += offsets.byteAt(chunk + 1) - offsets.byteAt(chunk);
    });
    const { id: xorbId, touchedAt } = xorb;
    return { xorbId, touchedAt, lastFile: use.lastFile, marks: ChunkMarks.of(unused), chunks, bytes };
  }

  async free(limits: { touchedBefore: number; wasteBefore: number; share: number }) {
    const sums = { removed: 0, thinned: 0, freedBytes: 0 };
    for (let after = 0; ; ) {
      const xorbs = await readFreeable(this.#parts.db.read, limits, after, XORBS_AT_ONCE);
      if (xorbs.length === 0) return sums;
      for (const xorb of xorbs) {
        if (this.#signal.aborted) return sums;
        after = xorb.id;
        const freed = await this.#rested(() => freeXorb(this.#parts, xorb, limits, this.#turn));
        if (freed === null) continue;
        sums[freed.how] += 1;
        sums.freedBytes += freed.bytes;
      }
    }
  }

  async tidy(): Promise<void> {
    const { db, clock } = this.#parts;
    for (let more = true; more && !this.#signal.aborted; ) {
      more = await this.#write((tx) => forgetLayouts(tx, clock(), LAYOUTS_AT_ONCE));
    }
    for (let more = true; more && !this.#signal.aborted; ) {
      more = await this.#write((tx) => forgetOffers(tx, clock(), OFFERS_AT_ONCE));
    }
    for (let pages = await countFreePages(db.read); pages > 0 && !this.#signal.aborted; ) {
      await this.#write((tx) => giveBackPages(tx, PAGES_AT_ONCE));
      const left = await countFreePages(db.read);
      // A database that was made without auto_vacuum keeps its pages.
      if (left >= pages) break;
      pages = left;
    }
  }
}
