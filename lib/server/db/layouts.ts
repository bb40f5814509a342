/** Where the bytes of xorbs lie, and where they lay before: for as long as URLs that were signed then are good. */
import { randomInt } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/**
 * The layout for a xorb that is new here: 0, or far from any that other xorbs of this hash have, come to have, or had when URLs
 * that are still good were signed.
 */
export async function nextLayout(db: Db, hash: Uint8Array): Promise<number> {
  const known = sql<{ known: number }>`select exists (select 1 from xorbs where hash = ${hash})
    or exists (select 1 from xorb_layouts where hash = ${hash}) as known`;
  const [row] = (await known.execute(db)).rows;
  return row?.known ? randomInt(LAYOUT_RANGE / 2, LAYOUT_RANGE) : 0;
}

/** Names a blob with 15 digits at most, and is as much as randomInt gives. */
const LAYOUT_RANGE = 2 ** 47;

/** Packed offsets of an earlier layout of the xorb; undefined when URLs for it have expired. */
export async function findOldOffsets(
  db: Db,
  { xorbId, hash, layout }: { xorbId: number; hash: Uint8Array; layout: number },
): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom("xorb_layouts")
    .select("offsets")
    .where("hash", "=", hash)
    .where("layout", "=", layout)
    .where("xorb_id", "=", xorbId)
    .executeTakeFirst();
  return row?.offsets;
}

/** Notes where the xorb's chunks lie now, before that changes. `until`: ms, when the last URL for it has expired. */
export async function keepLayout(tx: Db, xorbId: number, until: number): Promise<void> {
  await sql`insert into xorb_layouts (hash, layout, xorb_id, offsets, until)
    select x.hash, x.layout, x.id, t.offsets, ${until} from xorbs x join xorb_tables t on t.xorb_id = x.id where x.id = ${xorbId}
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
