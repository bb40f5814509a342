/** Words for a job and its state. */
import type { JobSnapshot } from "#lib/browser/upload/queue.ts";
import { plural } from "#lib/core/format.ts";

export const isOver = ({ state }: JobSnapshot) => state === "finished" || state === "cancelled";
/** Of an earlier page: its files have to be found again before anything can be done with them. */
export const isInterrupted = ({ state }: JobSnapshot) => state === "interrupted";
export const isMoving = ({ state }: JobSnapshot) => state === "queued" || state === "running" || state === "retrying";

/** Its folder or file, or the number of files. */
export function jobName({ name, totals }: JobSnapshot): string {
  return name ?? plural(totals.files, "file");
}

/** What it is doing, in a heading. */
export function titleOf(job: JobSnapshot): string {
  const name = jobName(job);
  const forecast = job.mode === "forecast";
  if (job.state === "queued") return `${name} waits its turn`;
  if (job.state === "paused") return `Paused: ${name}`;
  if (job.state === "interrupted") return `Interrupted: ${name}`;
  if (job.state === "cancelled") return `Cancelled: ${name}`;
  if (job.state === "finished") return forecast ? `Forecast of ${name}` : `Uploaded ${name}`;
  return forecast ? `Forecasting ${name}` : `Uploading ${name}`;
}
