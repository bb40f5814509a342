import type { DedupOrder } from "#lib/browser/queries/dedup.ts";
import { DEDUP_SORTS } from "#lib/core/bucket/dedup/figures.ts";

/** Reads `?sort=stored&direction=asc`; anything else falls back to what settles an argument: most freed first. */
export function parseDedupOrder(read: (name: string) => string | null | undefined): DedupOrder {
  const wanted = read("sort");
  const sort = DEDUP_SORTS.find((each) => each === wanted);
  if (sort === undefined) return { sort: "freed", direction: "desc" };
  return { sort, direction: read("direction") === "asc" ? "asc" : "desc" };
}
