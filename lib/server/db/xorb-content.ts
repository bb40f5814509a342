/** Whether what files refer to is still there, asked inside the transaction that registers them. */
import { type Kysely, sql } from "kysely";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";
import { PackedTerms } from "./terms.ts";

type Db = Kysely<Tables>;

/** A xorb that a file refers to is gone, or lacks chunks of it. */
export class MissingXorb extends Error {
  readonly xorbId: number;

  constructor(xorbId: number) {
    super(`xorb ${xorbId} is not there, or not whole`);
    this.xorbId = xorbId;
  }
}

/** Throws MissingXorb. Costs one probe a xorb; only of xorbs that lack chunks is more read. */
export async function checkContent(tx: Db, files: { terms: Uint8Array }[]): Promise<void> {
  const thinned = await findThinned(tx, files);
  if (thinned.size === 0) return;
  for (const { terms } of files) {
    for (const { xorbId, chunkStart, chunkEnd } of new PackedTerms(terms)) {
      if (thinned.get(xorbId)?.hasDropped(chunkStart, chunkEnd)) throw new MissingXorb(xorbId);
    }
  }
}

/** The offsets of those xorbs that lack chunks. Throws MissingXorb. */
async function findThinned(tx: Db, files: { terms: Uint8Array }[]): Promise<Map<number, ChunkOffsets>> {
  const thinned = new Map<number, ChunkOffsets>();
  const all = new Set<number>();
  for (const { terms } of files) for (const id of new PackedTerms(terms).xorbIds()) all.add(id);
  for (const ids of pieces(all)) {
    const query = sql<{ asked: number; id: number | null; offsets: Uint8Array | null }>`
      select j.value as asked, x.id, iif(x.dropped > 0, t.offsets, null) as offsets
      from ${jsonRows(ids)} left join xorbs x on x.id = j.value
      left join xorb_tables t on t.xorb_id = x.id`;
    for (const { asked, id, offsets } of (await query.execute(tx)).rows) {
      if (id === null) throw new MissingXorb(asked);
      if (offsets !== null) thinned.set(id, ChunkOffsets.decode(offsets));
    }
  }
  return thinned;
}
