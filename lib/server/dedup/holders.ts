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

export interface HolderSearch {
  fileId: number;
  bucketId: number;
  others: number[];
  /** Places of the xorbs. */
  places: Iterable<number>;
  /** Of each xorb no more are looked for when so many others hold every chunk that the file has there: a base model has a million heirs. */
  enough?: number;
}

/** Finds who uses the xorbs. */
export async function findHolders(db: Connection, file: HeldFile, search: HolderSearch): Promise<void> {
  const { fileId, bucketId, others, places, enough = Number.POSITIVE_INFINITY } = search;
  const breath = new Breath();
  const wanted = new Map<number, Sought>();
  for (const place of places) {
    const xorb = file.xorbs[place];
    wanted.set(xorb.id, { xorb, count: new HolderCount(xorb.offsets.count, enough) });
  }
  const { terms } = file;
  for (let term = 0; term < terms.count; term++) {
    wanted.get(file.xorbs[terms.xorbs[term]].id)?.count.want(terms.starts[term], terms.ends[term]);
  }
  /** Buckets of the contents that were met. */
  const met = new Map<number, number[]>();
  for (const [xorbId, { count }] of wanted) {
    if (count.done) continue;
    for (const { file_id, bucket_id, refs } of eachHolder(db, xorbId, [bucketId, ...others])) {
      const buckets = met.get(file_id) ?? [];
      if (buckets.includes(bucket_id)) continue;
      buckets.push(bucket_id);
      met.set(file_id, buckets);
      const entries = file_id === fileId && bucket_id === bucketId ? refs - 1 : refs;
      if (entries > 0) {
        const holder = { fileId: file_id, bucketId: bucket_id, refs: Math.min(entries, enough) };
        addHolder(file, holder, readContent(db, file_id).terms, wanted);
      }
      if (breath.due()) await breath.take();
      if (count.done) break;
    }
  }
}

interface Sought {
  xorb: FileXorb;
  count: HolderCount;
}

function addHolder(file: HeldFile, holder: HeldContent, packed: Uint8Array, wanted: Map<number, Sought>): void {
  const leaf = file.holders.length;
  file.holders.push(holder);
  const terms = new PackedTerms(packed);
  for (let term = 0; term < terms.count; term++) {
    const sought = wanted.get(terms.xorbIdAt(term));
    if (sought === undefined) continue;
    const { chunkStart, chunkEnd } = terms.get(term);
    const { uses } = sought.xorb;
    uses.starts.push(chunkStart);
    uses.ends.push(chunkEnd);
    uses.leaves.push(leaf);
    sought.count.add(chunkStart, chunkEnd, leaf, holder.refs);
  }
}

/** Whether enough others hold every chunk that the file has in one xorb. */
class HolderCount {
  /** Chunks of the file that fewer hold. */
  private missing = 0;
  private readonly enough: number;
  /** By chunk: how many more are needed; 0 too where the file has none. Empty when there are never enough. */
  private readonly needed: Int32Array;
  /** By chunk: one more than the leaf that was counted last. */
  private readonly last: Int32Array;

  constructor(chunks: number, enough: number) {
    this.enough = enough;
    const counted = Number.isFinite(enough) ? chunks : 0;
    this.needed = new Int32Array(counted);
    this.last = new Int32Array(counted);
  }

  get done(): boolean {
    return this.missing === 0 && Number.isFinite(this.enough);
  }

  /** Chunks of the file. */
  want(start: number, end: number): void {
    for (let chunk = start; chunk < Math.min(end, this.needed.length); chunk++) {
      if (this.needed[chunk] === 0) this.missing++;
      this.needed[chunk] = this.enough;
    }
  }

  /** Another one holds the chunks, `refs` times. */
  add(start: number, end: number, leaf: number, refs: number): void {
    const { needed, last } = this;
    for (let chunk = start; chunk < Math.min(end, needed.length); chunk++) {
      if (needed[chunk] === 0 || last[chunk] === leaf + 1) continue;
      last[chunk] = leaf + 1;
      needed[chunk] = Math.max(0, needed[chunk] - refs);
      if (needed[chunk] === 0) this.missing--;
    }
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
