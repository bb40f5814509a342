/** The chunk map in words and colours: what a cell is, what it is called, how it is filled. */
import { FEW_MAX, type MapCell, SHARE_CLASSES, type ShareClass } from "#lib/core/bucket/dedup/figures.ts";
import { formatPart } from "#lib/core/bucket/dedup/percent.ts";
import { formatSize, plural } from "#lib/core/format.ts";

/** Five rows of 64 on a wide page. */
const CELLS_MAX = 320;
/** Bytes that a chunk has on average: finer cells would show nothing more. */
const CHUNK_BYTES = 65_536;

/** How many cells a file of this size is drawn in. */
export function cellsFor(size: number): number {
  return Math.min(CELLS_MAX, Math.max(1, Math.ceil(size / CHUNK_BYTES)));
}

interface ClassWords {
  name: string;
  /** In a sentence: "58% exclusive". */
  word: string;
  /** Who holds it. */
  meaning: string;
  /** CSS colour. */
  fill: string;
}

export const CLASS_WORDS: Record<ShareClass, ClassWords> = {
  wide: {
    name: "Shared widely",
    word: "shared widely",
    meaning: `more than ${FEW_MAX} other files hold it`,
    fill: "var(--stored)",
  },
  few: {
    name: "Shared with few",
    word: "shared with few",
    meaning: `one to ${FEW_MAX} other files hold it`,
    fill: "var(--unique)",
  },
  own: { name: "Exclusive", word: "exclusive", meaning: "no other file holds it", fill: "var(--new)" },
};

/** What most of a cell is; the rarer class where two are equal. */
export function classOf(cell: Pick<MapCell, ShareClass>): ShareClass {
  return SHARE_CLASSES.reduce((most, each) => (cell[each] > cell[most] ? each : most), "own" as ShareClass);
}

/** "all shared widely", "58% exclusive, 42% shared widely". */
export function mixWords(cell: Pick<MapCell, ShareClass>): string {
  const total = cell.own + cell.few + cell.wide;
  const parts = SHARE_CLASSES.filter((each) => cell[each] > 0);
  if (parts.length === 1) return `all ${CLASS_WORDS[parts[0]!].word}`;
  return parts.map((each) => `${formatPart(cell[each] / total)} ${CLASS_WORDS[each].word}`).join(", ");
}

/** "240 chunks in 2 xorbs". */
export function chunkWords({ chunks, xorbs }: Pick<MapCell, "chunks" | "xorbs">): string {
  return `${plural(chunks, "chunk")} in ${plural(xorbs, "xorb")}`;
}

/** A cell's whole name, for who does not see it. */
export function cellName(cell: MapCell): string {
  return `${formatSize(cell.start)} to ${formatSize(cell.end)}, ${mixWords(cell)}, ${chunkWords(cell)}`;
}

/** Of a class that is there at all, so much of the cell shows it. */
const LEAST = 22;

/** A cell that is of several classes shows each by its share, the rarer below. */
export function cellFill(cell: Pick<MapCell, ShareClass>): string {
  const total = cell.own + cell.few + cell.wide;
  const parts = SHARE_CLASSES.filter((each) => cell[each] > 0);
  if (parts.length < 2) return CLASS_WORDS[parts[0] ?? "own"].fill;
  const weights = parts.map((each) => Math.max(LEAST, (cell[each] / total) * 100));
  const sum = weights.reduce((all, each) => all + each, 0);
  let reached = 0;
  const stops = parts.map((each, at) => {
    const from = Math.round(reached);
    reached += (weights[at]! / sum) * 100;
    return `${CLASS_WORDS[each].fill} ${from}% ${Math.round(reached)}%`;
  });
  return `linear-gradient(to top, ${stops.join(", ")})`;
}

/** The first and last cell that bytes `[start, end)` touch; null when none. */
export function cellsOf(cells: readonly MapCell[], start: number, end: number): [number, number] | null {
  const first = cells.findIndex((cell) => cell.end > start);
  const last = cells.findLastIndex((cell) => cell.start < end);
  return first === -1 || last < first || start >= end ? null : [first, last];
}

/** The map as a table for other programs. */
export function mapCsv(cells: readonly MapCell[]): string {
  const rows = cells.map(({ start, end, own, few, wide, chunks, xorbs }) =>
    [start, end, own, few, wide, chunks, xorbs].join(","),
  );
  return `${["start,end,exclusive,shared with few,shared widely,chunks,xorbs", ...rows].join("\n")}\n`;
}
