/** What a chart draws, as a table: shown behind every chart, and written as CSV. */
import { formatCount, formatDateTime } from "#lib/core/format.ts";

/** bytes: exact bytes. share: 0 to 1. time: ms since the epoch. */
export type ColumnKind = "text" | "bytes" | "count" | "share" | "time";

export interface ChartColumn {
  name: string;
  kind: ColumnKind;
}

export interface ChartData {
  columns: ChartColumn[];
  /** null: not known. */
  rows: (string | number | null)[][];
}

const UNITS: Partial<Record<ColumnKind, string>> = { bytes: "bytes", share: "share", time: "UTC" };

/** RFC 4180, figures as they are: whole bytes, shares from 0 to 1, times in ISO. */
export function formatCsv({ columns, rows }: ChartData): string {
  const head = columns.map(({ name, kind }) => quote(UNITS[kind] ? `${name} (${UNITS[kind]})` : name));
  const lines = rows.map((row) =>
    row.map((value, at) => {
      if (value === null) return "";
      return quote(
        columns[at]!.kind === "time" && typeof value === "number" ? new Date(value).toISOString() : String(value),
      );
    }),
  );
  return [head, ...lines].map((line) => `${line.join(",")}\r\n`).join("");
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A cell that is no bytes, in words. */
export function formatCell(value: string | number | null, kind: ColumnKind, zone?: string): string {
  if (value === null) return "–";
  if (typeof value === "string") return value;
  if (kind === "share") return `${(value * 100).toFixed(1)}%`;
  if (kind === "time") return formatDateTime(value, zone);
  return formatCount(value);
}
