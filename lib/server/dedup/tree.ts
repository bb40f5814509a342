/** Figures of a bucket, of a folder, of a file, and of all that stands in a folder, from the kept rows. */
import type { DedupEntry, DedupFigures, DedupSort } from "#lib/core/bucket/dedup/figures.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import { HubError } from "#lib/core/errors.ts";
import {
  type FileRow,
  FOLDER_ORDERS,
  type FolderPage,
  type FolderRow,
  listFilesBySize,
  listFolders,
  readBlock,
  readFile,
  readFolder,
  readOverlaps,
} from "../db/dedup-rows.ts";
import type { Connection } from "../db/statements.ts";
import { formatCursor, parseCursor } from "../hub/cursor.ts";
import { blockOf, readFigures } from "./file-blocks.ts";
import { find } from "./load.ts";
import { notYet } from "./models.ts";
import type { Readers } from "./readers.ts";
import { generationOf, type Sight, type Sights } from "./sight.ts";
import type { Dated, EntriesQuestion, SummaryAnswer, Verbs } from "./verbs.ts";

/** Buckets that a summary names. */
const SHARED_MAX = 20;

export function createTreeAnswers({
  readers,
  sights,
}: {
  readers: Readers;
  sights: Sights;
}): Pick<Verbs, "summary" | "entries"> {
  return {
    summary: ({ path, ...view }) =>
      readers.read(async (db) => {
        const sight = await sights.get(db, view);
        const answer =
          path === "" ? await summarizeBucket(db, sight, view.others) : await summarizeEntry(db, sight, path);
        return { ...datedBy(sight), ...answer };
      }),

    entries: (question) =>
      readers.read(async (db) => {
        const sight = await sights.get(db, question);
        const folder = readFolder(db, generationOf(sight.set), question.path);
        if (folder === undefined) throw entryNotFound(question.path);
        return { ...datedBy(sight), ...(await listEntries(db, sight, folder, question)) };
      }),
  };
}

export function datedBy({ set }: Sight): Dated {
  return { asOf: set.as_of, version: set.version };
}

export function entryNotFound(path: string): HubError {
  return new HubError("EntryNotFound", `No file or folder ${JSON.stringify(path.slice(0, 300))} in the bucket.`);
}

async function summarizeBucket(
  db: Connection,
  sight: Sight,
  others: number[],
): Promise<Omit<SummaryAnswer, keyof Dated>> {
  const { files, logical, unique, stored, waiting_bytes, waiting_files, waiting_since } = sight.set;
  const cut = sight.alone ? { exclusive: 0, freed: 0, waiting: 0 } : await sight.bucketCut();
  const figures = { files, logical, unique, stored, exclusive: unique - cut.exclusive, freed: stored - cut.freed };
  const seen = new Set(others);
  const sharedWith = readOverlaps(db, sight.set.bucket_id)
    .filter(({ other_id, unpacked }) => unpacked > 0 && seen.has(other_id))
    .sort((a, b) => b.unpacked - a.unpacked)
    .slice(0, SHARED_MAX)
    .map(({ other_id, unpacked }) => ({ id: other_id, bytes: unpacked }));
  let waiting = { bytes: waiting_bytes, files: waiting_files, since: waiting_since };
  if (cut.waiting > 0) waiting = { ...(await waitingInSight(sight)), bytes: waiting_bytes - cut.waiting };
  return { type: "bucket", figures, sharedWith, waiting };
}

/** Deleted files that still have some bytes to themselves. */
async function waitingInSight(sight: Sight): Promise<{ files: number; since: number | null }> {
  const cut = await sight.modelCut();
  const { waiting } = await cut.kept.sums();
  const { waitingSince } = cut.kept.model;
  let files = 0;
  let since: number | null = null;
  for (let at = 0; at < waitingSince.length; at++) {
    if (waiting.byContent[at] - cut.waiting[at] <= 0) continue;
    files += 1;
    since = Math.min(since ?? Number.POSITIVE_INFINITY, waitingSince[at]);
  }
  return { files, since };
}

async function summarizeEntry(db: Connection, sight: Sight, path: string): Promise<Omit<SummaryAnswer, keyof Dated>> {
  const entry = await findScope(db, sight, path);
  return { type: entry.type, figures: entry.figures, sharedWith: [], waiting: null };
}

/** Throws Unavailable for content that came since the figures were computed. */
export async function fileFigures(db: Connection, sight: Sight, file: FileRow): Promise<DedupFigures> {
  const entry = await createFileEntries(db, sight)(file);
  if (entry === undefined) throw notYet();
  return entry.figures;
}

/** A folder, or a file. Throws EntryNotFound; Unavailable for a file that came since. */
export async function findScope(db: Connection, sight: Sight, path: string): Promise<DedupEntry> {
  const folder = readFolder(db, generationOf(sight.set), path);
  if (folder !== undefined) return folderEntry(await seenFolder(sight, folder));
  const file = readFile(db, sight.set.bucket_id, path);
  if (file === undefined) throw entryNotFound(path);
  return { type: "file", path, figures: await fileFigures(db, sight, file), nested: false };
}

function folderEntry(row: FolderRow): DedupEntry {
  const { path, nested, files, logical, unique, exclusive, stored, freed } = row;
  return {
    type: "folder",
    path,
    figures: { files, logical, unique, exclusive, stored, freed },
    nested: nested === 1,
  };
}

