/** What a reader prefers, kept in cookies so that the server renders the first frame right. */

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = "theme";
export const KEYS_COOKIE = "keys";

/** A year, in seconds. */
const LIFETIME = 365 * 24 * 3600;

export function parseTheme(text: string | undefined): Theme {
  return THEMES.find((theme) => theme === text) ?? "system";
}

export function remember(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on plain http
  document.cookie = `${name}=${value}; Path=/; Max-Age=${LIFETIME}; SameSite=Lax`;
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
