/** Makes stores, xorbs and shards for the tests and benchmarks of this folder. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { chunkBytes } from "#lib/core/xet/chunk.ts";
import { compressChunk } from "#lib/core/xet/compress.ts";
import { HASH_BYTES } from "#lib/core/xet/constants.ts";
import { fileHash, hashToHex, verificationHash, xorbHash } from "#lib/core/xet/hash.ts";
import { encodeShard, type ShardFileInput, type ShardXorbInput } from "#lib/core/xet/shard.ts";
import { encodeXorb } from "#lib/core/xet/xorb.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { createFileBlobs } from "../blobs/fs.ts";
import type { Database } from "../db/db.ts";
import { changeReferences } from "../db/references.ts";
import { openDatabase } from "../db/sqlite.ts";
import { PackedTerms } from "../db/terms.ts";
import type { CasAccess } from "./cas.ts";
import { createCas, type EmbeddedCas } from "./embedded.ts";
import type { GcSettings } from "./gc.ts";

/** Reproducible bytes: random, or such that compress well. */
export function makeBytes(length: number, seed: number, kind: "random" | "text" = "random"): Uint8Array {
  const bytes = new Uint8Array(length);
  const words = new Uint32Array(bytes.buffer, 0, length >> 2);
  let state = Math.imul(seed, 2654435761) | 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = kind === "random" ? state : 0x20202020 + (state & 0x07030f01);
  }
  return bytes;
}

export interface MadeXorb {
  hash: string;
  raw: Uint8Array;
  /** Serialized. */
  bytes: Uint8Array;
  hashes: Uint8Array;
  lengths: Uint32Array;
  entry: ShardXorbInput;
}

/** A xorb of the chunks of `data`, as it is or as some other client might pack it: not compressed. */
export function makeXorb(data: Uint8Array, { compress = true } = {}): MadeXorb {
  const { hashes, lengths, count } = chunkBytes(data);
  let at = 0;
  const chunks = Array.from({ length: count }, (_, i) => {
    const part = data.subarray(at, at + lengths[i]);
    at += lengths[i];
    return { ...(compress ? compressChunk(part) : { scheme: 0 as const, data: part }), length: part.length };
  });
  const raw = xorbHash(hashes, lengths);
  const bytes = encodeXorb(chunks);
  return {
    hash: hashToHex(raw),
    raw,
    bytes,
    hashes,
    lengths,
    entry: { hash: raw, hashes, lengths, storedBytes: bytes.length },
  };
}

export interface TermSpec {
  xorb: MadeXorb;
  start?: number;
  end?: number;
}

/** A file of these runs of chunks. */
export function makeFile(terms: TermSpec[]): { hash: string; size: number; entry: ShardFileInput } {
  const runs = terms.map(({ xorb, start = 0, end = xorb.lengths.length }) => ({
    xorb,
    start,
    end,
    hashes: xorb.hashes.subarray(start * HASH_BYTES, end * HASH_BYTES),
    lengths: xorb.lengths.subarray(start, end),
  }));
  const hash = fileHash(
    new Uint8Array(Buffer.concat(runs.map(({ hashes }) => hashes))),
    runs.flatMap(({ lengths }) => [...lengths]),
  );
  const bytesOf = (lengths: Uint32Array) => lengths.reduce((sum, length) => sum + length, 0);
  return {
    hash: hashToHex(hash),
    size: runs.reduce((sum, { lengths }) => sum + bytesOf(lengths), 0),
    entry: {
      hash,
      segments: runs.map(({ xorb, start, end, lengths }) => ({
        xorbHash: xorb.raw,
        bytes: bytesOf(lengths),
        chunkStart: start,
        chunkEnd: end,
      })),
      verification: runs.map(({ hashes }) => verificationHash(hashes)),
    },
  };
}

export function makeShard(files: ShardFileInput[], xorbs: MadeXorb[] = []): Uint8Array {
  return encodeShard(
    files,
    xorbs.map(({ entry }) => entry),
  );
}

