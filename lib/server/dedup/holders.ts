/** One file and all others in sight that use its xorbs. */
import type { FileTerms, MappedXorb } from "#lib/core/bucket/dedup/file-map.ts";
import { ShareRunner } from "#lib/core/bucket/dedup/share-runs.ts";
import type { XorbUses } from "#lib/core/bucket/dedup/uses.ts";
import { HubError } from "#lib/core/errors.ts";
import type { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { eachHolder, readContent } from "../db/dedup-holders.ts";
import { readOffsets } from "../db/dedup-source.ts";
import type { Connection } from "../db/statements.ts";
import { PackedTerms } from "../db/terms.ts";
import { Breath } from "./breath.ts";

/** A content as one bucket holds it. The file that is asked about is none of its own holders; its copies elsewhere are. */
export interface HeldContent {
  fileId: number;
  bucketId: number;
  /** Entries. */
  refs: number;
}

export interface FileXorb {
  id: number;
  offsets: ChunkOffsets;
  /** Chunk ranges of the others: the leaf is the place in `holders`. */
  uses: { starts: number[]; ends: number[]; leaves: number[] };
}

export interface HeldFile {
  hash: Uint8Array;
  terms: FileTerms;
  xorbs: FileXorb[];
  holders: HeldContent[];
}

/** Copies of one content that count one by one; more than `wide` needs by far. */
const COPIES_MAX = 10_000;

/** The terms of the file and where its chunks lie; no holders yet. */
export function readHeldFile(db: Connection, fileId: number): HeldFile {
  const { hash, terms: packed } = readContent(db, fileId);
  const list = new PackedTerms(packed);
  const places = new Map<number, number>();
  const terms = {
    count: list.count,
    xorbs: new Int32Array(list.count),
    starts: new Uint32Array(list.count),
    ends: new Uint32Array(list.count),
  };
  for (let term = 0; term < list.count; term++) {
    const { xorbId, chunkStart, chunkEnd } = list.get(term);
    const place = places.get(xorbId) ?? places.size;
    places.set(xorbId, place);
    terms.xorbs[term] = place;
    terms.starts[term] = chunkStart;
    terms.ends[term] = chunkEnd;
  }
  const xorbs = [...places.keys()].map((id) => {
    const offsets = readOffsets(db, id);
    if (offsets === undefined) throw new HubError("Internal", `Xorb ${id} of the file has no chunk table.`);
    return { id, offsets, uses: { starts: [], ends: [], leaves: [] } };
  });
  return { hash, terms, xorbs, holders: [] };
}

/** Finds who uses the xorbs at these places. */
export async function findHolders(
  db: Connection,
  file: HeldFile,
  { fileId, bucketId, others }: { fileId: number; bucketId: number; others: number[] },
  places: Iterable<number>,
): Promise<void> {
  const breath = new Breath();
  const wanted = new Map<number, FileXorb>();
  const held = new Map<number, HeldContent[]>();
  for (const place of places) {
    const xorb = file.xorbs[place];
    if (wanted.has(xorb.id)) continue;
    wanted.set(xorb.id, xorb);
    for (const { file_id, bucket_id, refs } of eachHolder(db, xorb.id, [bucketId, ...others])) {
      const buckets = held.get(file_id) ?? [];
      held.set(file_id, buckets);
      if (!buckets.some((one) => one.bucketId === bucket_id)) {
        const here = file_id === fileId && bucket_id === bucketId;
        buckets.push({ fileId: file_id, bucketId: bucket_id, refs: here ? refs - 1 : refs });
      }
      if (breath.due()) await breath.take();
    }
  }
  for (const [other, buckets] of held) {
    const leaf = file.holders.length;
    file.holders.push(...buckets.filter(({ refs }) => refs > 0));
    const count = file.holders.length - leaf;
    if (count === 0) continue;
    const terms = new PackedTerms(readContent(db, other).terms);
    for (let term = 0; term < terms.count; term++) {
      const xorb = wanted.get(terms.xorbIdAt(term));
      if (xorb === undefined) continue;
      const { chunkStart, chunkEnd } = terms.get(term);
      for (let at = 0; at < count; at++) {
        xorb.uses.starts.push(chunkStart);
        xorb.uses.ends.push(chunkEnd);
        xorb.uses.leaves.push(leaf + at);
      }
    }
    if (breath.due()) await breath.take();
  }
}

/** With a leaf for each content that a bucket holds. */
export function packUses({ uses }: FileXorb): XorbUses {
  return {
    count: uses.starts.length,
    starts: Uint32Array.from(uses.starts),
    ends: Uint32Array.from(uses.ends),
    leaves: Int32Array.from(uses.leaves),
  };
}

/** How many other files hold each chunk of the xorbs: each entry counts. */
export function mapXorbs({ xorbs, holders }: HeldFile): MappedXorb[] {
  const runner = new ShareRunner();
  const firstLeaf: number[] = [];
  let leaves = 0;
  for (const { refs } of holders) {
    firstLeaf.push(leaves);
    leaves += Math.min(refs, COPIES_MAX);
  }
  firstLeaf.push(leaves);
  return xorbs.map(({ offsets, uses }) => {
    const starts: number[] = [];
    const ends: number[] = [];
    const entries: number[] = [];
    for (const [use, holder] of uses.leaves.entries()) {
      for (let leaf = firstLeaf[holder]; leaf < firstLeaf[holder + 1]; leaf++) {
        starts.push(uses.starts[use]);
        ends.push(uses.ends[use]);
        entries.push(leaf);
      }
    }
    const all = {
      count: starts.length,
      starts: Uint32Array.from(starts),
      ends: Uint32Array.from(ends),
      leaves: Int32Array.from(entries),
    };
    return { offsets, runs: runner.runsOf(all, offsets.count) };
  });
}
