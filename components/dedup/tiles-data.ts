import type { DedupEntry } from "#lib/core/bucket/dedup/figures.ts";
import type { ChartData } from "../chart/chart-data.ts";

/** Entries of a folder with every figure. */
export function tilesTable(items: DedupEntry[]): ChartData {
  return {
    columns: [
      { name: "Path", kind: "text" },
      { name: "Files", kind: "count" },
      { name: "Logical", kind: "bytes" },
      { name: "Unique", kind: "bytes" },
      { name: "Exclusive", kind: "bytes" },
      { name: "Stored", kind: "bytes" },
      { name: "Freed if deleted", kind: "bytes" },
    ],
    rows: items.map(({ path, figures }) => [
      path,
      figures.files,
      figures.logical,
      figures.unique,
      figures.exclusive,
      figures.stored,
      figures.freed,
    ]),
  };
}