/** The row as the reader sees it. */
async function seenFolder(sight: Sight, row: FolderRow): Promise<FolderRow> {
  if (sight.alone) return row;
  const { kept, exclusive, freed } = await sight.modelCut();
  const folder = kept.model.folderPaths.indexOf(row.path);
  return { ...row, exclusive: row.exclusive - exclusive[folder], freed: row.freed - freed[folder] };
}

const NOTHING = { unique: 0, exclusive: 0, stored: 0, freed: 0 };

/** Figures of one file after another; undefined for content that came since the figures were computed. */
function createFileEntries(db: Connection, sight: Sight): (file: FileRow) => Promise<DedupEntry | undefined> {
  const blocks = new Map<number, Uint8Array | undefined>();
  return async ({ path, size, file_id }) => {
    const entry = (figures: Omit<DedupFigures, "files" | "logical">): DedupEntry => ({
      type: "file",
      path,
      figures: { files: 1, logical: size, ...figures },
      nested: false,
    });
    if (file_id === null) return size === 0 ? entry(NOTHING) : undefined;
    const block = blockOf(file_id);
    if (!blocks.has(block)) blocks.set(block, readBlock(db, generationOf(sight.set), block));
    const packed = blocks.get(block);
    const figures = packed && readFigures(packed, file_id);
    if (figures === undefined || sight.alone) return figures && entry(figures);
    const cut = await sight.modelCut();
    const { fileIds, contentStarts, contentLeaves } = cut.kept.model;
    const leaf = contentLeaves[contentStarts[find(fileIds, file_id)]];
    const exclusive = figures.exclusive - cut.fileExclusive[leaf];
    return entry({ ...figures, exclusive, freed: figures.freed - cut.fileFreed[leaf] });
  };
}

const ORDER: Record<DedupSort, FolderPage["order"]> = {
  ...(Object.fromEntries(FOLDER_ORDERS.map((name) => [name, name])) as Record<
    FolderPage["order"],
    FolderPage["order"]
  >),
  name: "path",
};

async function listEntries(
  db: Connection,
  sight: Sight,
  folder: FolderRow,
  { sort, direction, limit, cursor }: EntriesQuestion,
): Promise<{ items: DedupEntry[]; cursor: string | null }> {
  const tag = `d${sort}${direction}`;
  const [part, figure, path] = (
    cursor === null ? ["folders", 0, ""] : parseCursor(cursor, tag, ["string", "number", "string"])
  ) as [string, number, string];
  const items: DedupEntry[] = [];
  if (part === "folders") {
    const page: FolderPage = {
      parentId: folder.id,
      order: ORDER[sort],
      direction,
      after: cursor === null ? null : { figure, path },
      limit: limit + 1,
    };
    const rows = await listSeenFolders(db, sight, folder.path, page);
    items.push(...rows.slice(0, limit).map(folderEntry));
    if (rows.length > limit) {
      const last = rows[limit - 1];
      return { items, cursor: formatCursor(tag, ["folders", figureOf(last, page.order), last.path]) };
    }
  }
  const after = part === "files" && path !== "" ? { size: figure, path } : null;
  const room = limit - items.length;
  if (room === 0) return { items, cursor: formatCursor(tag, ["files", 0, ""]) };
  const files = listFilesBySize(db, sight.set.bucket_id, folder.path, { after, limit: room });
  const entryOf = createFileEntries(db, sight);
  for (const file of files.rows) {
    const entry = await entryOf(file);
    if (entry !== undefined) items.push(entry);
  }
  const { next } = files;
  return { items, cursor: next === null ? null : formatCursor(tag, ["files", next.size, next.path]) };
}

function figureOf(row: FolderRow, order: FolderPage["order"]): number {
  return order === "path" ? 0 : row[order];
}

/** Where others take away from the figure that is the order, all children are sorted anew, once. */
async function listSeenFolders(db: Connection, sight: Sight, parent: string, page: FolderPage): Promise<FolderRow[]> {
  const kept = generationOf(sight.set);
  const { order, direction, after, limit } = page;
  if (sight.alone || (order !== "exclusive" && order !== "freed")) {
    const rows = listFolders(db, kept, page);
    return Promise.all(rows.map((row) => seenFolder(sight, row)));
  }
  const key = `${order} ${parent}`;
  let sorted = sight.sorted.get(key);
  if (sorted === undefined) {
    const all = listFolders(db, kept, { ...page, order: "path", direction: "asc", after: null, limit: 2 ** 31 });
    const seen = await Promise.all(all.map((row) => seenFolder(sight, row)));
    sorted = seen.sort((a, b) => a[order] - b[order] || comparePaths(a.path, b.path));
    if (sight.sorted.size > 16) sight.sorted.clear();
    sight.sorted.set(key, sorted);
  }
  const rows = direction === "asc" ? sorted : sorted.toReversed();
  if (after === null) return rows.slice(0, limit);
  const sign = direction === "asc" ? 1 : -1;
  const from = rows.findIndex((row) => sign * (row[order] - after.figure || comparePaths(row.path, after.path)) > 0);
  return from === -1 ? [] : rows.slice(from, from + limit);
}