/** A body in pieces as sockets give them. */
export async function* bodyOf(bytes: Uint8Array, piece = 65536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

export interface TestStore {
  dir: string;
  db: Database;
  cas: EmbeddedCas;
  /** Ends and starts again on the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** What the test stores sign with. */
export const SECRET = "a secret of tests";
export const SILENT = pino({ level: "silent" });

export interface TestStoreOptions {
  clock?: () => number;
  gc?: Partial<GcSettings>;
  /** Worker threads; 2 unless said. Each takes longer to start than most tests do. */
  threads?: number;
  /** Comes between the store and its files, so that a test can act in the middle of things. */
  around?: (blobs: BlobStore) => BlobStore;
}

/** A store in a folder of its own under the system's temporary one. */
export async function openTestStore(options: TestStoreOptions = {}): Promise<TestStore> {
  const { clock = Date.now, gc, threads = 2, around = (blobs) => blobs } = options;
  const dir = await mkdtemp(join(tmpdir(), "cooperage-cas-"));
  const open = async () => {
    const db = await openDatabase({ file: join(dir, "cooperage.db") });
    const blobs = around(createFileBlobs({ dir: join(dir, "blobs"), tmp: join(dir, "tmp") }));
    return { db, cas: await createCas({ db, blobs, secret: SECRET, clock, log: SILENT, threads, gc }) };
  };
  const end = async () => {
    await store.cas.close();
    await store.db.close();
  };
  const store: TestStore = {
    dir,
    ...(await open()),
    async restart() {
      await end();
      Object.assign(store, await open());
    },
    async close() {
      await end();
      await rm(dir, { recursive: true });
    },
  };
  return store;
}

/** A namespace row; `type` user or organization. */
export async function addNamespace(db: Database, name: string, type: "user" | "org" = "user"): Promise<number> {
  const row = await db.write((tx) =>
    tx
      .insertInto("namespaces")
      .values({
        name,
        name_key: name.toLowerCase(),
        type,
        full_name: name,
        email: null,
        password: null,
        private_by_default: 0,
        created_at: 0,
      })
      .returning("id")
      .executeTakeFirstOrThrow(),
  );
  return row.id;
}

export async function addBucket(
  db: Database,
  namespaceId: number,
  name: string,
  visibility: "public" | "private" = "private",
): Promise<number> {
  const row = await db.write((tx) =>
    tx
      .insertInto("buckets")
      .values({
        namespace_id: namespaceId,
        name,
        name_key: name.toLowerCase(),
        visibility,
        region: null,
        cdn_regions: "[]",
        created_at: 0,
        updated_at: 0,
        size: 0,
        files: 0,
      })
      .returning("id")
      .executeTakeFirstOrThrow(),
  );
  return row.id;
}

/** What a batch does to the reference counts when it enters a file into a bucket for the first time. */
export async function enterFile(db: Database, bucketId: number, hash: Uint8Array): Promise<void> {
  await db.write(async (tx) => {
    const variants = await tx.selectFrom("files").selectAll().where("hash", "=", hash).orderBy("id").execute();
    const proofs = await tx.selectFrom("file_proofs").selectAll().where("bucket_id", "=", bucketId).execute();
    const file = variants.find(({ id }) => proofs.some(({ file_id }) => file_id === id)) ?? variants[0]!;
    await tx.insertInto("file_buckets").values({ file_id: file.id, bucket_id: bucketId, refs: 1 }).execute();
    await tx.updateTable("files").set({ idle_since: null }).where("id", "=", file.id).execute();
    for (const xorbId of new PackedTerms(file.terms).xorbIds()) {
      await tx
        .insertInto("xorb_buckets")
        .values({ xorb_id: xorbId, bucket_id: bucketId, refs: 1 })
        .onConflict((conflict) =>
          conflict.columns(["xorb_id", "bucket_id"]).doUpdateSet((eb) => ({ refs: eb("xorb_buckets.refs", "+", 1) })),
        )
        .execute();
    }
  });
}

/** What a batch does to them when it takes the last entry away. `now`: ms. */
export async function leaveFile(db: Database, bucketId: number, hash: Uint8Array, now = Date.now()): Promise<void> {
  await db.write(async (tx) => {
    const { id } = await tx
      .selectFrom("files")
      .innerJoin("file_buckets", "file_buckets.file_id", "files.id")
      .select("files.id")
      .where("files.hash", "=", hash)
      .where("bucket_id", "=", bucketId)
      .executeTakeFirstOrThrow();
    await changeReferences(tx, bucketId, new Map([[id, -1]]), now);
  });
}

export function accessOf(bucketId: number, accountId: number | null, more: Partial<CasAccess> = {}): CasAccess {
  return { bucketId, accountId, scope: "write", reach: "account", ...more };
}
