/** Arithmetic of sorted, disjoint ranges, as start, end, start, end. */
import type { ChunkWeights } from "#lib/core/bucket/dedup/weights.ts";

/** What `a` has and `b` has not. */
export function subtractRanges(a: Uint32Array, b: Uint32Array): Uint32Array {
  const left: number[] = [];
  let at = 0;
  for (let range = 0; range < a.length; range += 2) {
    let from = a[range];
    const end = a[range + 1];
    while (at < b.length && b[at + 1] <= from) at += 2;
    for (let other = at; other < b.length && b[other] < end; other += 2) {
      if (b[other] > from) left.push(from, b[other]);
      from = Math.max(from, b[other + 1]);
    }
    if (from < end) left.push(from, end);
  }
  return Uint32Array.from(left);
}

/** What both have. */
export function intersectRanges(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i], b[j]);
    const to = Math.min(a[i + 1], b[j + 1]);
    if (from < to) both.push(from, to);
    if (a[i + 1] < b[j + 1]) i += 2;
    else j += 2;
  }
  return Uint32Array.from(both);
}

export function sameRanges(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}

export function weighRanges(
  ranges: Uint32Array,
  { unpacked, stored }: ChunkWeights,
): { unpacked: number; stored: number } {
  const sum = { unpacked: 0, stored: 0 };
  for (let at = 0; at < ranges.length; at += 2) {
    sum.unpacked += unpacked[ranges[at + 1]] - unpacked[ranges[at]];
    sum.stored += stored[ranges[at + 1]] - stored[ranges[at]];
  }
  return sum;
}
