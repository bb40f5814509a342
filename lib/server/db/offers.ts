/**
 * Xorbs that dedup answers named to somebody who had not sent them. Clients remember answers, and refer to these xorbs though what they could
 * read then is closed to them by now; that is told apart from guesses. Rows are good until the client has forgotten.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";
import { padded } from "./xorbs.ts";

type Db = Kysely<Tables>;

/** Whose client was told: an account, within what its token may lean on. */
export interface OfferKey {
  userId: number;
  /** 0, or a number for a namespace or a bucket: an expression. */
  reach: RawBuilder<number>;
}

/** Those of the xorbs that are not noted yet until about then. A day more or less is no reason to write. */
export async function findUnnoted(
  db: Db,
  { userId, reach }: OfferKey,
  ids: number[],
  until: number,
): Promise<number[]> {
  const found: number[] = [];
  for (const part of pieces(ids)) {
    const query = sql<{ id: number }>`
      select j.value as id from ${jsonRows(part)} where not exists (select 1 from xorb_offers as known
        where known.user_id = ${userId} and known.reach = ${reach} and known.xorb_id = j.value
          and known.until >= ${until - 24 * 3600 * 1000})`;
    for (const { id } of (await query.execute(db)).rows) found.push(id);
  }
  return found;
}

export async function noteOffers(tx: Db, { userId, reach }: OfferKey, ids: number[], until: number): Promise<void> {
  for (const part of pieces(ids)) {
    await sql`insert into xorb_offers (user_id, reach, xorb_id, until)
      select ${userId}, ${reach}, j.value, ${until} from ${jsonRows(part)} where true
      on conflict do update set until = excluded.until`.execute(tx);
  }
}

/** Of xorbs with one hash those that lack chunks first, then the newest. */
export async function findOffered(
  db: Db,
  { userId, reach }: OfferKey,
  hashes: Uint8Array[],
  now: number,
): Promise<{ id: number; hash: Uint8Array }[]> {
  const query = sql<{ id: number; hash: Uint8Array; dropped: number }>`
    select x.id, x.hash, x.dropped from xorbs x where x.hash in (${sql.join(padded(hashes))})
      and exists (select 1 from xorb_offers as known where known.user_id = ${userId} and known.reach = ${reach}
        and known.xorb_id = x.id and known.until > ${now})`;
  return (await query.execute(db)).rows.sort((a, b) => b.dropped - a.dropped || b.id - a.id);
}

/** Forgets up to `limit` that clients have forgotten. False when none is left. */
export async function forgetOffers(tx: Db, now: number, limit: number): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`delete from xorb_offers where (user_id, reach, xorb_id) in
    (select user_id, reach, xorb_id from xorb_offers where until <= ${now} limit ${limit})`.execute(tx);
  return numAffectedRows > 0n;
}
