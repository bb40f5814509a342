/**
 * What garbage collection asks and takes away (`cas/gc.ts` has the order of things). Everything is decided in the transaction that
 * carries it out; what was read before is only where to look.
 */
import { type Kysely, sql } from "kysely";
import { HASH_BYTES } from "#lib/core/xet/constants.ts";
import { keepLayout } from "./layouts.ts";
import { jsonColumn, jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";
import { PackedTerms } from "./terms.ts";

type Db = Kysely<Tables>;

/** Terms read at once, in bytes: some ms of work. */
const READ_BYTES = 1024 * 1024;

export interface IdleFile {
  id: number;
  idleSince: number;
  terms: Uint8Array;
}

/** Where a walk through the idle files stands. */
export interface IdleCursor {
  since: number;
  id: number;
}

/** Files idle since `before` or longer, after the cursor, longest first: up to 500, or some MiB of terms. */
export async function readIdleFiles(db: Db, before: number, after: IdleCursor | null): Promise<IdleFile[]> {
  const { since, id } = after ?? { since: -1, id: 0 };
  const query = sql<{ id: number; idleSince: number; bytes: number }>`
    select id, idle_since as "idleSince", length(terms) as bytes from files
    where idle_since is not null and (idle_since, id) > (${since}, ${id}) and idle_since <= ${before}
    order by idle_since, id limit 500`;
  return withTerms(db, (await query.execute(db)).rows);
}

/** The first of the rows, with their terms. */
async function withTerms<T extends { id: number; bytes: number }>(
  db: Db,
  rows: T[],
): Promise<(Omit<T, "bytes"> & { terms: Uint8Array })[]> {
  let bytes = 0;
  const taken = rows.filter((row, at) => {
    bytes += row.bytes;
    return at === 0 || bytes <= READ_BYTES;
  });
  const read = sql<{ id: number; terms: Uint8Array }>`
    select files.id, files.terms from ${jsonRows(taken.map(({ id }) => id))} cross join files where files.id = j.value`;
  const terms = new Map((await read.execute(db)).rows.map((row) => [row.id, row.terms]));
  return taken.flatMap(({ bytes: _, ...row }) => (terms.has(row.id) ? [{ ...row, terms: terms.get(row.id)! }] : []));
}

/** To be looked at: something in them may have become waste. */
export async function markUnexamined(tx: Db, xorbIds: Iterable<number>): Promise<void> {
  for (const ids of pieces(xorbIds)) {
    await sql`update xorbs set unexamined = 1 where unexamined = 0
      and id in (select j.value from ${jsonRows(ids)})`.execute(tx);
  }
}

export function xorbsOf(files: { terms: Uint8Array }[]): Set<number> {
  const ids = new Set<number>();
  for (const { terms } of files) for (const id of new PackedTerms(terms).xorbIds()) ids.add(id);
  return ids;
}

/**
 * Removes those of the files that are idle since `before` or longer still, and all rows about them. How many went, and which buckets had
 * something to do with them.
 */
export async function removeIdleFiles(
  tx: Db,
  files: IdleFile[],
  before: number,
): Promise<{ files: number; buckets: number[] }> {
  const gone = await sql<{
    id: number;
  }>`delete from files where id in (select j.value from ${jsonRows(files.map(({ id }) => id))})
    and idle_since <= ${before} and not exists (select 1 from file_buckets b where b.file_id = files.id) returning id`.execute(
    tx,
  );
  const ids = new Set(gone.rows.map(({ id }) => id));
  if (ids.size === 0) return { files: 0, buckets: [] };
  const removed = files.filter(({ id }) => ids.has(id));
  await removeHeads(tx, removed);
  const pairs = removed.flatMap(({ id, terms }) => [...new PackedTerms(terms).xorbIds()].map((xorb) => [xorb, id]));
  for (const part of pieces(pairs)) {
    await sql`delete from xorb_files where (xorb_id, file_id) in
      (select ${jsonColumn(0)}, ${jsonColumn(1)} from ${jsonRows(part)})`.execute(tx);
  }
  await markUnexamined(tx, xorbsOf(removed));
  return { files: ids.size, buckets: await removeWays(tx, [...ids]) };
}

/** What led from buckets to the files. Returns these buckets. */
async function removeWays(tx: Db, fileIds: number[]): Promise<number[]> {
  const ways = new Map<string, [number, number]>();
  for (const table of ["file_proofs", "file_pasts"]) {
    const { rows } = await sql<{ bucket: number; file: number }>`delete from ${sql.table(table)}
      where file_id in (select j.value from ${jsonRows(fileIds)}) returning bucket_id as bucket, file_id as file`.execute(
      tx,
    );
    for (const { bucket, file } of rows) ways.set(`${bucket} ${file}`, [bucket, file]);
  }
  for (const part of pieces(ways.values())) {
    await sql`delete from dedup_left where (bucket_id, file_id) in
      (select ${jsonColumn(0)}, ${jsonColumn(1)} from ${jsonRows(part)})`.execute(tx);
  }
  return [...new Set([...ways.values()].map(([bucket]) => bucket))];
}

/** A file's row in `file_heads` stands under the hash of its first chunk. */
async function removeHeads(tx: Db, files: IdleFile[]): Promise<void> {
  const first = files.flatMap(({ id, terms }) => {
    const packed = new PackedTerms(terms);
    if (packed.count === 0) return [];
    const { xorbId, chunkStart } = packed.get(0);
    return [[id, xorbId, chunkStart * HASH_BYTES + 1]];
  });
  for (const part of pieces(first)) {
    await sql`delete from file_heads where (hash, file_id) in (
      select substr(t.hashes, ${jsonColumn(2)}, ${HASH_BYTES}), ${jsonColumn(0)}
      from ${jsonRows(part)} cross join xorb_tables t where t.xorb_id = ${jsonColumn(1)})`.execute(tx);
  }
}

export interface XorbToExamine {
  id: number;
  chunks: number;
  touchedAt: number;
  offsets: Uint8Array;
}

/** Unexamined xorbs that nobody sent since `before`, after the cursor, longest first. */
export async function readUnexamined(
  db: Db,
  before: number,
  after: IdleCursor | null,
  limit: number,
): Promise<XorbToExamine[]> {
  const { since, id } = after ?? { since: -1, id: 0 };
  const query = sql<XorbToExamine>`
    select x.id, x.chunks, x.touched_at as "touchedAt", t.offsets from xorbs x join xorb_tables t on t.xorb_id = x.id
    where x.unexamined = 1 and x.touched_at <= ${before} and (x.touched_at, x.id) > (${since}, ${id})
    order by x.touched_at, x.id limit ${limit}`;
  return (await query.execute(db)).rows;
}

/** Takes the mark away, unless the xorb was sent again, or a file registered after `lastFile` uses it: false then. */
export async function markExamined(
  tx: Db,
  { id, touchedAt }: Pick<XorbToExamine, "id" | "touchedAt">,
  lastFile: number,
): Promise<boolean> {
  const { numAffectedRows = 0n } =
    await sql`update xorbs set unexamined = 0 where id = ${id} and touched_at = ${touchedAt}
    and not exists (select 1 from xorb_files f where f.xorb_id = ${id} and f.file_id > ${lastFile})`.execute(tx);
  return numAffectedRows > 0n;
}

/** The newest file. Files that are registered later have higher ids. */
export async function readLastFile(db: Db): Promise<number> {
  const { rows } = await sql<{ id: number | null }>`select max(id) as id from files`.execute(db);
  return rows[0]?.id ?? 0;
}

export interface XorbUser {
  id: number;
  /** Infinity: not idle. */
  idleSince: number;
  terms: Uint8Array;
}

/** The files with an id above `after` that hold bytes of a xorb, some at a time. */
export async function* usersOf(db: Db, xorbId: number, after = 0): AsyncGenerator<XorbUser[]> {
  while (true) {
    const query = sql<{ id: number; idleSince: number | null; bytes: number }>`
      select f.id, f.idle_since as "idleSince", length(f.terms) as bytes from xorb_files u cross join files f
      where u.xorb_id = ${xorbId} and u.file_id > ${after} and f.id = u.file_id order by u.file_id limit 500`;
    const users = await withTerms(db, (await query.execute(db)).rows);
    if (users.length === 0) return;
    after = users.at(-1)!.id;
    yield users.map(({ id, idleSince, terms }) => ({ id, idleSince: idleSince ?? Number.POSITIVE_INFINITY, terms }));
  }
}

export interface WastedXorb {
  id: number;
  hash: Uint8Array;
  chunks: number;
  dropped: number;
  layout: number;
  storedBytes: number;
  marks: Uint8Array;
}

export interface Freeable {
  /** Waste since then or longer. */
  wasteBefore: number;
  /** Not sent since. */
  touchedBefore: number;
  /** All of it waste, or the live part of its bytes below this share. */
  share: number;
}

/** Xorbs that may be removed or thinned, by id. */
export async function readFreeable(
  db: Db,
  { wasteBefore, touchedBefore, share }: Freeable,
  after: number,
  limit: number,
): Promise<WastedXorb[]> {
  const query = sql<WastedXorb>`
    select x.id, x.hash, x.chunks, x.dropped, x.layout, x.stored_bytes as "storedBytes", w.marks
    from xorb_waste w cross join xorbs x where w.xorb_id > ${after} and x.id = w.xorb_id
      and w.since <= ${wasteBefore} and x.touched_at <= ${touchedBefore}
      and (w.chunks >= x.chunks - x.dropped or x.stored_bytes - w.bytes < ${share} * x.stored_bytes)
    order by w.xorb_id limit ${limit}`;
  return (await query.execute(db)).rows;
}

/**
 * Removes a xorb that no file uses and that nobody sent since `touchedBefore`, with all rows about it; URLs for it may go on for a
 * while, should it come back. False, and nothing done, when that is not so.
 */
export async function removeXorb(
  tx: Db,
  xorb: { id: number; hashes: Uint8Array },
  touchedBefore: number,
  urlsUntil: number,
): Promise<boolean> {
  const { id } = xorb;
  const { rows } = await sql`select 1 from xorbs where id = ${id} and touched_at <= ${touchedBefore}
    and not exists (select 1 from xorb_files f where f.xorb_id = ${id})`.execute(tx);
  if (rows.length === 0) return false;
  await keepLayout(tx, id, urlsUntil);
  await unindexChunks(tx, id, xorb.hashes, null);
  await tx.deleteFrom("xorbs").where("id", "=", id).execute();
  for (const table of ["xorb_tables", "xorb_uploaders", "xorb_buckets", "xorb_waste"] as const) {
    await tx.deleteFrom(table).where("xorb_id", "=", id).execute();
  }
  return true;
}

/** `chunks`: only these; null: all. */
export async function unindexChunks(
  tx: Db,
  xorbId: number,
  hashes: Uint8Array,
  chunks: number[] | null,
): Promise<void> {
  const all = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength);
  const wanted = chunks ?? Array.from({ length: hashes.length / HASH_BYTES }, (_, chunk) => chunk);
  for (const part of pieces(wanted)) {
    const rows = part.map((chunk) => [all.toString("hex", chunk * HASH_BYTES, (chunk + 1) * HASH_BYTES), chunk]);
    await sql`delete from chunk_index where xorb_id = ${xorbId}
      and hash in (select unhex(j.value ->> 0) from ${jsonRows(rows)})
      and chunk in (select j.value ->> 1 from ${jsonRows(rows)})`.execute(tx);
  }
}

