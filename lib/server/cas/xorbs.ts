/** Takes xorbs in, and gives their bytes out under signed URLs (reference/xet-protocol 3.3, 6.4, 6.5). */
import { rm } from "node:fs/promises";
import { HubError } from "#lib/core/errors.ts";
import { HASH_BYTES, XORB_BODY_MAX } from "#lib/core/xet/constants.ts";
import { hashToHex, hexToHash, isDedupEligible } from "#lib/core/xet/hash.ts";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { findOldOffsets, moveXorb, nextLayout } from "../db/layouts.ts";
import {
  findXorbById,
  hasLayout,
  indexChunks,
  insertXorb,
  recordUploader,
  touchXorb,
  type XorbRecord,
} from "../db/xorbs.ts";
import { usableXorbs } from "./access.ts";
import type { ByteRange, CasAccess, XorbBytes } from "./cas.ts";
import type { VerifiedXorb } from "./jobs.ts";
import { blobKey, type CasParts, parseBlobKey } from "./parts.ts";
import { bytesOf, chunksOf, readChunks } from "./stored-bytes.ts";
import { type SignedRanges, URLS_EXPIRE } from "./token.ts";
import { Turn } from "./turn.ts";
import { pumpBody } from "./workers.ts";

/**
 * Stores a xorb when every chunk and the root are right. One that the account could use already is checked all the same, because
 * sending the right bytes is what lets the sender refer to it. One that only others have is stored again: what lies where, in how many
 * bytes and for how long is then nobody else's doing, and nobody else's to see.
 */
export async function putXorb(
  parts: CasParts,
  access: CasAccess,
  hash: string,
  body: AsyncIterable<Uint8Array>,
): Promise<{ wasInserted: boolean }> {
  const raw = hexToHash(hash);
  const path = parts.blobs.stage();
  const lane = parts.workers.open({ kind: "xorb", hash: raw, path });
  let verified: VerifiedXorb;
  try {
    verified = (await pumpBody(parts.workers, lane, body, XORB_BODY_MAX)) as VerifiedXorb;
  } finally {
    lane.close();
  }
  try {
    return await parts.locks(hash, () => keep(parts, access, raw, path, verified));
  } finally {
    await rm(path, { force: true });
  }
}

async function keep(
  parts: CasParts,
  access: CasAccess,
  hash: Uint8Array,
  path: string,
  verified: VerifiedXorb,
): Promise<{ wasInserted: boolean }> {
  const { db, blobs, clock } = parts;
  const { accountId, bucketId } = access;
  const user = accountId ?? 0;
  // What one account sent by several tokens lies there once, though a limited token is told nothing of the others.
  const [own] = await usableXorbs(db.read, { ...access, reach: "account" }, [hash]);
  const [usable] = access.reach === "account" ? [own] : await usableXorbs(db.read, access, [hash]);
  const known = own && (await findXorbById(db.read, (usable ?? own).id));
  if (known === undefined) {
    // The blob first: a row must never promise bytes that are not there. A blob without a row is swept at the next start.
    const layout = await nextLayout(db.read, hash);
    await blobs.put(blobKey(hashToHex(hash), layout), { path });
    await db.write(async (tx) => {
      const id = await insertXorb(tx, { ...verified, hash, layout, createdAt: clock() });
      await recordUploader(tx, id, user, bucketId);
      await indexChunks(tx, indexedChunks(id, verified.hashes));
    });
    return { wasInserted: true };
  }
  if (!(await isWhole(parts, known))) await restore(parts, known, path, verified);
  await db.write(async (tx) => {
    await touchXorb(tx, known.id, clock());
    await recordUploader(tx, known.id, user, bucketId);
  });
  return { wasInserted: usable === undefined };
}

/** No chunk was dropped, and the store has not lost it (a disk, a hand). */
async function isWhole({ blobs }: CasParts, { hash, layout, dropped, stored_bytes }: XorbRecord): Promise<boolean> {
  if (dropped > 0) return false;
  const blob = await blobs.head(blobKey(hashToHex(hash), layout));
  return blob?.bytes === stored_bytes;
}

/** What was sent is as good, though it may be compressed otherwise: a new blob, and then the old one goes. */
async function restore(parts: CasParts, known: XorbRecord, path: string, verified: VerifiedXorb): Promise<void> {
  const { db, blobs, clock, layouts } = parts;
  const { id, layout: from } = known;
  const hash = hashToHex(known.hash);
  const { storedBytes, offsets, hashes } = verified;
  await blobs.put(blobKey(hash, from + 1), { path });
  await db.write(async (tx) => {
    await moveXorb(tx, { id, from, to: from + 1, storedBytes, offsets, dropped: 0 }, clock() + URLS_EXPIRE);
    await indexChunks(tx, indexedChunks(id, hashes));
  });
  layouts.forget(id);
  await blobs.delete(blobKey(hash, from));
}

