/**
 * The uploads of a tab, outside React: jobs, what people do with them, and snapshots for useSyncExternalStore. Talks to the worker,
 * which runs the line (pipeline.ts).
 */
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { FoundFile } from "./drop.ts";
import type { ConflictChoice, JobSnapshot, UploadFileView, UploadMode, UploadReceipt } from "./job.ts";

export type {
  ConflictChoice,
  FileReason,
  FileState,
  HoldReason,
  JobSnapshot,
  JobState,
  JobTotals,
  UploadFigures,
  UploadFileView,
  UploadMode,
  UploadReceipt,
} from "./job.ts";

export interface UploadRequest {
  bucket: BucketId;
  /** Folder of the bucket that the files go to, "" for the root. */
  prefix: string;
  /** Of `drop.ts`: may still be walking folders. Consumed with pauses, so that the tab never freezes. */
  files: AsyncIterable<FoundFile> | Iterable<FoundFile>;
  /** For the title; null for several things. */
  name?: string | null;
  /** Default "upload". */
  mode?: UploadMode;
  /** Default "overwrite". */
  conflict?: ConflictChoice;
  /** Globs of paths to leave out, beside the house's own (`filter.ts`, FILTERS_DEFAULT); absent: only those. */
  exclude?: readonly string[];
}

export interface QueueSnapshot {
  /** In the order they were added. */
  jobs: readonly JobSnapshot[];
  /** Whether any job still has work that closing the tab would interrupt. */
  busy: boolean;
}

/** Files that came into a bucket: what lists and figures of it should be read again. */
export interface Landed {
  bucket: BucketId;
  paths: readonly string[];
}

export interface UploadQueue {
  /** At most twice a second for figures; at once for what people do. */
  subscribe(listener: () => void): () => void;
  /** The same object until something changes. */
  getSnapshot(): QueueSnapshot;
  /** Empty on the server. */
  getServerSnapshot(): QueueSnapshot;
  /** Begins when the jobs before it end. Returns its id. */
  add(request: UploadRequest): number;
  /** All files of a job, by id. The same array until `filesVersion` grows; entries that did not change keep their identity. */
  files(job: number): readonly UploadFileView[];
  /** Without `files` the whole job. What is on its way finishes; nothing new begins. */
  pause(job: number, files?: readonly number[]): void;
  /** Goes on: after pause(), and after the cause of a hold is gone. */
  resume(job: number, files?: readonly number[]): void;
  /** What already came into the bucket stays. */
  cancel(job: number, files?: readonly number[]): void;
  /** Failed and cancelled files again, all of them without `files`. */
  retry(job: number, files?: readonly number[]): void;
  /** Turns a finished forecast into an upload of the same files. */
  send(job: number): void;
  /** Removes an ended job from the snapshot. */
  dismiss(job: number): void;
  receipt(job: number): UploadReceipt;
  /** Called when files came into a bucket, at most twice a second. */
  onLanded(listener: (landed: Landed) => void): () => void;
}

/** The queue of this tab. */
export declare function uploadQueue(): UploadQueue;
