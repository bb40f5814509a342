/** Bytes by the set of scopes that hold them. Sets repeat a thousandfold, so pairs are counted once a set and not once a stretch. */
import type { Overlap } from "./overlap.ts";

/** Sets kept before they are spread over the matrix. */
const SETS_MAX = 1 << 18;

export class MaskSums {
  private readonly scopes: number;
  private readonly overlap: Float64Array;
  private common = 0;
  private union = 0;
  /** A trie of mask words: node and next word, in one exact integer, to the next node. A node after the last word is a set. */
  private readonly nodes = new Map<number, number>();
  private readonly sets = new Map<number, { mask: Int32Array; bytes: number }>();

  constructor(scopes: number) {
    this.scopes = scopes;
    this.overlap = new Float64Array(scopes * scopes);
  }

  /** `mask`: a bit per scope, 32 to a word. */
  add(mask: Int32Array, bytes: number): void {
    if (mask.every((word) => word === 0)) return;
    let node = 0;
    for (const word of mask) {
      const key = node * 0x100000000 + (word >>> 0);
      const next = this.nodes.get(key) ?? this.nodes.size + 1;
      if (next > this.nodes.size) this.nodes.set(key, next);
      node = next;
    }
    const set = this.sets.get(node);
    if (set !== undefined) set.bytes += bytes;
    else {
      this.sets.set(node, { mask: mask.slice(), bytes });
      if (this.sets.size >= SETS_MAX) this.spread();
    }
  }

  result(): Overlap {
    this.spread();
    const { scopes } = this;
    const row = (scope: number) => [...this.overlap.subarray(scope * scopes, (scope + 1) * scopes)];
    return {
      overlap: Array.from({ length: scopes }, (_, scope) => row(scope)),
      common: this.common,
      union: this.union,
    };
  }

  private spread(): void {
    const members = new Int32Array(this.scopes);
    for (const { mask, bytes } of this.sets.values()) {
      let count = 0;
      for (let scope = 0; scope < this.scopes; scope++) {
        if ((mask[scope >> 5] & (1 << (scope & 31))) !== 0) members[count++] = scope;
      }
      for (let a = 0; a < count; a++) {
        for (let b = 0; b < count; b++) this.overlap[members[a] * this.scopes + members[b]] += bytes;
      }
      this.union += bytes;
      if (count === this.scopes) this.common += bytes;
    }
    this.sets.clear();
    this.nodes.clear();
  }
}
