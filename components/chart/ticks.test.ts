import { expect, test } from "vitest";
import { byteAxis } from "./ticks.ts";

const labels = (most: number, count?: number) => byteAxis(most, count).ticks.map(({ label }) => label);

test("ticks are round in their unit and reach over the highest bar", () => {
  expect(labels(73e9)).toEqual(["0", "20", "40", "60", "80 GB"]);
  expect(labels(1.53e12, 3)).toEqual(["0", "1", "2 TB"]);
  expect(labels(3)).toEqual(["0", "1", "2", "3 B"]);
  expect(labels(0)).toEqual(["0 B"]);
  expect(byteAxis(73e9).max).toBe(80e9);
});

test("values are written in the axis's unit", () => {
  const { format, unit } = byteAxis(73e9);
  expect(unit).toBe("GB");
  expect([14.9e9, 9.994e9, 123e9, 0].map(format)).toEqual(["14.9", "9.99", "123", "0"]);
});

test("never an endless axis", () => {
  for (const most of [1, 999, 1000, 1e15, 2 ** 53]) {
    const { ticks, max } = byteAxis(most);
    expect(ticks.length).toBeLessThanOrEqual(8);
    expect(max).toBeGreaterThanOrEqual(most);
  }
});
