/** Where the bytes of xorbs lie, and where they lay before: for as long as URLs that were signed then are good. */
import { type Kysely, sql } from "kysely";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** The layout for a xorb that is new here; not one that URLs of an earlier xorb with this hash may still name. */
export async function nextLayout(db: Db, hash: Uint8Array): Promise<number> {
  const row = await db
    .selectFrom("xorb_layouts")
    .select((q) => q.fn.max("layout").as("last"))
    .where("hash", "=", hash)
    .executeTakeFirst();
  return row?.last == null ? 0 : row.last + 1;
}

/** Packed offsets of an earlier layout; undefined when URLs for it have expired. */
export async function findOldOffsets(db: Db, hash: Uint8Array, layout: number): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom("xorb_layouts")
    .select("offsets")
    .where("hash", "=", hash)
    .where("layout", "=", layout)
    .executeTakeFirst();
  return row?.offsets;
}

/** Notes where the xorb's chunks lie now, before that changes. `until`: ms, when the last URL for it has expired. */
export async function keepLayout(tx: Db, xorbId: number, until: number): Promise<void> {
  await sql`insert into xorb_layouts (hash, layout, offsets, until)
    select x.hash, x.layout, t.offsets, ${until} from xorbs x join xorb_tables t on t.xorb_id = x.id where x.id = ${xorbId}
    on conflict (hash, layout) do update set offsets = excluded.offsets, until = excluded.until`.execute(tx);
}

export interface MovedXorb {
  id: number;
  /** The layout that is left. */
  from: number;
  to: number;
  storedBytes: number;
  offsets: Uint8Array;
  dropped: number;
}

/** The same chunks in another blob, or fewer of them. False, and nothing done, when the xorb has moved or gone meanwhile. */
export async function moveXorb(tx: Db, xorb: MovedXorb, until: number): Promise<boolean> {
  const there = await tx
    .selectFrom("xorbs")
    .select("id")
    .where("id", "=", xorb.id)
    .where("layout", "=", xorb.from)
    .executeTakeFirst();
  if (there === undefined) return false;
  await keepLayout(tx, xorb.id, until);
  await tx
    .updateTable("xorbs")
    .set({ layout: xorb.to, stored_bytes: xorb.storedBytes, dropped: xorb.dropped })
    .where("id", "=", xorb.id)
    .execute();
  await tx.updateTable("xorb_tables").set({ offsets: xorb.offsets }).where("xorb_id", "=", xorb.id).execute();
  return true;
}

/** Forgets up to `limit` layouts for which no URL is good any more. False when none is left. */
export async function forgetLayouts(tx: Db, now: number, limit: number): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`delete from xorb_layouts where rowid in
    (select rowid from xorb_layouts where until <= ${now} limit ${limit})`.execute(tx);
  return numAffectedRows > 0n;
}
