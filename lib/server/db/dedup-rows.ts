/** Reading the kept figures, by the worker of `server/dedup` on its own connection. `generation` is the one that the bucket's set names. */
import type { DedupFolderRow, DedupSetRow } from "./schema.ts";
import type { Connection } from "./statements.ts";

/** Rows of a bucket's set. */
export interface Generation {
  bucketId: number;
  generation: number;
}

export function readSet(db: Connection, bucketId: number): DedupSetRow | undefined {
  return db.run("select * from dedup_sets where bucket_id = ?", [bucketId]).rows[0] as DedupSetRow | undefined;
}

export type FolderRow = Omit<DedupFolderRow, "bucket_id" | "generation">;

const FOLDER = `path, id, parent_id, nested, files, logical, "unique", exclusive, stored, freed`;

/** By path. */
export function eachFolder(db: Connection, { bucketId, generation }: Generation): IterableIterator<FolderRow> {
  const sql = `select ${FOLDER} from dedup_folders where bucket_id = ? and generation = ? order by path`;
  return db.each(sql, [bucketId, generation]);
}

export function readFolder(db: Connection, { bucketId, generation }: Generation, path: string): FolderRow | undefined {
  const sql = `select ${FOLDER} from dedup_folders where bucket_id = ? and generation = ? and path = ?`;
  return db.run(sql, [bucketId, generation, path]).rows[0] as FolderRow | undefined;
}

export const FOLDER_ORDERS = ["path", "logical", "unique", "exclusive", "stored", "freed"] as const;

export interface FolderPage {
  parentId: number;
  order: (typeof FOLDER_ORDERS)[number];
  direction: "asc" | "desc";
  after: { figure: number; path: string } | null;
  limit: number;
}

/** The folders in a folder; equal figures go by path, in the same direction. */
export function listFolders(
  db: Connection,
  { bucketId, generation }: Generation,
  { parentId, order, direction, after, limit }: FolderPage,
): FolderRow[] {
  const compare = direction === "asc" ? ">" : "<";
  const byPath = order === "path";
  const cut = after === null ? "" : byPath ? `and path ${compare} ?` : `and ("${order}", path) ${compare} (?, ?)`;
  const place = after === null ? [] : byPath ? [after.path] : [after.figure, after.path];
  const by = byPath ? `path ${direction}` : `"${order}" ${direction}, path ${direction}`;
  // Told, because SQLite takes the table's own order by path for the better way, and that leads through the whole bucket.
  const sql = `select ${FOLDER} from dedup_folders indexed by dedup_folders_by_${byPath ? "name" : order}
    where bucket_id = ? and generation = ? and parent_id = ? ${cut} order by ${by} limit ?`;
  return db.run(sql, [bucketId, generation, parentId, ...place, limit]).rows as FolderRow[];
}

export interface FileBlock {
  block: number;
  figures: Uint8Array;
}

export function eachBlock(db: Connection, { bucketId, generation }: Generation): IterableIterator<FileBlock> {
  return db.each("select block, figures from dedup_files where bucket_id = ? and generation = ? order by block", [
    bucketId,
    generation,
  ]);
}

export function readBlock(db: Connection, { bucketId, generation }: Generation, block: number): Uint8Array | undefined {
  const sql = "select figures from dedup_files where bucket_id = ? and generation = ? and block = ?";
  return (db.run(sql, [bucketId, generation, block]).rows as FileBlock[])[0]?.figures;
}

export interface CoverageRow {
  kind: 0 | 1;
  xorb_id: number;
  ranges: Uint8Array;
  unpacked: number;
  stored: number;
}

/** By kind and xorb. */
export function eachCoverage(db: Connection, { bucketId, generation }: Generation): IterableIterator<CoverageRow> {
  return db.each(
    `select kind, xorb_id, ranges, unpacked, stored from dedup_coverage
     where bucket_id = ? and generation = ? order by kind, xorb_id`,
    [bucketId, generation],
  );
}

/** What the bucket's files hold, by xorb. */
export function eachHeld(db: Connection, { bucketId, generation }: Generation): IterableIterator<CoverageRow> {
  return db.each(
    `select kind, xorb_id, ranges, unpacked, stored from dedup_coverage
     where bucket_id = ? and generation = ? and kind = 0 order by xorb_id`,
    [bucketId, generation],
  );
}

