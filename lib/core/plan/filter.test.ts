import { expect, test } from "vitest";
import { compileGlob, createSyncFilter, isGlob, parseFilterRules } from "./filter.ts";

// Every line was checked against Python's fnmatch; e2e/python/test_plans.py does so with thousands more.
test.each([
  ["*", "a/b\nc", true],
  ["*.bin", "data/part-0.bin", true],
  ["*.bin", "data/part-0.bin ", false],
  ["a?c", "a/c", true],
  ["a?c", "a🛢c", true],
  ["a?c", "abbc", false],
  ["**/x", "x", false],
  ["**/x", "a/b/x", true],
  ["[abc]x", "bx", true],
  ["[!abc]x", "bx", false],
  ["[!abc]x", "/x", true],
  ["[]]", "]", true],
  ["[!]]", "]", false],
  ["[]-a]", "^", true],
  ["[a-c-e]", "-", true],
  ["[a-c-e]", "d", false],
  ["[-a]", "-", true],
  ["[a-]", "-", true],
  ["[z-a]", "z", false],
  ["[!z-a]", "z", true],
  ["[b-a!x]", "x", false],
  ["[b-a!x]", "y", true],
  ["[xz-ab]", "x", true],
  ["[xz-ab]", "z", false],
  ["[^a]", "^", true],
  ["[^a]", "b", false],
  ["[\\]", "\\", true],
  ["[a&&b]", "&", true],
  ["[日-本]", "日", true],
  ["[🛢]", "🛢", true],
  ["[", "[", true],
  ["[!", "[!", true],
  ["[a", "[a", true],
  ["a.c", "abc", false],
  ["", "", true],
  ["*a*b*c", "xaxbxbxc", true],
  ["*a*b*c", "xaxcxb", false],
])("%s on %s: %s", (pattern, text, matches) => {
  expect(compileGlob(pattern)(text)).toBe(matches);
});

test("no pattern explodes", () => {
  expect(compileGlob(`${"*a".repeat(500)}b`)("a".repeat(1024))).toBe(false);
});

test("rules of a file come first, then excludes, then includes", () => {
  const rules = parseFilterRules("# comment\r\n\n + keep/*\n-*.tmp  \nplain*\n");
  expect(rules).toEqual([
    { include: true, pattern: "keep/*" },
    { include: false, pattern: "*.tmp" },
    { include: true, pattern: "plain*" },
  ]);
  const filter = createSyncFilter({ rules, exclude: ["*.log"], include: ["*.txt", "*.log"] });
  expect(["keep/a.tmp", "a.tmp", "plain.log", "a.log", "a.txt", "other"].map(filter)).toEqual([
    true,
    false,
    true,
    false,
    true,
    false,
  ]);
  expect(createSyncFilter({})("anything")).toBe(true);
  expect(createSyncFilter({ exclude: ["a\\*"] })("a/b")).toBe(false);
});

test("isGlob", () => {
  expect(["a*", "a?", "[a", "plain"].map(isGlob)).toEqual([true, true, true, false]);
});
