/** The dedup figures as text for a terminal, in aligned columns. */
import { type DedupEntry, type DedupFigures, type DedupSummary, sharedOf } from "#lib/core/bucket/dedup/figures.ts";
import { formatPercent, savingPercents } from "#lib/core/bucket/dedup/percent.ts";
import { formatHandle } from "#lib/core/bucket/id.ts";
import { formatAgo, formatDate, formatDateTime, formatSize, formatUntil, plural } from "#lib/core/format.ts";

/** Characters of a bar. */
const BAR = 40;

export function formatDedupText(summary: DedupSummary, folders: DedupEntry[], now: number): string {
  const { figures, bucket, path, type, sharedWith, waiting } = summary;
  const lines = [formatHandle(bucket, path), ageOf(summary), "", ...figureLines(figures, type), ""];
  lines.push(...savingLines(figures));
  if (sharedWith.length > 0) {
    lines.push("", "shared with");
    lines.push(...table(sharedWith.map((one) => [formatSize(one.bytes), formatHandle(one.bucket)])));
  }
  if (waiting !== null && waiting.bytes > 0) {
    lines.push("", ...waitingLines(waiting, now));
  }
  if (folders.length > 0) {
    const rows = folders.map(({ path: name, figures: own }) => [
      ...[own.freed, own.exclusive, own.unique, own.logical].map(formatSize),
      plural(own.files, "file"),
      `${name}/`,
    ]);
    lines.push(
      "",
      "folders, most freed first",
      ...table([["FREED", "EXCLUSIVE", "UNIQUE", "LOGICAL", "", ""], ...rows]),
    );
  }
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function ageOf({ asOf, pending }: DedupSummary): string {
  const at = formatDateTime(asOf, "UTC");
  return pending ? `as of ${at}, being computed again` : `exact, as of ${at}`;
}

function figureLines(figures: DedupFigures, type: DedupSummary["type"]): string[] {
  const what = { bucket: "the bucket", folder: "the folder", file: "the file" }[type];
  return table([
    [formatSize(figures.logical), "logical", `what ls shows, ${plural(figures.files, "file")}`],
    [formatSize(figures.unique), "unique", "every chunk counted once"],
    [formatSize(figures.exclusive), "exclusive", "held by nothing else that you can see"],
    [formatSize(sharedOf(figures)), "shared", "held by something else too"],
    [formatSize(figures.stored), "stored", "on disk, compressed"],
    [formatSize(figures.freed), "freed", `by deleting ${what}`],
  ]);
}

function savingLines(figures: DedupFigures): string[] {
  if (figures.logical === 0) return ["saving       nothing yet: there are no bytes"];
  const { total, deduplication, compression } = savingPercents(figures);
  const cells = (share: number) => Math.round(Math.min(1, Math.max(0, share)) * BAR);
  const stored = cells(figures.stored / figures.logical);
  const unique = Math.max(stored, cells(figures.unique / figures.logical));
  const bar = "#".repeat(stored) + "-".repeat(unique - stored) + ".".repeat(BAR - unique);
  const percents = [total, deduplication, compression].map((percent) => formatPercent(percent).replace("−", "-"));
  return [
    `saving ${percents[0].padStart(7)} = ${percents[1]} by deduplication + ${percents[2]} by compression`,
    `  [${bar}]  # stored  - compressed away  . deduplicated`,
  ];
}

function waitingLines({ bytes, files, since, freedAt }: NonNullable<DedupSummary["waiting"]>, now: number): string[] {
  const oldest = since === null ? "" : `, the oldest ${formatAgo(since, now, "UTC")}`;
  const when = freedAt === null ? "" : freedAt > now ? `; freed ${formatUntil(freedAt, now)} at the earliest` : "; due";
  const date = freedAt === null ? "" : ` (${formatDate(freedAt, "UTC")})`;
  return [`waiting      ${formatSize(bytes)} of ${plural(files, "deleted file")}${oldest}${when}${date}`];
}

/** Columns two spaces apart, the sizes right, the rest left. */
function table(rows: string[][]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const isSize = (column: number) => rows.every((row) => /^[\d.]+ [kMGTPE]?B$|^[A-Z]+$/.test(row[column]));
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      isSize(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    );
    return `  ${cells.join("  ")}`;
  });
}
