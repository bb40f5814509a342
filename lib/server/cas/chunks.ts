/** Answers the global dedup query (reference/xet-protocol 4.4, 5): xorbs that go on where a known chunk begins. */
import { randomBytes } from "node:crypto";
import { HubError } from "#lib/core/errors.ts";
import { hashToHex, hexToHash } from "#lib/core/xet/hash.ts";
import { findFilesById } from "../db/content.ts";
import { findKnownFiles, findReadableFiles } from "../db/content-lookup.ts";
import { findUnnoted, noteOffers } from "../db/offers.ts";
import { PackedTerms } from "../db/terms.ts";
import { findAbsent } from "../db/waste.ts";
import { MissingXorb } from "../db/xorb-content.ts";
import {
  isReadable,
  neighboursOf,
  offerKey,
  ownXorbs,
  readableFilesByHead,
  sentXorbs,
  type UsableXorb,
  usableXorbsByChunk,
  usableXorbsById,
} from "./access.ts";
import type { CasAccess, DedupQuestion } from "./cas.ts";
import { promiseOf } from "./grace.ts";
import type { AskTables } from "./jobs.ts";
import { type CasParts, readTables } from "./parts.ts";

/** What an answer may hold: 256 xorbs are a file of 16 GiB; the chunks, at 48 bytes, some 19 MB. */
const XORBS_MAX = 256;
const CHUNKS_MAX = 400_000;
/** Files and xorbs taken, the newest: a chunk of zeros begins or lies in very many. */
const FILES_MAX = 8;
const PLACES_MAX = 16;
/** Xorbs of its bucket before and after that of an indexed chunk. Ids follow the order of uploads: these are its file's neighbours. */
const BEFORE = 8;
const AFTER = 56;
/** Of what the caller sent lately: the newest, and as many as an answer holds of those that no file refers to. */
const RECENT_MS = 7 * 24 * 3600 * 1000;
const RECENT_MAX = 32;
/** Times that an answer is made anew because garbage collection took some of its xorbs meanwhile. */
const TRIES = 3;

/** A shard under a key of its own. NotFound also when only others have the chunk. */
export async function queryChunk(parts: CasParts, access: CasAccess, hash: string): Promise<Uint8Array> {
  const found = await answer(parts, access, (gathered) => findXorbs(parts, access, hexToHash(hash), gathered));
  if (found.xorbs.length === 0) throw new HubError("NotFound", `No chunk ${hash}.`);
  return found.shard;
}

/** One shard for many questions; without xorbs when nothing is known. */
export async function queryDedup(parts: CasParts, access: CasAccess, question: DedupQuestion): Promise<Uint8Array> {
  return (await answer(parts, access, (gathered) => gather(parts, access, question, gathered))).shard;
}

async function gather(parts: CasParts, access: CasAccess, question: DedupQuestion, gathered: Gathered): Promise<void> {
  const { db, clock } = parts;
  const hashes = question.files.map((file) => Buffer.from(hexToHash(file)).toString("hex"));
  const own = await findKnownFiles(db.read, access.bucketId, hashes);
  const readable = await findReadableFiles(db.read, hashes, isReadable(access));
  for (const hash of new Set(hashes)) {
    const known = own.get(hash) ?? readable.get(hash);
    if (known === undefined) continue;
    for (const { terms } of await findFilesById(db.read, [known.id])) await addXorbsOf(parts, access, terms, gathered);
  }
  for (const chunk of question.chunks) await findXorbs(parts, access, hexToHash(chunk), gathered);
  if (question.recent && access.accountId !== null) {
    const since = clock() - RECENT_MS;
    gathered.add(await ownXorbs(db.read, access, { since, limit: RECENT_MAX, unreferenced: false }));
    gathered.add(await ownXorbs(db.read, access, { since, limit: XORBS_MAX, unreferenced: true }));
  }
}

interface Answer {
  shard: Uint8Array;
  xorbs: number[];
  /** Unix seconds. */
  expiresAt: number;
}

