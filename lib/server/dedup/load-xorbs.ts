/** From the terms of all contents to the uses of every xorb, in segments with their weights. */
import { readOffsets } from "../db/dedup-source.ts";
import type { Connection } from "../db/statements.ts";
import type { Breath } from "./breath.ts";
import type { XorbModels } from "./model.ts";

/** Terms of one content after another: four u32 each, as `files.terms` has them. */
export interface TermLists {
  terms: Uint32Array;
  /** Of content c, the index after its last term. */
  ends: Float64Array;
}

export async function gatherXorbs(db: Connection, lists: TermLists, breath: Breath): Promise<XorbModels> {
  const uses = await groupUses(lists, breath);
  const bounds = new Bounds(uses.contents.length);
  const boundStarts = new Float64Array(uses.ids.length + 1);
  for (const [x, id] of uses.ids.entries()) {
    const [from, to] = [uses.useStarts[x], uses.useStarts[x + 1]];
    const offsets = readOffsets(db, id);
    bounds.cut(uses.segmentStarts.subarray(from, to), uses.segmentEnds.subarray(from, to), offsets);
    boundStarts[x + 1] = bounds.count;
    if (breath.due()) await breath.take();
  }
  return { ...uses, boundStarts, ...bounds.finish() };
}

type Uses = Pick<XorbModels, "ids" | "useStarts" | "contents" | "segmentStarts" | "segmentEnds">;

/** A counting sort by xorb. The segments are chunks as yet. */
async function groupUses({ terms, ends }: TermLists, breath: Breath): Promise<Uses> {
  const counts = new Map<number, number>();
  const total = terms.length / 4;
  for (let term = 0; term < total; term++) {
    const id = terms[4 * term];
    counts.set(id, (counts.get(id) ?? 0) + 1);
    if (breath.due()) await breath.take();
  }
  const ids = Float64Array.from(counts.keys()).sort();
  const useStarts = new Float64Array(ids.length + 1);
  const next = new Map<number, number>();
  for (const [x, id] of ids.entries()) {
    next.set(id, useStarts[x]);
    useStarts[x + 1] = useStarts[x] + counts.get(id)!;
  }
  const contents = new Uint32Array(total);
  const segmentStarts = new Uint32Array(total);
  const segmentEnds = new Uint32Array(total);
  let content = 0;
  for (let term = 0; term < total; term++) {
    while (term >= ends[content]) content += 1;
    const id = terms[4 * term];
    const use = next.get(id)!;
    next.set(id, use + 1);
    contents[use] = content;
    segmentStarts[use] = terms[4 * term + 1];
    segmentEnds[use] = terms[4 * term + 2];
    if (breath.due()) await breath.take();
  }
  return { ids, useStarts, contents, segmentStarts, segmentEnds };
}

/** Sorting few ends beats marking the chunks of a whole xorb. */
const SORTED_MAX = 128;

/** Where the segments of one xorb after another begin, and what lies before them. */
class Bounds {
  count = 0;
  private chunks: Uint32Array;
  private unpacked: Uint32Array;
  private stored: Uint32Array;
  private readonly marks = new Uint32Array(0x10000);

  constructor(uses: number) {
    this.chunks = new Uint32Array(uses + 256);
    this.unpacked = new Uint32Array(uses + 256);
    this.stored = new Uint32Array(uses + 256);
  }

  /** Replaces the chunks of the uses by segments. A xorb that is not there weighs nothing (scrub tells of it). */
  cut(starts: Uint32Array, ends: Uint32Array, offsets: Offsets | undefined): void {
    const from = this.count;
    for (const chunk of this.boundsOf(starts, ends)) {
      if (this.count === this.chunks.length) this.grow();
      const inside = offsets === undefined ? 0 : Math.min(chunk, offsets.count);
      this.chunks[this.count] = chunk;
      this.unpacked[this.count] = offsets?.unpackedAt(inside) ?? 0;
      this.stored[this.count] = offsets?.byteAt(inside) ?? 0;
      this.count += 1;
    }
    const found = this.chunks.subarray(from, this.count);
    for (let use = 0; use < starts.length; use++) {
      starts[use] = this.place(found, starts[use]);
      ends[use] = this.place(found, ends[use]);
    }
    if (starts.length > SORTED_MAX) for (const chunk of found) this.marks[chunk] = 0;
  }

  finish(): Pick<XorbModels, "chunks" | "unpacked" | "stored"> {
    const { chunks, unpacked, stored, count } = this;
    return { chunks: chunks.slice(0, count), unpacked: unpacked.slice(0, count), stored: stored.slice(0, count) };
  }

  /** All ends of the uses, ascending, each once. */
  private boundsOf(starts: Uint32Array, ends: Uint32Array): Uint32Array {
    if (starts.length > SORTED_MAX) return this.marked(starts, ends);
    const all = new Uint32Array(2 * starts.length);
    all.set(starts);
    all.set(ends, starts.length);
    all.sort();
    let length = 0;
    for (const chunk of all) if (length === 0 || all[length - 1] !== chunk) all[length++] = chunk;
    return all.subarray(0, length);
  }

  /** The same for many uses; leaves the number of each bound in its mark, from 1 on. */
  private marked(starts: Uint32Array, ends: Uint32Array): Uint32Array {
    const { marks } = this;
    let last = 0;
    let length = 0;
    for (const list of [starts, ends]) {
      for (const chunk of list) {
        if (marks[chunk] === 0) length += 1;
        marks[chunk] = 1;
        if (chunk > last) last = chunk;
      }
    }
    const all = new Uint32Array(length);
    let at = 0;
    for (let chunk = 0; chunk <= last; chunk++) {
      if (marks[chunk] === 0) continue;
      all[at++] = chunk;
      marks[chunk] = at;
    }
    return all;
  }

  private place(found: Uint32Array, chunk: number): number {
    if (this.marks[chunk] !== 0) return this.marks[chunk] - 1;
    let low = 0;
    let high = found.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (found[middle] < chunk) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private grow(): void {
    const larger = (old: Uint32Array) => {
      const made = new Uint32Array(2 * old.length);
      made.set(old);
      return made;
    };
    this.chunks = larger(this.chunks);
    this.unpacked = larger(this.unpacked);
    this.stored = larger(this.stored);
  }
}

interface Offsets {
  count: number;
  byteAt(chunk: number): number;
  unpackedAt(chunk: number): number;
}