export interface GcState {
  /** Xorbs of files that were idle before this have been marked unexamined. */
  idleUntil: number;
  ranAt: number | null;
  freedBytes: number;
}

export async function readGcState(db: Db): Promise<GcState> {
  const row = await db.selectFrom("gc_state").selectAll().executeTakeFirstOrThrow();
  return { idleUntil: row.idle_until, ranAt: row.ran_at, freedBytes: row.freed_bytes };
}

export async function setIdleUntil(tx: Db, until: number): Promise<void> {
  await tx.updateTable("gc_state").set({ idle_until: until }).execute();
}

export async function noteFreed(tx: Db, bytes: number): Promise<void> {
  await tx
    .updateTable("gc_state")
    .set((row) => ({ freed_bytes: row("freed_bytes", "+", bytes) }))
    .execute();
}

export async function noteRun(tx: Db, at: number): Promise<void> {
  await tx.updateTable("gc_state").set({ ran_at: at }).execute();
}

/** Pages of the database file that hold nothing. */
export async function countFreePages(db: Db): Promise<number> {
  const { rows } = await sql<{ freelist_count: number }>`pragma freelist_count`.execute(db);
  return rows[0]?.freelist_count ?? 0;
}

/** Gives up to `pages` of them back to the file system. */
export async function giveBackPages(tx: Db, pages: number): Promise<void> {
  await sql`pragma incremental_vacuum(${sql.lit(pages)})`.execute(tx);
}
