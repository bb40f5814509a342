/**
 * What an upload says of itself: the state of a job and of its files, in figures and reasons. Shared by the worker, which makes
 * them, and the queue, which shows them.
 */
import type { BucketId } from "#lib/core/bucket/id.ts";

/** What to do with a file whose path the bucket has already. */
export type ConflictChoice =
  /** Replace it. Identical content sends nothing; only a newer modification time is written. */
  | "overwrite"
  /** Leave it, whatever it holds. */
  | "skip"
  /** Upload beside it, as `name (2).ext`. */
  | "keep-both"
  /** Replace it only when the content hash differs: dates are not looked at. */
  | "changed";

/** `forecast` hashes and asks, and sends nothing. */
export type UploadMode = "upload" | "forecast";

/**
 * | state | means |
 * | --- | --- |
 * | waiting | not begun |
 * | reading | being read, hashed, packed |
 * | sending | read; its bytes or its entry are on their way |
 * | done | in the bucket (forecast: judged) |
 * | unchanged | the bucket has exactly this content under this path; nothing was sent |
 * | skipped | left out by the conflict choice |
 * | paused | held back by the person |
 * | cancelled | given up by the person |
 * | failed | see `reason`; can be retried |
 */
export type FileState =
  | "waiting"
  | "reading"
  | "sending"
  | "done"
  | "unchanged"
  | "skipped"
  | "paused"
  | "cancelled"
  | "failed";

/**
 * | state | means |
 * | --- | --- |
 * | queued | other jobs are before it |
 * | running | |
 * | retrying | the server or the network does not answer (`reason`); goes on by itself when it does |
 * | paused | by the person (`reason` null), or by itself (`reason`): resume() goes on from there |
 * | finished | every file ended: done, unchanged, skipped, cancelled or failed |
 * | cancelled | given up as a whole |
 * | interrupted | the page that ran it was closed or reloaded: goOn() takes it up again |
 */
export type JobState = "queued" | "running" | "retrying" | "paused" | "finished" | "cancelled" | "interrupted";

/** Of a job that an earlier page began: whether it has what it takes to find the same files again. */
export interface KeptFrom {
  /** Without handles the person has to drop or choose the same again. */
  handles: boolean;
}

/** Why a file failed. */
export type FileReason =
  /** It changed while it was read: its size or time is another now. */
  | "changed"
  /** It is gone. */
  | "vanished"
  /** The browser may not read it (rights, a lock, a removed disk). */
  | "unreadable"
  /** No bucket may hold this path; `message` says why. */
  | "bad-path"
  /** The server refused its entry; `message` is the server's. */
  | "refused"
  /** A fault of the line itself; `message` has it. */
  | "internal";

/** Why a job holds. The first three end by themselves. */
export type HoldReason =
  /** No answer at all: the network, or the server is down. */
  | "offline"
  /** It answers with a fault of its own (5xx). */
  | "server"
  /** It asks for patience (429). */
  | "busy"
  /** The session or token is no longer good: sign in (another tab will do), then resume. */
  | "signed-out"
  /** No right to write here. */
  | "forbidden"
  /** The bucket is not there any more. */
  | "gone"
  /** The bucket or its owner has no room left. */
  | "quota"
  /** A fault of the line itself. */
  | "internal";

/** All in bytes unless told. `read = known + repeated + fresh` once a file is read. */
export interface UploadFigures {
  /** Logical bytes. */
  size: number;
  /** Read and hashed so far. */
  read: number;
  /** Found in the store: already stored, nothing is sent for them. */
  known: number;
  /** Found earlier in this same job. */
  repeated: number;
  /** New bytes, before compression. */
  fresh: number;
  /** The new bytes after compression: what has to be sent. */
  packed: number;
}

/** One file of a job. A new object whenever anything of it changed. */
export interface UploadFileView extends UploadFigures {
  /** Its index in the job. */
  id: number;
  /** Full path in the bucket; with "keep-both" it may change when the file begins. */
  path: string;
  state: FileState;
  reason: FileReason | null;
  /** More than the reason says, in English, of the server or the browser; null for nothing. */
  message: string | null;
  /** Set once it is read. */
  xetHash: string | null;
}

