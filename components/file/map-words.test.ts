import { expect, test } from "vitest";
import type { MapCell } from "#lib/core/bucket/dedup/figures.ts";
import { cellFill, cellName, cellsFor, cellsOf, classOf, mapCsv, mixWords } from "./map-words.ts";

const cell = (start: number, end: number, parts: Partial<MapCell> = {}): MapCell => ({
  start,
  end,
  own: 0,
  few: 0,
  wide: 0,
  chunks: 2,
  xorbs: 1,
  ...parts,
});

test("a cell is what most of it is, and the rarer of two equals", () => {
  expect(classOf({ own: 1, few: 2, wide: 3 })).toBe("wide");
  expect(classOf({ own: 3, few: 3, wide: 3 })).toBe("own");
  expect(classOf({ own: 0, few: 3, wide: 3 })).toBe("few");
});

test("a cell's name has its place, its mix and its chunks", () => {
  expect(cellName(cell(0, 1000, { wide: 1000 }))).toBe("0 B to 1.00 kB, all shared widely, 2 chunks in 1 xorb");
  expect(mixWords({ own: 580, few: 0, wide: 420 })).toBe("58% exclusive, 42% shared widely");
  expect(mixWords({ own: 1, few: 0, wide: 999 })).toBe("under 1% exclusive, over 99% shared widely");
});

test("a mixed cell shows every class, however little of it there is", () => {
  expect(cellFill({ own: 0, few: 0, wide: 10 })).toBe("var(--stored)");
  const fill = cellFill({ own: 1, few: 0, wide: 999_999 });
  expect(fill).toMatch(/^linear-gradient\(to top, var\(--new\) 0% 1[5-9]%, var\(--stored\) 1[5-9]% 100%\)$/);
});

test("a stretch of bytes is the cells that it touches", () => {
  const cells = [cell(0, 10), cell(10, 20), cell(20, 25)];
  expect(cellsOf(cells, 0, 25)).toEqual([0, 2]);
  expect(cellsOf(cells, 10, 20)).toEqual([1, 1]);
  expect(cellsOf(cells, 9, 11)).toEqual([0, 1]);
  expect(cellsOf(cells, 25, 30)).toBeNull();
  expect(cellsOf(cells, 5, 5)).toBeNull();
  expect(cellsOf([], 0, 5)).toBeNull();
});

test("the table has a line a cell, in bytes", () => {
  expect(mapCsv([cell(0, 10, { own: 4, wide: 6 })])).toBe(
    "start,end,exclusive,shared with few,shared widely,chunks,xorbs\n0,10,4,0,6,2,1\n",
  );
});

test("a file has as many cells as it may have chunks, and never more than a page shows", () => {
  expect([0, 9, 65_536, 65_537, 3_000_000, 100e9].map(cellsFor)).toEqual([1, 1, 1, 2, 46, 320]);
});
