/**
 * Applies a set of changed files to a bucket's tree: entries, the folders above them with their figures, references, and the
 * bucket's own figures. All in the caller's transaction; work grows with the changes, never with the bucket.
 */
import { type Kysely, sql } from "kysely";
import { parentOf } from "#lib/core/bucket/path.ts";
import { updateBucket } from "./buckets.ts";
import { changeReferences } from "./references.ts";
import { jsonBytes, jsonColumn, jsonRows, nextTurn, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** What a path shall hold. */
export interface NewFile {
  /** The stored bytes of the hash, as hex digits (not the protocol's text form). */
  hash: string;
  /** null: the empty file, which nothing counts. */
  fileId: number | null;
  size: number;
  mtime: number;
  contentType: string | null;
}

/** By path: the new file, or null where it goes. */
export type Changes = ReadonlyMap<string, NewFile | null>;

export interface ChangedBucket {
  id: number;
  size: number;
  files: number;
}

export interface OldFile {
  id: number;
  path: string;
  size: number;
  uploaded_at: number;
  /** null: the empty file. */
  file_id: number | null;
}

/** What a folder gains and loses. */
interface FolderChange {
  size: number;
  files: number;
  /** Something was added at any depth: the newest upload is now. */
  added: boolean;
  /** The newest upload among what was taken away; -1 for nothing. */
  lostAt: number;
}

interface FolderRow {
  id: number;
  path: string;
  size: number;
  files: number;
  uploaded_at: number;
}

/** Paths of a batch share folders, but need not: this bounds what a hostile one makes of 64 MiB of slashes. */
const FOLDERS_MAX = 200_000;
/** JavaScript work between two turns of the event loop, in items. */
const TURN = 2000;

export class TooManyFolders extends Error {}

/** The entries that `paths` hold now. */
export async function findOldFiles(db: Db, bucketId: number, paths: Iterable<string>): Promise<Map<string, OldFile>> {
  const found = new Map<string, OldFile>();
  for (const part of pieces(paths)) {
    const query = sql<OldFile>`
      select entries.id, entries.path, entries.size, entries.uploaded_at, (
        select held.file_id from files cross join file_buckets as held
        where files.hash = entries.xet_hash and held.file_id = files.id and held.bucket_id = ${bucketId}) as file_id
      from ${jsonRows(part)} cross join entries
      where entries.bucket_id = ${bucketId} and entries.kind = 1 and entries.path = j.value`;
    for (const row of (await query.execute(db)).rows) found.set(row.path, row);
  }
  return found;
}

/** `now` must be later than any upload in the bucket. Throws TooManyFolders. */
export async function applyChanges(
  db: Db,
  bucket: ChangedBucket,
  changes: Changes,
  old: ReadonlyMap<string, OldFile>,
  { now, userId }: { now: number; userId: number | null },
): Promise<void> {
  const folders = await sumUp(changes, old);
  const root = folders.get("");
  if (root === undefined) return;
  const rows = await findFolders(db, bucket.id, folders.keys());
  await makeFolders(db, bucket.id, folders, rows, now);
  await writeFiles(db, bucket.id, changes, rows, { now, userId });
  await deleteEntries(db, idsOfDeleted(changes, old));
  await writeFigures(db, folders, rows, now);
  await changeReferences(db, bucket.id, await countFiles(changes, old), now);
  await updateBucket(db, bucket.id, {
    size: bucket.size + root.size,
    files: bucket.files + root.files,
    updated_at: now,
  });
}

async function sumUp(changes: Changes, old: ReadonlyMap<string, OldFile>): Promise<Map<string, FolderChange>> {
  const folders = new Map<string, FolderChange>();
  const at = (path: string): FolderChange => {
    let folder = folders.get(path);
    if (folder === undefined) {
      if (folders.size >= FOLDERS_MAX) throw new TooManyFolders(`more than ${FOLDERS_MAX} folders`);
      folder = { size: 0, files: 0, added: false, lostAt: -1 };
      folders.set(path, folder);
    }
    return folder;
  };
  let count = 0;
  for (const [path, file] of changes) {
    if (++count % TURN === 0) await nextTurn();
    const before = old.get(path);
    if (before === undefined && file === null) continue;
    const folder = at(parentOf(path));
    folder.size += (file?.size ?? 0) - (before?.size ?? 0);
    folder.files += (file === null ? 0 : 1) - (before === undefined ? 0 : 1);
    folder.added ||= file !== null;
    folder.lostAt = Math.max(folder.lostAt, before?.uploaded_at ?? -1);
  }
  // Deepest first, each into the one above; those that come up on the way are added to the queue of their own depth.
  const byDepth: string[][] = [];
  const queue = (path: string, depth: number) => {
    byDepth[depth] ??= [];
    byDepth[depth].push(path);
  };
  for (const path of folders.keys()) if (path !== "") queue(path, depthOf(path));
  for (let depth = byDepth.length - 1; depth > 0; depth--) {
    for (const path of byDepth[depth] ?? []) {
      if (++count % TURN === 0) await nextTurn();
      const above = parentOf(path);
      const known = folders.has(above);
      const { size, files, added, lostAt } = folders.get(path)!;
      const parent = at(above);
      if (!known && above !== "") queue(above, depth - 1);
      parent.size += size;
      parent.files += files;
      parent.added ||= added;
      parent.lostAt = Math.max(parent.lostAt, lostAt);
    }
  }
  return folders;
}

/** 1 for a folder in the root. */
function depthOf(path: string): number {
  let depth = 1;
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) depth += 1;
  return depth;
}

