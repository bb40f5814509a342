/** Who uses the xorbs of one file, read by the worker of `server/dedup` for a file's map: only buckets in sight, only xorbs of the file. */
import type { Connection } from "./statements.ts";

export interface Content {
  hash: Uint8Array;
  terms: Uint8Array;
}

export function readContent(db: Connection, fileId: number): Content {
  return db.run("select hash, terms from files where id = ?", [fileId]).rows[0] as Content;
}

export function readXorbHash(db: Connection, xorbId: number): Uint8Array | undefined {
  return (db.run("select hash from xorbs where id = ?", [xorbId]).rows as { hash: Uint8Array }[])[0]?.hash;
}

export interface Holder {
  file_id: number;
  bucket_id: number;
  /** Entries of the bucket that hold the file. */
  refs: number;
}

/** The files of these buckets that use the xorb. */
export function eachHolder(db: Connection, xorbId: number, bucketIds: number[]): IterableIterator<Holder> {
  return db.each(
    `select used.file_id, held.bucket_id, held.refs from xorb_files as used cross join file_buckets as held
     where used.xorb_id = ? and held.file_id = used.file_id
       and held.bucket_id in (select value from json_each(?))`,
    [xorbId, JSON.stringify(bucketIds)],
  );
}

/** Where a bucket holds a content, at most `limit` places, in no order. */
export function readPlaces(db: Connection, hash: Uint8Array, bucketId: number, limit: number): string[] {
  const sql = "select path from entries where xet_hash = ? and bucket_id = ? limit ?";
  return (db.run(sql, [hash, bucketId, limit]).rows as { path: string }[]).map(({ path }) => path);
}
