/** Registers the files of a shard (reference/xet-protocol 4.3, 6.5). */
import { open, rm } from "node:fs/promises";
import { HubError } from "#lib/core/errors.ts";
import { HASH_BYTES, SHARD_BYTES_MAX } from "#lib/core/xet/constants.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { type Registrar, registerFiles } from "../db/content.ts";
import { findOffered } from "../db/offers.ts";
import { pieces } from "../db/rows.ts";
import { MissingXorb } from "../db/xorb-content.ts";
import { indexChunks } from "../db/xorbs.ts";
import { isReadable, offerKey, sentXorbs, usableXorbs, usableXorbsById } from "./access.ts";
import type { CasAccess, ShardProgress } from "./cas.ts";
import type { AskTables, AskXorbs, FileBatch, Progress, ShardResult } from "./jobs.ts";
import { type CasParts, readTables } from "./parts.ts";

/** A shard of up to this many bytes is held in memory while it arrives, a larger one in a staged file. */
const IN_MEMORY_BYTES = 1024 * 1024;

/**
 * Verifies all of a shard, then registers its files for the token's bucket. Nothing is registered when any part is wrong. A
 * very large shard is written in several transactions: each file stands for itself, and sending it again completes it.
 */
export async function putShard(
  parts: CasParts,
  gate: <T>(task: () => Promise<T>) => Promise<T>,
  access: CasAccess,
  body: AsyncIterable<Uint8Array>,
  onProgress: (progress: ShardProgress) => void = () => {},
): Promise<{ result: 0 | 1 }> {
  const source = await receive(parts.blobs, body);
  try {
    // A shard in verification is in memory as a whole: only a few at a time.
    return await gate(() => verifyAndRegister(parts, access, source, onProgress));
  } finally {
    if (typeof source === "string") await rm(source, { force: true });
  }
}

async function verifyAndRegister(
  { db, workers, clock }: CasParts,
  access: CasAccess,
  source: string | Uint8Array,
  onProgress: (progress: ShardProgress) => void,
): Promise<{ result: 0 | 1 }> {
  const lane = workers.open({ kind: "shard", source });
  /** By id: the xorbs that the shard refers to. */
  const names = new Map<number, Uint8Array>();
  let registered = 0;
  try {
    while (true) {
      const message = (await lane.receive()) as AskXorbs | AskTables | Progress | FileBatch | null;
      if (message === null) break;
      if (message.type === "xorbs") lane.send(await idsOf(db, access, message.hashes, names, clock()));
      else if (message.type === "tables") lane.send(...(await readTables(db, message.ids)));
      else if (message.type === "progress") onProgress({ verified: message.verified, total: message.total });
      else {
        registered += await db.write((tx) => registerFiles(tx, registrarOf(tx, access), message.files, clock()));
        lane.send({ type: "ack" });
      }
    }
    const { offered } = lane.result() as ShardResult;
    // Only of what the caller sent itself: whoever else may use the xorb would be answered with these chunks too.
    const sent = await sentXorbs(db.read, access, [...new Set(offered.map(({ xorbId }) => xorbId))]);
    const kept = offered.filter(({ xorbId }) => sent.has(xorbId));
    if (kept.length > 0) await db.write((tx) => indexChunks(tx, kept));
  } catch (error) {
    if (!(error instanceof MissingXorb)) throw error;
    // Garbage collection took it since it was looked up. To the client that is no other case than one never sent.
    const hash = hashToHex(names.get(error.xorbId)!);
    throw new HubError("BadRequest", `Invalid shard: xorb ${hash} was not uploaded.`, { cause: error });
  } finally {
    lane.close();
  }
  return { result: registered > 0 ? 1 : 0 };
}

function registrarOf(tx: CasParts["db"]["read"], access: CasAccess): Registrar {
  return {
    bucketId: access.bucketId,
    readable: isReadable(access),
    async usable(ids) {
      const found = new Set<number>();
      for (const part of pieces(ids)) {
        for (const { id } of await usableXorbsById(tx, access, part)) found.add(id);
      }
      return found;
    },
  };
}

/**
 * Ids of packed hashes: 0 for a xorb that the caller was never told of, whether it is here or not; negative for one that an answer named to
 * them and that they may not use any more, where they must prove possession. Noted in `names`.
 */
async function idsOf(
  db: CasParts["db"],
  access: CasAccess,
  packed: Uint8Array,
  names: Map<number, Uint8Array>,
  now: number,
): Promise<number[]> {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < packed.length; at += HASH_BYTES) hashes.push(packed.slice(at, at + HASH_BYTES));
  const name = (hash: Uint8Array) => Buffer.from(hash).toString("latin1");
  const key = offerKey(access);
  const offered = key === null ? [] : await findOffered(db.read, key, hashes, now);
  const ids = new Map(offered.map(({ id, hash }) => [name(hash), -id]));
  for (const { id, hash } of await usableXorbs(db.read, access, hashes)) ids.set(name(hash), id);
  return hashes.map((hash) => {
    const id = ids.get(name(hash)) ?? 0;
    if (id !== 0) names.set(Math.abs(id), hash);
    return id;
  });
}

/** The whole body: its bytes, or the path of a staged file. */
async function receive(blobs: BlobStore, body: AsyncIterable<Uint8Array>): Promise<string | Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let total = 0;
  let file: { path: string; handle: Awaited<ReturnType<typeof open>> } | null = null;
  try {
    for await (const piece of body) {
      total += piece.length;
      if (total > SHARD_BYTES_MAX) throw new HubError("PayloadTooLarge", `A shard may take ${SHARD_BYTES_MAX} bytes.`);
      held.push(piece);
      heldBytes += piece.length;
      if (heldBytes < IN_MEMORY_BYTES) continue;
      if (file === null) {
        const path = blobs.stage();
        file = { path, handle: await open(path, "wx") };
      }
      await file.handle.writev(held);
      held = [];
      heldBytes = 0;
    }
    if (file === null) return new Uint8Array(Buffer.concat(held));
    if (held.length > 0) await file.handle.writev(held);
    await file.handle.close();
    return file.path;
  } catch (error) {
    await file?.handle.close();
    if (file !== null) await rm(file.path, { force: true });
    throw error;
  }
}
