/** What the main thread asks of the worker of this folder, and what it answers. */
import type {
  DedupEntry,
  DedupFigures,
  DedupSort,
  FileMap,
  FileRangeSharing,
  RankedFiles,
  SharingMatrix,
  Waiting,
} from "#lib/core/bucket/dedup/figures.ts";
import type { Selection } from "#lib/core/plan/plan.ts";
import type { PlanWeight } from "#lib/core/plan/weight.ts";
import type { NewSet, OverlapPair, RowPiece } from "../db/dedup-write.ts";
import type { HoldersQuery } from "../db/plan-weighing.ts";

/** A bucket as a reader sees it: beside the other buckets that they may read and that share chunks with it. */
export interface View {
  bucketId: number;
  /** Ascending. */
  others: number[];
}

/** What the figures of an answer are of. */
export interface Dated {
  asOf: number;
  version: number;
}

export interface Computed {
  set: NewSet;
  /** The pieces are to be written under the set's generation first, and its `scratch` cleared afterwards. */
  staged: boolean;
  pieces: number;
}

export interface SummaryAnswer extends Dated {
  type: "bucket" | "folder" | "file";
  figures: DedupFigures;
  /** Of a bucket: other buckets by id, most first. */
  sharedWith: { id: number; bytes: number }[];
  /** Without `freedAt`, which is the main thread's to say. */
  waiting: Omit<Waiting, "freedAt"> | null;
}

export interface EntriesQuestion extends View {
  path: string;
  sort: DedupSort;
  direction: "asc" | "desc";
  limit: number;
  cursor: string | null;
}

export interface CheckpointAnswer {
  path: string;
  step: number;
  uploadedAt: number;
  newBytes: number;
  figures: DedupFigures;
}

/** The holders' buckets by id. */
export interface RangeAnswer extends Omit<FileRangeSharing, "asOf" | "pending" | "holders"> {
  holders: { id: number; path: string; bytes: number }[];
}

export interface StoreQuestion {
  /** `group` counts namespaces from 0. */
  buckets: { id: number; group: number }[];
  /** Other buckets in sight that share chunks with them. */
  others: number[];
}

/** Buckets that have figures. */
export interface StoreAnswer {
  figures: DedupFigures;
  /** By group. */
  groups: DedupFigures[];
  buckets: ({ id: number; figures: DedupFigures } & Dated)[];
}

export interface Verbs {
  /** null: the bucket is gone. What it found is kept until `settle`. */
  compute(question: { bucketId: number; now: number }): Promise<Computed | null>;
  piece(question: { bucketId: number; index: number }): Promise<RowPiece>;
  /** null: as they are. */
  overlaps(question: { bucketId: number }): Promise<OverlapPair[] | null>;
  settle(question: { bucketId: number; committed: boolean }): Promise<void>;

  summary(question: View & { path: string }): Promise<SummaryAnswer>;
  entries(question: EntriesQuestion): Promise<Dated & { items: DedupEntry[]; cursor: string | null }>;
  selection(
    question: View & { files: string[]; folders: string[] },
  ): Promise<Dated & { figures: DedupFigures; missing: string[] }>;
  matrix(
    question: View & { paths: string[] | null; run: string | null },
  ): Promise<Dated & Omit<SharingMatrix, "asOf" | "pending">>;
  checkpoints(
    question: View,
  ): Promise<Dated & { runs: { path: string; checkpoints: CheckpointAnswer[] }[]; earlier: number }>;
  plan(question: View & { planId: number; selection: Selection; holders: HoldersQuery }): Promise<Dated & PlanWeight>;
  files(question: View): Promise<Dated & Omit<RankedFiles, "asOf" | "pending">>;
  map(question: View & { path: string; cells: number }): Promise<Dated & Omit<FileMap, "asOf" | "pending">>;
  range(question: View & { path: string; start: number; end: number }): Promise<Dated & RangeAnswer>;
  store(question: StoreQuestion): Promise<StoreAnswer>;
}

export type VerbName = keyof Verbs;
export type Question<Name extends VerbName> = Parameters<Verbs[Name]>[0];
export type Answer<Name extends VerbName> = Awaited<ReturnType<Verbs[Name]>>;
