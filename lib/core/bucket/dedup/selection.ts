/** The figures of any set of files as one: what the union holds, and what nothing but the union holds. */
import { NO_OUTSIDE, type OutsideLabels } from "./outside.ts";
import type { XorbUses } from "./uses.ts";
import type { ChunkWeights } from "./weights.ts";

/** Add every xorb that the selection uses once, with all of its uses. All values are bytes. */
export class SelectionSums {
  unique = 0;
  stored = 0;
  exclusive = 0;
  freed = 0;
  private readonly marked: Uint8Array;
  private readonly waits: Uint8Array;
  /** By chunk: how many uses begin less how many end there, of what is selected and of what is not. */
  private chosen = new Int32Array(0);
  private others = new Int32Array(0);

  /** `marked[leaf]` is 1 for a selected file. */
  constructor(marked: Uint8Array, { count, waiting = [] }: OutsideLabels = NO_OUTSIDE) {
    this.marked = marked;
    this.waits = new Uint8Array(count);
    for (const label of waiting) this.waits[label] = 1;
  }

  add({ count, starts, ends, leaves }: XorbUses, { count: chunks, unpacked, stored }: ChunkWeights): void {
    if (this.chosen.length <= chunks) {
      this.chosen = new Int32Array(chunks + 1);
      this.others = new Int32Array(chunks + 1);
    }
    const { chosen, others, marked, waits } = this;
    chosen.fill(0, 0, chunks + 1);
    others.fill(0, 0, chunks + 1);
    for (let use = 0; use < count; use++) {
      const leaf = leaves[use];
      if (leaf < 0 && waits[-1 - leaf] === 1) continue;
      const edges = leaf >= 0 && marked[leaf] === 1 ? chosen : others;
      edges[starts[use]]++;
      edges[ends[use]]--;
    }
    let here = 0;
    let elsewhere = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      here += chosen[chunk];
      elsewhere += others[chunk];
      if (here === 0) continue;
      const bytes = unpacked[chunk + 1] - unpacked[chunk];
      const packed = stored[chunk + 1] - stored[chunk];
      this.unique += bytes;
      this.stored += packed;
      if (elsewhere > 0) continue;
      this.exclusive += bytes;
      this.freed += packed;
    }
  }
}
