/** What garbage collection would free, found without changing anything. */
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { ChunkMarks } from "../db/chunk-marks.ts";
import { type IdleCursor, readGcState, readIdleFiles, usersOf, xorbsOf } from "../db/gc.ts";
import { type CandidateXorb, countIdleFiles, readCandidates, readXorbMarks } from "../db/gc-candidates.ts";
import { pieces } from "../db/rows.ts";
import { PackedTerms } from "../db/terms.ts";
import type { GcOptions } from "./gc-run.ts";
import { holdOf } from "./grace.ts";
import type { CasParts } from "./parts.ts";
import { Turn } from "./turn.ts";

export interface GcPreview {
  at: number;
  /** What a run now would free: bytes on disk, and files that no bucket holds. */
  now: { bytes: number; files: number; removed: number; thinned: number };
  /** What waits for its grace to end, by UTC day, soonest first. */
  later: { day: string; bytes: number }[];
  /** Waste of xorbs that are too much alive to be thinned. */
  kept: number;
  /** When a run last ended; null: never. */
  ranAt: number | null;
  /** Bytes freed ever. */
  freedBytes: number;
}

const DAY = 24 * 3600 * 1000;
const XORBS_AT_ONCE = 50;
const IDS_AT_ONCE = 1000;

/** Exact for a run now; later days suppose that nothing changes and that runs are frequent. */
export async function preview(parts: CasParts, { grace, share }: GcOptions): Promise<GcPreview> {
  const { db, clock } = parts;
  const at = clock();
  const turn = new Turn();
  const sums = new Sums(at, share);
  for await (const xorbs of candidates(parts, turn)) {
    for (const xorb of xorbs) sums.add(xorb, await dueTimes(parts, xorb, { at, grace }, turn));
  }
  const { ranAt, freedBytes } = await readGcState(db.read);
  return { at, ...sums.result(await countIdleFiles(db.read, at - grace)), ranAt, freedBytes };
}

async function* candidates({ db }: CasParts, turn: Turn): AsyncGenerator<CandidateXorb[]> {
  const ofIdle = new Set<number>();
  let cursor: IdleCursor | null = null;
  while (true) {
    const files = await readIdleFiles(db.read, Number.MAX_SAFE_INTEGER, cursor);
    const last = files.at(-1);
    if (last === undefined) break;
    cursor = { since: last.idleSince, id: last.id };
    for (const id of xorbsOf(files)) ofIdle.add(id);
    await turn.pass();
  }
  for (let after = 0; ; ) {
    const rows = await readXorbMarks(db.read, after, IDS_AT_ONCE);
    if (rows.length === 0) return;
    after = rows.at(-1)!.id;
    const wanted = rows.filter(({ id, marked }) => marked || ofIdle.has(id)).map(({ id }) => id);
    for (const ids of pieces(wanted, XORBS_AT_ONCE)) {
      yield await readCandidates(db.read, ids);
      await turn.pass();
    }
  }
}

/** By chunk, when it may be freed, ms; Infinity: it is in use. */
async function dueTimes(
  { db }: CasParts,
  xorb: CandidateXorb,
  { at, grace }: { at: number; grace: number },
  turn: Turn,
): Promise<Float64Array> {
  const released = new Float64Array(xorb.chunks).fill(xorb.touchedAt);
  for await (const users of usersOf(db.read, xorb.id)) {
    for (const { terms, idleSince } of users) {
      for (const { xorbId, chunkStart, chunkEnd } of new PackedTerms(terms)) {
        if (xorbId !== xorb.id) continue;
        for (let chunk = chunkStart; chunk < chunkEnd; chunk++) {
          if (released[chunk] < idleSince) released[chunk] = idleSince;
        }
      }
      await turn.pass();
    }
  }
  const hold = holdOf(grace);
  const waste = xorb.marks === null ? null : new ChunkMarks(xorb.marks);
  return released.map((since, chunk) => {
    const heldSince = waste?.has(chunk) ? xorb.since! : at;
    return Math.max(since + grace, heldSince + hold);
  });
}

/** Adds up what goes when. */
class Sums {
  readonly #at: number;
  readonly #share: number;
  readonly #now = { bytes: 0, removed: 0, thinned: 0 };
  readonly #days = new Map<string, number>();
  #kept = 0;

  constructor(at: number, share: number) {
    this.#at = at;
    this.#share = share;
  }

  add(xorb: CandidateXorb, due: Float64Array): void {
    const offsets = ChunkOffsets.decode(xorb.offsets);
    /** Bytes by when they may go: "" for now. */
    const byDay = new Map<string, number>();
    due.forEach((time, chunk) => {
      const bytes = offsets.byteAt(chunk + 1) - offsets.byteAt(chunk);
      if (bytes === 0 || time === Number.POSITIVE_INFINITY) return;
      const day = time <= this.#at ? "" : new Date(Math.floor(time / DAY) * DAY).toISOString().slice(0, 10);
      byDay.set(day, (byDay.get(day) ?? 0) + bytes);
    });
    let left = xorb.storedBytes;
    let waiting = 0;
    for (const [day, bytes] of [...byDay].sort(([a], [b]) => (a < b ? -1 : 1))) {
      waiting += bytes;
      const live = left - waiting;
      if (live > 0 && live >= this.#share * left) continue;
      if (day === "") {
        this.#now.bytes += waiting;
        this.#now[live === 0 ? "removed" : "thinned"] += 1;
      } else this.#days.set(day, (this.#days.get(day) ?? 0) + waiting);
      left = live;
      waiting = 0;
    }
    this.#kept += waiting;
  }

  result(files: number): Pick<GcPreview, "now" | "later" | "kept"> {
    const later = [...this.#days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, bytes]) => ({ day, bytes }));
    return { now: { ...this.#now, files }, later, kept: this.#kept };
  }
}
