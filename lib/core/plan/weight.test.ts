import { expect, test } from "vitest";
import { growthOf } from "./weight.ts";

test("growth is known when all content is", () => {
  expect(growthOf({ freed: 40, known: 100, unknown: 0 })).toEqual({ least: -40, most: -40 });
  expect(growthOf({ freed: 0, known: 0, unknown: 0 })).toEqual({ least: 0, most: 0 });
});

test("growth lies between nothing new and all new", () =>
  expect(growthOf({ freed: 40, known: 0, unknown: 100 })).toEqual({ least: -40, most: 60 }));
