import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCoverage, encodeCoverage, groupTree, mergeIntervals, usesOfCoverages } from "./coverage.ts";
import { chunksOf, figuresOf, type NaiveStore, storeArbitrary } from "./naive.fixture.ts";
import { pack } from "./packed.fixture.ts";
import { FigureSums } from "./sweep.ts";
import { outsideLeaf } from "./uses.ts";

const range = fc
  .tuple(fc.nat(60), fc.nat(60))
  .map(([a, b]) => ({ xorb: 0, start: Math.min(a, b), end: Math.max(a, b) }));

test("merged ranges hold the same chunks, sorted and apart, and survive their bytes", () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
      const merged = mergeIntervals(
        ranges.map(({ start }) => start),
        ranges.map(({ end }) => end),
      );
      const back = [];
      for (let at = 0; at < merged.length; at += 2) back.push({ xorb: 0, start: merged[at], end: merged[at + 1] });
      expect(chunksOf(back)).toEqual(chunksOf(ranges));
      expect(decodeCoverage(encodeCoverage(merged))).toEqual(merged);
    }),
  );
});

test("a coverage is little-endian u32, read at any offset", () => {
  const bytes = encodeCoverage(Uint32Array.of(1, 2, 4, 0x1000));
  expect([...bytes]).toEqual([1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 0, 16, 0, 0]);
  const shifted = new Uint8Array(17);
  shifted.set(bytes, 1);
  expect([...decodeCoverage(shifted.subarray(1))]).toEqual([1, 2, 4, 0x1000]);
});

test("broken coverages are refused", () => {
  expect(() => decodeCoverage(new Uint8Array(4))).toThrow(RangeError);
  expect(() => decodeCoverage(encodeCoverage(Uint32Array.of(3, 3)))).toThrow(RangeError);
  expect(() => decodeCoverage(encodeCoverage(Uint32Array.of(1, 3, 3, 5)))).toThrow(RangeError);
  expect(() => decodeCoverage(encodeCoverage(Uint32Array.of(4, 6, 1, 2)))).toThrow(RangeError);
});

test("namespaces out of order are refused", () => {
  expect(() => groupTree(2, Int32Array.of(1, 0))).toThrow(RangeError);
});

/** Takes each file of the store for a bucket of a namespace, and each outside label for a bucket outside. */
test("buckets and namespaces by their coverages have the figures of expanded sets", () => {
  fc.assert(
    fc.property(storeArbitrary, fc.integer({ min: 1, max: 4 }), (drawn, groups) => {
      const store: NaiveStore = { ...drawn, outside: drawn.outside.map((one) => ({ ...one, waits: false })) };
      const groupOf = Int32Array.from(store.files, (_, at) => Math.floor((at * groups) / store.files.length));
      const sums = new FigureSums(groupTree(groups, groupOf), { count: store.outside.length });
      for (const [xorb, { weights }] of pack(store).xorbs.entries()) {
        const holders = [
          ...store.files.map(({ terms }, leaf) => ({ leaf, terms })),
          ...store.outside.map(({ terms }, label) => ({ leaf: outsideLeaf(label), terms })),
        ].map(({ leaf, terms }) => {
          const here = terms.filter((term) => term.xorb === xorb);
          return {
            leaf,
            intervals: mergeIntervals(
              here.map(({ start }) => start),
              here.map(({ end }) => end),
            ),
          };
        });
        sums.add(usesOfCoverages(holders), weights);
      }
      sums.finish();
      const folder = (at: number) => ({
        unique: sums.unique[at],
        stored: sums.stored[at],
        exclusive: sums.exclusive[at],
        freed: sums.freed[at],
      });
      expect(folder(0)).toEqual(figuresOf(store, () => true));
      for (let group = 0; group < groups; group++) {
        expect(folder(group + 1)).toEqual(figuresOf(store, (_, leaf) => groupOf[leaf] === group));
      }
    }),
    { numRuns: 100 },
  );
});
