/** Which chunks of a xorb a bucket holds: sorted disjoint chunk ranges, as start, end, start, end; kept as little-endian u32. */

import { ScopeTree } from "./scope-tree.ts";
import type { XorbUses } from "./uses.ts";

/** Merges ranges in any order, overlapping and touching ones too. Empty ranges vanish. */
export function mergeIntervals(starts: ArrayLike<number>, ends: ArrayLike<number>, count = starts.length): Uint32Array {
  // Start and end in one exact integer.
  const keys = new Float64Array(count);
  for (let at = 0; at < count; at++) keys[at] = starts[at] * 0x100000 + ends[at];
  keys.sort();
  const merged = new Uint32Array(2 * count);
  let length = 0;
  for (const key of keys) {
    const end = key % 0x100000;
    const start = (key - end) / 0x100000;
    if (start >= end) continue;
    if (length > 0 && merged[length - 1] >= start) merged[length - 1] = Math.max(merged[length - 1], end);
    else {
      merged[length++] = start;
      merged[length++] = end;
    }
  }
  return merged.slice(0, length);
}

export function encodeCoverage(intervals: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(intervals.length * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < intervals.length; at++) view.setUint32(4 * at, intervals[at], true);
  return bytes;
}

/** Throws RangeError unless the bytes are sorted disjoint ranges. */
export function decodeCoverage(bytes: Uint8Array): Uint32Array {
  if (bytes.length % 8 !== 0) throw new RangeError(`a coverage of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const intervals = new Uint32Array(bytes.length / 4);
  for (let at = 0; at < intervals.length; at++) {
    intervals[at] = view.getUint32(4 * at, true);
    if (at > 0 && intervals[at] <= intervals[at - 1]) throw new RangeError("a coverage out of order");
  }
  return intervals;
}

/** Uses of one xorb by what each holder covers of it: a leaf, or an outside label (`outsideLeaf`). */
export function usesOfCoverages(holders: readonly { leaf: number; intervals: Uint32Array }[]): XorbUses {
  const count = holders.reduce((sum, { intervals }) => sum + intervals.length / 2, 0);
  const uses = { count, starts: new Uint32Array(count), ends: new Uint32Array(count), leaves: new Int32Array(count) };
  let use = 0;
  for (const { leaf, intervals } of holders) {
    for (let at = 0; at < intervals.length; at += 2) {
      uses.starts[use] = intervals[at];
      uses.ends[use] = intervals[at + 1];
      uses.leaves[use++] = leaf;
    }
  }
  return uses;
}

/**
 * Buckets as leaves, their namespaces as folders 1 to n, all of them as folder 0: with the buckets' coverages, `FigureSums` over it
 * gives the figures of each. `groupOf[bucket]`, counted from 0, must not fall.
 */
export function groupTree(groups: number, groupOf: Int32Array): ScopeTree {
  if (groupOf.some((group, at) => at > 0 && group < groupOf[at - 1])) throw new RangeError("groups out of order");
  const parents = new Int32Array(groups + 1);
  parents[0] = -1;
  return new ScopeTree(
    parents,
    groupOf.map((group) => group + 1),
  );
}
