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

/** Files looked at by one statement. */
const PAGE = 256;

/** The files of these buckets that use the xorb, as far as they are taken. By id. */
export function* eachHolder(db: Connection, xorbId: number, bucketIds: number[]): Generator<Holder> {
  const using = "select file_id from xorb_files where xorb_id = ? and file_id > ? order by file_id limit ?";
  const holding = `select held.file_id, held.bucket_id, held.refs from json_each(?) as j cross join file_buckets as held
    where held.file_id = j.value and held.bucket_id in (select value from json_each(?))`;
  const buckets = JSON.stringify(bucketIds);
  let after = 0;
  while (true) {
    const ids = (db.run(using, [xorbId, after, PAGE]).rows as { file_id: number }[]).map(({ file_id }) => file_id);
    if (ids.length > 0) yield* db.run(holding, [JSON.stringify(ids), buckets]).rows as Holder[];
    if (ids.length < PAGE) return;
    after = ids[PAGE - 1];
  }
}

/** Where a bucket holds a content, at most `limit` places, in no order. */
export function readPlaces(db: Connection, hash: Uint8Array, bucketId: number, limit: number): string[] {
  const sql = "select path from entries where xet_hash = ? and bucket_id = ? limit ?";
  return (db.run(sql, [hash, bucketId, limit]).rows as { path: string }[]).map(({ path }) => path);
}
