/**
 * Counted references: entries -> file_buckets -> xorb_buckets. A file counts the entries of the bucket that hold it, a xorb the
 * distinct files of the bucket that refer to it. Called inside the transaction that changes the entries. Who loses the last reference
 * is idle from that moment on (`files.idle_since`), which is what garbage collection goes by.
 */
import { type Kysely, sql } from "kysely";
import { noteLeft } from "./dedup-left.ts";
import { jsonColumn, jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";
import { PackedTerms } from "./terms.ts";

type Db = Kysely<Tables>;

/** `deltas`: by file id, how many entries of the bucket hold it more (or fewer) than before. `now`: ms. */
export async function changeReferences(
  db: Db,
  bucketId: number,
  deltas: Map<number, number>,
  now: number,
): Promise<void> {
  const { first, last } = await changeCounts(db, FILES, bucketId, deltas);
  await markUsed(db, first);
  await markIdle(db, last, now);
  await noteLeft(db, bucketId, { first, last }, now);
  const xorbs = new Map<number, number>();
  for (const [files, sign] of [
    [first, 1],
    [last, -1],
  ] as const) {
    for await (const xorbIds of xorbsOf(db, files)) {
      for (const id of xorbIds) xorbs.set(id, (xorbs.get(id) ?? 0) + sign);
    }
  }
  await changeCounts(db, XORBS, bucketId, xorbs);
  await remember(db, bucketId, last);
}

/** What the bucket held and has no proof of: an approved revert may bring it back, and must know which variant it was. */
async function remember(db: Db, bucketId: number, fileIds: number[]): Promise<void> {
  for (const part of pieces(fileIds)) {
    await sql`insert into file_pasts (file_id, bucket_id)
      select j.value, ${bucketId} from ${jsonRows(part)} where not exists
        (select 1 from file_proofs as proof where proof.file_id = j.value and proof.bucket_id = ${bucketId})
      on conflict do nothing`.execute(db);
  }
}

/** Those of the files that no bucket holds any more are idle from `now` on. */
export async function markIdle(db: Db, fileIds: Iterable<number>, now: number): Promise<void> {
  for (const ids of pieces(fileIds)) {
    await sql`update files set idle_since = ${now} where id in (select j.value from ${jsonRows(ids)})
      and not exists (select 1 from file_buckets b where b.file_id = files.id)`.execute(db);
  }
}

async function markUsed(db: Db, fileIds: number[]): Promise<void> {
  for (const ids of pieces(fileIds)) {
    const woken = await sql<{ id: number }>`update files set idle_since = null
      where id in (select j.value from ${jsonRows(ids)}) and idle_since is not null returning id`.execute(db);
    const waking = woken.rows.map(({ id }) => id);
    // Chunks of theirs may be kept out of dedup answers as waste: they are looked at anew.
    for await (const xorbIds of xorbsOf(db, waking)) {
      await sql`update xorbs set unexamined = 1 where id in (select w.xorb_id from ${jsonRows([...xorbIds])}
        cross join xorb_waste w where w.xorb_id = j.value)`.execute(db);
    }
  }
}

/** The distinct xorbs of each file. */
async function* xorbsOf(db: Db, fileIds: number[]): AsyncGenerator<Set<number>> {
  for (const ids of pieces(fileIds)) {
    const query = sql<{ terms: Uint8Array }>`
      select files.terms from ${jsonRows(ids)} cross join files where files.id = j.value`;
    for (const { terms } of (await query.execute(db)).rows) yield new PackedTerms(terms).xorbIds();
  }
}

const FILES = { table: "file_buckets", key: "file_id" } as const;
const XORBS = { table: "xorb_buckets", key: "xorb_id" } as const;

/** Adds to the counters; returns which ones came to be and which ones came to nothing. */
async function changeCounts(
  db: Db,
  { table, key }: typeof FILES | typeof XORBS,
  bucketId: number,
  deltas: Map<number, number>,
): Promise<{ first: number[]; last: number[] }> {
  const first: number[] = [];
  const last: number[] = [];
  const [tableRef, keyRef] = [sql.table(table), sql.ref(key)];
  for (const all of pieces(deltas)) {
    const part = all.filter(([, delta]) => delta !== 0);
    if (part.length === 0) continue;
    const asked = sql<{ id: number; refs: number }>`
      select ${keyRef} as id, refs from ${jsonRows(part.map(([id]) => id))}
      cross join ${tableRef} where ${keyRef} = j.value and bucket_id = ${bucketId}`;
    const before = new Map((await asked.execute(db)).rows.map((row) => [row.id, row.refs]));
    const counts: [number, number][] = [];
    const gone: number[] = [];
    for (const [id, delta] of part) {
      const old = before.get(id) ?? 0;
      const now = old + delta;
      if (now < 0) throw new Error(`${table}: ${key} ${id} of bucket ${bucketId} would count ${now}.`);
      if (now > 0) counts.push([id, now]);
      else gone.push(id);
      if (old === 0) first.push(id);
      if (now === 0) last.push(id);
    }
    if (counts.length > 0) {
      await sql`
        insert into ${tableRef} (${keyRef}, bucket_id, refs)
        select ${jsonColumn(0)}, ${bucketId}, ${jsonColumn(1)} from ${jsonRows(counts)} where true
        on conflict (${keyRef}, bucket_id) do update set refs = excluded.refs`.execute(db);
    }
    if (gone.length > 0) {
      await sql`
        delete from ${tableRef} where bucket_id = ${bucketId}
        and ${keyRef} in (select j.value from ${jsonRows(gone)})`.execute(db);
    }
  }
  return { first, last };
}
