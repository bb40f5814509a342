import fc from "fast-check";
import { expect, test } from "vitest";
import { formatTime, microsOf, parseTime } from "./time.ts";

test.each([
  ["2026-01-15T10:30:00+00:00", 1768473000_000000],
  ["2026-01-15T10:30:00.123000+00:00", 1768473000_123000],
  ["2026-01-15T10:30:00.5Z", 1768473000_500000],
  ["2026-01-15T12:30:00+02:00", 1768473000_000000],
  ["1969-12-31T23:59:59.999999+00:00", -1],
  ["2026-01-15T10:30:00", "without a zone"],
  ["2026-02-30T10:30:00Z", "not a time"],
  ["2026-01-15 10:30:00Z", "not a time"],
  ["2026-01-15T24:00:00Z", "not a time"],
  ["2026-01-15T10:30:00+99:99", "not a time"],
  ["9999-01-01T00:00:00Z", "out of range"],
  ["0001-01-01T00:00:00Z", "out of range"],
])("%s", (text, micros) => {
  expect(parseTime(text)).toBe(micros);
});

test("every microsecond is written and read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }), (micros) => {
      expect(parseTime(formatTime(micros))).toBe(micros);
    }),
  );
});

test("a fraction is written only where there is one, with six digits", () => {
  expect(formatTime(1768473000_000000)).toBe("2026-01-15T10:30:00+00:00");
  expect(formatTime(1768473000_000120)).toBe("2026-01-15T10:30:00.000120+00:00");
});

test("ms become microseconds by Python's rounding", () => {
  expect(microsOf(1768473000123)).toBe(1768473000_123000);
  expect(microsOf(0.0005)).toBe(0); // half a microsecond goes to the even one
  expect(microsOf(0.0015)).toBe(2);
  expect(microsOf(-1)).toBe(-1000);
});
