/**
 * What the figures of a bucket are made of, read by the worker of `server/dedup` on a connection of its own: entries, terms, chunk tables.
 * All of one recomputation is read inside one transaction, so that it is of one moment.
 */
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import type { Connection } from "./statements.ts";

export interface SourceBucket {
  version: number;
  files: number;
  size: number;
}

export function readSourceBucket(db: Connection, bucketId: number): SourceBucket | undefined {
  return db.run("select updated_at as version, files, size from buckets where id = ? and name not like '~%'", [
    bucketId,
  ]).rows[0] as SourceBucket | undefined;
}

export interface SourceFolder {
  id: number;
  folder_id: number | null;
  path: string;
}

/** By path; the root first. */
export function readFolders(db: Connection, bucketId: number): IterableIterator<SourceFolder> {
  return db.each("select id, folder_id, path from entries where bucket_id = ? and kind = 0 order by path", [bucketId]);
}

export interface SourceFile {
  folder_id: number;
  path: string;
  size: number;
  uploaded_at: number;
  /** The term list that the bucket holds for the content; null for the empty file. */
  file_id: number | null;
}

/** By path. A hash may have several term lists, of which a bucket holds one. */
export function readFiles(db: Connection, bucketId: number): IterableIterator<SourceFile> {
  return db.each(
    `select folder_id, path, size, uploaded_at,
       (select held.file_id from files cross join file_buckets as held
        where files.hash = entries.xet_hash and held.file_id = files.id and held.bucket_id = entries.bucket_id
        limit 1) as file_id
     from entries where bucket_id = ? and kind = 1 order by path`,
    [bucketId],
  );
}

/** Bytes of the packed terms that `readContents` will give, and of how many contents. */
export function measureContents(db: Connection, bucketId: number): { files: number; bytes: number } {
  return db.run(
    `select count(*) as files, coalesce(sum(length(files.terms)), 0) as bytes
     from file_buckets as held cross join files on files.id = held.file_id where held.bucket_id = ?`,
    [bucketId],
  ).rows[0] as { files: number; bytes: number };
}

export interface SourceContent {
  id: number;
  terms: Uint8Array;
}

/** What the bucket's entries hold, by id. */
export function readContents(db: Connection, bucketId: number): IterableIterator<SourceContent> {
  return db.each(
    `select files.id, files.terms from file_buckets as held cross join files on files.id = held.file_id
     where held.bucket_id = ? order by held.file_id`,
    [bucketId],
  );
}

export interface SourceWaiting extends SourceContent {
  /** When the last entry that held it went; when it was sent, if none ever did. */
  since: number;
}

/** What was sent to the bucket or deleted from it, is still stored, and is held by none of its entries. By id. */
export function readWaiting(db: Connection, bucketId: number): IterableIterator<SourceWaiting> {
  const proven = "select file_id, null as left_at from file_proofs where bucket_id = ?1";
  const left = "select file_id, left_at from dedup_left where bucket_id = ?1";
  return db.each(
    `select files.id, files.terms, coalesce(max(gone.left_at), files.created_at) as since
     from (${proven} union all ${left}) as gone cross join files on files.id = gone.file_id
     where not exists
       (select 1 from file_buckets as held where held.file_id = gone.file_id and held.bucket_id = ?1)
       and files.size > 0
     group by gone.file_id order by gone.file_id`,
    [bucketId],
  );
}

/** Where the chunks of a xorb lie; undefined for one that is not there. */
export function readOffsets(db: Connection, xorbId: number): ChunkOffsets | undefined {
  const [row] = db.run("select offsets from xorb_tables where xorb_id = ?", [xorbId]).rows as { offsets: Uint8Array }[];
  return row && ChunkOffsets.decode(row.offsets);
}
