/** Listing and looking up what a bucket holds, on the embedded Hub (reference/hub-bucket-api 4). */
import type { BucketEntry, BucketFile, BucketFolder, Page } from "#lib/core/bucket/entry.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import { checkPrefix, pathProblem } from "#lib/core/bucket/path-rule.ts";
import { HubError } from "#lib/core/errors.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import type { Database } from "../db/db.ts";
import {
  findEntry,
  findFiles,
  findUploader,
  type ListedRow,
  listByFigure,
  listByName,
  listFilesBelow,
  type NameFilter,
  type Place,
  type Scan,
} from "../db/files.ts";
import { nextTurn } from "../db/rows.ts";
import { grant } from "./access.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import type { Direction, Hub, TreeOptions } from "./hub.ts";

type TreeVerbs = Pick<Hub, "listTree" | "getFolder" | "getFiles" | "getFile" | "findUploader">;

/** Rows read between two turns of the event loop; a page of 10,000 is read in pieces. */
const PIECE = 2000;
/** Most paths of one `paths-info`. */
const PATHS_MAX = 1000;
/** Entries that one request with a filter looks at, at most. */
const SCAN_BUDGET = 20_000;
/** After a file that the prefix names, before the first entry of the folder of that name. */
const START = formatCursor("start", []);

export function toFile(row: ListedRow): BucketFile {
  return {
    type: "file",
    path: row.path,
    size: row.size,
    xetHash: hashToHex(row.xet_hash!),
    mtime: row.mtime,
    uploadedAt: row.uploaded_at,
    contentType: row.content_type,
  };
}

function toFolder(row: ListedRow): BucketFolder {
  const uploadedAt = row.files === 0 ? null : row.uploaded_at;
  return { type: "directory", path: row.path, size: row.size, files: row.files, uploadedAt };
}

function toEntry(row: ListedRow): BucketEntry {
  return row.kind === 1 ? toFile(row) : toFolder(row);
}

/** One order of a listing: reads on from a cursor. */
interface Walk {
  /** At most `limit` rows after `cursor`; `next` is null at the end. */
  read(cursor: string | null, limit: number): Promise<{ rows: ListedRow[]; next: string | null; stopped?: boolean }>;
}

export interface TreeVerbsOptions {
  db: Database;
  scanBudget?: number;
}

