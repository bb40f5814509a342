import { CircleCheck, CircleDashed, CircleX, Loader } from "lucide-react";
import type { FileState, JobSnapshot, UploadFileView } from "#lib/browser/upload/queue.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import { progressOf } from "../upload/progress.ts";
import { UploadBar } from "../upload/upload-figures.tsx";

/** Rows that are shown; the rest is a number. */
const SHOWN = 60;

const ORDER: Record<FileState, number> = {
  failed: 0,
  reading: 1,
  sending: 1,
  paused: 2,
  waiting: 3,
  cancelled: 4,
  skipped: 5,
  done: 6,
  unchanged: 6,
};

interface SendingProps {
  job: JobSnapshot;
  files: readonly UploadFileView[];
  /** All is sent; what the bucket holds is looked at. */
  comparing: boolean;
}

/** The run as it goes, operation by operation. Pause and cancel are in the upload panel, which stays on every page. */
export function Sending({ job, files, comparing }: SendingProps) {
  const progress = progressOf(job);
  const { fresh, sent } = job.totals;
  const said = comparing
    ? "Comparing what the bucket holds now"
    : job.state === "paused" || job.state === "retrying"
      ? (job.message ?? "The run waits")
      : `${formatCount(progress.ended)} of ${plural(files.length, "operation")}`;
  return (
    <div className="grid gap-2">
      <p role="status" className="font-medium wrap-anywhere">
        {said}
      </p>
      <UploadBar job={job} progress={progress} />
      <p className="text-muted text-secondary">
        {`${formatSize(fresh)} new, ${formatSize(sent)} sent`}
        {job.timeLeft === null ? "" : `, ${seconds(job.timeLeft)} left`}
      </p>
      <OperationRows files={files} prefix={job.prefix} />
    </div>
  );
}

function seconds(left: number): string {
  return left < 90 ? `${Math.max(1, Math.round(left))} s` : `${Math.round(left / 60)} min`;
}

export function OperationRows({ files, prefix }: { files: readonly UploadFileView[]; prefix: string }) {
  const rows = files.length <= 5000 ? files.toSorted((a, b) => ORDER[a.state] - ORDER[b.state]) : firstOf(files);
  const below = (path: string) => (prefix === "" ? path : path.slice(prefix.length + 1));
  return (
    <ul aria-label="Operations" className="max-h-64 overflow-y-auto rounded-control border border-line">
      {rows.slice(0, SHOWN).map((file) => (
        <li key={file.id} className="flex items-start gap-2 border-hairline px-2.5 py-1.5 not-last:border-b">
          <Mark state={file.state} />
          <span className="grid min-w-0 flex-1">
            <span className="truncate font-mono text-[11.5px]" title={file.path}>
              {below(file.path) || baseName(file.path)}
            </span>
            {file.state === "failed" && (
              <span className="text-del-ink text-secondary wrap-anywhere">{file.message ?? file.reason}</span>
            )}
          </span>
          <span className="shrink-0 text-muted text-secondary">{formatSize(file.size)}</span>
        </li>
      ))}
      {files.length > SHOWN && (
        <li className="px-2.5 py-1.5 text-muted text-secondary">{`and ${plural(files.length - SHOWN, "more operation")}`}</li>
      )}
    </ul>
  );
}

/** Of very many: those that failed or move, then any. */
function firstOf(files: readonly UploadFileView[]): UploadFileView[] {
  const first: UploadFileView[] = [];
  for (const file of files) {
    if (ORDER[file.state] <= 1) first.push(file);
    if (first.length === SHOWN) break;
  }
  return first.length > 0 ? first.sort((a, b) => ORDER[a.state] - ORDER[b.state]) : files.slice(0, SHOWN);
}

function Mark({ state }: { state: FileState }) {
  const look = "mt-0.5 size-3.5 shrink-0";
  if (state === "done" || state === "unchanged")
    return <CircleCheck aria-label="has run" className={`${look} text-add-ink`} />;
  if (state === "failed") return <CircleX aria-label="failed" className={`${look} text-del-ink`} />;
  if (state === "reading" || state === "sending")
    return <Loader aria-label="runs" className={`${look} text-accent-ink`} />;
  return <CircleDashed aria-label={state} className={`${look} text-muted`} />;
}
