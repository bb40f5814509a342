/**
 * What the dedup figures are, as the API answers them and the pages show them. All sizes are bytes, all times ms since the epoch.
 *
 * A chunk is one stored copy: a place in a xorb. A chunk that two xorbs hold takes its bytes twice, counts twice, and is freed twice.
 * `exclusive`, `freed` and everything about sharing hold within what the reader can see: a bucket that the reader may not read is as if
 * it did not exist. Duplicates inside a scope count once in `unique` and are no sharing.
 */
import type { BucketId } from "../id.ts";

/** Figures of one scope: a file, folder, selection, bucket, namespace, or all that the reader can see. */
export interface DedupFigures {
  files: number;
  /** Sum of file sizes. */
  logical: number;
  /** Distinct chunks that the scope refers to, each once, uncompressed. */
  unique: number;
  /** The part of unique that nothing outside the scope refers to. */
  exclusive: number;
  /** What the distinct chunks take on disk, compressed, their 8-byte headers included. */
  stored: number;
  /** The part of stored that nothing outside the scope refers to: freed by deleting the scope. */
  freed: number;
}

/** Every figure says as of when. All figures of the embedded Hub are exact. */
export interface AsOf {
  asOf: number;
  /** The bucket has changed since; the figures are being computed again. */
  pending: boolean;
}

/** What waits to be freed: chunks that only deleted files of the bucket refer to. */
export interface Waiting {
  /** Bytes on disk. */
  bytes: number;
  files: number;
  /** Since when the oldest of it waits; null: nothing waits. */
  since: number | null;
  /** The earliest that garbage collection frees some of it. */
  freedAt: number | null;
}

export interface SharedWith {
  bucket: BucketId;
  /** Unique bytes of the scope that the bucket holds too. */
  bytes: number;
}

/** Answer of `GET .../dedup?path=PATH`. */
export interface DedupSummary extends AsOf {
  bucket: BucketId;
  type: "bucket" | "folder" | "file";
  /** "" for the bucket. */
  path: string;
  figures: DedupFigures;
  /** Of a bucket, most first, at most 20; empty for the rest. */
  sharedWith: SharedWith[];
  /** Of a bucket; null for the rest. */
  waiting: Waiting | null;
}

/** A row of the folders table. */
export interface DedupEntry {
  type: "folder" | "file";
  path: string;
  figures: DedupFigures;
  /** A folder has folders below it. */
  nested: boolean;
}

export const DEDUP_SORTS = ["name", "logical", "unique", "exclusive", "stored", "freed"] as const;
export type DedupSort = (typeof DEDUP_SORTS)[number];

/** Answer of `GET .../dedup/entries?path=&sort=&direction=&limit=&cursor=`: folders, then files by size. */
export interface DedupPage extends AsOf {
  items: DedupEntry[];
  cursor: string | null;
}

/** Answer of `POST .../dedup/selection` with `{ files: [], folders: [] }`: the union of what is selected. */
export interface SelectionFigures extends AsOf {
  figures: DedupFigures;
  /** Selected paths that are not there. */
  missing: string[];
}

/** Answer of `GET .../dedup/matrix?path=A&path=B`; without paths: the checkpoints of the run with most of them, or of `run`. */
export interface SharingMatrix extends AsOf {
  scopes: DedupEntry[];
  /** `overlap[i][j]`: unique bytes of scope i that scope j holds too. Symmetric; the diagonal is each one's unique. */
  overlap: number[][];
  /** Unique bytes that all of them hold. */
  common: number;
  /** Unique bytes of all of them together. */
  union: number;
  /** Runs that can be asked for with `run`. */
  runs: string[];
}

export interface CheckpointFigures {
  path: string;
  step: number;
  uploadedAt: number;
  figures: DedupFigures;
  /** Unique bytes of it that nothing uploaded earlier, of what is in the bucket now, holds. */
  newBytes: number;
}

/** The most checkpoints of an answer. */
export const CHECKPOINTS_MAX = 400;

/** Answer of `GET .../dedup/checkpoints`: folders named like `checkpoint-500`, the latest, by the folder they stand in. */
export interface CheckpointRuns extends AsOf {
  runs: {
    path: string;
    /** By step. */
    checkpoints: CheckpointFigures[];
  }[];
  /** How many earlier ones were left out. */
  earlier: number;
}

/** A point per sync of the last days, and one per day before. */
export interface HistoryPoint {
  at: number;
  files: number;
  logical: number;
  unique: number;
  stored: number;
}

