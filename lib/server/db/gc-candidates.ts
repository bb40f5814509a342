/** Where garbage collection has or will have something to free; nothing is written. */
import { type Kysely, sql } from "kysely";
import { jsonRows } from "./rows.ts";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** Ids of xorbs above `after`, and whether something in them may be waste by now. */
export async function readXorbMarks(db: Db, after: number, limit: number): Promise<{ id: number; marked: boolean }[]> {
  const query = sql<{ id: number; marked: number }>`
    select x.id, x.unexamined = 1 or exists (select 1 from xorb_waste w where w.xorb_id = x.id) as marked
    from xorbs x where x.id > ${after} order by x.id limit ${limit}`;
  return (await query.execute(db)).rows.map(({ id, marked }) => ({ id, marked: marked === 1 }));
}

export interface CandidateXorb {
  id: number;
  chunks: number;
  storedBytes: number;
  touchedAt: number;
  offsets: Uint8Array;
  /** null: nothing of it was found to be waste. */
  since: number | null;
  marks: Uint8Array | null;
}

export async function readCandidates(db: Db, ids: number[]): Promise<CandidateXorb[]> {
  const query = sql<CandidateXorb>`
    select x.id, x.chunks, x.stored_bytes as "storedBytes", x.touched_at as "touchedAt", t.offsets, w.since, w.marks
    from ${jsonRows(ids)} cross join xorbs x join xorb_tables t on t.xorb_id = x.id
    left join xorb_waste w on w.xorb_id = x.id where x.id = j.value`;
  return (await query.execute(db)).rows;
}

/** Files that no bucket holds since `before` or longer. */
export async function countIdleFiles(db: Db, before: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from files
    where idle_since is not null and idle_since <= ${before}`.execute(db);
  return rows[0]?.count ?? 0;
}
