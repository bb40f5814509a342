"use client";

import {
  ArrowUp,
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Equal,
  Pause,
  Play,
  RotateCcw,
  Scissors,
  X,
} from "lucide-react";
import { memo, type UIEvent, useState } from "react";
import { type JobSnapshot, type UploadFileView, uploadQueue } from "#lib/browser/upload/queue.ts";
import { formatCount, formatSize } from "#lib/core/format.ts";
import { Button } from "../ui/button.tsx";
import { percentOf } from "./progress.ts";
import { failureText } from "./reasons.ts";

/** Without asking for more. */
const FEW = 6;
/** Height of a row, px: what a thumb needs where there is one. */
const rowHeight = () => (window.matchMedia("(pointer: coarse)").matches ? 44 : 36);
/** Of the opened list, px. */
const VIEW = 288;
const OVERSCAN = 6;

/** The files of a job: those around the one that is read, or all of them in a window of rows. */
export function FileRows({ job }: { job: JobSnapshot }) {
  const queue = uploadQueue();
  const [open, setOpen] = useState(false);
  const [onlyFailed, setOnlyFailed] = useState(false);
  const [top, setTop] = useState(0);
  const row = rowHeight();
  const { failed } = job.totals.states;
  const over = job.state === "finished" || job.state === "cancelled";
  const few = open && onlyFailed && failed > 0 ? failedIds(job) : null;
  const count = few?.length ?? job.listed;

  const first = open ? Math.max(0, Math.floor(top / row) - OVERSCAN) : around(queue.foremost(job.id), job.listed);
  const last = Math.min(count, first + (open ? Math.ceil(VIEW / row) + 2 * OVERSCAN : FEW));
  const shown =
    few === null
      ? queue.rows(job.id, first, last)
      : few.slice(first, last).flatMap((id) => queue.rows(job.id, id, id + 1));
  const rows = shown.map((file, at) => (
    <FileRow
      key={file.id}
      job={job.id}
      forecast={job.mode === "forecast"}
      file={file}
      name={nameOf(file.path, job)}
      at={first + at + 1}
      of={count}
      row={row}
    />
  ));
  if (job.listed === 0 && job.kept !== null) return null;
  return (
    <>
      {open ? (
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          tabIndex={0}
          aria-label="All files of this upload"
          style={{ maxHeight: VIEW }}
          className="overflow-y-auto overscroll-contain border-hairline border-t focus-visible:outline-offset-[-2px]"
          onScroll={(event: UIEvent<HTMLDivElement>) => setTop(event.currentTarget.scrollTop)}
        >
          <ul aria-label="Files" style={{ height: count * row, paddingTop: first * row }}>
            {rows}
          </ul>
        </section>
      ) : (
        <ul aria-label="Files" className="border-hairline border-t py-1">
          {rows}
        </ul>
      )}
      <div className="flex min-h-10 flex-wrap items-center gap-2 border-hairline border-t py-1 pr-2.5 pl-4">
        <p className="mr-auto flex items-center gap-2 text-muted text-secondary">
          {!over && job.mode === "upload" && (
            <>
              <RotateCcw aria-hidden className="size-3.5 shrink-0" strokeWidth={1.75} />
              You may close this tab: it goes on from here when you come back.
            </>
          )}
          {job.filtered > 0 && over && `${formatCount(job.filtered)} left out by the rules`}
        </p>
        {open && failed > 0 && (
          <Button size="small" variant="ghost" aria-pressed={onlyFailed} onClick={() => setOnlyFailed(!onlyFailed)}>
            {onlyFailed ? "Show the others too" : `Only ${formatCount(failed)} failed`}
          </Button>
        )}
        {job.listed > FEW && (
          <Button
            size="small"
            variant="ghost"
            aria-expanded={open}
            className="text-ink!"
            onClick={() => {
              setTop(0);
              setOpen(!open);
            }}
          >
            {open ? "Show fewer" : `Show all ${formatCount(job.listed)}`}
          </Button>
        )}
      </div>
    </>
  );
}

/** Without the folder that all of them are in. */
function nameOf(path: string, { prefix, name }: JobSnapshot): string {
  const folder = prefix === "" ? "" : `${prefix}/`;
  const dropped = `${folder}${name}/`;
  return path.slice(name !== null && path.startsWith(dropped) ? dropped.length : folder.length);
}

/** The first row to show of few: two before the first that is not done. */
function around(foremost: number, files: number): number {
  return Math.max(0, Math.min(Math.max(0, foremost) - 2, files - FEW));
}

function failedIds({ failures }: JobSnapshot): number[] {
  return failures.flatMap(({ ids }) => ids).sort((a, b) => a - b);
}

