import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ChunkCoverage,
  formatReconstructionV1,
  formatReconstructionV2,
  parseReconstructionV2,
  type Reconstruction,
  type Term,
  trimTerm,
} from "./reconstruction.ts";
import { ChunkOffsets } from "./xorb.ts";

const lengthsOf = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 });

function offsetsOf(lengths: number[]): ChunkOffsets {
  let unpacked = 0;
  let stored = 0;
  return new ChunkOffsets(
    Uint32Array.from(
      lengths.flatMap((length) => {
        unpacked += length;
        stored += length + 8;
        return [stored, unpacked];
      }),
    ),
  );
}

test("trimTerm keeps exactly the chunks that a range touches", () => {
  fc.assert(
    fc.property(lengthsOf, fc.nat(), fc.nat(), fc.nat(), fc.nat(), (lengths, a, b, c, d) => {
      const chunkStart = a % lengths.length;
      const chunkEnd = chunkStart + 1 + (b % (lengths.length - chunkStart));
      const unpackedLength = lengths.slice(chunkStart, chunkEnd).reduce((sum, length) => sum + length, 0);
      const from = c % unpackedLength;
      const to = from + 1 + (d % (unpackedLength - from));
      const whole: Term = { xorbHash: "x", chunkStart, chunkEnd, unpackedLength };
      const { term, skip } = trimTerm(whole, offsetsOf(lengths), from, to);
      // By hand: which chunks hold a byte of [from, to)?
      let at = 0;
      const touched = lengths.flatMap((length, i) => {
        if (i < chunkStart || i >= chunkEnd) return [];
        const start = at;
        at += length;
        return start < to && at > from ? [{ i, start }] : [];
      });
      expect(term.chunkStart).toBe(touched[0].i);
      expect(term.chunkEnd).toBe(touched.at(-1)!.i + 1);
      expect(skip).toBe(from - touched[0].start);
      expect(term.unpackedLength).toBe(touched.reduce((sum, { i }) => sum + lengths[i], 0));
    }),
    { seed: 20261120, numRuns: 1000 },
  );
});

test("ChunkCoverage: sorted, disjoint, not touching, and each term inside one", () => {
  const term = fc.tuple(fc.constantFrom("a", "b"), fc.nat(40), fc.integer({ min: 1, max: 6 })).map(
    ([xorbHash, chunkStart, count]): Term => ({
      xorbHash,
      chunkStart,
      chunkEnd: chunkStart + count,
      unpackedLength: 1,
    }),
  );
  fc.assert(
    fc.property(fc.array(term, { maxLength: 30 }), (terms) => {
      const coverage = new ChunkCoverage();
      for (const t of terms) coverage.add(t);
      const merged = new Map(coverage.xorbs().map((xorb) => [xorb, [...coverage.runs(xorb)]]));
      for (const [xorbHash, ranges] of merged) {
        for (let i = 1; i < ranges.length; i++) expect(ranges[i].chunkStart).toBeGreaterThan(ranges[i - 1].chunkEnd);
        const covered = new Set(
          ranges.flatMap((r) => Array.from({ length: r.chunkEnd - r.chunkStart }, (_, i) => r.chunkStart + i)),
        );
        const asked = new Set(
          terms
            .filter((t) => t.xorbHash === xorbHash)
            .flatMap((t) => Array.from({ length: t.chunkEnd - t.chunkStart }, (_, i) => t.chunkStart + i)),
        );
        expect(covered).toEqual(asked);
      }
      for (const t of terms) {
        expect(
          merged.get(t.xorbHash)!.filter((r) => r.chunkStart <= t.chunkStart && t.chunkEnd <= r.chunkEnd),
        ).toHaveLength(1);
      }
    }),
    { seed: 20261120, numRuns: 500 },
  );
});

const answer: Reconstruction = {
  offsetIntoFirstRange: 5,
  terms: [
    { xorbHash: "aa", chunkStart: 1, chunkEnd: 3, unpackedLength: 100 },
    { xorbHash: "bb", chunkStart: 0, chunkEnd: 1, unpackedLength: 7 },
    { xorbHash: "aa", chunkStart: 9, chunkEnd: 10, unpackedLength: 8 },
  ],
  fetches: [
    { xorbHash: "aa", chunkStart: 1, chunkEnd: 3, byteStart: 10, byteEnd: 90, url: "http://h/aa?1" },
    { xorbHash: "aa", chunkStart: 9, chunkEnd: 10, byteStart: 200, byteEnd: 220, url: "http://h/aa?2" },
    { xorbHash: "bb", chunkStart: 0, chunkEnd: 1, byteStart: 0, byteEnd: 15, url: 'http://h/"bb"' },
  ],
};

test("V2 JSON: inclusive byte ends, one range an entry, read back the same", () => {
  const json = JSON.parse([...formatReconstructionV2(answer)].join(""));
  expect(json.xorbs.aa).toEqual([
    { url: "http://h/aa?1", ranges: [{ chunks: { start: 1, end: 3 }, bytes: { start: 10, end: 89 } }] },
    { url: "http://h/aa?2", ranges: [{ chunks: { start: 9, end: 10 }, bytes: { start: 200, end: 219 } }] },
  ]);
  expect(json.terms[0]).toEqual({ hash: "aa", unpacked_length: 100, range: { start: 1, end: 3 } });
  expect(parseReconstructionV2(json)).toEqual(answer);
  const empty = { offsetIntoFirstRange: 0, terms: [], fetches: [] };
  expect(JSON.parse([...formatReconstructionV2(empty)].join(""))).toEqual({
    offset_into_first_range: 0,
    terms: [],
    xorbs: {},
  });
});

test("V1 JSON", () => {
  const json = JSON.parse([...formatReconstructionV1(answer)].join(""));
  expect(Object.keys(json)).toEqual(["offset_into_first_range", "terms", "fetch_info"]);
  expect(json.fetch_info.bb).toEqual([
    { range: { start: 0, end: 1 }, url: 'http://h/"bb"', url_range: { start: 0, end: 14 } },
  ]);
});
