/** Colours of a cell that shows a share by its depth, from the pale of `logical` to the dark of `stored` (in the dark theme the other way). */

/** OKLCH: lightness 0 to 1, chroma, hue in degrees. */
type Lch = readonly [number, number, number];

/** The tokens of globals.css that a cell is made of; the test beside this file holds them together. */
export const HEAT_TOKENS = {
  light: { logical: [0.885, 0.034, 268], stored: [0.475, 0.19, 270] },
  dark: { logical: [0.345, 0.045, 270], stored: [0.735, 0.125, 272] },
  /** What is written on a cell, in both themes: two colours so far apart that one of them is readable on any ground. */
  "on-pale": [0.1, 0.02, 268],
  "on-deep": [1, 0, 0],
} as const satisfies Record<string, Lch | { logical: Lch; stored: Lch }>;

/** `depth` 0 to 1. */
export function heatFill(depth: number): string {
  return `color-mix(in oklab, var(--stored) ${(clamp(depth) * 100).toFixed(1)}%, var(--logical))`;
}

/** The text colour that wins the contrast at the cell's own lightness, theme by theme. */
export function heatInk(depth: number): string {
  const [light, dark] = (["light", "dark"] as const).map((theme) => `var(--${inkOf(depth, theme)})`);
  return light === dark ? light! : `light-dark(${light}, ${dark})`;
}

export function inkOf(depth: number, theme: "light" | "dark"): "on-pale" | "on-deep" {
  return contrastOn(depth, theme, "on-pale") >= contrastOn(depth, theme, "on-deep") ? "on-pale" : "on-deep";
}

/** WCAG 2 contrast of an ink on a cell. */
export function contrastOn(depth: number, theme: "light" | "dark", ink: "on-pale" | "on-deep"): number {
  const { logical, stored } = HEAT_TOKENS[theme];
  const [from, to] = [toLab(logical), toLab(stored)];
  const ground = luminance(from.map((part, at) => part + (to[at]! - part) * clamp(depth)) as unknown as Lch);
  const text = luminance(toLab(HEAT_TOKENS[ink]));
  return (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05);
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));

function toLab([lightness, chroma, hue]: Lch): Lch {
  const angle = (hue * Math.PI) / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

/** Relative luminance of an OKLab colour, by way of linear sRGB. */
function luminance([lightness, a, b]: Lch): number {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const red = clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  const green = clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  const blue = clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
