import fc from "fast-check";
import { expect, test } from "vitest";
import { below, storeArbitrary } from "./naive.fixture.ts";
import { pack } from "./packed.fixture.ts";
import { ScopeTree } from "./scope-tree.ts";

test("folders span their files and the lowest common folder is the longest common one", () => {
  fc.assert(
    fc.property(storeArbitrary, (store) => {
      const { tree, folders } = pack(store);
      const { files } = store;
      for (const [at, folder] of folders.entries()) {
        const leaves = files.flatMap((file, leaf) => (below(folder)(file) ? [leaf] : []));
        expect(tree.endLeaf[at] - tree.firstLeaf[at]).toBe(leaves.length);
        if (leaves.length > 0) expect(tree.firstLeaf[at]).toBe(leaves[0]);
      }
      for (let a = 0; a < files.length; a++) {
        for (let b = 0; b < files.length; b++) {
          const common = folders.filter((folder) => below(folder)(files[a]) && below(folder)(files[b]));
          expect(folders[tree.lca(a, b)]).toBe(common.toSorted((x, y) => y.length - x.length)[0]);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test("a folder before its parent is refused", () => {
  expect(() => new ScopeTree(Int32Array.of(-1, 2, 0), new Int32Array(0))).toThrow(RangeError);
});
