import fc from "fast-check";
import { expect, test } from "vitest";
import { isUnder } from "#lib/core/bucket/path.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import { PathList } from "./path-list.ts";

// "-" comes before "/", which comes before "0"; the last two stand on either side of where UTF-16 and UTF-8 differ.
const name = fc.string({ unit: fc.constantFrom("a", "-", "0", "\uffee", "😀"), minLength: 1, maxLength: 3 });
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));

test("paths are found again, and what lies below a folder", () => {
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 40 }), path, (paths, other) => {
      const sorted = paths.toSorted(comparePaths);
      const list = new PathList();
      for (const one of sorted) list.push(one);
      list.trim();
      for (const [at, one] of sorted.entries()) {
        expect(list.at(at)).toBe(one);
        expect(list.indexOf(one)).toBe(at);
      }
      expect(list.indexOf(other)).toBe(sorted.indexOf(other));
      for (const folder of [...paths, other, ""]) {
        const { from, to } = list.below(folder);
        expect(sorted.slice(from, to)).toEqual(sorted.filter((one) => one !== folder && isUnder(one, folder)));
      }
    }),
  );
});

test("more paths than there was room for", () => {
  const list = new PathList();
  const paths = Array.from({ length: 3000 }, (_, at) => `folder/${String(at).padStart(6, "0")}`);
  for (const one of paths) list.push(one);
  expect(list.count).toBe(3000);
  expect(list.at(2999)).toBe("folder/002999");
  expect(list.below("folder")).toEqual({ from: 0, to: 3000 });
});
