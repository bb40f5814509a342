/** Which other files hold bytes of a file, on the embedded Hub: exact, by the chunks that the terms of both name. */
import type { RawBuilder } from "kysely";
import { pathProblem } from "#lib/core/bucket/path-rule.ts";
import type { SharingFile } from "#lib/core/bucket/sharing.ts";
import { HubError } from "#lib/core/errors.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { type FileRecord, findFileOf, findFilesById } from "../db/content.ts";
import type { Database } from "../db/db.ts";
import { findEntry } from "../db/files.ts";
import { nextTurn } from "../db/rows.ts";
import { countXorbFiles, findPlaces, findReadableBuckets, listXorbFiles, measureTerms } from "../db/sharing.ts";
import { PackedTerms } from "../db/terms.ts";
import { readXorbTable } from "../db/xorbs.ts";
import { grant, readableBuckets } from "./access.ts";
import type { Hub } from "./hub.ts";

type SharingVerbs = Pick<Hub, "findSharing">;

/** What one question may cost. */
export interface SharingBudget {
  /** Xorbs of the file looked at, those with most of its bytes first. */
  xorbs: number;
  /** Files and buckets that hold them looked at, among those that the actor may read. */
  rows: number;
  /** Files compared. */
  files: number;
  /** Bytes of their terms. */
  termBytes: number;
}

const BUDGET: SharingBudget = { xorbs: 2048, rows: 20_000, files: 2000, termBytes: 16 * 1024 * 1024 };
/** Rows asked for at once: a few ms. */
const PIECE = 1000;

/** Of a xorb: bytes of the file asked about that lie before each chunk, each chunk as often as the file has it. */
type Weights = Float64Array;