async function answer(
  parts: CasParts,
  access: CasAccess,
  fill: (gathered: Gathered) => Promise<void>,
): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const gathered = new Gathered();
    await fill(gathered);
    try {
      const made = await encodeAnswer(parts, gathered.xorbs);
      await remember(parts, access, made);
      return made;
    } catch (error) {
      if (!(error instanceof MissingXorb) || tries === TRIES) throw error;
    }
  }
}

/** How long after an answer has expired a shard may come that was made by it, ms. */
const LATE = 24 * 3600 * 1000;

/** Notes what the client may refer to for as long as it remembers, whatever becomes of its rights: a refused shard ends an upload. */
async function remember({ db }: CasParts, access: CasAccess, { xorbs, expiresAt }: Answer): Promise<void> {
  const key = offerKey(access);
  if (key === null || xorbs.length === 0) return;
  const until = expiresAt * 1000 + LATE;
  const sent = await sentXorbs(db.read, access, xorbs);
  const others = xorbs.filter((id) => !sent.has(id));
  const unnoted = others.length === 0 ? [] : await findUnnoted(db.read, key, others, until);
  if (unnoted.length > 0) await db.write((tx) => noteOffers(tx, key, unnoted, until));
}

/** Without what garbage collection has taken or is about to take. Throws MissingXorb. */
async function encodeAnswer({ db, workers, clock, grace }: CasParts, found: readonly UsableXorb[]): Promise<Answer> {
  const createdAt = Math.floor(clock() / 1000);
  const expiresAt = createdAt + Math.floor(promiseOf(grace) / 1000);
  const absent = await findAbsent(
    db.read,
    found.map(({ id }) => id),
  );
  const xorbs = found.filter(({ id, chunks }) => !absent.get(id)?.isFull(chunks));
  const lane = workers.open({
    kind: "dedup",
    xorbs: xorbs.map(({ id, hash, stored_bytes }) => ({
      id,
      hash,
      storedBytes: stored_bytes,
      absent: absent.get(id)?.bytes ?? null,
    })),
    hmacKey: new Uint8Array(randomBytes(32)),
    createdAt,
    expiresAt,
  });
  try {
    while (true) {
      const message = (await lane.receive()) as AskTables | null;
      if (message === null) {
        return { shard: lane.result() as Uint8Array, xorbs: xorbs.map(({ id }) => id), expiresAt };
      }
      lane.send(...(await readTables(db, message.ids)));
    }
  } finally {
    lane.close();
  }
}

/** What goes into an answer, each xorb once, up to what one may hold. */
class Gathered {
  readonly #found = new Map<string, UsableXorb>();
  #chunks = 0;

  get xorbs(): UsableXorb[] {
    return [...this.#found.values()];
  }

  get full(): boolean {
    return this.#found.size === XORBS_MAX;
  }

  add(xorbs: readonly UsableXorb[]): void {
    for (const xorb of xorbs) {
      const name = hashToHex(xorb.hash);
      if (this.#found.has(name) || this.full || this.#chunks + xorb.chunks > CHUNKS_MAX) continue;
      this.#found.set(name, xorb);
      this.#chunks += xorb.chunks;
    }
  }
}

async function findXorbs(parts: CasParts, access: CasAccess, chunk: Uint8Array, gathered: Gathered): Promise<void> {
  const { db } = parts;
  // All of the files that the chunk begins: their next bytes are what the client reads next.
  for (const id of await readableFilesByHead(db.read, access, chunk, FILES_MAX)) {
    for (const { terms } of await findFilesById(db.read, [id])) await addXorbsOf(parts, access, terms, gathered);
  }
  const places = await usableXorbsByChunk(db.read, access, chunk, PLACES_MAX);
  gathered.add(places);
  for (const { id } of places) {
    if (!gathered.full) gathered.add(await neighboursOf(db.read, access, id, { before: BEFORE, after: AFTER }));
  }
}

async function addXorbsOf({ db }: CasParts, access: CasAccess, terms: Uint8Array, gathered: Gathered): Promise<void> {
  if (gathered.full) return;
  const ids = [...new Set(new PackedTerms(terms).xorbIds())].slice(0, XORBS_MAX);
  gathered.add(await usableXorbsById(db.read, access, ids));
}