export interface JobTotals extends UploadFigures {
  /** Number of files found so far. */
  files: number;
  /** Files by state. */
  states: Readonly<Record<FileState, number>>;
  /** Bytes that left the machine for xorbs, repeats after a failure included. */
  sent: number;
  /** Logical bytes of the files that ended well (done, unchanged, skipped). */
  ended: number;
}

/** What the files of a job or a folder come to. Bytes, but for `open`. Files that were given up (cancelled, failed) count nowhere. */
export interface FileSums {
  /** Logical. */
  size: number;
  /** Of files that ended well: logical, and what of it was new. */
  there: number;
  thereFresh: number;
  /** Of the others, as in UploadFigures. */
  read: number;
  known: number;
  repeated: number;
  fresh: number;
  /** Number of the others. */
  open: number;
}

/** Files that failed for the same reason. */
export interface FailedFiles {
  reason: FileReason;
  /** Of the first file. */
  message: string | null;
  /** Of the first file. */
  path: string;
  ids: readonly number[];
}

/** Immutable: a new object whenever anything changed. */
export interface JobSnapshot {
  id: number;
  bucket: BucketId;
  /** Folder it goes to, "" for the root. */
  prefix: string;
  /** What the person dropped, for the title: name of the one file or folder, or null for several. */
  name: string | null;
  mode: UploadMode;
  conflict: ConflictChoice;
  state: JobState;
  reason: HoldReason | null;
  message: string | null;
  /** True while folders are still being walked; totals grow. */
  collecting: boolean;
  /** Left out by filters so far (not among the files). */
  filtered: number;
  totals: JobTotals;
  sums: Readonly<FileSums>;
  failures: readonly FailedFiles[];
  /** Bytes a second over the last seconds: read by the worker, and sent to the server. 0 when nothing moves. */
  speed: { read: number; sent: number };
  /** Seconds; null while it cannot be told. */
  timeLeft: number | null;
  /** ms since the epoch. */
  startedAt: number | null;
  finishedAt: number | null;
  /** Grows whenever a file of the job changed: read `files(id)` again. */
  filesVersion: number;
  /** How many `files(id)` has: all found so far, of an earlier page those of its receipt. */
  listed: number;
  /** What a forecast of the same files said, once they are sent; else null. */
  forecast: JobTotals | null;
  /** Where its known bytes were found; null while that is not known. */
  foundIn: readonly FoundIn[] | null;
  /** Not null: restored from before a reload; its files are known only as far as its receipt has them. */
  kept: KeptFrom | null;
}

/** A file, anywhere on the server, that has bytes which need not be sent. */
export interface FoundIn {
  /** null, both: in files that this answer cannot name. */
  bucket: BucketId | null;
  path: string | null;
  bytes: number;
}

/** What an upload came to, to be copied and saved. */
export interface UploadReceipt {
  bucket: BucketId;
  prefix: string;
  mode: UploadMode;
  /** ISO. */
  startedAt: string | null;
  finishedAt: string | null;
  totals: JobTotals;
  /** 1 - packed / size: the share that did not have to travel. */
  saving: number;
  /** Where the known bytes were found, each counted once; most bytes first. */
  foundIn: readonly FoundIn[];
  /** Files that the list leaves out: a receipt that outlives its page is kept short. */
  omitted: number;
  files: {
    path: string;
    state: FileState;
    reason: FileReason | null;
    size: number;
    known: number;
    repeated: number;
    fresh: number;
    packed: number;
    xetHash: string | null;
  }[];
}

/** Nothing yet. */
export const NO_FIGURES: UploadFigures = { size: 0, read: 0, known: 0, repeated: 0, fresh: 0, packed: 0 };

export const NO_SUMS: Readonly<FileSums> = {
  size: 0,
  there: 0,
  thereFresh: 0,
  read: 0,
  known: 0,
  repeated: 0,
  fresh: 0,
  open: 0,
};

const ENDED: readonly FileState[] = ["done", "unchanged", "skipped", "cancelled", "failed"];

/** Whether the file ended well. */
export function isThere(state: FileState): boolean {
  return state === "done" || state === "unchanged" || state === "skipped";
}

/** Whether the file needs nothing more, unless somebody retries it. */
export function hasEnded(state: FileState): boolean {
  return ENDED.includes(state);
}