/** Chunks that a client may ask for, and the first, which begins a file more often than any other. */
function indexedChunks(xorbId: number, hashes: Uint8Array): { hash: Uint8Array; xorbId: number; chunk: number }[] {
  const chunks = [];
  for (let chunk = 0; chunk * HASH_BYTES < hashes.length; chunk++) {
    const at = chunk * HASH_BYTES;
    if (chunk === 0 || isDedupEligible(hashes, at))
      chunks.push({ hash: hashes.slice(at, at + HASH_BYTES), xorbId, chunk });
  }
  return chunks;
}

/** Serialized bytes. NotFound also for a xorb that the caller may not use, and for one that has to be sent again to be whole. */
export async function headXorb({ db }: CasParts, access: CasAccess, hash: string): Promise<number> {
  const [usable] = await usableXorbs(db.read, access, [hexToHash(hash)]);
  if (usable === undefined || usable.dropped > 0) throw new HubError("NotFound", `No xorb ${hash}.`);
  return usable.stored_bytes;
}

/** Bytes of a xorb under a signed URL; `ranges` absent: all that is signed. */
export async function openXorb(
  parts: CasParts,
  hash: string,
  query: URLSearchParams,
  ranges: ByteRange[] | null,
): Promise<XorbBytes[]> {
  const signed = parts.signer.checkRanges(hash, query);
  const asked = ranges ?? signed.ranges;
  for (const { start, end } of asked) {
    if (!signed.ranges.some((range) => range.start === start && range.end === end)) {
      throw new HubError("Forbidden", `The URL of this xorb is not for bytes ${start}-${end - 1}.`);
    }
  }
  const { current, offsets } = await openLayout(parts, hash, signed);
  const total = offsets.byteAt(offsets.count);
  return asked.map((range) => {
    if (range.end > total) throw new HubError("RangeNotSatisfiable", `The xorb has ${total} bytes.`);
    const chunks = chunksOf(offsets, range);
    if (chunks === null) throw expired();
    if (current.offsets.hasDropped(chunks.start, chunks.end)) {
      throw new HubError("NotFound", `These bytes of xorb ${hash} are gone.`);
    }
    const moved = bytesOf(current.offsets, chunks);
    if (moved.end - moved.start !== range.end - range.start) throw expired();
    return { total, range, body: readChunks(parts, current, chunks, { exact: true }) };
  });
}

/** To clients a 403 means: ask for the file's URLs again. */
function expired(): HubError {
  return new HubError("Forbidden", "The URL of this xorb has expired.");
}

/** Where the xorb's chunks lie, and where they lay when the URL was signed. */
async function openLayout({ db, layouts }: CasParts, hash: string, { xorbId, layout }: SignedRanges) {
  const get = async () => (await layouts.get([xorbId])).get(xorbId);
  let current = await get();
  if (current?.layout !== layout) {
    layouts.forget(xorbId);
    current = await get();
  }
  if (current === undefined) throw new HubError("NotFound", `No xorb ${hash}.`);
  if (layout === current.layout) return { current, offsets: current.offsets };
  const old = await findOldOffsets(db.read, { xorbId, hash: hexToHash(hash), layout });
  if (old === undefined) throw expired();
  return { current, offsets: ChunkOffsets.decode(old) };
}

/**
 * Removes blobs that no row names, and those of layouts that were left: a process died between the two. Only those from before
 * `before`, so that it need not ask about uploads that are under way. How many went.
 */
export async function sweepXorbs(
  { db, blobs, locks }: CasParts,
  before: number,
  signal: AbortSignal,
): Promise<{ count: number; bytes: number }> {
  const turn = new Turn();
  const removed = { count: 0, bytes: 0 };
  for await (const { key, modifiedAt } of blobs.list("xorbs")) {
    await turn.pass();
    if (signal.aborted) break;
    const named = parseBlobKey(key);
    if (named === null || modifiedAt >= before) continue;
    const isNamed = () => hasLayout(db.read, hexToHash(named.hash), named.layout);
    if (await isNamed()) continue;
    // Who writes a blob and then its row does both under this lock.
    await locks(named.hash, async () => {
      const blob = await blobs.head(key);
      if (blob === null || blob.modifiedAt >= before || (await isNamed())) return;
      await blobs.delete(key);
      removed.count += 1;
      removed.bytes += blob.bytes;
    });
  }
  return removed;
}
