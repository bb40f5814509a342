import { expect, test } from "vitest";
import { formatMoney, formatPrices, LIST_PRICES, monthlyCost, parsePrices, tiersProblem } from "./cost.ts";

const { private: tiers } = LIST_PRICES;

test("each byte costs what its tier says", () => {
  expect(monthlyCost(408e9, tiers)).toBeCloseTo(7.344, 10);
  expect(monthlyCost(0, tiers)).toBe(0);
  expect(monthlyCost(50e12, tiers)).toBeCloseTo(50 * 18);
  expect(monthlyCost(60e12, tiers)).toBeCloseTo(50 * 18 + 10 * 16);
  expect(monthlyCost(600e12, tiers)).toBeCloseTo(50 * 18 + 150 * 16 + 300 * 14 + 100 * 12);
});

test("prices survive a cookie, and nothing else passes for prices", () => {
  expect(parsePrices(formatPrices(LIST_PRICES))).toEqual(LIST_PRICES);
  const own = { private: [{ from: 0, price: 4.25 }], public: [{ from: 0, price: 0 }] };
  expect(parsePrices(formatPrices(own))).toEqual(own);
  for (const text of [
    undefined,
    "",
    "0:18",
    "0:18|",
    "1:18|0:12",
    "0:18~0:16|0:12",
    "0:-1|0:1",
    "0:x|0:1",
    "0:1|0:1|0:1",
  ])
    expect(parsePrices(text), String(text)).toBeNull();
});

test("tiers that can not be are told apart", () => {
  expect(tiersProblem(tiers)).toBeNull();
  expect(tiersProblem([{ from: 0, price: Number.NaN }])).toContain("price");
  expect(tiersProblem([])).toContain("tiers");
});

test("money", () => {
  expect(formatMoney(7.344)).toBe("$7.34");
  expect(formatMoney(12_345.6)).toBe("$12,345.60");
  expect(formatMoney(0)).toBe("$0.00");
  expect(formatMoney(0.0004)).toBe("under $0.01");
  expect(formatMoney(-20.2)).toBe("−$20.20");
});