/** Answer of `GET .../dedup/history`: oldest first. */
export interface DedupHistory extends AsOf {
  points: HistoryPoint[];
}

export interface RankedFile {
  path: string;
  figures: DedupFigures;
}

export interface DuplicateGroup {
  xetHash: string;
  /** Of one of them. */
  size: number;
  count: number;
  /** At most 20. */
  paths: string[];
}

export interface NearDuplicate {
  paths: [string, string];
  /** Unique bytes that both hold. */
  shared: number;
  /** Of the smaller one's unique bytes. */
  share: number;
}

/** Answer of `GET .../dedup/files`. */
export interface RankedFiles extends AsOf {
  /** Most freed first, at most 100. */
  exclusive: RankedFile[];
  /** Most bytes named twice first, at most 100 groups. */
  duplicates: DuplicateGroup[];
  /** Different content that shares at least half, at most 100 pairs, most shared first. */
  near: NearDuplicate[];
  /** There was so much to compare that some pairs were left out. */
  capped: boolean;
}

/** How widely the bytes are held: by this file alone, by up to three other files, by more. */
export const SHARE_CLASSES = ["own", "few", "wide"] as const;
export type ShareClass = (typeof SHARE_CLASSES)[number];
/** The most other files of "few". */
export const FEW_MAX = 3;

/** A stretch of the file, in file order. */
export interface MapCell {
  /** Logical bytes `[start, end)` of the file. */
  start: number;
  end: number;
  own: number;
  few: number;
  wide: number;
  chunks: number;
  /** Xorbs that it takes bytes from. */
  xorbs: number;
}

/** Answer of `GET .../dedup/map/PATH?cells=320`. */
export interface FileMap extends AsOf {
  path: string;
  size: number;
  xetHash: string;
  chunks: number;
  xorbs: number;
  terms: number;
  cells: MapCell[];
  figures: DedupFigures;
  /** Logical bytes by class; they add up to the size. */
  own: number;
  few: number;
  wide: number;
}

export interface RangePiece {
  /** Logical bytes of the file. */
  start: number;
  end: number;
  xorb: string;
  chunkStart: number;
  chunkEnd: number;
  /** Bytes on disk. */
  stored: number;
  class: ShareClass;
  /** Other files that hold all of the piece. */
  holders: number;
}

export interface RangeHolder {
  bucket: BucketId;
  path: string;
  /** Bytes of the range that it holds too. */
  bytes: number;
}

/** Answer of `GET .../dedup/range/PATH?start=&end=`. */
export interface FileRangeSharing extends AsOf {
  start: number;
  end: number;
  chunks: number;
  /** In file order, at most 200. */
  pieces: RangePiece[];
  morePieces: boolean;
  /** Other files, most first, at most 50. */
  holders: RangeHolder[];
  moreHolders: boolean;
}

/** Answer of `GET /api/dedup?namespace=NS`: all buckets that the reader can see and belongs to, or those of one namespace. */
export interface StoreFigures extends AsOf {
  figures: DedupFigures;
  namespaces: { name: string; figures: DedupFigures }[];
  buckets: { bucket: BucketId; figures: DedupFigures; asOf: number; pending: boolean }[];
}

export const NO_FIGURES: DedupFigures = { files: 0, logical: 0, unique: 0, exclusive: 0, stored: 0, freed: 0 };

/** What was saved, in shares of logical, 0 to 1 (below 0 when stored exceeds logical); all 0 without files. */
export interface Saving {
  total: number;
  deduplication: number;
  compression: number;
}

/** `total` is 1 - stored / logical; the two causes add up to it. */
export function savingOf({ logical, unique, stored }: Pick<DedupFigures, "logical" | "unique" | "stored">): Saving {
  if (logical === 0) return { total: 0, deduplication: 0, compression: 0 };
  return {
    total: (logical - stored) / logical,
    deduplication: (logical - unique) / logical,
    compression: (unique - stored) / logical,
  };
}

export function sharedOf({ unique, exclusive }: Pick<DedupFigures, "unique" | "exclusive">): number {
  return unique - exclusive;
}

const CHECKPOINT = /^(?:checkpoint|ckpt|step|global_step|epoch)[-_]?(\d{1,12})$/i;

/** The step of a folder named like a checkpoint; null for any other name. */
export function checkpointStep(name: string): number | null {
  const [, step] = CHECKPOINT.exec(name) ?? [];
  return step === undefined ? null : Number(step);
}
