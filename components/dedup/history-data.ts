import type { HistoryPoint } from "#lib/core/bucket/dedup/figures.ts";
import type { ChartData } from "../chart/chart-data.ts";

export function historyTable(points: HistoryPoint[]): ChartData {
  return {
    columns: [
      { name: "At", kind: "time" },
      { name: "Files", kind: "count" },
      { name: "Logical", kind: "bytes" },
      { name: "Unique", kind: "bytes" },
      { name: "Stored", kind: "bytes" },
    ],
    rows: points.map(({ at, files, logical, unique, stored }) => [at, files, logical, unique, stored]),
  };
}