async function findFolders(db: Db, bucketId: number, paths: Iterable<string>): Promise<Map<string, FolderRow>> {
  const rows = new Map<string, FolderRow>();
  for (const part of pieces(paths)) {
    const query = sql<FolderRow>`
      select entries.id, entries.path, entries.size, entries.files, entries.uploaded_at from ${jsonRows(part)}
      cross join entries where entries.bucket_id = ${bucketId} and entries.kind = 0 and entries.path = j.value`;
    for (const row of (await query.execute(db)).rows) rows.set(row.path, row);
  }
  return rows;
}

/** Makes the folders that are missing, outermost first, empty as yet. */
async function makeFolders(
  db: Db,
  bucketId: number,
  folders: ReadonlyMap<string, FolderChange>,
  rows: Map<string, FolderRow>,
  now: number,
): Promise<void> {
  const missing: string[][] = [];
  let count = 0;
  for (const path of folders.keys()) {
    if (++count % TURN === 0) await nextTurn();
    if (rows.has(path)) continue;
    const depth = depthOf(path);
    missing[depth] ??= [];
    missing[depth].push(path);
  }
  for (const level of missing) {
    for (const part of pieces(level ?? [])) {
      const values = part.map((path) => [rows.get(parentOf(path))!.id, path]);
      const query = sql<FolderRow>`
        insert into entries (bucket_id, folder_id, kind, path, size, files, uploaded_at)
        select ${bucketId}, ${jsonColumn(0)}, 0, ${jsonColumn(1)}, 0, 0, ${now} from ${jsonRows(values)}
        returning id, path, size, files, uploaded_at`;
      for (const row of (await query.execute(db)).rows) rows.set(row.path, row);
    }
  }
}

async function writeFiles(
  db: Db,
  bucketId: number,
  changes: Changes,
  folders: ReadonlyMap<string, FolderRow>,
  { now, userId }: { now: number; userId: number | null },
): Promise<void> {
  for (const part of pieces(changes)) {
    const values = part.flatMap(([path, file]) => {
      if (file === null) return [];
      return [[folders.get(parentOf(path))!.id, path, file.size, file.mtime, file.hash, file.contentType]];
    });
    if (values.length === 0) continue;
    await sql`
      insert into entries
        (bucket_id, folder_id, kind, path, size, files, uploaded_at, mtime, xet_hash, content_type, uploaded_by)
      select ${bucketId}, ${jsonColumn(0)}, 1, ${jsonColumn(1)}, ${jsonColumn(2)}, 1, ${now}, ${jsonColumn(3)},
        ${jsonBytes(4)}, ${jsonColumn(5)}, ${userId}
      from ${jsonRows(values)} where true
      on conflict (bucket_id, kind, path) do update set
        size = excluded.size, uploaded_at = excluded.uploaded_at, mtime = excluded.mtime, xet_hash = excluded.xet_hash,
        content_type = excluded.content_type, uploaded_by = excluded.uploaded_by`.execute(db);
  }
}

function* idsOfDeleted(changes: Changes, old: ReadonlyMap<string, OldFile>): Generator<number> {
  for (const [path, file] of changes) {
    const before = file === null ? old.get(path) : undefined;
    if (before !== undefined) yield before.id;
  }
}

async function deleteEntries(db: Db, ids: Iterable<number>): Promise<void> {
  for (const part of pieces(ids)) {
    await sql`delete from entries where id in (select j.value from ${jsonRows(part)})`.execute(db);
  }
}

/** Brings the folders' figures up to date, deepest first, because a folder's newest upload is its children's. */
async function writeFigures(
  db: Db,
  folders: ReadonlyMap<string, FolderChange>,
  rows: ReadonlyMap<string, FolderRow>,
  now: number,
): Promise<void> {
  const levels: FolderRow[][] = [];
  let count = 0;
  for (const [path, { size, files, added, lostAt }] of folders) {
    if (++count % TURN === 0) await nextTurn();
    const row = rows.get(path)!;
    const depth = path === "" ? 0 : depthOf(path);
    levels[depth] ??= [];
    // -1 asks for the newest among the children.
    const uploadedAt = added ? now : lostAt >= row.uploaded_at ? -1 : row.uploaded_at;
    levels[depth].push({ ...row, size: row.size + size, files: row.files + files, uploaded_at: uploadedAt });
  }
  for (const level of levels.reverse()) {
    if (level === undefined) continue;
    await deleteEntries(
      db,
      level.filter((row) => row.files === 0 && row.path !== "").map((row) => row.id),
    );
    for (const part of pieces(level.filter((row) => row.files > 0 || row.path === ""))) {
      const values = part.map((row) => [row.id, row.size, row.files, row.uploaded_at]);
      await sql`
        update entries set
          size = changed.size, files = changed.files,
          uploaded_at = case when changed.uploaded_at >= 0 then changed.uploaded_at else coalesce(
            (select child.uploaded_at from entries as child where child.folder_id = changed.id
             order by child.uploaded_at desc limit 1), 0) end
        from (select ${jsonColumn(0)} as id, ${jsonColumn(1)} as size, ${jsonColumn(2)} as files,
          ${jsonColumn(3)} as uploaded_at from ${jsonRows(values)}) as changed
        where entries.id = changed.id`.execute(db);
    }
  }
}

/** By file id, how many entries more or fewer hold it. */
async function countFiles(changes: Changes, old: ReadonlyMap<string, OldFile>): Promise<Map<number, number>> {
  const deltas = new Map<number, number>();
  const add = (id: number | null | undefined, by: number) => {
    if (id != null) deltas.set(id, (deltas.get(id) ?? 0) + by);
  };
  let count = 0;
  for (const [path, file] of changes) {
    if (++count % TURN === 0) await nextTurn();
    add(file?.fileId, 1);
    add(old.get(path)?.file_id, -1);
  }
  return deltas;
}
