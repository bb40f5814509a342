import fc from "fast-check";
import { expect, test } from "vitest";
import { ArrivalSums } from "./arrivals.ts";
import { chunksOf, type NaiveStore, storeArbitrary, weigh } from "./naive.fixture.ts";
import { pack } from "./packed.fixture.ts";

/** The files in the order they came, each against all before it. */
function naiveArrivals(store: NaiveStore): number[] {
  const brought = store.files.map(() => 0);
  let known = new Set<string>();
  const order = [...store.files.keys()].toSorted(
    (a, b) => store.files[a].uploadedAt - store.files[b].uploadedAt || a - b,
  );
  for (const leaf of order) {
    const chunks = chunksOf(store.files[leaf].terms);
    brought[leaf] = weigh(store, chunks.difference(known)).unpacked;
    known = known.union(chunks);
  }
  return brought;
}

test("each file brought what no earlier one holds, each folder what its files brought", () => {
  fc.assert(
    fc.property(storeArbitrary, fc.boolean(), (store, shuffled) => {
      const { tree, xorbs } = pack(store, shuffled);
      const sums = new ArrivalSums(Float64Array.from(store.files, ({ uploadedAt }) => uploadedAt));
      for (const { uses, weights } of xorbs) sums.add(uses, weights);
      const naive = naiveArrivals(store);
      expect([...sums.newBytes]).toEqual(naive);
      const scopes = Array.from({ length: tree.folders }, (_, folder) => ({
        from: tree.firstLeaf[folder],
        to: tree.endLeaf[folder],
      }));
      const naiveScopes = scopes.map(({ from, to }) => naive.slice(from, to).reduce((sum, bytes) => sum + bytes, 0));
      expect(sums.bytesOf(scopes)).toEqual(naiveScopes);
    }),
    { numRuns: 200 },
  );
});
