/** Chunks of xorbs that nothing refers to, as garbage collection found them (schema.ts, XorbWasteTable). */
import { type Kysely, sql } from "kysely";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { ChunkMarks } from "./chunk-marks.ts";
import { jsonRows, nextTurn, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** What must not be offered of these xorbs: chunks that are dropped, or waste. Those without any are left out. */
export async function findAbsent(db: Db, ids: number[]): Promise<Map<number, ChunkMarks>> {
  const absent = new Map<number, ChunkMarks>();
  for (const part of pieces(ids, TABLES_AT_ONCE)) {
    const query = sql<{ id: number; chunks: number; marks: Uint8Array | null; offsets: Uint8Array | null }>`
      select x.id, x.chunks, w.marks, iif(x.dropped > 0, t.offsets, null) as offsets
      from ${jsonRows(part)} cross join xorbs x left join xorb_waste w on w.xorb_id = x.id
      left join xorb_tables t on t.xorb_id = x.id
      where x.id = j.value and (x.dropped > 0 or w.xorb_id is not null)`;
    const { rows } = await query.execute(db);
    for (const { id, chunks, marks, offsets } of rows) {
      const found = new ChunkMarks(marks === null ? chunks : marks.slice());
      if (offsets !== null) addDropped(found, ChunkOffsets.decode(offsets));
      absent.set(id, found);
    }
    if (rows.length > 0) await nextTurn();
  }
  return absent;
}

/** Their offsets take some ms to go through. */
const TABLES_AT_ONCE = 32;

function addDropped(marks: ChunkMarks, offsets: ChunkOffsets): void {
  for (let chunk = 0; chunk < offsets.count; chunk++) if (offsets.isDropped(chunk)) marks.add(chunk);
}

export interface Waste {
  xorbId: number;
  marks: ChunkMarks;
  chunks: number;
  bytes: number;
}

/** Notes what examining the xorb gave; `since` stays while nothing is added. `marks` empty: nothing is waste. */
export async function noteWaste(tx: Db, { xorbId, marks, chunks, bytes }: Waste, now: number): Promise<void> {
  const before = await tx
    .selectFrom("xorb_waste")
    .select(["since", "marks"])
    .where("xorb_id", "=", xorbId)
    .executeTakeFirst();
  if (chunks === 0) {
    if (before !== undefined) await tx.deleteFrom("xorb_waste").where("xorb_id", "=", xorbId).execute();
    return;
  }
  const known = before !== undefined && new ChunkMarks(before.marks).includes(marks);
  const row = { since: known ? before.since : now, chunks, bytes, marks: marks.bytes };
  await tx
    .insertInto("xorb_waste")
    .values({ xorb_id: xorbId, ...row })
    .onConflict((conflict) => conflict.column("xorb_id").doUpdateSet(row))
    .execute();
}
