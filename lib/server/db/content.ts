/** Questions about xet files: hash, terms, first chunks, proofs. Who may see the answers is `cas/access.ts`'s business. */
import { type Kysely, sql } from "kysely";
import { jsonColumn, jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";
import { PackedTerms } from "./terms.ts";
import { checkContent } from "./xorb-content.ts";

type Db = Kysely<Tables>;

export interface FileRecord {
  id: number;
  hash: Uint8Array;
  size: number;
  /** See `PackedTerms`. */
  terms: Uint8Array;
}

const COLUMNS = ["id", "hash", "size", "terms"] as const;

export function findFile(db: Db, hash: Uint8Array): Promise<FileRecord | undefined> {
  return db.selectFrom("files").select(COLUMNS).where("hash", "=", hash).executeTakeFirst();
}

export function findFilesById(db: Db, ids: number[]): Promise<FileRecord[]> {
  return db.selectFrom("files").select(COLUMNS).where("id", "in", ids).execute();
}

export interface NewFile {
  hash: Uint8Array;
  size: number;
  terms: Uint8Array;
  head: Uint8Array | null;
}

/** Rows of one statement: making it takes the main thread about a millisecond. */
const ROWS = 125;

/**
 * Files whose shard arrived under a write token of the bucket; known ones get the proof only. How many were new. Throws MissingXorb
 * when garbage collection has taken content of theirs since they were verified.
 */
export async function registerFiles(tx: Db, bucketId: number, files: NewFile[], createdAt: number): Promise<number> {
  await checkContent(tx, files);
  let registered = 0;
  for (let at = 0; at < files.length; at += ROWS) {
    const part = files.slice(at, at + ROWS);
    const inserted = await tx
      .insertInto("files")
      .values(
        part.map(({ hash, size, terms }) => ({ hash, size, terms, created_at: createdAt, idle_since: createdAt })),
      )
      .onConflict((conflict) => conflict.column("hash").doNothing())
      .returning("id")
      .execute();
    registered += inserted.length;
    const rows = await tx
      .selectFrom("files")
      .select(["id", "hash"])
      .where(
        "hash",
        "in",
        part.map(({ hash }) => hash),
      )
      .execute();
    // Who registers it again is about to enter it.
    await tx
      .updateTable("files")
      .set({ idle_since: createdAt })
      .where(
        "id",
        "in",
        rows.map(({ id }) => id),
      )
      .where("idle_since", "is not", null)
      .execute();
    await tx
      .insertInto("file_proofs")
      .values(rows.map(({ id }) => ({ file_id: id, bucket_id: bucketId })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    if (inserted.length === 0) continue;
    const fresh = freshFiles(part, rows, new Set(inserted.map(({ id }) => id)));
    await insertHeads(tx, fresh);
    await insertXorbFiles(tx, fresh);
  }
  return registered;
}

type FreshFile = NewFile & { id: number };

function freshFiles(files: NewFile[], rows: { id: number; hash: Uint8Array }[], fresh: Set<number>): FreshFile[] {
  const name = (hash: Uint8Array) => Buffer.from(hash).toString("latin1");
  const ids = new Map(rows.map(({ id, hash }) => [name(hash), id]));
  return files.map((file) => ({ ...file, id: ids.get(name(file.hash))! })).filter(({ id }) => fresh.has(id));
}

async function insertHeads(tx: Db, files: FreshFile[]): Promise<void> {
  const heads = files.flatMap(({ id, head }) => (head === null ? [] : [{ hash: head, file_id: id }]));
  if (heads.length === 0) return;
  await tx
    .insertInto("file_heads")
    .values(heads)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function insertXorbFiles(tx: Db, files: FreshFile[]): Promise<void> {
  const pairs = files.flatMap(({ id, terms }) => [...new PackedTerms(terms).xorbIds()].map((xorbId) => [xorbId, id]));
  for (const rows of pieces(pairs)) {
    await sql`insert into xorb_files (xorb_id, file_id)
      select ${jsonColumn(0)}, ${jsonColumn(1)} from ${jsonRows(rows)} where true
      on conflict do nothing`.execute(tx);
  }
}

/** Files that begin with this chunk, newest first. */
export async function findFilesByHead(db: Db, hash: Uint8Array, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom("file_heads")
    .select("file_id")
    .where("hash", "=", hash)
    .orderBy("file_id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => row.file_id);
}
