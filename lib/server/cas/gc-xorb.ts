/**
 * Frees the waste of one xorb: removes it when no file uses any of it, or thins it. Thinning writes the chunks that stay into a new blob,
 * then switches the row to it, then removes the old blob; a kill in between leaves one blob too many, which is swept.
 */
import { hashToHex } from "#lib/core/xet/hash.ts";
import type { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { ChunkMarks } from "../db/chunk-marks.ts";
import type { Tx } from "../db/db.ts";
import { noteFreed, removeXorb, unindexChunks, usersOf, type WastedXorb } from "../db/gc.ts";
import { moveXorb } from "../db/layouts.ts";
import { readXorbTable } from "../db/xorbs.ts";
import { findUse, markUse, type Use, unusedOf } from "./gc-use.ts";
import { blobKey, type CasParts } from "./parts.ts";
import { URLS_EXPIRE } from "./token.ts";
import type { Turn } from "./turn.ts";

export interface Freed {
  how: "removed" | "thinned";
  bytes: number;
}

export interface FreeLimits {
  /** Not when it was sent since. */
  touchedBefore: number;
  /** Thinned only when the live part of its bytes falls below this share. */
  share: number;
}

/** null: something needs it after all, or too little of it is waste. */
export async function freeXorb(
  parts: CasParts,
  xorb: WastedXorb,
  limits: FreeLimits,
  turn: Turn,
): Promise<Freed | null> {
  // Nobody puts its bytes meanwhile.
  return parts.locks(hashToHex(xorb.hash), async () => {
    const layout = (await freshLayout(parts, xorb.id)) ?? null;
    const table = await readXorbTable(parts.db.read, xorb.id);
    if (table === undefined || layout?.layout !== xorb.layout) return null;
    const { offsets } = layout;
    const use = await findUse(parts.db, xorb, turn);
    const waste = new ChunkMarks(xorb.marks);
    const dead = unusedOf(use, (chunk) => waste.has(chunk) && !offsets.isDropped(chunk));
    const thinned = offsets.without(dead);
    const left = thinned.byteAt(thinned.count);
    if (left === 0) return remove(parts, xorb, table.hashes, limits);
    if (left === xorb.storedBytes || left >= limits.share * xorb.storedBytes) return null;
    return thin(parts, xorb, { hashes: table.hashes, offsets, thinned, dead, use }, limits);
  });
}

async function freshLayout({ layouts }: CasParts, id: number) {
  layouts.forget(id);
  return (await layouts.get([id])).get(id);
}

async function remove(
  { db, blobs, layouts, clock }: CasParts,
  { id, hash, layout, storedBytes }: WastedXorb,
  hashes: Uint8Array,
  { touchedBefore }: FreeLimits,
): Promise<Freed | null> {
  const removed = await db.write(async (tx) => {
    if (!(await removeXorb(tx, { id, hashes }, touchedBefore, clock() + URLS_EXPIRE))) return false;
    await noteFreed(tx, storedBytes);
    return true;
  });
  if (!removed) return null;
  layouts.forget(id);
  await blobs.delete(blobKey(hashToHex(hash), layout));
  return { how: "removed", bytes: storedBytes };
}

interface Thinning {
  hashes: Uint8Array;
  offsets: ChunkOffsets;
  thinned: ChunkOffsets;
  /** One byte a chunk: those to drop. */
  dead: Uint8Array;
  use: Use;
}

async function thin(
  parts: CasParts,
  xorb: WastedXorb,
  { hashes, offsets, thinned, dead, use }: Thinning,
  { touchedBefore }: FreeLimits,
): Promise<Freed | null> {
  const { db, blobs, layouts, clock, log } = parts;
  const { id, layout: from } = xorb;
  const hash = hashToHex(xorb.hash);
  const [oldKey, newKey] = [blobKey(hash, from), blobKey(hash, from + 1)];
  if ((await blobs.head(oldKey))?.bytes !== xorb.storedBytes) {
    log.error({ xorb: hash }, "garbage collection leaves a xorb alone whose blob is lost or damaged; run the scrub");
    return null;
  }
  await blobs.put(newKey, copyKept(parts, oldKey, offsets, dead));
  const storedBytes = thinned.byteAt(thinned.count);
  const dropped = Array.from({ length: thinned.count }, (_, chunk) => chunk).filter((chunk) => dead[chunk] === 1);
  const bytes = xorb.storedBytes - storedBytes;
  const moved = await db.write(async (tx) => {
    if (!(await isUnused(tx, id, dead, use.lastFile, touchedBefore))) return false;
    const now = {
      id,
      from,
      to: from + 1,
      storedBytes,
      offsets: thinned.encode(),
      dropped: xorb.dropped + dropped.length,
    };
    if (!(await moveXorb(tx, now, clock() + URLS_EXPIRE))) return false;
    await unindexChunks(tx, id, hashes, dropped);
    await tx.deleteFrom("xorb_waste").where("xorb_id", "=", id).execute();
    await noteFreed(tx, bytes);
    return true;
  });
  layouts.forget(id);
  await blobs.delete(moved ? oldKey : newKey);
  return moved ? { how: "thinned", bytes } : null;
}

/** The serialized bytes of the chunks that stay. */
async function* copyKept(
  { blobs }: CasParts,
  key: string,
  offsets: ChunkOffsets,
  dead: Uint8Array,
): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < dead.length; ) {
    let end = start;
    while (end < dead.length && dead[end] === 0) end += 1;
    const range = { start: offsets.byteAt(start), end: offsets.byteAt(end) };
    if (range.end > range.start) yield* blobs.get(key, range, { recycle: true });
    start = Math.max(end, start + 1);
  }
}

/** Whether nobody sent the xorb meanwhile, and no file that was registered meanwhile needs what is to go. */
async function isUnused(
  tx: Tx,
  id: number,
  dead: Uint8Array,
  lastFile: number,
  touchedBefore: number,
): Promise<boolean> {
  const row = await tx.selectFrom("xorbs").select("touched_at").where("id", "=", id).executeTakeFirst();
  if (row === undefined || row.touched_at > touchedBefore) return false;
  const used = new Uint8Array(dead.length);
  for await (const users of usersOf(tx, id, lastFile)) for (const user of users) markUse(user, id, used);
  return !used.some((use, chunk) => use === 1 && dead[chunk] === 1);
}
