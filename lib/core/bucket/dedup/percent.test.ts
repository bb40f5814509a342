import { describe, expect, it, test } from "vitest";
import { formatPart, formatPercent, savingPercents } from "./percent.ts";

describe("savingPercents", () => {
  it("writes causes that add up", () => {
    // 33.35 and 33.35 would both be written 33.4, their sum 66.7.
    const { total, deduplication, compression } = savingPercents({ logical: 100_000, unique: 66_650, stored: 33_300 });
    expect(total).toBe(66.7);
    expect((deduplication + compression).toFixed(1)).toBe("66.7");
  });
  it("is zero without files", () =>
    expect(savingPercents({ logical: 0, unique: 0, stored: 0 })).toEqual({
      total: 0,
      deduplication: 0,
      compression: 0,
    }));
  it("goes below zero where headers cost more than compression saves", () =>
    expect(savingPercents({ logical: 1000, unique: 1000, stored: 1100 }).total).toBe(-10));
});

test.each([
  [73.44, "73.4%"],
  [0, "0.0%"],
  [-0.01, "0.0%"],
  [-10, "−10.0%"],
  [100, "100.0%"],
])("%d percent is %s", (percent, text) => expect(formatPercent(percent)).toBe(text));

test.each([
  [0, "0%"],
  [0.001, "under 1%"],
  [0.734, "73%"],
  [0.9999, "over 99%"],
  [1, "100%"],
])("the part %d is %s", (share, text) => expect(formatPart(share)).toBe(text));
