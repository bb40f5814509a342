import fc from "fast-check";
import { expect, test } from "vitest";
import { figuresOf, storeArbitrary } from "./naive.fixture.ts";
import { pack } from "./packed.fixture.ts";
import { SelectionSums } from "./selection.ts";

test("any selection has the figures of expanded sets", () => {
  fc.assert(
    fc.property(storeArbitrary, fc.infiniteStream(fc.boolean()), (store, marks) => {
      const marked = Uint8Array.from(store.files, () => (marks.next().value ? 1 : 0));
      const { labels, xorbs } = pack(store);
      const sums = new SelectionSums(marked, labels);
      for (const { uses, weights } of xorbs) sums.add(uses, weights);
      const { unique, stored, exclusive, freed } = sums;
      expect({ unique, stored, exclusive, freed }).toEqual(figuresOf(store, (_, leaf) => marked[leaf] === 1));
    }),
    { numRuns: 200 },
  );
});