interface FileRowProps {
  job: number;
  forecast: boolean;
  file: UploadFileView;
  name: string;
  at: number;
  of: number;
  /** px */
  row: number;
}

const FileRow = memo(function FileRow({ job, forecast, file, name, at, of, row }: FileRowProps) {
  const { state, size } = file;
  const active = state === "reading" || state === "sending";
  return (
    <li
      aria-setsize={of}
      aria-posinset={at}
      style={{ height: row }}
      className="grid grid-cols-[16px_minmax(0,1fr)_144px_116px_28px] items-center gap-2.5 pr-2.5 pl-4 max-sm:grid-cols-[16px_minmax(0,1fr)_auto_44px]"
    >
      <StateIcon state={state} fresh={file.fresh} />
      <span title={file.path} className={`truncate font-mono text-[11.5px] ${state === "waiting" ? "text-muted" : ""}`}>
        {name}
      </span>
      <span className="max-sm:hidden">
        {active && size > 0 ? (
          <MiniBar file={file} />
        ) : (
          <span className="block truncate text-muted">
            {formatSize(size)}
            {state === "done" && ` · ${formatSize(file.fresh)} new`}
          </span>
        )}
      </span>
      <span
        className={`truncate text-right ${state === "failed" ? "text-del-ink" : "text-muted"}`}
        title={file.message ?? undefined}
      >
        {status(file, forecast)}
      </span>
      <RowVerb job={job} file={file} name={name} />
    </li>
  );
});

function MiniBar({ file: { size, known, repeated, fresh } }: { file: UploadFileView }) {
  return (
    <span aria-hidden className="flex h-1 overflow-hidden rounded-full bg-line">
      <span className="bg-unique" style={{ width: `${((known + repeated) / size) * 100}%` }} />
      <span className="bg-new" style={{ width: `${(fresh / size) * 100}%` }} />
    </span>
  );
}

function StateIcon({ state, fresh }: { state: UploadFileView["state"]; fresh: number }) {
  const look = "size-4";
  const props = { "aria-hidden": true, strokeWidth: 1.75 } as const;
  if (state === "done") return <CircleCheck {...props} className={`${look} text-add-ink`} />;
  if (state === "unchanged") return <Equal {...props} className={`${look} text-same-ink`} />;
  if (state === "skipped") return <Ban {...props} className={`${look} text-same-ink`} />;
  if (state === "failed") return <CircleX {...props} className={`${look} text-del-ink`} />;
  if (state === "cancelled") return <X {...props} className={`${look} text-muted`} />;
  if (state === "paused") return <CirclePause {...props} className={`${look} text-muted`} />;
  if (state === "waiting") return <CircleDashed {...props} className={`${look} text-muted`} />;
  if (state === "reading" && fresh === 0) return <Scissors {...props} className={`${look} text-muted`} />;
  return <ArrowUp {...props} className={`${look} text-new-ink`} />;
}

function status(file: UploadFileView, forecast: boolean): string {
  const { state, fresh, known, reason, packed } = file;
  switch (state) {
    case "waiting":
      return "Waiting";
    case "reading":
      return fresh === 0 && known === 0
        ? `Hashing ${percentOf(file)}%`
        : `${percentOf(file)}% · ${formatSize(fresh)} new`;
    case "sending":
      return packed > 0 ? `Sending ${formatSize(packed)}` : "Finishing";
    case "done":
      if (file.size > 0 && fresh === 0) return "Already stored";
      return forecast ? "New" : "Uploaded";
    case "unchanged":
      return "Unchanged";
    case "skipped":
      return "Skipped, it exists";
    case "paused":
      return "Paused";
    case "cancelled":
      return "Cancelled";
    case "failed":
      return failureText(reason ?? "internal").short;
  }
}

function RowVerb({ job, file: { id, state }, name }: { job: number; file: UploadFileView; name: string }) {
  const queue = uploadQueue();
  const verb =
    state === "reading" || state === "sending"
      ? { word: "Pause", icon: <Pause />, run: () => queue.pause(job, [id]) }
      : state === "waiting"
        ? { word: "Leave out", icon: <X />, run: () => queue.cancel(job, [id]) }
        : state === "paused"
          ? { word: "Resume", icon: <Play />, run: () => queue.resume(job, [id]) }
          : state === "cancelled" || queue.retryable(job, [id]).length > 0
            ? { word: "Retry", icon: <RotateCcw />, run: () => queue.retry(job, [id]) }
            : null;
  if (verb === null) return <span />;
  return (
    <Button variant="ghost" size="iconSmall" aria-label={`${verb.word} ${name}`} title={verb.word} onClick={verb.run}>
      {verb.icon}
    </Button>
  );
}
