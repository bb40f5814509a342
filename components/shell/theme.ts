import { currentTheme, setTheme, THEMES } from "#lib/browser/preferences.ts";
import { announce } from "../ui/toast.tsx";

/** System, light, dark, and round again. */
export function nextTheme(): void {
  const theme = THEMES[(THEMES.indexOf(currentTheme()) + 1) % THEMES.length]!;
  setTheme(theme);
  announce(theme === "system" ? "Theme follows the system" : `${theme === "dark" ? "Dark" : "Light"} theme`);
}
