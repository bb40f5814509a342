/**
 * What a large lab's bucket holds: runs of checkpoints over a few base models, datasets whose shards grow, and folders of small files. The
 * figures of some folders are known by construction, since every chunk is made for the piece that first uses it.
 */
import type { DedupFigures } from "#lib/core/bucket/dedup/figures.ts";
import { seededRandom } from "#lib/core/xet/vectors/generate.ts";
import type { BucketWriter, Content } from "./bucket-writer.ts";
import type { Piece, XorbSource } from "./xorbs.ts";

export interface StoreSize {
  bases: number;
  runs: number;
  checkpoints: number;
  datasets: number;
  versions: number;
  shards: number;
  traceFolders: number;
  tracesPerFolder: number;
}

/** 1,000,000 files, 50,000 folders, 10 million terms. */
export const LARGE: StoreSize = {
  bases: 10,
  runs: 300,
  checkpoints: 100,
  datasets: 50,
  versions: 10,
  shards: 200,
  traceFolders: 20_000,
  tracesPerFolder: 15,
};

/** 1,000 files. */
export const SMALL: StoreSize = {
  bases: 1,
  runs: 3,
  checkpoints: 10,
  datasets: 1,
  versions: 5,
  shards: 20,
  traceFolders: 20,
  tracesPerFolder: 15,
};

/** Of a checkpoint. */
const MODEL_FILES = 10;
const FROZEN_TERMS = 12;
const FROZEN_CHUNKS = 40;
const TRAINED_TERMS = 14;
const TRAINED_CHUNKS = 4;
/** The part of trained terms that a checkpoint changes. */
const DRIFT = 0.6;
const OPTIMIZER_FILES = 4;
const OPTIMIZER_CHUNKS = 40;
const SMALL_FILES = ["scheduler.pt", "trainer_state.json", "rng_state_0.pth", "rng_state_1.pth"];
/** The same in every checkpoint of a run. */
const SAME_FILES = ["config.json", "tokenizer.json"];
const MINUTE = 60_000;

export interface KnownFolder {
  path: string;
  figures: DedupFigures;
}

/** Fills the bucket; returns the folders of the first run with their figures. */
export function fillStore(bucket: BucketWriter, xorbs: XorbSource, size: StoreSize): KnownFolder[] {
  let now = 1_700_000_000_000;
  const bases = Array.from({ length: size.bases }, () =>
    Array.from({ length: MODEL_FILES }, () => Array.from({ length: FROZEN_TERMS }, () => xorbs.take(FROZEN_CHUNKS))),
  );
  const known: KnownFolder[] = [];
  for (let run = 0; run < size.runs; run++) {
    const folders = fillRun(bucket, xorbs, { run, frozen: bases[run % size.bases]!, ...size, now });
    if (run === 0) known.push(...folders);
    now += size.checkpoints * MINUTE;
  }
  for (let dataset = 0; dataset < size.datasets; dataset++) {
    const rows: Piece[][] = Array.from({ length: size.shards }, () => []);
    for (let version = 0; version < size.versions; version++) {
      now += MINUTE;
      for (let shard = 0; shard < size.shards; shard++) {
        for (let part = 0; part < 3; part++) rows[shard]!.push(...xorbs.take(TRAINED_CHUNKS));
        const path = `data/set-${digits(dataset, 2)}/v${version + 1}/train-${digits(shard, 5)}-of-${digits(size.shards, 5)}.parquet`;
        bucket.add(path, bucket.content(rows[shard]!), now);
      }
    }
  }
  for (let folder = 0; folder < size.traceFolders; folder++) {
    now += MINUTE;
    for (let trace = 0; trace < size.tracesPerFolder; trace++) {
      const path = `traces/day-${digits(Math.floor(folder / 50), 4)}/host-${digits(folder % 50, 2)}/session-${digits(trace, 3)}.jsonl`;
      bucket.add(path, bucket.content(xorbs.take(1)), now);
    }
  }
  return known;
}

interface Run {
  run: number;
  checkpoints: number;
  frozen: Piece[][][];
  now: number;
}

/** A trained term as it stands now, and the checkpoint that made it. */
interface Slot {
  pieces: Piece[];
  madeAt: number;
}

function fillRun(bucket: BucketWriter, xorbs: XorbSource, { run, checkpoints, frozen, now }: Run): KnownFolder[] {
  const random = seededRandom(run + 1);
  const slots: Slot[][] = Array.from({ length: MODEL_FILES }, () =>
    Array.from({ length: TRAINED_TERMS }, () => ({ pieces: [], madeAt: -1 })),
  );
  const same = SAME_FILES.map(() => xorbs.take(1));
  const sameContents = same.map((pieces) => bucket.content(pieces));
  const folders = Array.from({ length: checkpoints }, (_, at): KnownFolder & { own: Piece[][] } => ({
    path: `runs/run-${digits(run, 4)}/checkpoint-${(at + 1) * 500}`,
    figures: { files: 0, logical: 0, unique: 0, exclusive: 0, stored: 0, freed: 0 },
    own: [],
  }));
  for (const [at, { path, figures, own }] of folders.entries()) {
    const held: Piece[] = [];
    const add = (name: string, content: Content) => {
      bucket.add(`${path}/${name}`, content, now + at * MINUTE);
      figures.files++;
      figures.logical += content.size;
    };
    const fresh = (chunks: number) => {
      const pieces = xorbs.take(chunks);
      own.push(pieces);
      held.push(...pieces);
      return bucket.content(pieces);
    };
    for (const [file, row] of slots.entries()) {
      for (const [term, slot] of row.entries()) {
        if (slot.madeAt >= 0 && random() >= DRIFT) continue;
        // Only the checkpoint that made it ever had it.
        if (slot.madeAt === at - 1 && at > 0) folders[at - 1]!.own.push(slot.pieces);
        row[term] = { pieces: xorbs.take(TRAINED_CHUNKS), madeAt: at };
      }
      const pieces = Array.from({ length: TRAINED_TERMS }, (_, term) => [
        ...(frozen[file]![term] ?? []),
        ...row[term]!.pieces,
      ]).flat();
      held.push(...pieces);
      add(`model-${digits(file + 1, 5)}-of-${digits(MODEL_FILES, 5)}.safetensors`, bucket.content(pieces));
    }
    for (let part = 0; part < OPTIMIZER_FILES; part++) add(`optimizer-${part}.pt`, fresh(OPTIMIZER_CHUNKS));
    for (const name of SMALL_FILES) add(name, fresh(1));
    for (const [index, name] of SAME_FILES.entries()) add(name, sameContents[index]!);
    held.push(...same.flat());
    figures.unique = sum(held, "unpacked");
    figures.stored = sum(held, "stored");
  }
  const last = folders.length - 1;
  for (const row of slots) for (const slot of row) if (slot.madeAt === last) folders[last]!.own.push(slot.pieces);
  return folders.map(({ path, figures, own }) => {
    const alone = own.flat();
    return { path, figures: { ...figures, exclusive: sum(alone, "unpacked"), freed: sum(alone, "stored") } };
  });
}

function sum(pieces: Piece[], what: "unpacked" | "stored"): number {
  return pieces.reduce((total, piece) => total + piece[what], 0);
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, "0");
}
