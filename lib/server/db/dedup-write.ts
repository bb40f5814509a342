/**
 * Writing the kept figures. A large set is written piece by piece under a generation of its own, and counts from the transaction on that
 * names it; a small change goes into the present generation, in that one transaction. Either way a crash leaves a whole set.
 */
import { type Kysely, sql } from "kysely";
import { DETACHED } from "./accounts.ts";
import { jsonBytes, jsonColumn, jsonRows } from "./rows.ts";
import type { DedupSetRow, Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** Rows of one statement, made by the worker; JSON as text, so that this thread only hands it on. */
export type RowPiece =
  /** [path, id, parent id, nested, files, logical, unique, exclusive, stored, freed]; dropped: paths. */
  | { table: "folders"; rows: string }
  | { table: "folders"; dropped: string }
  /** [kind, xorb id, hex digits of the ranges, unpacked, stored]; dropped: [kind, xorb id]. */
  | { table: "coverage"; rows: string }
  | { table: "coverage"; dropped: string }
  | { table: "files"; blocks: { block: number; figures: Uint8Array }[] }
  /** Blocks. */
  | { table: "files"; dropped: string };

/** Rows as text. */
function given(text: string) {
  return sql`json_each(${text}) as j`;
}

/** False for a bucket that was deleted meanwhile: nothing may be written any more. */
async function isAlive(tx: Db, bucketId: number): Promise<boolean> {
  const row = await tx
    .selectFrom("buckets")
    .innerJoin("namespaces", "namespaces.id", "buckets.namespace_id")
    .select("buckets.id")
    .where("buckets.id", "=", bucketId)
    .where("namespaces.name_key", "<>", DETACHED)
    .executeTakeFirst();
  return row !== undefined;
}

const NO_SET = {
  ...{ generation: 0, version: -1, revision: 0, as_of: 0, took_ms: 0, files: 0, logical: 0, unique: 0, stored: 0 },
  ...{ folders: 0, waiting_bytes: 0, waiting_files: 0, waiting_since: null, checkpoints: "", ranked: "", matrix: "" },
};

/** Says that rows of `generation` are about to be written, so that they are cleared away after a crash. */
export async function openGeneration(tx: Db, bucketId: number, generation: number): Promise<boolean> {
  if (!(await isAlive(tx, bucketId))) return false;
  await tx
    .insertInto("dedup_sets")
    .values({ ...NO_SET, bucket_id: bucketId, scratch: generation })
    .onConflict((conflict) => conflict.column("bucket_id").doUpdateSet({ scratch: generation }))
    .execute();
  return true;
}

/** False for a bucket that is gone. */
export async function writePiece(tx: Db, bucketId: number, generation: number, piece: RowPiece): Promise<boolean> {
  if (!(await isAlive(tx, bucketId))) return false;
  await putPiece(tx, bucketId, generation, piece);
  return true;
}

async function putPiece(tx: Db, bucketId: number, generation: number, piece: RowPiece): Promise<void> {
  const key = sql`bucket_id = ${bucketId} and generation = ${generation}`;
  if (piece.table === "folders") {
    if ("dropped" in piece) {
      await sql`delete from dedup_folders where ${key} and path in (select j.value from ${given(piece.dropped)})`.execute(
        tx,
      );
      return;
    }
    const columns = sql.join(Array.from({ length: 10 }, (_, at) => jsonColumn(at)));
    await sql`insert or replace into dedup_folders (bucket_id, generation, path, id, parent_id, nested, files,
        logical, "unique", exclusive, stored, freed)
      select ${bucketId}, ${generation}, ${columns} from ${given(piece.rows)}`.execute(tx);
  } else if (piece.table === "coverage") {
    if ("dropped" in piece) {
      await sql`delete from dedup_coverage where ${key} and (kind, xorb_id) in
        (select ${jsonColumn(0)}, ${jsonColumn(1)} from ${given(piece.dropped)})`.execute(tx);
      return;
    }
    await sql`insert or replace into dedup_coverage (bucket_id, generation, kind, xorb_id, ranges, unpacked, stored)
      select ${bucketId}, ${generation}, ${jsonColumn(0)}, ${jsonColumn(1)}, ${jsonBytes(2)}, ${jsonColumn(3)},
        ${jsonColumn(4)} from ${given(piece.rows)}`.execute(tx);
  } else if ("dropped" in piece) {
    await sql`delete from dedup_files where ${key} and block in (select j.value from ${given(piece.dropped)})`.execute(
      tx,
    );
  } else {
    await tx
      .replaceInto("dedup_files")
      .values(piece.blocks.map(({ block, figures }) => ({ bucket_id: bucketId, generation, block, figures })))
      .execute();
  }
}

/** What two buckets share, told from both sides. */
export interface OverlapPair {
  otherId: number;
  unpacked: number;
  stored: number;
  /** Stored bytes that only wait in the bucket and that the other holds, and the other way round. */
  waiting: number;
  otherWaiting: number;
}

export type NewSet = Omit<DedupSetRow, "revision">;

export interface SetChange {
  set: NewSet;
  /** Of the set's own generation; empty when it was written before. */
  pieces: RowPiece[];
  /** null: as they are. */
  overlaps: OverlapPair[] | null;
}

/** Makes the figures count. False for a bucket that is gone. */
export async function commitSet(tx: Db, { set, pieces, overlaps }: SetChange): Promise<boolean> {
  const bucketId = set.bucket_id;
  if (!(await isAlive(tx, bucketId))) return false;
  for (const piece of pieces) await putPiece(tx, bucketId, set.generation, piece);
  if (overlaps !== null) await writeOverlaps(tx, bucketId, overlaps);
  const before = await tx
    .selectFrom("dedup_sets")
    .select(["version", "revision"])
    .where("bucket_id", "=", bucketId)
    .executeTakeFirst();
  const row = { ...set, revision: (before?.revision ?? 0) + 1 };
  await tx
    .insertInto("dedup_sets")
    .values(row)
    .onConflict((conflict) => conflict.column("bucket_id").doUpdateSet(row))
    .execute();
  if (before?.version !== set.version) await addPoint(tx, set);
  return true;
}

async function writeOverlaps(tx: Db, bucketId: number, overlaps: OverlapPair[]): Promise<void> {
  await sql`delete from dedup_overlaps where other_id = ${bucketId}
    and bucket_id in (select other_id from dedup_overlaps where bucket_id = ${bucketId})`.execute(tx);
  await sql`delete from dedup_overlaps where bucket_id = ${bucketId}`.execute(tx);
  const rows = overlaps.flatMap(({ otherId, unpacked, stored, waiting, otherWaiting }) => [
    [bucketId, otherId, unpacked, stored, waiting],
    [otherId, bucketId, unpacked, stored, otherWaiting],
  ]);
  if (rows.length === 0) return;
  const columns = sql.join(Array.from({ length: 5 }, (_, at) => jsonColumn(at)));
  await sql`insert or replace into dedup_overlaps (bucket_id, other_id, unpacked, stored, waiting)
    select ${columns} from ${jsonRows(rows)}`.execute(tx);
}

const DAY = 86_400_000;
/** Points of the last days are all kept, of each day before the last one. */
const ALL_MS = 7 * DAY;

/** At the time of the bucket's change, not of the computation: a bucket of years ago that is first computed today was so then. */
async function addPoint(tx: Db, set: NewSet): Promise<void> {
  const { bucket_id, version: at, files, logical, unique, stored } = set;
  await tx
    .insertInto("dedup_history")
    .values({ bucket_id, at, files, logical, unique, stored })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await sql`delete from dedup_history where bucket_id = ${bucket_id} and at < ${set.as_of - ALL_MS} and exists
    (select 1 from dedup_history as later where later.bucket_id = ${bucket_id} and later.at > dedup_history.at
      and later.at < (dedup_history.at / ${sql.lit(DAY)} + 1) * ${sql.lit(DAY)})`.execute(tx);
}

/** Takes away up to `limit` rows of a generation that does not count. True while there may be more. */
export async function clearGeneration(tx: Db, bucketId: number, generation: number, limit: number): Promise<boolean> {
  const tables = { dedup_folders: "path", dedup_files: "block" } as const;
  for (const [table, key] of Object.entries(tables)) {
    const where = sql`bucket_id = ${bucketId} and generation = ${generation}`;
    const gone = await sql`delete from ${sql.table(table)} where ${where} and ${sql.ref(key)} in
      (select ${sql.ref(key)} from ${sql.table(table)} where ${where} limit ${limit})`.execute(tx);
    if ((gone.numAffectedRows ?? 0n) > 0n) return true;
  }
  for (const kind of [0, 1]) {
    const where = sql`bucket_id = ${bucketId} and generation = ${generation} and kind = ${kind}`;
    const gone = await sql`delete from dedup_coverage where ${where} and xorb_id in
      (select xorb_id from dedup_coverage where ${where} limit ${limit})`.execute(tx);
    if ((gone.numAffectedRows ?? 0n) > 0n) return true;
  }
  await sql`update dedup_sets set scratch = null where bucket_id = ${bucketId} and scratch = ${generation}`.execute(tx);
  return false;
}

/** Takes away up to `limit` rows of a deleted bucket. True while there may be more. */
export async function purgeFigures(tx: Db, bucketId: number, limit: number): Promise<boolean> {
  await writeOverlaps(tx, bucketId, []);
  const generations = await sql<{ generation: number }>`
    select generation from dedup_sets where bucket_id = ${bucketId} and generation > 0
    union select scratch from dedup_sets where bucket_id = ${bucketId} and scratch is not null`.execute(tx);
  for (const { generation } of generations.rows)
    if (await clearGeneration(tx, bucketId, generation, limit)) return true;
  const left = await sql`delete from dedup_left where bucket_id = ${bucketId} and file_id in
    (select file_id from dedup_left where bucket_id = ${bucketId} limit ${limit})`.execute(tx);
  if ((left.numAffectedRows ?? 0n) > 0n) return true;
  await sql`delete from dedup_history where bucket_id = ${bucketId}`.execute(tx);
  const set = await sql`delete from dedup_sets where bucket_id = ${bucketId}`.execute(tx);
  return (set.numAffectedRows ?? 0n) > 0n;
}
