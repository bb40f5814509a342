/** Answers the global dedup query (reference/xet-protocol 4.4, 5): xorbs that go on where a known chunk begins. */
import { randomBytes } from "node:crypto";
import { HubError } from "#lib/core/errors.ts";
import { hexToHash } from "#lib/core/xet/hash.ts";
import { findFilesByHead, findFilesById } from "../db/content.ts";
import { PackedTerms } from "../db/terms.ts";
import { findIndexedChunk } from "../db/xorbs.ts";
import { readableFiles, type UsableXorb, usableXorbsBetween, usableXorbsById } from "./access.ts";
import type { CasAccess } from "./cas.ts";
import type { AskTables } from "./jobs.ts";
import { type CasParts, readTables } from "./parts.ts";

/** What an answer may hold: 256 xorbs are a file of 16 GiB; the chunks, at 48 bytes, some 19 MB. */
const XORBS_MAX = 256;
const CHUNKS_MAX = 400_000;
/** Files and xorbs looked at: a chunk of zeros begins or lies in very many. */
const FILES_MAX = 64;
const FILES_TAKEN = 8;
const PLACES_MAX = 16;
/** Xorbs before and after that of an indexed chunk. Ids follow the order of uploads, so these are its file's neighbours. */
const BEFORE = 8;
const AFTER = 56;
/** Seconds an answer may be kept by the client. */
const LIFETIME = 7 * 24 * 3600;

/** A shard under a key of its own. NotFound also when only others have the chunk. */
export async function queryChunk(parts: CasParts, access: CasAccess, hash: string): Promise<Uint8Array> {
  const { workers, clock } = parts;
  const xorbs = await findXorbs(parts, access, hexToHash(hash));
  if (xorbs.length === 0) throw new HubError("NotFound", `No chunk ${hash}.`);
  const createdAt = Math.floor(clock() / 1000);
  const lane = workers.open({
    kind: "dedup",
    xorbs: xorbs.map(({ id, hash: xorbHash, stored_bytes }) => ({ id, hash: xorbHash, storedBytes: stored_bytes })),
    hmacKey: new Uint8Array(randomBytes(32)),
    createdAt,
    expiresAt: createdAt + LIFETIME,
  });
  try {
    while (true) {
      const message = (await lane.receive()) as AskTables | null;
      if (message === null) return lane.result() as Uint8Array;
      lane.send(...(await readTables(parts.db, message.ids)));
    }
  } finally {
    lane.close();
  }
}

async function findXorbs({ db }: CasParts, access: CasAccess, chunk: Uint8Array): Promise<UsableXorb[]> {
  const found = new Map<number, UsableXorb>();
  let chunks = 0;
  const add = (xorbs: UsableXorb[]) => {
    for (const xorb of xorbs) {
      if (found.has(xorb.id) || found.size === XORBS_MAX || chunks + xorb.chunks > CHUNKS_MAX) continue;
      found.set(xorb.id, xorb);
      chunks += xorb.chunks;
    }
  };
  // All of the files that the chunk begins: their next bytes are what the client reads next.
  const begun = await readableFiles(db.read, access, await findFilesByHead(db.read, chunk, FILES_MAX));
  for (const id of begun.slice(0, FILES_TAKEN)) {
    for (const { terms } of await findFilesById(db.read, [id])) {
      const ids = [...new PackedTerms(terms).xorbIds()].slice(0, XORBS_MAX);
      add(await usableXorbsById(db.read, access, ids));
    }
  }
  const places = await usableXorbsById(db.read, access, await findIndexedChunk(db.read, chunk, PLACES_MAX));
  add(places);
  for (const { id } of places) {
    if (found.size < XORBS_MAX) add(await usableXorbsBetween(db.read, access, id - BEFORE, id + AFTER));
  }
  return [...found.values()];
}
