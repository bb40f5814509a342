import { expect, test } from "vitest";
import type { CheckpointFigures, CheckpointRuns } from "#lib/core/bucket/dedup/figures.ts";
import { NO_FIGURES } from "#lib/core/bucket/dedup/figures.ts";
import { barsOf, checkpointTable, checkpointWords, shortStep } from "./checkpoint-data.ts";

const checkpoint = (step: number, newBytes: number): CheckpointFigures => ({
  path: `runs/a/checkpoint-${step}`,
  step,
  uploadedAt: step,
  figures: { ...NO_FIGURES, files: 3, logical: 73e9 },
  newBytes,
});
const runs: CheckpointRuns["runs"] = [
  { path: "runs/a", checkpoints: [checkpoint(500, 14.9e9), checkpoint(1000, 12e9), checkpoint(1500, 10.1e9)] },
  { path: "", checkpoints: [checkpoint(200, 1e9)] },
];

test("the sentence counts all and tells the longest run's course", () => {
  expect(checkpointWords({ runs, earlier: 0 })).toBe(
    "4 checkpoints name 292 GB and brought 38.0 GB new. In a new bytes fell from 14.9 GB at step 500 to 10.1 GB at 1500.",
  );
  expect(checkpointWords({ runs: runs.slice(1), earlier: 0 })).toBe(
    "1 checkpoint names 73.0 GB and brought 1.00 GB new.",
  );
  expect(checkpointWords({ runs: runs.slice(1), earlier: 1400 })).toBe(
    "The latest checkpoint of 1,401 names 73.0 GB and brought 1.00 GB new.",
  );
  expect(checkpointWords({ runs, earlier: 1400 })).toMatch(/^The latest 4 checkpoints of 1,404 name 292 GB/);
});

test("the table's new and already stored make the logical bytes", () => {
  const { columns, rows } = checkpointTable(barsOf({ runs }));
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  for (const row of rows) {
    expect((row[at("New")] as number) + (row[at("Already stored")] as number)).toBe(row[at("Logical")]);
  }
  expect(rows).toHaveLength(4);
});

test("steps are short", () => {
  expect([500, 1000, 1500, 12_345, 2_500_000].map(shortStep)).toEqual(["500", "1k", "1.5k", "12345", "2.5M"]);
});
