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

/** Name of the account that put a file there. */
export async function findUploader(db: Db, bucketId: number, path: string): Promise<string | null> {
  const row = await db
    .selectFrom("entries")
    .innerJoin("namespaces", "namespaces.id", "entries.uploaded_by")
    .select("namespaces.name")
    .where("entries.bucket_id", "=", bucketId)
    .where("entries.kind", "=", 1)
    .where("entries.path", "=", path)
    .executeTakeFirst();
  return row?.name ?? null;
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

/** Where an entry stands in every order of its folder. */
export type Place = Pick<ListedRow, "kind" | "path" | "size" | "uploaded_at">;

export interface Scan {
  rows: ListedRow[];
  /** The entry at which the budget ended the scan; null when it came to the folder's end or the limit. */
  stoppedAt: Place | null;
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
    where: sql`folder_id = ${folderId} and kind = ${sql.lit(kind)} ${cut}`,
    order: sql`path ${sql.raw(direction)}`,
  });
}

export interface ByFigure {
  folderId: number;
  folderPath: string;
  column: "size" | "uploaded_at";
  direction: "asc" | "desc";
  after: Place | null;
  filter?: NameFilter;
  limit: number;
}

/** One folder's entries of both kinds, by size or upload; equal ones by path, in the same direction. */
export function listByFigure(db: Db, { folderId, column, direction, after, ...rest }: ByFigure): Promise<Scan> {
  const figure = sql.ref(column);
  const way = sql.raw(direction);
  const compare = sql.raw(direction === "asc" ? ">" : "<");
  const cut =
    after === null
      ? sql``
      : sql`and (${figure}, path, kind) ${compare} (${after[column]}, ${after.path}, ${after.kind})`;
  return scan(db, {
    ...rest,
    where: sql`folder_id = ${folderId} ${cut}`,
    order: sql`${figure} ${way}, path ${way}, kind ${way}`,
  });
}

interface ScanOptions {
  where: RawBuilder<unknown>;
  order: RawBuilder<unknown>;
  folderPath: string;
  filter?: NameFilter;
  limit: number;
}

async function scan(db: Db, { where, order, folderPath, filter, limit }: ScanOptions): Promise<Scan> {
  if (filter === undefined) {
    const query = sql<ListedRow>`select ${COLUMNS} from entries where ${where} order by ${order} limit ${limit}`;
    return { rows: (await query.execute(db)).rows, stoppedAt: null };
  }
  const nameAt = folderPath === "" ? 1 : [...folderPath].length + 2;
  // Looked at in the index alone, which has the path in every order; only what matches is fetched, in the order it was found.
  const matches = sql<ListedRow>`
    select ${COLUMNS}
    from (select id, path from entries where ${where} order by ${order} limit ${filter.budget}) as seen
    cross join entries on entries.id = seen.id
    where instr(lower(substr(seen.path, ${nameAt})), ${filter.text}) > 0 limit ${limit}`;
  const { rows } = await matches.execute(db);
  if (rows.length === limit) return { rows, stoppedAt: null };
  // The last of the entries looked at, counted off in the index; only that one is read.
  const end = sql<Place>`
    select kind, path, size, uploaded_at from entries where ${where} order by ${order}
    limit 1 offset ${filter.budget - 1}`;
  return { rows, stoppedAt: (await end.execute(db)).rows[0] ?? null };
}
