import { expect, test } from "vitest";
import { createFilter, FILTERS_DEFAULT, isFolderOut } from "./filter.ts";

test("the house's own rules", () => {
  const out = createFilter(FILTERS_DEFAULT);
  for (const path of [".git/config", "a/.git/HEAD", ".DS_Store", "x/y/.DS_Store", "a/__pycache__/b.pyc", "._note"]) {
    expect(out(path), path).toBe(true);
  }
  for (const path of [
    "a.git",
    ".gitignore",
    "git/config",
    "DS_Store",
    "__pycache__",
    "notes._x",
    "cache/huggingface/a",
  ]) {
    expect(out(path), path).toBe(false);
  }
  expect(isFolderOut(out, "a/.git")).toBe(true);
  expect(isFolderOut(out, "a/git")).toBe(false);
});

test.each([
  ["*.tmp", ["a.tmp", "b/c.tmp"], ["a.tmpx", "tmp"]],
  ["/top.txt", ["top.txt"], ["a/top.txt"]],
  ["logs/*.txt", ["logs/a.txt"], ["x/logs/a.txt", "logs/a/b.txt"]],
  ["logs/**", ["logs/a", "logs/a/b"], ["log/a"]],
  ["**/x/?.bin", ["x/1.bin", "a/b/x/2.bin"], ["x/12.bin"]],
  ["[ab].c", ["a.c", "d/b.c"], ["c.c"]],
  ["[!ab].c", ["c.c"], ["a.c"]],
  ["a+(b).c", ["a+(b).c"], ["aab.c"]],
  ["folder", ["folder/file", "x/folder"], ["folders/file"]],
  ["実験*", ["実験1.csv"], ["実1.csv"]],
])("%s", (glob, out, kept) => {
  const filter = createFilter([glob]);
  for (const path of out) expect(filter(path), path).toBe(true);
  for (const path of kept) expect(filter(path), path).toBe(false);
});

test("empty lines, comments and what cannot be read hold for nothing", () => {
  const filter = createFilter(["", "  ", "# note", "[z-a]"]);
  expect(filter("note")).toBe(false);
  expect(filter("[z-a]")).toBe(false);
});
