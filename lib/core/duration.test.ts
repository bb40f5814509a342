import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.each([
  ["0", 0],
  ["30s", 30_000],
  ["5m", 300_000],
  ["12h", 43_200_000],
  ["21d", 1_814_400_000],
  ["3w", 1_814_400_000],
  ["21", null],
  ["", null],
  ["-1d", null],
  ["1.5h", null],
  ["1d ", null],
  ["9999999d", null],
])("%j", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
