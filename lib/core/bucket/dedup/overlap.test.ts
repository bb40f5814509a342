import fc from "fast-check";
import { expect, test } from "vitest";
import { chunksOf, type NaiveStore, overlapOf, storeArbitrary, weigh } from "./naive.fixture.ts";
import { type LeafRange, OverlapSums } from "./overlap.ts";
import { pack } from "./packed.fixture.ts";

function naiveOverlap(store: NaiveStore, scopes: LeafRange[]) {
  const sets = scopes.map(({ from, to }) => chunksOf(...store.files.slice(from, to).map(({ terms }) => terms)));
  const all = sets.reduce((union, set) => union.union(set), new Set<string>());
  const common = sets.reduce((rest, set) => rest.intersection(set), all);
  return {
    overlap: sets.map((a) => sets.map((b) => overlapOf(store, a, b))),
    common: weigh(store, common).unpacked,
    union: weigh(store, all).unpacked,
  };
}

function fastOverlap(store: NaiveStore, scopes: LeafRange[]) {
  const sums = new OverlapSums(scopes);
  for (const { uses, weights } of pack(store).xorbs) sums.add(uses, weights);
  return sums.result();
}

test("folders and files of random stores overlap like expanded sets", () => {
  fc.assert(
    fc.property(storeArbitrary, fc.infiniteStream(fc.nat(999)), (store, picks) => {
      const { tree } = pack(store);
      const scopes = Array.from({ length: picks.next().value % 8 }, () => {
        const pick = picks.next().value;
        const leaf = pick % (store.files.length + 1);
        const folder = pick % tree.folders;
        if (pick % 3 === 0) return { from: leaf, to: Math.min(leaf + 1, store.files.length) };
        return { from: tree.firstLeaf[folder], to: tree.endLeaf[folder] };
      });
      expect(fastOverlap(store, scopes)).toEqual(naiveOverlap(store, scopes));
    }),
    { numRuns: 200 },
  );
});

test("more scopes than a word has bits", () => {
  fc.assert(
    fc.property(storeArbitrary, (store) => {
      const count = store.files.length;
      const scopes = Array.from({ length: 70 }, (_, at) => ({
        from: Math.min(at % 9, count),
        to: Math.min(Math.max(at % 9, at % 31), count),
      }));
      expect(fastOverlap(store, scopes)).toEqual(naiveOverlap(store, scopes));
    }),
    { numRuns: 8 },
  );
});