export function createSharingVerbs({ db: { read: db } }: { db: Database }, budget = BUDGET): SharingVerbs {
  /** By xorb, at most `budget.xorbs`. */
  async function weigh(file: FileRecord): Promise<{ weights: Map<number, Weights>; capped: boolean }> {
    const terms = new PackedTerms(file.terms);
    const bytes = new Map<number, number>();
    for (let i = 0; i < terms.count; i++) {
      const id = terms.xorbIdAt(i);
      bytes.set(id, (bytes.get(id) ?? 0) + terms.lengthAt(i));
    }
    const ids = [...bytes.keys()].sort((a, b) => bytes.get(b)! - bytes.get(a)!).slice(0, budget.xorbs);
    const offsets = new Map<number, ChunkOffsets>();
    for (const id of ids) {
      const table = await readXorbTable(db, id);
      if (table !== undefined) offsets.set(id, ChunkOffsets.decode(table.offsets));
      if (offsets.size % 64 === 0) await nextTurn();
    }
    const weights = new Map([...offsets].map(([id, { count }]) => [id, new Float64Array(count + 1)]));
    for (const { xorbId, chunkStart, chunkEnd } of terms) {
      const uses = weights.get(xorbId);
      // How often a chunk is used, first as changes from one to the next.
      if (uses === undefined) continue;
      uses[chunkStart] += 1;
      uses[chunkEnd] -= 1;
    }
    for (const [id, uses] of weights) {
      const table = offsets.get(id)!;
      let times = 0;
      let before = 0;
      for (let chunk = 0; chunk < table.count; chunk++) {
        times += uses[chunk];
        uses[chunk] = before;
        before += times * table.lengthOf(chunk);
      }
      uses[table.count] = before;
    }
    return { weights, capped: ids.length < bytes.size };
  }

  /** Other files that the actor may read and that use one of the xorbs; by id, with the buckets that hold them. */
  async function findCandidates(
    fileId: number,
    xorbIds: number[],
    readable: RawBuilder<unknown>,
  ): Promise<{ candidates: Map<number, Set<number>>; capped: boolean }> {
    const candidates = new Map<number, Set<number>>();
    const expected = await countXorbFiles(db, xorbIds, readable);
    let rows = budget.rows;
    let capped = false;
    for (const xorbId of xorbIds) {
      let missing = expected.get(xorbId) ?? 0;
      let before: number | null = Number.MAX_SAFE_INTEGER;
      // Never on account of what may not be read: only what may counts, and it ends when all of that is found.
      while (missing > 0 && before !== null && rows > 0 && candidates.size <= budget.files) {
        const page = await listXorbFiles(db, { xorbId, before, limit: PIECE, readable });
        const seen = page.rows.slice(0, rows);
        rows -= seen.length;
        before = page.next;
        missing -= seen.length;
        for (const held of seen) {
          const buckets = candidates.get(held.fileId) ?? new Set();
          candidates.set(held.fileId, buckets.add(held.bucketId));
        }
        await nextTurn();
      }
      capped ||= missing > 0 && (rows <= 0 || candidates.size > budget.files);
    }
    candidates.delete(fileId);
    return { candidates, capped };
  }

  return {
    async findSharing(actor, id, path, { limit }) {
      const { bucket } = await grant(db, actor, id, "read");
      const entry = pathProblem(path) === null ? await findEntry(db, bucket.id, 1, path) : undefined;
      if (entry === undefined)
        throw new HubError("EntryNotFound", `No file ${JSON.stringify(path.slice(0, 300))} in bucket ${id}.`);
      const of = { path, size: entry.size, xetHash: hashToHex(entry.xet_hash!) };
      const file = entry.size === 0 ? undefined : await findFileOf(db, bucket.id, entry.xet_hash!, "held");
      if (file === undefined) return { ...of, files: [], more: false, capped: false };

      const readable = await readableBuckets(db, actor);
      const own = await findReadableBuckets(db, file.hash, readable);
      const found: SharingFile[] = [];
      const here = `${bucket.namespace}/${bucket.name}`;
      // One more than asked for and the file itself, to know whether there are more.
      for (const place of await findPlaces(db, file.hash, own, limit + 2)) {
        if (place.bucket === here && place.path === path) continue;
        found.push({ ...place, shared: file.size, identical: true });
      }

      const { weights, capped: fewXorbs } = await weigh(file);
      const { candidates, capped: fewFiles } = await findCandidates(file.id, [...weights.keys()], readable);
      const lengths = await measureTerms(db, candidates.keys());
      let room = budget.termBytes;
      const taken: number[] = [];
      for (const fileId of [...candidates.keys()].slice(0, budget.files)) {
        room -= lengths.get(fileId) ?? 0;
        if (room < 0) break;
        taken.push(fileId);
      }
      const sharing: { other: FileRecord; shared: number }[] = [];
      for (let at = 0; at < taken.length; at += PIECE / 4) {
        for (const other of await findFilesById(db, taken.slice(at, at + PIECE / 4))) {
          const shared = overlap(weights, new PackedTerms(other.terms));
          // The same content packed otherwise is among the identical ones already.
          if (shared > 0 && !Buffer.from(other.hash).equals(file.hash)) sharing.push({ other, shared });
        }
        await nextTurn();
      }
      sharing.sort((a, b) => b.shared - a.shared || b.other.id - a.other.id);
      for (const { other, shared } of sharing) {
        if (found.length > limit) break;
        const buckets = [...candidates.get(other.id)!];
        for (const place of await findPlaces(db, other.hash, buckets, limit + 1 - found.length)) {
          found.push({ ...place, shared, identical: false });
        }
      }
      const near = ({ bucket }: SharingFile) => (bucket === here ? 0 : 1);
      found.sort((a, b) => b.shared - a.shared || near(a) - near(b) || (a.path < b.path ? -1 : 1));
      found.sort((a, b) => Number(b.identical) - Number(a.identical));
      const capped = fewXorbs || fewFiles || taken.length < candidates.size;
      return { ...of, files: found.slice(0, limit), more: found.length > limit, capped };
    },
  };
}

/** Bytes of the weighed file that these terms hold too; what they name twice counts once. */
function overlap(weights: ReadonlyMap<number, Weights>, terms: PackedTerms): number {
  const runs = new Map<number, [number, number][]>();
  for (const { xorbId, chunkStart, chunkEnd } of terms) {
    if (!weights.has(xorbId)) continue;
    const known = runs.get(xorbId);
    if (known === undefined) runs.set(xorbId, [[chunkStart, chunkEnd]]);
    else known.push([chunkStart, chunkEnd]);
  }
  let shared = 0;
  for (const [xorbId, list] of runs) {
    const before = weights.get(xorbId)!;
    list.sort((a, b) => a[0] - b[0]);
    let reached = 0;
    for (const [start, end] of list) {
      const from = Math.max(start, reached);
      if (end <= from) continue;
      shared += before[end] - before[from];
      reached = end;
    }
  }
  return shared;
}
