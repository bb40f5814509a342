/** How far a job is, as the panel and the list of files show it. */
import type { FileSums, JobFolder, JobSnapshot, UploadFileView } from "#lib/browser/upload/queue.ts";
import type { UploadMark } from "./door.ts";

export interface Progress {
  /** 0 to 100; 100 only at the end. */
  percent: number;
  /** Shares of the bar, 0 to 1: what need not travel, new bytes that left, new bytes that are read and have not left yet. */
  stored: number;
  fresh: number;
  waiting: number;
  /** Files that ended well. */
  ended: number;
}

/** Share of the new bytes of a job that left the machine, 0 to 1. */
function shareGone({ totals }: JobSnapshot): number {
  return totals.packed === 0 ? 0 : Math.min(1, totals.sent / totals.packed);
}

export function progressOf(job: JobSnapshot): Progress {
  const forecast = job.mode === "forecast";
  const gone = forecast ? 1 : shareGone(job);
  const { size, there, thereFresh, read, known, repeated, fresh: open } = job.sums;
  const fresh = thereFresh + open * gone;
  const waiting = open * (1 - gone);
  const stored = there - thereFresh + (forecast ? read - open : known + repeated);
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
  };
}

/** Percent of one file, by what is read of it. */
export function percentOf({ state, read, size }: UploadFileView): number {
  if (state === "done" || state === "unchanged") return 100;
  return size === 0 ? 0 : Math.min(99, Math.floor((read / size) * 100));
}

/** The rows of one folder that a job fills: its folders as a whole, and the files that are on their way. `coming`: of that folder. */
export function marksOf(job: JobSnapshot, coming: JobFolder): Map<string, UploadMark> {
  const marks = new Map<string, UploadMark>();
  if (job.mode === "forecast") return marks;
  const gone = shareGone(job);
  const mark = (path: string, folder: boolean, { size, there, known, repeated, fresh, open }: Readonly<FileSums>) => {
    // New bytes count half when they are read and whole when they left.
    const done = there + known + repeated + (fresh * (1 + gone)) / 2;
    const percent = size === 0 ? 0 : Math.min(99, Math.floor((done / size) * 100));
    marks.set(path, { folder, percent, size, files: open, left: job.timeLeft });
  };
  for (const { path, sums } of coming.folders) {
    // All of it is there: an ordinary row.
    if (sums.open > 0) mark(path, true, sums);
  }
  for (const file of coming.moving) mark(file.path, false, { ...file, there: 0, thereFresh: 0, open: 1 });
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
