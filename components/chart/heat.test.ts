import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { contrastOn, HEAT_TOKENS, heatInk, inkOf } from "./heat.ts";

const css = readFileSync(new URL("../../app/globals.css", import.meta.url), "utf8");
const written = ([lightness, chroma, hue]: readonly number[]) => `oklch(${lightness} ${chroma} ${hue})`;

test("the tokens are those of the style sheet", () => {
  for (const token of ["logical", "stored"] as const) {
    const { light, dark } = HEAT_TOKENS;
    expect(css).toContain(`--${token}: light-dark(${written(light[token])}, ${written(dark[token])});`);
  }
  for (const token of ["on-pale", "on-deep"] as const)
    expect(css).toContain(`--${token}: ${written(HEAT_TOKENS[token])};`);
});

test("text is readable at every depth, in both themes", () => {
  for (let step = 0; step <= 1000; step++) {
    for (const theme of ["light", "dark"] as const) {
      const depth = step / 1000;
      expect(contrastOn(depth, theme, inkOf(depth, theme)), `${theme} ${depth}`).toBeGreaterThanOrEqual(4.5);
    }
  }
});

test("the ink follows the ground, theme by theme", () => {
  expect(inkOf(0, "light")).toBe("on-pale");
  expect(inkOf(1, "light")).toBe("on-deep");
  expect(inkOf(0, "dark")).toBe("on-deep");
  expect(inkOf(1, "dark")).toBe("on-pale");
  expect(heatInk(1)).toBe("light-dark(var(--on-deep), var(--on-pale))");
});
