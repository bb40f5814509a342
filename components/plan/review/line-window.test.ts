import { expect, test } from "vitest";
import { lineAt, lineTop } from "./line-window.ts";

test("a line's top and the line at a place agree, with panels open between", () => {
  const panels = [
    { index: 2, height: 100 },
    { index: 5, height: 40 },
  ];
  for (let index = 0; index < 12; index++) {
    expect(lineAt(lineTop(index, 33, panels), 33, panels)).toBe(index);
    expect(lineAt(lineTop(index, 33, panels) + 32, 33, panels)).toBe(index);
  }
  expect(lineTop(3, 33, panels)).toBe(199);
  expect(lineAt(150, 33, panels)).toBe(2);
  expect(lineAt(-5, 33, panels)).toBe(0);
});
