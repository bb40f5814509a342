import fc from "fast-check";
import { expect, test } from "vitest";
import { addToTotals } from "./kind.ts";
import { emptyTotals, PLAN_KINDS, type PlanKind, type PlanTotals, SELECT_ALL, type Selection } from "./plan.ts";
import { checkSelection, compileSelection } from "./selection.ts";

const segment = fc.constantFrom("a", "b", "ab");
const filePath = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const folderPath = fc.array(segment, { maxLength: 3 }).map((parts) => `${parts.join("/")}/`);
const kinds = fc.uniqueArray(fc.constantFrom(...PLAN_KINDS), { minLength: 1, maxLength: 3 });
const rule = fc.record(
  { path: fc.oneof(filePath, folderPath), include: fc.boolean(), kinds },
  { requiredKeys: ["path", "include"] },
);
const selections: fc.Arbitrary<Selection> = fc.array(rule, { maxLength: 12 });
const operations = fc.uniqueArray(
  fc.record({ path: filePath, kind: fc.constantFrom(...PLAN_KINDS), size: fc.nat(1000) }),
  { selector: ({ path }) => path, maxLength: 40 },
);

/** The words of `SelectionRule`, taken literally. */
function literally(selection: Selection, path: string, kind: PlanKind): boolean {
  const applies = selection
    .map((one, at) => ({ ...one, at }))
    .filter((one) => one.path === path || one.path === "/" || (one.path.endsWith("/") && path.startsWith(one.path)))
    .filter((one) => one.kinds === undefined || one.kinds.includes(kind));
  const length = (one: { path: string }) => (one.path === "/" ? 0 : one.path.length);
  applies.sort(
    (a, b) => length(a) - length(b) || Number(a.kinds !== undefined) - Number(b.kinds !== undefined) || a.at - b.at,
  );
  return applies.at(-1)?.include ?? false;
}

test("the longest rule wins, then one with kinds, then the later", () => {
  fc.assert(
    fc.property(selections, operations, (selection, all) => {
      const compiled = compileSelection(selection);
      for (const { path, kind } of all) expect(compiled.includes(path, kind)).toBe(literally(selection, path, kind));
    }),
    { numRuns: 2000 },
  );
});

test("totals by roll-ups are the sum over operations", () => {
  fc.assert(
    fc.property(selections, operations, (selection, all) => {
      const compiled = compileSelection(selection);
      const folders = new Map<string, PlanTotals>();
      const facts = new Map(all.map((one) => [one.path, one]));
      const summed = emptyTotals();
      for (const { path, kind, size } of all) {
        if (compiled.includes(path, kind)) addToTotals(summed, kind, size);
        for (let at = path.lastIndexOf("/"); ; at = path.lastIndexOf("/", at - 1)) {
          const folder = path.slice(0, at + 1);
          if (!folders.has(folder)) folders.set(folder, emptyTotals());
          addToTotals(folders.get(folder)!, kind, size);
          if (at <= 0) break;
        }
      }
      const asked = new Map(compiled.folders.map((folder) => [folder, folders.get(folder) ?? emptyTotals()]));
      const named = new Map(compiled.operations.flatMap((path) => (facts.has(path) ? [[path, facts.get(path)!]] : [])));
      expect(compiled.totals(asked, named)).toEqual(summed);
    }),
    { numRuns: 2000 },
  );
});

test("everything, nothing, all but deletes", () => {
  expect(compileSelection(SELECT_ALL).includes("a/b", "delete")).toBe(true);
  expect(compileSelection([]).includes("a/b", "add")).toBe(false);
  const spare = compileSelection([...SELECT_ALL, { path: "/", include: false, kinds: ["delete"] }]);
  expect(spare.includes("a/b", "delete")).toBe(false);
  expect(spare.includes("a/b", "add")).toBe(true);
});

test("a folder and an operation of one name are two", () => {
  const compiled = compileSelection([{ path: "a/", include: true }]);
  expect(compiled.includes("a", "add")).toBe(false);
  expect(compiled.includes("a/a", "add")).toBe(true);
  expect(compiled.includes("ab", "add")).toBe(false);
});

test("a path named like a property of every object is a path", () => {
  expect(compileSelection([{ path: "constructor", include: true }]).includes("constructor", "add")).toBe(true);
  expect(compileSelection([]).includes("__proto__", "add")).toBe(false);
});

test.each([
  ["no list", {}],
  ["no object", [7]],
  ["no path", [{ include: true }]],
  ["a word for include", [{ path: "/", include: "yes" }]],
  ["traversal", [{ path: "../x", include: true }]],
  ["an empty path", [{ path: "", include: true }]],
  ["two slashes", [{ path: "//", include: true }]],
  ["an unknown kind", [{ path: "/", include: true, kinds: ["move"] }]],
  ["no kind", [{ path: "/", include: true, kinds: [] }]],
  ["too many rules", Array.from({ length: 10_001 }, () => ({ path: "/", include: true }))],
])("refuses %s", (_, value) => {
  expect(() => checkSelection(value)).toThrow(/Invalid selection/);
});

test("a good selection comes back without what it does not need", () => {
  expect(
    checkSelection([
      { path: "/", include: true, more: 1, kinds: ["delete", "add"] },
      { path: "a/b", include: false, kinds: null },
    ]),
  ).toEqual([
    { path: "/", include: true, kinds: ["add", "delete"] },
    { path: "a/b", include: false },
  ]);
});
