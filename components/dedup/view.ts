/** How the dedup page is looked at; it stands in the page's address. */
import { usePathname, useSearchParams } from "next/navigation";
import type { DedupOrder } from "#lib/browser/queries/dedup.ts";
import { parseDedupOrder } from "./order.ts";

export const MEASURES = ["logical", "exclusive", "stored"] as const;
export type Measure = (typeof MEASURES)[number];

export interface DedupView extends DedupOrder {
  scope: "bucket" | "namespace";
  shape: "table" | "treemap";
  /** What the treemap's areas are. */
  by: Measure;
  /** Folder that the treemap shows, "" for the root. */
  at: string;
  /** Folder whose checkpoints the matrix compares; null: the one with most. */
  run: string | null;
  /** Own choice of what the matrix compares; empty: a run. */
  compare: string[];
}

/** Paths that one matrix takes. */
export const COMPARE_MAX = 50;

export function parseDedupView(params: Pick<URLSearchParams, "get" | "getAll">): DedupView {
  const by = params.get("by");
  return {
    ...parseDedupOrder((name) => params.get(name)),
    scope: params.get("scope") === "namespace" ? "namespace" : "bucket",
    shape: params.get("shape") === "treemap" ? "treemap" : "table",
    by: MEASURES.find((measure) => measure === by) ?? "logical",
    at: params.get("at") ?? "",
    run: params.get("run"),
    compare: params.getAll("compare").slice(0, COMPARE_MAX),
  };
}

/** The address's query for a view; "" for the plain one. */
export function formatDedupView({ scope, shape, by, at, run, compare, sort, direction }: DedupView): string {
  const query = new URLSearchParams();
  if (scope !== "bucket") query.set("scope", scope);
  if (run !== null) query.set("run", run);
  for (const path of compare) query.append("compare", path);
  if (sort !== "freed" || direction !== "desc") {
    query.set("sort", sort);
    query.set("direction", direction);
  }
  if (shape !== "table") query.set("shape", shape);
  if (by !== "logical") query.set("by", by);
  if (at !== "") query.set("at", at);
  return query.size === 0 ? "" : `?${query}`;
}

/** The view of the page, and a way to change a part of it. */
export function useDedupView(): { view: DedupView; show: (change: Partial<DedupView>) => void } {
  const pathname = usePathname();
  const view = parseDedupView(useSearchParams());
  return {
    view,
    show: (change) => window.history.replaceState(null, "", pathname + formatDedupView({ ...view, ...change })),
  };
}
