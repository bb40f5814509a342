/** What storage would cost by a price list: a model, not a bill. Dollars; bytes in decimal terabytes, as they are sold. */
import type { Visibility } from "../entry.ts";

const TERABYTE = 1e12;

/** A price for the bytes from here up to the next tier. */
export interface PriceTier {
  /** Terabytes. */
  from: number;
  /** Dollars per terabyte and month. */
  price: number;
}

/** By `from`, the first from 0. */
export type PriceList = Record<Visibility, PriceTier[]>;

/** Published prices of the Hub's storage, and the day they were read. */
export const LIST_PRICES: PriceList = {
  private: [
    { from: 0, price: 18 },
    { from: 50, price: 16 },
    { from: 200, price: 14 },
    { from: 500, price: 12 },
  ],
  public: [
    { from: 0, price: 12 },
    { from: 50, price: 10 },
    { from: 200, price: 9 },
    { from: 500, price: 8 },
  ],
};
export const LIST_PRICES_OF = Date.UTC(2026, 10, 1);

export const TIERS_MAX = 8;

/** Dollars a month: each byte at the price of the tier that it falls into. */
export function monthlyCost(bytes: number, tiers: PriceTier[]): number {
  const terabytes = bytes / TERABYTE;
  let dollars = 0;
  for (const [at, { from, price }] of tiers.entries()) {
    const to = tiers[at + 1]?.from ?? Number.POSITIVE_INFINITY;
    dollars += Math.max(0, Math.min(terabytes, to) - from) * price;
  }
  return dollars;
}

/** Why these are no tiers, in one sentence; null when they are. */
export function tiersProblem(tiers: PriceTier[]): string | null {
  if (tiers.length === 0 || tiers.length > TIERS_MAX) return `A list has 1 to ${TIERS_MAX} tiers.`;
  if (tiers[0]!.from !== 0) return "The first tier starts at 0 TB.";
  for (const [at, { from, price }] of tiers.entries()) {
    if (!Number.isFinite(from) || from > 1e6) return "A tier starts at a number of TB, up to 1,000,000.";
    if (!Number.isFinite(price) || price < 0 || price > 1e6)
      return "A price is a number of dollars from 0 to 1,000,000.";
    if (at > 0 && from <= tiers[at - 1]!.from) return "Each tier starts above the one before.";
  }
  return null;
}

const LISTS = ["private", "public"] as const;

/** "0:18~50:16|0:12~50:10", private before public: fits a cookie as it is. */
export function formatPrices(prices: PriceList): string {
  return LISTS.map((list) => prices[list].map(({ from, price }) => `${from}:${price}`).join("~")).join("|");
}

/** null for anything but what `formatPrices` writes. */
export function parsePrices(text: string | undefined): PriceList | null {
  const lists = (text ?? "").split("|").map((list) =>
    list.split("~").map((tier) => {
      const [from, price] = tier.split(":").map((number) => (/^[\d.]+$/.test(number) ? Number(number) : Number.NaN));
      return { from: from ?? Number.NaN, price: price ?? Number.NaN };
    }),
  );
  if (lists.length !== 2 || lists.some((tiers) => tiersProblem(tiers) !== null)) return null;
  return { private: lists[0]!, public: lists[1]! };
}

const MONEY = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** "$7.34"; "under $0.01" for what is not nothing. */
export function formatMoney(dollars: number): string {
  const size = Math.abs(dollars);
  const sign = dollars < 0 ? "−" : "";
  if (size > 0 && size < 0.005) return sign === "" ? "under $0.01" : "less than $0.01 down";
  return sign + MONEY.format(size);
}