export function createTreeVerbs({ db: { read: db }, scanBudget = SCAN_BUDGET }: TreeVerbsOptions): TreeVerbs {
  /** All files below a prefix, flat, by path. */
  function walkBelow(bucketId: number, prefix: string): Walk {
    return {
      async read(cursor, limit) {
        const after = cursor === null ? null : (parseCursor(cursor, "all", ["string"])[0] as string);
        const rows = await listFilesBelow(db, bucketId, { prefix, after, limit: limit + 1 });
        return cut(rows, limit, (last) => formatCursor("all", [last.path]));
      },
    };
  }

  /** One folder, files and folders mixed, by path: the plain order of the API. */
  function walkMixed(folder: ListedRow, filter?: NameFilter): Walk {
    return {
      async read(cursor, limit) {
        const [path, kind] =
          cursor === null ? [null, 0] : (parseCursor(cursor, "mixed", ["string", "number"]) as [string, number]);
        const options = {
          folderId: folder.id,
          folderPath: folder.path,
          direction: "asc",
          filter,
          limit: limit + 1,
        } as const;
        const folders = await listByName(db, { ...options, kind: 0, after: path });
        // A file may bear the name of a folder, and then follows it.
        const files = await listByName(db, {
          ...options,
          kind: 1,
          after: path,
          inclusive: kind === 0 && path !== null,
        });
        const stops = [folders, files].flatMap(({ stoppedAt }) => (stoppedAt ? [stoppedAt.path] : []));
        let rows = merge(folders.rows, files.rows);
        if (stops.length > 0) {
          // Beyond the nearer stop one of the two is not known yet. Its own path is kept as a file's: both were read to there.
          const stop = stops.reduce((a, b) => (comparePaths(a, b) < 0 ? a : b));
          rows = rows.filter((row) => comparePaths(row.path, stop) <= 0);
          if (rows.length <= limit) return { rows, next: formatCursor("mixed", [stop, 1]), stopped: true };
        }
        return cut(rows, limit, (last) => formatCursor("mixed", [last.path, last.kind]));
      },
    };
  }

  /** One folder by name: folders first, then files. */
  function walkByName(folder: ListedRow, direction: Direction, filter?: NameFilter): Walk {
    const tag = `name-${direction}`;
    return {
      async read(cursor, limit) {
        const [kind, path] =
          cursor === null ? [0, ""] : (parseCursor(cursor, tag, ["number", "string"]) as [number, string]);
        const options = { folderId: folder.id, folderPath: folder.path, direction, filter, limit: limit + 1 } as const;
        const at = (row: ListedRow) => formatCursor(tag, [row.kind, row.path]);
        const rows: ListedRow[] = [];
        for (const part of kind === 0 ? ([0, 1] as const) : ([1] as const)) {
          const after = part === kind && path !== "" ? path : null;
          const found = await listByName(db, { ...options, kind: part, after, limit: limit + 1 - rows.length });
          rows.push(...found.rows);
          if (rows.length > limit) break;
          if (found.stoppedAt !== null) {
            return { rows, next: formatCursor(tag, [part, found.stoppedAt.path]), stopped: true };
          }
        }
        return cut(rows, limit, at);
      },
    };
  }

  /** One folder by size or upload, files and folders mixed. */
  function walkByFigure(
    folder: ListedRow,
    column: "size" | "uploaded_at",
    direction: Direction,
    filter?: NameFilter,
  ): Walk {
    const tag = `${column}-${direction}`;
    return {
      async read(cursor, limit) {
        const parts = cursor === null ? null : parseCursor(cursor, tag, ["number", "string", "number"]);
        const [figure, path, kind] = (parts ?? []) as [number, string, 0 | 1];
        const after = parts === null ? null : { size: figure, uploaded_at: figure, path, kind };
        const options = { folderId: folder.id, folderPath: folder.path, column, direction, after, filter };
        const { rows, stoppedAt }: Scan = await listByFigure(db, { ...options, limit: limit + 1 });
        const at = (place: Place) => formatCursor(tag, [place[column], place.path, place.kind]);
        if (stoppedAt !== null && rows.length <= limit) return { rows, next: at(stoppedAt), stopped: true };
        return cut(rows, limit, at);
      },
    };
  }

  function walkLevel(folder: ListedRow, { sort, direction, filter }: TreeOptions): Walk {
    const byName = sort === undefined || sort === "name";
    const text = filter?.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const name = text ? { text, budget: scanBudget } : undefined;
    if (!byName) return walkByFigure(folder, sort === "size" ? "size" : "uploaded_at", direction ?? "desc", name);
    return direction === undefined ? walkMixed(folder, name) : walkByName(folder, direction, name);
  }

  async function readPage(
    walk: Walk,
    cursor: string | null,
    limit: number,
  ): Promise<{ rows: ListedRow[]; next: string | null }> {
    const rows: ListedRow[] = [];
    let next = cursor;
    do {
      if (rows.length > 0) await nextTurn();
      const page = await walk.read(next, Math.min(PIECE, limit - rows.length));
      rows.push(...page.rows);
      next = page.next;
      // The budget of a filter is per request.
      if (page.stopped) break;
    } while (next !== null && rows.length < limit);
    return { rows, next };
  }

  return {
    async listTree(actor, id, options): Promise<Page<BucketEntry>> {
      const { bucket } = await grant(db, actor, id, "read");
      const prefix = checkPrefix(options.prefix);
      const cursor = options.cursor ?? null;
      // A prefix may name one file; it comes first, and there may be a folder of that name too.
      const exact = prefix !== "" && cursor === null ? await findEntry(db, bucket.id, 1, prefix) : undefined;
      const first = exact !== undefined && matches(exact, options) ? [exact] : [];
      const folder = await findEntry(db, bucket.id, 0, prefix);
      if (folder === undefined) return { items: first.map(toEntry), cursor: null };
      const walk = options.recursive ? walkBelow(bucket.id, prefix) : walkLevel(folder, options);
      const room = options.limit - first.length;
      if (room < 1) return { items: first.map(toEntry), cursor: START };
      const { rows, next } = await readPage(walk, cursor === START ? null : cursor, room);
      return { items: [...first, ...rows].map(toEntry), cursor: next };
    },

    async getFolder(actor, id, path) {
      const { bucket } = await grant(db, actor, id, "read");
      const row = await findEntry(db, bucket.id, 0, checkPrefix(path));
      return row === undefined ? null : toFolder(row);
    },

    async getFiles(actor, id, paths) {
      const { bucket } = await grant(db, actor, id, "read");
      if (paths.length > PATHS_MAX) throw new HubError("BadRequest", `At most ${PATHS_MAX} paths at once.`);
      const legal = paths.filter((path) => pathProblem(path) === null);
      return (await findFiles(db, bucket.id, legal)).map(toFile);
    },

    async getFile(actor, id, path) {
      const { bucket } = await grant(db, actor, id, "read");
      const row = pathProblem(path) === null ? await findEntry(db, bucket.id, 1, path) : undefined;
      if (row === undefined)
        throw new HubError("EntryNotFound", `No file ${JSON.stringify(path.slice(0, 300))} in bucket ${id}.`);
      return toFile(row);
    },

    async findUploader(actor, id, path) {
      const { bucket } = await grant(db, actor, id, "read");
      return findUploader(db, bucket.id, path);
    },
  };
}

function matches(row: ListedRow, { recursive, filter }: TreeOptions): boolean {
  return recursive || !filter || baseName(row.path).toLowerCase().includes(filter.toLowerCase());
}

/** `rows` holds one more than the page when there is a next one. */
function cut(rows: ListedRow[], limit: number, at: (last: ListedRow) => string) {
  if (rows.length <= limit) return { rows, next: null };
  const page = rows.slice(0, limit);
  return { rows: page, next: at(page.at(-1)!) };
}

/** Two lists by path into one; a folder goes before the file of its name. */
function merge(folders: ListedRow[], files: ListedRow[]): ListedRow[] {
  if (folders.length === 0) return files;
  if (files.length === 0) return folders;
  const rows: ListedRow[] = [];
  let at = 0;
  for (const folder of folders) {
    while (at < files.length && comparePaths(files[at]!.path, folder.path) < 0) rows.push(files[at++]!);
    rows.push(folder);
  }
  return rows.concat(files.slice(at));
}
