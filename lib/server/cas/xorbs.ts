/** Takes xorbs in, and gives their bytes out under signed URLs (reference/xet-protocol 3.3, 6.4, 6.5). */
import { rm } from "node:fs/promises";
import { HubError } from "#lib/core/errors.ts";
import { HASH_BYTES, XORB_BODY_MAX } from "#lib/core/xet/constants.ts";
import { hashToHex, hexToHash, isDedupEligible } from "#lib/core/xet/hash.ts";
import { findXorb, indexChunks, insertXorb, isUploader, recordUploader, replaceXorbBytes } from "../db/xorbs.ts";
import { usableXorbs } from "./access.ts";
import type { ByteRange, CasAccess, XorbBytes } from "./cas.ts";
import type { VerifiedXorb } from "./jobs.ts";
import { blobKey, type CasParts } from "./parts.ts";
import { Turn } from "./turn.ts";
import { pumpBody } from "./workers.ts";

/**
 * Stores a xorb when every chunk and the root are right. A known one is checked all the same, because sending the right
 * bytes is what lets the sender refer to it.
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
  { db, blobs, clock, layouts }: CasParts,
  access: CasAccess,
  hash: Uint8Array,
  path: string,
  verified: VerifiedXorb,
): Promise<{ wasInserted: boolean }> {
  const { accountId, bucketId } = access;
  const user = accountId ?? 0;
  const key = blobKey(hashToHex(hash));
  const known = await findXorb(db.read, hash);
  if (known === undefined) {
    // The blob first: a row must never promise bytes that are not there. A blob without a row is swept at the next start.
    await blobs.put(key, { path });
    await db.write(async (tx) => {
      const id = await insertXorb(tx, { ...verified, hash, createdAt: clock() });
      await recordUploader(tx, id, user, bucketId);
      await indexChunks(tx, indexedChunks(id, verified.hashes));
    });
    return { wasInserted: true };
  }
  const blob = await blobs.head(key);
  if (blob?.bytes !== known.stored_bytes) {
    // The store lost it (a disk, a hand); what was sent now is as good, though it may be compressed otherwise.
    await blobs.put(key, { path });
    await db.write((tx) => replaceXorbBytes(tx, known.id, verified.storedBytes, verified.offsets));
    layouts.forget(known.id);
  }
  if (await isUploader(db.read, known.id, user, bucketId)) return { wasInserted: false };
  // To a sender who could not use it until now it is new: the answer must not tell that somebody else has the bytes.
  const [usable] = await usableXorbs(db.read, access, [hash]);
  await db.write((tx) => recordUploader(tx, known.id, user, bucketId));
  return { wasInserted: usable === undefined };
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

/** Serialized bytes. NotFound also for a xorb that the caller may not use. */
export async function headXorb({ db }: CasParts, access: CasAccess, hash: string): Promise<number> {
  const raw = hexToHash(hash);
  const [usable] = await usableXorbs(db.read, access, [raw]);
  const known = usable && (await findXorb(db.read, raw));
  if (known === undefined) throw new HubError("NotFound", `No xorb ${hash}.`);
  return known.stored_bytes;
}

/** Bytes of a xorb under a signed URL; `ranges` absent: all that is signed. */
export async function openXorb(
  { db, blobs, signer }: CasParts,
  hash: string,
  query: URLSearchParams,
  ranges: ByteRange[] | null,
): Promise<XorbBytes[]> {
  const signed = signer.checkRanges(hash, query);
  const asked = ranges ?? signed;
  for (const { start, end } of asked) {
    if (!signed.some((range) => range.start === start && range.end === end)) {
      throw new HubError("Forbidden", `The URL of this xorb is not for bytes ${start}-${end - 1}.`);
    }
  }
  const known = await findXorb(db.read, hexToHash(hash));
  if (known === undefined) throw new HubError("NotFound", `No xorb ${hash}.`);
  const total = known.stored_bytes;
  return asked.map((range) => {
    if (range.end > total) throw new HubError("RangeNotSatisfiable", `The xorb has ${total} bytes.`);
    return { total, range, body: blobs.get(blobKey(hash), range, { recycle: true }) };
  });
}

/**
 * Removes blobs that no row names: a process died between the two. Only those from before `startedAt`, so that no upload that
 * is under way is touched. How many went.
 */
export async function sweepXorbs(
  { db, blobs, locks }: CasParts,
  startedAt: number,
  signal: AbortSignal,
): Promise<number> {
  const turn = new Turn();
  let removed = 0;
  for await (const { key, modifiedAt } of blobs.list("xorbs")) {
    await turn.pass();
    if (signal.aborted) break;
    const hash = key.slice("xorbs/".length);
    if (modifiedAt >= startedAt || !/^[0-9a-f]{64}$/.test(hash)) continue;
    if ((await findXorb(db.read, hexToHash(hash))) !== undefined) continue;
    await locks(hash, async () => {
      const blob = await blobs.head(key);
      if (blob === null || blob.modifiedAt >= startedAt) return;
      if ((await findXorb(db.read, hexToHash(hash))) !== undefined) return;
      await blobs.delete(key);
      removed += 1;
    });
  }
  return removed;
}
