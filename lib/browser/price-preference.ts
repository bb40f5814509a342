/** The reader's own price tiers. Apart from the other preferences, which every page brings along. */
import { remember } from "./preferences.ts";

export const PRICES_COOKIE = "prices";

/** As `formatPrices` of `core/bucket/dedup/cost.ts` writes them; "" goes back to the list's. */
export function rememberPrices(prices: string): void {
  remember(PRICES_COOKIE, prices);
}
