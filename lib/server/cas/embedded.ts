/** The content store of this process: xorbs as blobs, everything else in the database. Joins the verbs of this folder. */
import type { Logger } from "pino";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Database } from "../db/db.ts";
import type { Cas, ContentStore } from "./cas.ts";
import { queryChunk, queryDedup } from "./chunks.ts";
import { createGc, type Gc, type GcSettings } from "./gc.ts";
import { DEFAULT_GRACE, DEFAULT_SHARE } from "./grace.ts";
import { createGate, createLocks } from "./locks.ts";
import { type CasParts, createXorbLayouts } from "./parts.ts";
import { chunkHashes, headFile, readFile, reconstruct } from "./reconstruction.ts";
import { putShard } from "./shards.ts";
import { createSigner } from "./token.ts";
import { createWorkers } from "./workers.ts";
import { headXorb, openXorb, putXorb, sweepXorbs } from "./xorbs.ts";

export interface CasOptions {
  db: Database;
  blobs: BlobStore;
  /** Signs tokens and xorb URLs. */
  secret: string;
  /** ms since the epoch. */
  clock: () => number;
  log: Logger;
  /** Worker threads; as many as cores when absent. */
  threads?: number;
  gc?: Partial<GcSettings>;
}

export interface EmbeddedCas extends Cas, ContentStore {
  /** Throws when database or blobs do not answer. */
  ready(): Promise<void>;
  /** Resolves when blobs that an earlier process left without a row are gone; how many. */
  readonly swept: Promise<number>;
  readonly gc: Gc;
  close(): Promise<void>;
}

/** Shards in verification at a time: each may hold 64 MiB. */
const SHARDS_AT_ONCE = 2;

export async function createCas({
  db,
  blobs,
  secret,
  clock,
  log,
  threads,
  gc: settings,
}: CasOptions): Promise<EmbeddedCas> {
  const startedAt = clock();
  await blobs.discardStaged();
  const workers = createWorkers({ threads });
  const { grace = DEFAULT_GRACE, share = DEFAULT_SHARE, every = null, onFreed = () => {} } = settings ?? {};
  const signer = createSigner({ secret, clock });
  const layouts = createXorbLayouts(db);
  const parts: CasParts = { db, blobs, clock, log, workers, signer, layouts, locks: createLocks(), grace };
  const gc = createGc(parts, { grace, share, every, onFreed });
  const shardGate = createGate(SHARDS_AT_ONCE);
  const closing = new AbortController();
  const swept = sweepXorbs(parts, startedAt, closing.signal).then(
    ({ count }) => {
      if (count > 0) log.info({ count }, "removed xorbs that no upload had completed");
      return count;
    },
    (error) => {
      log.error({ err: error }, "sweeping xorbs failed");
      return 0;
    },
  );
  return {
    authorize: async (bearer, scope) => signer.checkToken(bearer, scope),
    putXorb: (access, hash, body) => putXorb(parts, access, hash, body),
    headXorb: (access, hash) => headXorb(parts, access, hash),
    putShard: (access, body, onProgress) => putShard(parts, shardGate, access, body, onProgress),
    queryChunk: (access, hash) => queryChunk(parts, access, hash),
    queryDedup: (access, question) => queryDedup(parts, access, question),
    reconstruct: (access, hash, range, origin) => reconstruct(parts, access, hash, range, origin),
    headFile: (access, hash) => headFile(parts, access, hash),
    chunkHashes: (access, hash, dirty) => chunkHashes(parts, access, hash, dirty),
    openXorb: (hash, query, ranges) => openXorb(parts, hash, query, ranges),
    createToken: signer.createToken,
    nameOf: signer.nameOf,
    readFile: (bucketId, hash, range) => readFile(parts, bucketId, hash, range),
    async ready() {
      await db.read.selectFrom("xorbs").select("id").limit(1).execute();
      await blobs.head(`xorbs/${"0".repeat(64)}`);
    },
    swept,
    gc,
    async close() {
      closing.abort();
      await gc.close();
      await swept;
      await workers.close();
    },
  };
}
