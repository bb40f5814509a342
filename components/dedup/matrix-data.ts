/** What the sharing matrix says, in figures and in words. */
import { checkpointStep, type SharingMatrix } from "#lib/core/bucket/dedup/figures.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { formatCount, formatSize } from "#lib/core/format.ts";
import type { ChartData } from "../chart/chart-data.ts";

/** Short names that tell the scopes apart: steps of checkpoints, else last names, else paths without what they have in common. */
export function labelsOf(paths: string[]): string[] {
  const names = paths.map(baseName);
  const steps = names.map(checkpointStep);
  if (steps.every((step) => step !== null) && new Set(steps).size === steps.length) return steps.map(String);
  if (new Set(names).size === names.length) return shortened(names);
  const parts = paths.map((path) => path.split("/"));
  let common = 0;
  while (parts.every((part) => part.length > common + 1 && part[common] === parts[0]![common])) common++;
  return parts.map((part) => part.slice(common).join("/"));
}

/** Names up to here fit over a column as they are. */
const SHORT = 10;

/** Long names without what they have in common at either end: "train-00001-of-00016.parquet" of many -> "…00001…". */
function shortened(names: string[]): string[] {
  if (names.length < 2 || names.every((name) => name.length <= SHORT)) return names;
  const start = alike(names);
  const rest = names.map((name) => name.slice(start));
  const end = alike(rest.map((name) => [...name].reverse().join("")));
  return rest.map((name) => `${start > 0 ? "…" : ""}${name.slice(0, name.length - end)}${end > 0 ? "…" : ""}`);
}

/** Length of what all begin with, up to where a word ends: half a number tells nothing. */
function alike(names: string[]): number {
  const [first = ""] = names;
  let length = 0;
  while (length < first.length && names.every((name) => name.length > length + 1 && name[length] === first[length]))
    length++;
  return /^.*[-_. ]/s.exec(first.slice(0, length))?.[0].length ?? 0;
}

/** Part of the row's unique bytes that the column holds too, 0 to 1; null where the row has none. */
export function shareOf(matrix: Pick<SharingMatrix, "scopes" | "overlap">, row: number, column: number): number | null {
  const { unique } = matrix.scopes[row]!.figures;
  return unique === 0 ? null : matrix.overlap[row]![column]! / unique;
}

/** "79.6"; never 100 for what is not all, never 0 for what is something. */
export function formatShare(share: number | null): string {
  if (share === null) return "–";
  if (share === 1) return "100";
  if (share === 0) return "0";
  return Math.min(99.9, Math.max(0.1, share * 100)).toFixed(1);
}

/** Least and most of the cells off the diagonal, in whole percents outward; null without such cells. */
export function domainOf(matrix: Pick<SharingMatrix, "scopes" | "overlap">): { low: number; high: number } | null {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of matrix.scopes.keys()) {
    for (const column of matrix.scopes.keys()) {
      const share = row === column ? null : shareOf(matrix, row, column);
      if (share === null) continue;
      least = Math.min(least, share);
      most = Math.max(most, share);
    }
  }
  if (least > most) return null;
  const [low, high] = [Math.floor(least * 100) / 100, Math.ceil(most * 100) / 100];
  if (high > low) return { low, high };
  return low === 0 ? { low, high: 0.01 } : { low: low - 0.01, high };
}

/** The share of every pair where they are all alike; null where they differ. */
export function evenShare(matrix: Pick<SharingMatrix, "scopes" | "overlap">): number | null {
  const shares = new Set<number | null>();
  for (const row of matrix.scopes.keys())
    for (const column of matrix.scopes.keys()) if (row !== column) shares.add(shareOf(matrix, row, column));
  const [only = null] = shares;
  return shares.size === 1 ? only : null;
}

/** Where in the domain a share lies, 0 to 1. */
export function depthOf(share: number, { low, high }: { low: number; high: number }): number {
  return (share - low) / (high - low);
}

export interface Pair {
  row: number;
  column: number;
}

/** The pair that shares most of its row, the later of equals: what one looks for first. */
export function strongest(matrix: Pick<SharingMatrix, "scopes" | "overlap">): Pair {
  let best: Pair & { share: number } = { row: 0, column: 0, share: -1 };
  for (const row of matrix.scopes.keys()) {
    for (const column of matrix.scopes.keys()) {
      const share = row === column ? null : shareOf(matrix, row, column);
      if (share !== null && share >= best.share) best = { row, column, share };
    }
  }
  return best;
}

export interface PairWords {
  /** "4000 and 3500" */
  pair: string;
  /** " share 62.9 GB of 73.0 GB, 86.1%." and what is left of it without what all share. */
  rest: string;
  /** The same to the byte. */
  exact: string;
}

export function pairWords(matrix: SharingMatrix, labels: string[], { row, column }: Pair): PairWords {
  const [first, second] = [labels[row]!, labels[column]!];
  const { unique } = matrix.scopes[row]!.figures;
  if (row === column) {
    return {
      pair: first,
      rest: ` holds ${formatSize(unique)} unique, ${formatSize(matrix.common)} of it common to all.`,
      exact: `${formatCount(unique)} unique bytes.`,
    };
  }
  const both = matrix.overlap[row]![column]!;
  const exact = `${formatCount(both)} of ${formatCount(unique)} unique bytes.`;
  if (both === 0) return { pair: `${first} and ${second}`, rest: " share nothing.", exact };
  const share = `${formatShare(shareOf(matrix, row, column))}%`;
  const own = unique - matrix.common;
  const beyond =
    matrix.common > 0 && own > 0 && matrix.scopes.length > 2
      ? ` Of what is not common to all, ${formatShare((both - matrix.common) / own)}%.`
      : "";
  return {
    pair: `${first} and ${second}`,
    rest: ` share ${formatSize(both)} of ${formatSize(unique)}, ${share}.${beyond}`,
    exact,
  };
}

/** A row for each ordered pair, exact. */
export function matrixTable(matrix: SharingMatrix): ChartData {
  const rows: ChartData["rows"] = [];
  for (const [row, { path, figures }] of matrix.scopes.entries()) {
    for (const [column, other] of matrix.scopes.entries()) {
      if (row === column) continue;
      rows.push([path, other.path, matrix.overlap[row]![column]!, figures.unique, shareOf(matrix, row, column)]);
    }
  }
  return {
    columns: [
      { name: "Path", kind: "text" },
      { name: "Compared with", kind: "text" },
      { name: "In both", kind: "bytes" },
      { name: "Unique", kind: "bytes" },
      { name: "Share of the first", kind: "share" },
    ],
    rows,
  };
}
