import fc from "fast-check";
import { expect, test } from "vitest";
import { diffLines, foldDiff } from "./line-diff.ts";

const written = (before: string, after: string) => diffLines(before, after).map(({ mark, text }) => `${mark}${text}`);

test("says what stays, goes and comes", () => {
  expect(written("a\nb\nc\nd", "a\nx\nc\ny\nd")).toEqual(["=a", "-b", "+x", "=c", "+y", "=d"]);
  expect(written("same", "same")).toEqual(["=same"]);
  expect(written("", "new")).toEqual(["-", "+new"]);
});

test("gives both texts back, and is as short as can be for one inserted line", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "d", ""), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(lines, lines, (old, now) => {
      const diff = diffLines(old.join("\n"), now.join("\n"));
      expect(diff.filter(({ mark }) => mark !== "+").map(({ text }) => text)).toEqual(old);
      expect(diff.filter(({ mark }) => mark !== "-").map(({ text }) => text)).toEqual(now);
      expect(diff.filter(({ mark }) => mark !== "+").map(({ line }) => line)).toEqual(old.map((_, at) => at + 1));
    }),
  );
  fc.assert(
    fc.property(lines, fc.nat(30), (old, at) => {
      const now = (old as string[]).toSpliced(at, 0, "inserted");
      expect(diffLines(old.join("\n"), now.join("\n")).filter(({ mark }) => mark !== "=")).toHaveLength(1);
    }),
  );
});

test("folds what is far from any change", () => {
  const before = Array.from({ length: 20 }, (_, at) => `line ${at}`).join("\n");
  const folded = foldDiff(diffLines(before, before.replace("line 10", "other")));
  expect(folded.map((line) => line?.mark ?? "…").join("")).toBe("…===-+===…");
});
