/** Questions about xet files: hash, terms, first chunks, proofs. Who may see the answers is `cas/access.ts`'s business. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { noteSent } from "./dedup-left.ts";
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

/** What leads from a bucket to a file, each including the ones before: entries, a shard under its write token, entries of the past. */
const WAYS = ["file_buckets", "file_proofs", "file_pasts"] as const;
export type Way = "held" | "proven" | "former";

/** The variant of the content that the bucket has, the nearest way first. */
export async function findFileOf(
  db: Db,
  bucketId: number,
  hash: Uint8Array,
  way: Way,
): Promise<FileRecord | undefined> {
  for (const table of WAYS.slice(0, { held: 1, proven: 2, former: 3 }[way])) {
    const { rows } = await sql<FileRecord>`
      select files.id, files.hash, files.size, files.terms from files cross join ${sql.table(table)} as own
      where files.hash = ${hash} and own.file_id = files.id and own.bucket_id = ${bucketId}
      order by files.id limit 1`.execute(db);
    if (rows[0] !== undefined) return rows[0];
  }
  return undefined;
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

/** Who registers files, and what they may lean on. */
export interface Registrar {
  /** Their shard arrived under this bucket's write token. */
  bucketId: number;
  /** A condition on the table `buckets`. */
  readable: RawBuilder<unknown>;
  /** Those of the xorbs that may be referred to. */
  usable(xorbIds: number[]): Promise<ReadonlySet<number>>;
}

/**
 * Keeps files with the proof that the bucket may add them. One that the registrar could use already stays as it is and gets the
 * proof only; any other is kept with these terms, whoever else holds the same content packed otherwise. How many were new. Throws
 * MissingXorb when garbage collection has taken content of theirs since they were verified.
 */
export async function registerFiles(
  tx: Db,
  registrar: Registrar,
  files: NewFile[],
  createdAt: number,
): Promise<number> {
  await checkContent(tx, files);
  const { bucketId } = registrar;
  let registered = 0;
  for (let at = 0; at < files.length; at += ROWS) {
    const part = new Map(files.slice(at, at + ROWS).map((file) => [nameOf(file.hash), file]));
    const known = await findUsable(tx, registrar, [...part.values()]);
    const added = [...part].filter(([name]) => !known.has(name)).map(([, file]) => file);
    const fresh = await insertFiles(tx, added, createdAt);
    registered += fresh.length;
    await stayAwake(tx, [...known.values()], createdAt);
    await noteSent(tx, bucketId, [...known.values()], createdAt);
    const proven = [...known.values(), ...fresh.map(({ id }) => id)];
    await tx
      .insertInto("file_proofs")
      .values(proven.map((id) => ({ file_id: id, bucket_id: bucketId })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await insertHeads(tx, fresh);
    await insertXorbFiles(tx, fresh);
  }
  return registered;
}

function nameOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("latin1");
}

/**
 * By name of the hash, the file that the registrar may use: what this bucket holds, what it has the proof of, what a readable bucket
 * holds (so that all its xorbs can be read there), and what one has the proof of, if all its xorbs may be used.
 */
async function findUsable(tx: Db, registrar: Registrar, files: NewFile[]): Promise<Map<string, number>> {
  const { bucketId, readable, usable } = registrar;
  const here = (table: string) => sql`exists (
    select 1 from ${sql.table(table)} as own where own.file_id = files.id and own.bucket_id = ${bucketId})`;
  const seen = (table: string) => sql`exists (select 1 from ${sql.table(table)} as own cross join buckets
    where own.file_id = files.id and buckets.id = own.bucket_id and ${readable})`;
  const hashes = files.map(({ hash }) => Buffer.from(hash).toString("hex"));
  const query = sql<{ id: number; hash: Uint8Array; place: number; terms: Uint8Array | null }>`
    select id, hash, place, case when place = 3 then (select terms from files as f where f.id = found.id) end as terms
    from (
      select files.id, files.hash, case when ${here("file_buckets")} then 0 when ${here("file_proofs")} then 1
        when ${seen("file_buckets")} then 2 when ${seen("file_proofs")} then 3 end as place
      from ${jsonRows(hashes)} cross join files where files.hash = unhex(j.value)
    ) as found where place is not null`;
  const { rows } = await query.execute(tx);
  rows.sort((a, b) => a.place - b.place || a.id - b.id);
  const known = new Map<string, number>();
  for (const { id, hash, place, terms } of rows) {
    const name = nameOf(hash);
    if (known.has(name)) continue;
    if (place === 3) {
      const xorbIds = [...new PackedTerms(terms!).xorbIds()];
      if ((await usable(xorbIds)).size < xorbIds.length) continue;
    }
    known.set(name, id);
  }
  return known;
}

/** Who registers a file again is about to enter it. */
async function stayAwake(tx: Db, ids: number[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .updateTable("files")
    .set({ idle_since: now })
    .where("id", "in", ids)
    .where("idle_since", "is not", null)
    .execute();
}

type FreshFile = NewFile & { id: number };

async function insertFiles(tx: Db, files: NewFile[], createdAt: number): Promise<FreshFile[]> {
  if (files.length === 0) return [];
  const rows = await tx
    .insertInto("files")
    .values(files.map(({ hash, size, terms }) => ({ hash, size, terms, created_at: createdAt, idle_since: createdAt })))
    .returning(["id", "hash"])
    .execute();
  const ids = new Map(rows.map(({ id, hash }) => [nameOf(hash), id]));
  return files.map((file) => ({ ...file, id: ids.get(nameOf(file.hash))! }));
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
