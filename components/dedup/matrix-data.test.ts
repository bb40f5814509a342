import { expect, test } from "vitest";
import { NO_FIGURES, type SharingMatrix } from "#lib/core/bucket/dedup/figures.ts";
import {
  depthOf,
  domainOf,
  evenShare,
  formatShare,
  labelsOf,
  matrixTable,
  pairWords,
  shareOf,
  strongest,
} from "./matrix-data.ts";

const scope = (path: string, unique: number) => ({
  type: "folder" as const,
  path,
  nested: false,
  figures: { ...NO_FIGURES, unique },
});
const matrix: SharingMatrix = {
  asOf: 0,
  pending: false,
  scopes: [
    scope("runs/a/checkpoint-3000", 73e9),
    scope("runs/a/checkpoint-3500", 73e9),
    scope("runs/a/checkpoint-4000", 73e9),
  ],
  overlap: [
    [73e9, 61.7e9, 58.8e9],
    [61.7e9, 73e9, 62.9e9],
    [58.8e9, 62.9e9, 73e9],
  ],
  common: 58.1e9,
  union: 90e9,
  runs: ["runs/a"],
};

test("labels tell scopes apart in few letters", () => {
  expect(labelsOf(["runs/a/checkpoint-500", "runs/a/checkpoint-1000"])).toEqual(["500", "1000"]);
  expect(labelsOf(["runs/a/checkpoint-500", "runs/b/checkpoint-500"])).toEqual([
    "a/checkpoint-500",
    "b/checkpoint-500",
  ]);
  expect(labelsOf(["data/x.bin", "eval"])).toEqual(["x.bin", "eval"]);
  expect(labelsOf(["d/eval-of-run-1", "d/eval-of-run-12"])).toEqual(["…1", "…12"]);
  expect(labelsOf(["d/train-00001.parquet", "e/train-00012.parquet"])).toEqual(["…00001…", "…00012…"]);
  expect(labelsOf(["model-base.safetensors", "other.safetensors"])).toEqual(["model-base…", "other…"]);
  expect(labelsOf(["a", "b/a"])).toEqual(["a", "b/a"]);
});

test("shares neither round up to all nor down to nothing", () => {
  expect([0, 0.0001, 0.7961, 0.99999, 1, null].map(formatShare)).toEqual(["0", "0.1", "79.6", "99.9", "100", "–"]);
});

test("the domain is the cells' own", () => {
  const domain = domainOf(matrix)!;
  expect(domain).toEqual({ low: 0.8, high: 0.87 });
  expect(depthOf(shareOf(matrix, 2, 1)!, domain)).toBeCloseTo(0.88, 1);
  expect(domainOf({ ...matrix, overlap: matrix.overlap.map((row) => row.map(() => 0)) })).toEqual({
    low: 0,
    high: 0.01,
  });
  expect(evenShare(matrix)).toBeNull();
  expect(evenShare({ ...matrix, overlap: matrix.overlap.map((row) => row.map(() => 0)) })).toBe(0);
  expect(domainOf({ scopes: [matrix.scopes[0]!], overlap: [[1]] })).toBeNull();
});

test("the pair that shares most is told first, to the byte", () => {
  expect(strongest(matrix)).toMatchObject({ row: 2, column: 1 });
  const words = pairWords(matrix, ["3000", "3500", "4000"], { row: 2, column: 1 });
  expect(words.pair + words.rest).toBe(
    "4000 and 3500 share 62.9 GB of 73.0 GB, 86.2%. Of what is not common to all, 32.2%.",
  );
  expect(words.exact).toBe("62,900,000,000 of 73,000,000,000 unique bytes.");
  const none = {
    ...matrix,
    overlap: [
      [1, 0],
      [0, 1],
    ],
    scopes: matrix.scopes.slice(0, 2),
    common: 0,
  };
  expect(pairWords(none, ["a", "b"], { row: 0, column: 1 }).rest).toBe(" share nothing.");
});

test("the table has a row for each ordered pair", () => {
  const { rows } = matrixTable(matrix);
  expect(rows).toHaveLength(6);
  expect(rows[0]).toEqual(["runs/a/checkpoint-3000", "runs/a/checkpoint-3500", 61.7e9, 73e9, 61.7 / 73]);
});
