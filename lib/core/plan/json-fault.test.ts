import fc from "fast-check";
import { expect, test } from "vitest";
import { findJsonFault } from "./json-fault.ts";

test.each([
  ['{"size":1187,', 14, "a property name", "the end of the line"],
  ['{"size":1187', 13, "',' or '}'", "the end of the line"],
  ['"reason":"x"}', 9, "the end of the line", '":"'],
  ["{'a': 1}", 2, "a property name or '}'", '"\'"'],
  ['{"a": NaN}', 7, "a value", '"N"'],
  ['{"a" 1}', 6, "':'", '"1"'],
  ["[1, 2", 6, "',' or ']'", "the end of the line"],
  ['{"a": 01}', 7, "a value", '"0"'],
  ['{"a": "x', 9, "the closing '\"' of a text", "the end of the line"],
  ['{"a": "\\x"}', 8, "a known escape after '\\'", '"\\\\"'],
  ["", 1, "a value", "the end of the line"],
  ["{} {}", 4, "the end of the line", '"{"'],
])("%j", (text, column, expected, found) => {
  expect(findJsonFault(text)).toMatchObject({ column, expected, found });
});

test("finds a fault exactly where JSON.parse does", () => {
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", "x", '"', "{", "]", ",", "\\", "\u0001"))
    .map(([json, where, piece]) => {
      const at = where % (json.length + 1);
      return json.slice(0, at) + piece + json.slice(at + (where % 2));
    });
  fc.assert(
    fc.property(broken, (text) => {
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      expect(findJsonFault(text) === null).toBe(parses);
    }),
    { numRuns: 3000 },
  );
});

test("a million open brackets need no stack", () => {
  expect(findJsonFault("[".repeat(1_000_000))).toMatchObject({ column: 1_000_001, cutOff: true });
});