export function readCoverage(
  db: Connection,
  { bucketId, generation }: Generation,
  kind: 0 | 1,
  xorbId: number,
): CoverageRow | undefined {
  const sql = `select kind, xorb_id, ranges, unpacked, stored from dedup_coverage
    where bucket_id = ? and generation = ? and kind = ? and xorb_id = ?`;
  return db.run(sql, [bucketId, generation, kind, xorbId]).rows[0] as CoverageRow | undefined;
}

export interface MetCoverage {
  xorb_id: number;
  kind: 0 | 1;
  ranges: Uint8Array;
}

/** What `other` holds of the xorbs that the bucket holds, then of those that its deleted files hold; each by xorb. */
export function eachMeeting(db: Connection, other: Generation, bucket: Generation): IterableIterator<MetCoverage> {
  return db.each(
    `select met.xorb_id, own.kind, met.ranges from dedup_coverage as own cross join dedup_coverage as met
     where own.bucket_id = ? and own.generation = ? and own.kind in (0, 1)
       and met.bucket_id = ? and met.generation = ? and met.kind = 0 and met.xorb_id = own.xorb_id
     order by own.kind, own.xorb_id`,
    [bucket.bucketId, bucket.generation, other.bucketId, other.generation],
  );
}

export interface OtherCoverage extends Omit<CoverageRow, "xorb_id"> {
  bucket_id: number;
}

/** What other buckets hold of a xorb, and what waits there, in their present sets. */
export function readOthers(db: Connection, xorbId: number, bucketId: number): OtherCoverage[] {
  return db.run(
    `select met.bucket_id, met.kind, met.ranges, met.unpacked, met.stored
     from dedup_coverage as met cross join dedup_sets as sets
     where met.xorb_id = ? and met.bucket_id <> ?
       and sets.bucket_id = met.bucket_id and sets.generation = met.generation`,
    [xorbId, bucketId],
  ).rows as OtherCoverage[];
}

export interface Overlap {
  other_id: number;
  unpacked: number;
  stored: number;
  waiting: number;
}

export function readOverlaps(db: Connection, bucketId: number): Overlap[] {
  return db.run(
    "select other_id, unpacked, stored, waiting from dedup_overlaps where bucket_id = ? order by other_id",
    [bucketId],
  ).rows as Overlap[];
}

export interface FileRow {
  path: string;
  size: number;
  /** The term list that the bucket holds for it; null for the empty file. */
  file_id: number | null;
}

const HELD_FILE = `(select held.file_id from files cross join file_buckets as held
  where files.hash = entries.xet_hash and held.file_id = files.id and held.bucket_id = entries.bucket_id limit 1)`;

export function readFile(db: Connection, bucketId: number, path: string): FileRow | undefined {
  const sql = `select path, size, ${HELD_FILE} as file_id from entries where bucket_id = ? and kind = 1 and path = ?`;
  return db.run(sql, [bucketId, path]).rows[0] as FileRow | undefined;
}

export interface FilePage {
  rows: FileRow[];
  /** Where the next page goes on; null at the end. */
  next: { size: number; path: string } | null;
}

/** Entries of a folder that one page looks at: its folders lie between its files. */
const BUDGET = 20_000;

/** The files in a folder, largest first; equal ones by path, backwards. A page may be short while there is more. */
export function listFilesBySize(
  db: Connection,
  bucketId: number,
  folder: string,
  { after, limit }: { after: { size: number; path: string } | null; limit: number },
): FilePage {
  const found = db.run("select id from entries where bucket_id = ? and kind = 0 and path = ?", [bucketId, folder]).rows;
  const [at] = found as { id: number }[];
  if (at === undefined) return { rows: [], next: null };
  const cut = after === null ? "" : "and (size, path) < (?, ?)";
  const place = after === null ? [] : [after.size, after.path];
  const seen = `from entries where folder_id = ? ${cut} order by size desc, path desc limit ?`;
  const rows = db.run(
    `select path, size, ${HELD_FILE} as file_id
     from (select id as seen_id, kind as seen_kind ${seen}) cross join entries on entries.id = seen_id
     where seen_kind = 1 limit ?`,
    [at.id, ...place, BUDGET, limit],
  ).rows as FileRow[];
  if (rows.length === limit) return { rows, next: rows.at(-1)! };
  const [end] = db.run(`select size, path ${seen} offset ?`, [at.id, ...place, 1, BUDGET - 1]).rows;
  return { rows, next: (end as { size: number; path: string } | undefined) ?? null };
}

/** Text forms of content hashes are made of these bytes. */
export function readHash(db: Connection, fileId: number): Uint8Array | undefined {
  return (db.run("select hash from files where id = ?", [fileId]).rows as { hash: Uint8Array }[])[0]?.hash;
}
