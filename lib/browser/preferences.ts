/** What a reader prefers, kept in cookies so that the server renders the first frame right. */

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = "theme";
export const KEYS_COOKIE = "keys";
/** Price tiers of the cost card, where they are not the list's (`core/bucket/dedup/cost.ts`). */
export const PRICES_COOKIE = "prices";

/** A year, in seconds. */
const LIFETIME = 365 * 24 * 3600;

export function parseTheme(text: string | undefined): Theme {
  return THEMES.find((theme) => theme === text) ?? "system";
}

function remember(name: string, value: string, seconds = LIFETIME): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on plain http
  document.cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax`;
}

export function currentTheme(): Theme {
  return parseTheme(document.documentElement.dataset.theme);
}

export function setTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  remember(THEME_COOKIE, theme);
}

export function rememberKeys(on: boolean): void {
  remember(KEYS_COOKIE, on ? "on" : "off");
}

/** As `formatPrices` writes them; null forgets them. */
export function rememberPrices(prices: string | null): void {
  remember(PRICES_COOKIE, prices ?? "", prices === null ? 0 : LIFETIME);
}
