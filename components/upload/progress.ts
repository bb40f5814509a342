/** How far a job is, as the panel and the list of files show it. */
import type { FileReason, JobSnapshot, UploadFileView } from "#lib/browser/upload/queue.ts";
import { isUnder } from "#lib/core/bucket/path.ts";
import type { UploadMark, UploadPlace } from "./door.ts";

export interface Progress {
  /** 0 to 100; 100 only at the end. */
  percent: number;
  /** Shares of the bar, 0 to 1: what need not travel, new bytes that left, new bytes that are read and have not left yet. */
  stored: number;
  fresh: number;
  waiting: number;
  /** Files that ended well. */
  ended: number;
  failures: readonly Failure[];
}

export interface Failure {
  reason: FileReason;
  /** Of the first file. */
  message: string | null;
  /** Of the first file. */
  path: string;
  ids: readonly number[];
}

const isGivenUp = ({ state }: UploadFileView) => state === "cancelled" || state === "failed";
const isThere = ({ state }: UploadFileView) => state === "done" || state === "unchanged" || state === "skipped";

/** Bytes of a file that are done with, new ones half when they are read and whole when they left. `gone`: share that left. */
function settled(file: UploadFileView, gone: number): number {
  return isThere(file) ? file.size : file.known + file.repeated + (file.fresh * (1 + gone)) / 2;
}

/** Share of the new bytes of a job that left the machine, 0 to 1. */
function shareGone({ totals }: JobSnapshot): number {
  return totals.packed === 0 ? 0 : Math.min(1, totals.sent / totals.packed);
}

/** Of the jobs as they are now: a snapshot asks several times, and there may be a hundred thousand files. */
const known = new WeakMap<JobSnapshot, { files: readonly UploadFileView[]; progress: Progress }>();

export function progressOf(job: JobSnapshot, files: readonly UploadFileView[]): Progress {
  let last = known.get(job);
  if (last?.files !== files) {
    last = { files, progress: findProgress(job, files) };
    known.set(job, last);
  }
  return last.progress;
}

function findProgress(job: JobSnapshot, files: readonly UploadFileView[]): Progress {
  const forecast = job.mode === "forecast";
  const gone = forecast ? 1 : shareGone(job);
  const failures = new Map<FileReason, Failure & { ids: number[] }>();
  let size = 0;
  let stored = 0;
  let fresh = 0;
  let waiting = 0;
  for (const file of files) {
    if (file.state === "failed") {
      const reason = file.reason ?? "internal";
      const failure = failures.get(reason);
      if (failure) failure.ids.push(file.id);
      else failures.set(reason, { reason, message: file.message, path: file.path, ids: [file.id] });
    }
    if (isGivenUp(file)) continue;
    size += file.size;
    if (isThere(file)) {
      fresh += file.fresh;
      stored += file.size - file.fresh;
    } else {
      fresh += file.fresh * gone;
      waiting += file.fresh * (1 - gone);
      stored += forecast ? file.read - file.fresh : file.known + file.repeated;
    }
  }
  if (files.length === 0 && job.kept !== null) {
    // Of an earlier page only the sums are known.
    size = job.totals.size;
    fresh = Math.min(job.totals.fresh, job.totals.ended);
    stored = job.totals.ended - fresh;
  }
  const { states } = job.totals;
  const ended = states.done + states.unchanged + states.skipped;
  const over = job.state === "finished" || (job.totals.files > 0 && ended === job.totals.files && !job.collecting);
  const share = (bytes: number) => (size === 0 ? 0 : Math.min(1, bytes / size));
  // Read and not sent is half of the way.
  const done = share(stored + fresh + waiting / 2);
  return {
    percent: over ? 100 : Math.min(99, Math.floor(done * 100)),
    stored: over && size === 0 ? 1 : share(stored),
    fresh: share(fresh),
    waiting: share(waiting),
    ended,
    failures: [...failures.values()],
  };
}

/** Percent of one file, by what is read of it. */
export function percentOf({ state, read, size }: UploadFileView): number {
  if (state === "done" || state === "unchanged") return 100;
  return size === 0 ? 0 : Math.min(99, Math.floor((read / size) * 100));
}

/** The rows of one folder that a job fills: its folders as a whole, and the files that are on their way. */
export function marksOf(
  job: JobSnapshot,
  files: readonly UploadFileView[],
  place: UploadPlace,
): Map<string, UploadMark> {
  const marks = new Map<string, UploadMark>();
  if (job.bucket !== place.bucket || job.mode === "forecast") return marks;
  if (!isUnder(job.prefix, place.prefix) && !isUnder(place.prefix, job.prefix)) return marks;
  const from = place.prefix === "" ? 0 : place.prefix.length + 1;
  const gone = shareGone(job);
  const sums = new Map<string, { folder: boolean; size: number; done: number; files: number }>();
  // Files of a folder follow one another.
  let last = "/";
  let sum = { folder: false, size: 0, done: 0, files: 0 };
  for (const file of files) {
    if (isGivenUp(file)) continue;
    if (!file.path.startsWith(last)) {
      if (!isUnder(file.path, place.prefix)) continue;
      const slash = file.path.indexOf("/", from);
      if (slash === -1 && file.state !== "reading" && file.state !== "sending") continue;
      const path = slash === -1 ? file.path : file.path.slice(0, slash);
      last = slash === -1 ? "/" : file.path.slice(0, slash + 1);
      sum = sums.get(path) ?? { folder: slash !== -1, size: 0, done: 0, files: 0 };
      sums.set(path, sum);
    }
    sum.size += file.size;
    sum.done += settled(file, gone);
    sum.files += isThere(file) ? 0 : 1;
  }
  for (const [path, { folder, size, done, files }] of sums) {
    // All of it is there: an ordinary row.
    if (files === 0) continue;
    const percent = size === 0 ? 0 : Math.min(99, Math.floor((done / size) * 100));
    marks.set(path, { folder, percent, size, files, left: job.timeLeft });
  }
  return marks;
}

/** "41 s", "2 min 04 s", "1 h 12 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** "6.4%", "97%", "under 0.1%": a share of 0 to 1. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.001) return "under 0.1%";
  const percent = share * 100;
  const digits = percent > 0 && (percent < 10 || (percent > 99 && percent < 100)) ? 1 : 0;
  // Never "100%" for what is not all.
  return `${(percent < 100 ? Math.min(percent, 99.9) : percent).toFixed(digits)}%`;
}
