import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeIntervals } from "#lib/core/bucket/dedup/coverage.ts";
import { intersectRanges, sameRanges, subtractRanges, weighRanges } from "./ranges.ts";

const CHUNKS = 24;
const ranges = fc.array(fc.tuple(fc.nat(CHUNKS), fc.nat(CHUNKS)), { maxLength: 8 }).map((pairs) =>
  mergeIntervals(
    pairs.map(([a, b]) => Math.min(a, b)),
    pairs.map(([a, b]) => Math.max(a, b)),
  ),
);

function chunksOf(list: Uint32Array): number[] {
  const chunks: number[] = [];
  for (let at = 0; at < list.length; at += 2)
    for (let chunk = list[at]; chunk < list[at + 1]; chunk++) chunks.push(chunk);
  return chunks;
}

test("ranges are sets of chunks", () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      const [inA, inB] = [chunksOf(a), chunksOf(b)];
      expect(chunksOf(subtractRanges(a, b))).toEqual(inA.filter((chunk) => !inB.includes(chunk)));
      expect(chunksOf(intersectRanges(a, b))).toEqual(inA.filter((chunk) => inB.includes(chunk)));
      expect(sameRanges(a, b)).toBe(`${inA}` === `${inB}`);
    }),
  );
});

test("ranges weigh what their chunks weigh", () => {
  const ends = (by: (chunk: number) => number) => Uint32Array.from({ length: CHUNKS + 1 }, (_, chunk) => by(chunk));
  const weights = { count: CHUNKS, unpacked: ends((chunk) => 10 * chunk ** 2), stored: ends((chunk) => 7 * chunk) };
  fc.assert(
    fc.property(ranges, (list) => {
      const chunks = chunksOf(list);
      expect(weighRanges(list, weights)).toEqual({
        unpacked: chunks.reduce((sum, chunk) => sum + 10 * (2 * chunk + 1), 0),
        stored: 7 * chunks.length,
      });
    }),
  );
});
