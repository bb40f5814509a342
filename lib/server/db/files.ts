/** Questions about what a bucket holds: pages of a listing, and files and folders by path. Each reads only the rows it answers with. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { jsonRows } from "./rows.ts";
import type { EntryRow, Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** What a listing shows of an entry. */
export type ListedRow = Omit<EntryRow, "bucket_id" | "folder_id" | "uploaded_by">;

const LISTED = ["id", "kind", "path", "size", "files", "uploaded_at", "mtime", "xet_hash", "content_type"] as const;
const COLUMNS = sql.join(LISTED.map((name) => sql.ref(`entries.${name}`)));

export function findEntry(db: Db, bucketId: number, kind: 0 | 1, path: string): Promise<ListedRow | undefined> {
  return db
    .selectFrom("entries")
    .select(LISTED)
    .where("bucket_id", "=", bucketId)
    .where("kind", "=", kind)
    .where("path", "=", path)
    .executeTakeFirst();
}

/** The files among `paths`. */
export async function findFiles(db: Db, bucketId: number, paths: string[]): Promise<ListedRow[]> {
  const query = sql<ListedRow>`
    select ${COLUMNS} from ${jsonRows([...new Set(paths)])}
    cross join entries where entries.bucket_id = ${bucketId} and entries.kind = 1 and entries.path = j.value`;
  return (await query.execute(db)).rows;
}

/** Files below `prefix` ("" for all), by path, after the path `after`. */
export async function listFilesBelow(
  db: Db,
  bucketId: number,
  { prefix, after, limit }: { prefix: string; after: string | null; limit: number },
): Promise<ListedRow[]> {
  // "0" is the character after "/": the range holds exactly the paths that begin with `prefix/`.
  const from = after ?? (prefix === "" ? "" : `${prefix}/`);
  const end = prefix === "" ? sql`` : sql`and path < ${`${prefix}0`}`;
  const query = sql<ListedRow>`
    select ${COLUMNS} from entries where bucket_id = ${bucketId} and kind = 1 and path > ${from} ${end}
    order by path limit ${limit}`;
  return (await query.execute(db)).rows;
}

/** Keep entries whose name contains `text` (lower case), looking at no more than `budget` entries. */
export interface NameFilter {
  text: string;
  budget: number;
}

export interface Scan {
  rows: ListedRow[];
  /** Where the budget ended the scan (path, size or time, and id); null when it came to the folder's end or the limit. */
  stoppedAt: { key: string | number; id: number } | null;
}

export interface ByName {
  folderId: number;
  folderPath: string;
  kind: 0 | 1;
  direction: "asc" | "desc";
  after: string | null;
  /** Take `after` itself too. */
  inclusive?: boolean;
  filter?: NameFilter;
  limit: number;
}

/** One folder's entries of one kind, by path. */
export function listByName(db: Db, { folderId, kind, direction, after, inclusive, ...rest }: ByName): Promise<Scan> {
  const compare = sql.raw((direction === "asc" ? ">" : "<") + (inclusive ? "=" : ""));
  const cut = after === null ? sql`` : sql`and path ${compare} ${after}`;
  return scan(db, {
    ...rest,
    key: sql.ref("path"),
    where: sql`folder_id = ${folderId} and kind = ${sql.lit(kind)} ${cut}`,
    order: sql`path ${sql.raw(direction)}`,
  });
}

export interface ByFigure {
  folderId: number;
  folderPath: string;
  column: "size" | "uploaded_at";
  direction: "asc" | "desc";
  after: { key: number; id: number } | null;
  filter?: NameFilter;
  limit: number;
}

/** One folder's entries of both kinds, by size or upload; equal ones by id, in the same direction. */
export async function listByFigure(db: Db, { after, limit, ...rest }: ByFigure): Promise<Scan> {
  const { folderId, folderPath, column, direction, filter } = rest;
  const key = sql.ref(column);
  const way = sql.raw(direction);
  const compare = sql.raw(direction === "asc" ? ">" : "<");
  const read = (cut: RawBuilder<unknown>, most: number) =>
    scan(db, {
      key,
      folderPath,
      filter,
      limit: most,
      where: sql`folder_id = ${folderId} ${cut}`,
      order: sql`${key} ${way}, id ${way}`,
    });
  if (after === null) return read(sql``, limit);
  // Two questions, because SQLite takes (size, id) > (?, ?) to its place by the size alone, and there may be millions of one size.
  const equal = await read(sql`and ${key} = ${after.key} and id ${compare} ${after.id}`, limit);
  if (equal.rows.length === limit || equal.stoppedAt !== null) return equal;
  const beyond = await read(sql`and ${key} ${compare} ${after.key}`, limit - equal.rows.length);
  return { rows: [...equal.rows, ...beyond.rows], stoppedAt: beyond.stoppedAt };
}

interface ScanOptions {
  key: RawBuilder<unknown>;
  where: RawBuilder<unknown>;
  order: RawBuilder<unknown>;
  folderPath: string;
  filter?: NameFilter;
  limit: number;
}

async function scan(db: Db, { key, where, order, folderPath, filter, limit }: ScanOptions): Promise<Scan> {
  if (filter === undefined) {
    const query = sql<ListedRow>`select ${COLUMNS} from entries where ${where} order by ${order} limit ${limit}`;
    return { rows: (await query.execute(db)).rows, stoppedAt: null };
  }
  const nameAt = folderPath === "" ? 1 : [...folderPath].length + 2;
  const matches = sql<ListedRow>`
    select ${COLUMNS} from (select * from entries where ${where} order by ${order} limit ${filter.budget}) as entries
    where instr(lower(substr(path, ${nameAt})), ${filter.text}) > 0 limit ${limit}`;
  const { rows } = await matches.execute(db);
  if (rows.length === limit) return { rows, stoppedAt: null };
  // The last of the entries looked at, counted off in the index alone: where the next request goes on.
  const end = sql<{ key: string | number; id: number }>`
    select ${key} as key, id from entries where ${where} order by ${order} limit 1 offset ${filter.budget - 1}`;
  return { rows, stoppedAt: (await end.execute(db)).rows[0] ?? null };
}
