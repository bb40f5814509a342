/** The store that `bench/dedup.ts` measures: made once, as rows without bytes, and kept under bench/.data. */
import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAccounts } from "#lib/server/accounts.ts";
import { findBucket, insertBucket } from "#lib/server/db/buckets.ts";
import { openDatabase } from "#lib/server/db/sqlite.ts";
import { openConnection } from "#lib/server/db/statements.ts";
import { BucketWriter } from "./bucket-writer.ts";
import { fillStore, type KnownFolder, LARGE, SMALL, type StoreSize } from "./training-store.ts";
import { type Piece, XorbSource } from "./xorbs.ts";

/** To be raised when what is made changes. */
const VERSION = 3;
export const OWNER = "bench";
/** A file of some 100 GB, in so many terms of so many chunks. */
const HUGE_TERMS = 10_000;
const HUGE_CHUNKS = 160;

export interface KnownBucket {
  id: string;
  files: number;
  folders: number;
  terms: number;
  logical: number;
  unique: number;
  stored: number;
  /** Checkpoints of its first run. */
  checkpoints: KnownFolder[];
}

export interface KnownStore {
  large: KnownBucket;
  small: KnownBucket;
  huge: { path: string; size: number; chunks: number; shared: number };
}

/** The folder is a DATA_DIR. Takes some minutes the first time. */
export async function ensureStore(folder: string, scale = 1): Promise<KnownStore> {
  const mark = join(folder, `known-${VERSION}-${scale}.json`);
  const ready = await access(mark).then(
    () => true,
    () => false,
  );
  if (!ready) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(mark, JSON.stringify(await makeStore(folder, scale)));
  }
  return JSON.parse(await readFile(mark, "utf8"));
}

async function makeStore(folder: string, scale: number): Promise<KnownStore> {
  const file = join(folder, "cooperage.db");
  const db = await openDatabase({ file });
  const account = await createAccounts({ db, secret: "", clock: Date.now }).createUser(OWNER);
  for (const name of ["large", "small"]) {
    await db.write((tx) =>
      insertBucket(tx, {
        namespace_id: account.id,
        name,
        name_key: name,
        visibility: "private",
        region: null,
        cdn_regions: "[]",
        created_at: 1_700_000_000_000,
        updated_at: 1_700_000_000_000,
        size: 0,
        files: 0,
      }),
    );
  }
  const ids = new Map<string, number>();
  for (const name of ["large", "small"]) ids.set(name, (await findBucket(db.read, OWNER, name))!.id);
  await db.close();

  const connection = openConnection({ file, readOnly: false, cacheKib: 1024 * 1024, busyMs: 1000 });
  connection.db.exec("pragma synchronous = off; pragma wal_autocheckpoint = 100000");
  const xorbs = new XorbSource(connection);
  const fill = (name: string, size: StoreSize, more?: (bucket: BucketWriter) => void): KnownBucket => {
    const before = { unpacked: xorbs.unpacked, stored: xorbs.stored };
    const bucket = new BucketWriter(connection, ids.get(name)!);
    const checkpoints = fillStore(bucket, xorbs, size);
    more?.(bucket);
    xorbs.flush();
    bucket.finish();
    // Every chunk is made for some file, and none of another bucket.
    const unique = xorbs.unpacked - before.unpacked;
    const stored = xorbs.stored - before.stored;
    const { files, folderCount: folders, logical, terms } = bucket;
    return { id: `${OWNER}/${name}`, files, folders, terms, logical, unique, stored, checkpoints };
  };
  const huge = { path: "archive/huge.safetensors", size: 0, chunks: HUGE_TERMS * HUGE_CHUNKS, shared: 0 };
  const small = fill("small", SMALL);
  const large = fill("large", scaled(LARGE, scale), (bucket) => {
    const terms = Array.from({ length: Math.ceil(HUGE_TERMS * scale) }, () => xorbs.take(HUGE_CHUNKS));
    const pieces = shuffled(terms.flat());
    const content = bucket.content(pieces);
    bucket.add(huge.path, content, 1_760_000_000_000);
    // Another one holds every third piece.
    const third = pieces.filter((_, at) => at % 3 === 0);
    bucket.add("archive/huge-before.safetensors", bucket.content(third), 1_750_000_000_000);
    huge.size = content.size;
    huge.chunks = pieces.reduce((sum, { start, end }) => sum + end - start, 0);
    huge.shared = third.reduce((sum, { unpacked }) => sum + unpacked, 0);
  });
  // Garbage collection has looked at all of it: nothing is waste, and there are no bytes that it could look at.
  connection.run("update xorbs set unexamined = 0, touched_at = created_at", []);
  connection.db.exec("pragma wal_checkpoint(truncate)");
  connection.close();
  return { large, small, huge };
}

function scaled(size: StoreSize, scale: number): StoreSize {
  const runs = Math.max(2, Math.round(size.runs * scale));
  return {
    ...size,
    runs,
    // Each is the base of some run.
    bases: Math.min(size.bases, runs),
    datasets: Math.max(1, Math.round(size.datasets * scale)),
    traceFolders: Math.max(1, Math.round(size.traceFolders * scale)),
  };
}

/** No piece stays beside the one that was made after it: such neighbours would be one term. */
function shuffled(pieces: Piece[]): Piece[] {
  const step = 7919;
  if (pieces.length % step === 0) throw new Error("not a permutation");
  return pieces.map((_, at) => pieces[(at * step) % pieces.length]!);
}
