import fc from "fast-check";
import { expect, test } from "vitest";
import { below, chunksOf, figuresOf, type NaiveStore, storeArbitrary, weigh } from "./naive.fixture.ts";
import { pack } from "./packed.fixture.ts";
import { ScopeTree } from "./scope-tree.ts";
import { FigureSums } from "./sweep.ts";
import type { XorbUses } from "./uses.ts";

function sumsOf(store: NaiveStore, shuffled: boolean) {
  const packed = pack(store, shuffled);
  const sums = new FigureSums(packed.tree, packed.labels);
  const coverage = packed.xorbs.map(({ uses, weights }) => [...sums.add(uses, weights)]);
  sums.finish();
  return { ...packed, sums, coverage };
}

test("every folder and file of random stores has the figures of expanded sets", () => {
  fc.assert(
    fc.property(storeArbitrary, fc.boolean(), (store, shuffled) => {
      const { sums, folders } = sumsOf(store, shuffled);
      for (const [at, folder] of folders.entries()) {
        const { unique, stored, exclusive, freed } = sums;
        expect(
          { unique: unique[at], stored: stored[at], exclusive: exclusive[at], freed: freed[at] },
          `folder ${folder}`,
        ).toEqual(figuresOf(store, below(folder)));
      }
      for (const [leaf, { path }] of store.files.entries()) {
        expect(
          {
            unique: sums.fileUnique[leaf],
            stored: sums.fileStored[leaf],
            exclusive: sums.fileExclusive[leaf],
            freed: sums.fileFreed[leaf],
          },
          path,
        ).toEqual(figuresOf(store, (_, other) => other === leaf));
      }
    }),
    { numRuns: 300 },
  );
});

test("what other buckets share and what waits to be freed are those of expanded sets", () => {
  fc.assert(
    fc.property(storeArbitrary, fc.boolean(), (store, shuffled) => {
      const { sums } = sumsOf(store, shuffled);
      const held = chunksOf(...store.files.map(({ terms }) => terms));
      const live = held.union(chunksOf(...store.outside.filter(({ waits }) => !waits).map(({ terms }) => terms)));
      let waiting = new Set<string>();
      for (const [label, { waits, terms }] of store.outside.entries()) {
        const chunks = chunksOf(terms);
        const shared = weigh(store, chunks.intersection(held));
        expect({ unpacked: sums.outside.unique[label], stored: sums.outside.stored[label] }).toEqual(shared);
        if (waits) waiting = waiting.union(chunks.difference(live));
        expect(sums.outside.waiting[label]).toBe(waits ? weigh(store, chunks.difference(live)).stored : 0);
      }
      expect(sums.outside.waitingStored).toBe(weigh(store, waiting).stored);
    }),
    { numRuns: 200 },
  );
});

test("the coverage of each xorb is what its files hold, in the fewest ranges", () => {
  fc.assert(
    fc.property(storeArbitrary, (store) => {
      const { coverage } = sumsOf(store, false);
      const held = chunksOf(...store.files.map(({ terms }) => terms));
      for (const [xorb, ranges] of coverage.entries()) {
        const terms = [];
        for (let at = 0; at < ranges.length; at += 2) terms.push({ xorb, start: ranges[at], end: ranges[at + 1] });
        expect(chunksOf(terms)).toEqual(new Set([...held].filter((chunk) => chunk.startsWith(`${xorb}:`))));
        for (let at = 1; at < ranges.length; at++) expect(ranges[at]).toBeGreaterThan(ranges[at - 1]);
      }
    }),
  );
});

function oneXorb(chunks: number) {
  const sums = Uint32Array.from({ length: chunks + 1 }, (_, at) => at);
  return { count: chunks, unpacked: sums, stored: sums };
}

test("a use outside the xorb or the tree is refused", () => {
  const sums = new FigureSums(new ScopeTree(Int32Array.of(-1), Int32Array.of(0)));
  const use = (end: number, leaf: number): XorbUses => ({
    count: 1,
    starts: Uint32Array.of(0),
    ends: Uint32Array.of(end),
    leaves: Int32Array.of(leaf),
  });
  expect(() => sums.add(use(5, 0), oneXorb(4))).toThrow(RangeError);
  expect(() => sums.add(use(4, 1), oneXorb(4))).toThrow(RangeError);
  expect(() => sums.add(use(4, -1), oneXorb(4))).toThrow(RangeError);
});

test("200,000 identical files are one stretch", () => {
  const leaves = 200_000;
  const sums = new FigureSums(new ScopeTree(Int32Array.of(-1), new Int32Array(leaves)));
  const uses = {
    count: leaves,
    starts: new Uint32Array(leaves),
    ends: new Uint32Array(leaves).fill(8192),
    leaves: Int32Array.from({ length: leaves }, (_, at) => leaves - 1 - at),
  };
  expect([...sums.add(uses, oneXorb(8192))]).toEqual([0, 8192]);
  sums.finish();
  expect([sums.unique[0], sums.exclusive[0], sums.fileUnique[7], sums.fileExclusive[7]]).toEqual([8192, 8192, 8192, 0]);
});
