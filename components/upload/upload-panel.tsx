"use client";

import { Minus, Sparkles, X } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import type { Dropped } from "#lib/browser/upload/drop.ts";
import { type JobSnapshot, type JobTotals, uploadQueue } from "#lib/browser/upload/queue.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import { useKeys } from "../shell/keys.tsx";
import { folderPage } from "../tree/links.ts";
import { Button } from "../ui/button.tsx";
import { FileRows } from "./file-rows.tsx";
import { GoOnNotice } from "./go-on-notice.tsx";
import { JobChoice } from "./job-choice.tsx";
import { JobVerbs } from "./job-verbs.tsx";
import { isInterrupted, isOver, jobName, titleOf } from "./job-words.ts";
import { MinimisedPanel } from "./minimised-panel.tsx";
import { formatDuration, type Progress, progressOf } from "./progress.ts";
import { verdict } from "./receipt.ts";
import { ReceiptLines } from "./receipt-lines.tsx";
import { StopDialog } from "./stop-dialog.tsx";
import { UploadBar, UploadFigures } from "./upload-figures.tsx";
import { FailureNotice, HoldNotice } from "./upload-notices.tsx";

interface UploadPanelProps {
  jobs: readonly JobSnapshot[];
  minimised: boolean;
  onMinimise: (minimised: boolean) => void;
}

/** Uploads, docked: one in full, the others by name. */
export function UploadPanel({ jobs, minimised, onMinimise }: UploadPanelProps) {
  const queue = uploadQueue();
  const [chosen, setChosen] = useState<number | null>(null);
  const [stoppingId, setStopping] = useState<number | null>(null);
  /** A restored job whose files the browser could not find or may not read. */
  const [lost, setLost] = useState<number | null>(null);
  const [newest, setNewest] = useState(0);
  const panel = useRef<HTMLElement>(null);
  const latest = jobs.at(-1)!.id;
  // Whoever drops something wants to see that.
  if (latest > newest) {
    setNewest(latest);
    setChosen(null);
  }
  const job =
    jobs.find(({ id }) => id === chosen) ??
    jobs.find(({ state }) => state === "running" || state === "retrying") ??
    jobs.findLast((each) => !isOver(each)) ??
    jobs.at(-1)!;
  const progress = progressOf(job);

  useDock(!minimised);
  useKeys({
    "g u": () => {
      onMinimise(false);
      requestAnimationFrame(() => panel.current?.focus());
    },
  });

  function dismiss() {
    if (isOver(job) || isInterrupted(job)) queue.dismiss(job.id);
    else setStopping(job.id);
  }
  async function goOn(files?: Dropped) {
    if (!(await queue.goOn(job.id, files))) setLost(job.id);
  }

  // It may end by itself while it is asked about.
  const stopping = jobs.find((each) => each.id === stoppingId && !isOver(each));
  const stop = stopping && (
    <StopDialog
      job={stopping}
      onClose={() => setStopping(null)}
      onMinimise={() => onMinimise(true)}
      ended={progressOf(stopping).ended}
    />
  );
  if (minimised) {
    return (
      <>
        <MinimisedPanel job={job} others={jobs.length - 1} progress={progress} onOpen={() => onMinimise(false)} />
        {stop}
      </>
    );
  }
  const over = isOver(job);
  return (
    <>
      <section
        ref={panel}
        tabIndex={-1}
        data-upload-panel
        aria-label="Uploads"
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          onMinimise(true);
        }}
        className="fixed right-5 bottom-5 z-40 flex max-h-[min(700px,calc(100dvh-40px))] w-[598px] max-w-[calc(100vw-40px)] animate-[rise_180ms_var(--ease-out)] flex-col overflow-hidden rounded-float bg-panel shadow-float max-sm:inset-x-0 max-sm:bottom-0 max-sm:max-h-[88dvh] max-sm:w-full max-sm:max-w-full max-sm:rounded-b-none"
      >
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1 py-2 pr-2.5 pl-4">
          <h2 className="min-w-0 truncate font-semibold">{titleOf(job)}</h2>
          <Link
            href={folderPage(job.bucket, job.prefix)}
            prefetch={false}
            title={`${job.bucket}/${job.prefix}`}
            className="min-w-0 truncate text-muted hover:text-ink hover:underline"
          >
            to {job.prefix === "" ? job.bucket : job.prefix}
          </Link>
          <div className="ml-auto flex shrink-0 items-center gap-1.5">
            <JobVerbs
              job={job}
              progress={progress}
              onSend={() => (job.kept ? goOn() : queue.send(job.id))}
              onGoOn={() => goOn()}
              onStop={() => setStopping(job.id)}
            />
            <Button
              variant="ghost"
              size="iconSmall"
              aria-label="Minimise the uploads"
              title="Minimise  Esc"
              onClick={() => onMinimise(true)}
            >
              <Minus />
            </Button>
            <Button
              variant="ghost"
              size="iconSmall"
              aria-label={`Close ${jobName(job)}`}
              title="Close"
              onClick={dismiss}
            >
              <X />
            </Button>
          </div>
        </div>
        {jobs.length > 1 && <JobChoice jobs={jobs} shown={job.id} onChoose={setChosen} />}
        <div className="min-h-0 overflow-y-auto overscroll-contain">
          <div className="px-4 pt-1 pb-3.5">
            <Headline job={job} progress={progress} />
            <UploadBar job={job} progress={progress} />
            <UploadFigures job={job} />
          </div>
          {job.reason !== null && !over && (
            <HoldNotice job={job} ended={progress.ended} onGo={() => queue.resume(job.id)} />
          )}
          {job.kept && (isInterrupted(job) || lost === job.id) && (
            <GoOnNotice job={job} lost={lost === job.id} onGoOn={goOn} />
          )}
          {job.forecast && <ForecastStrip totals={job.forecast} />}
          {job.failures.map((failure) => (
            <FailureNotice
              key={failure.reason}
              failure={failure}
              ended={progress.ended}
              files={job.totals.files}
              retryable={
                job.kept ? (job.kept.handles ? failure.ids.length : 0) : queue.retryable(job.id, failure.ids).length
              }
              onRetry={() => (job.kept ? goOn() : queue.retry(job.id, queue.retryable(job.id, failure.ids)))}
            />
          ))}
          {over && job.mode === "upload" && <ReceiptLines job={job} />}
          <FileRows key={job.id} job={job} />
        </div>
      </section>
      {stop}
    </>
  );
}

function Headline({ job, progress }: { job: JobSnapshot; progress: Progress }) {
  const { totals, state, speed, timeLeft } = job;
  if (isOver(job)) {
    return (
      <p className="text-[15px] leading-6">
        <strong className="font-semibold">{verdict(job)}</strong>
      </p>
    );
  }
  const facts = [
    totals.files === 0 && state === "interrupted"
      ? null
      : `${formatCount(progress.ended)} of ${plural(totals.files, "file")}${job.collecting ? " so far" : ""}`,
    state === "queued" ? "waiting" : null,
    state === "paused" || state === "interrupted" ? state : null,
    timeLeft === null ? null : `${formatDuration(timeLeft)} left`,
  ];
  return (
    <div className="flex flex-wrap items-baseline gap-x-3">
      <p className="mr-auto">
        <strong className="mr-2 font-semibold text-figure">{progress.percent}%</strong>
        <span className="text-muted">{facts.filter(Boolean).join(" · ")}</span>
      </p>
      {state === "running" && (
        <p className="text-muted">
          <strong className="font-semibold text-ink">{formatSize(speed.read)}/s</strong> read
          {job.mode === "upload" && (
            <>
              {" · "}
              <strong className="font-semibold text-ink">{formatSize(speed.sent)}/s</strong> sent
            </>
          )}
        </p>
      )}
    </div>
  );
}

/** Stays while the files are sent, so that it can be checked against the result. */
function ForecastStrip({ totals: { size, fresh, packed } }: { totals: JobTotals }) {
  return (
    <p className="flex items-start gap-2.5 border-hairline border-y bg-accent-soft px-4 py-2 text-accent-ink">
      <Sparkles aria-hidden className="mt-0.5 size-4 shrink-0" strokeWidth={1.75} />
      <span>
        Forecast: of {formatSize(size)}, {formatSize(fresh)} are new. About {formatSize(packed)} to send;{" "}
        <strong className="font-semibold">{formatSize(size - fresh)} need not leave this machine.</strong>
      </span>
    </p>
  );
}

/** What floats at the foot of the page keeps clear of the panel. */
function useDock(open: boolean): void {
  useEffect(() => {
    if (!open) return;
    const { dataset } = document.documentElement;
    dataset.dock = "";
    return () => {
      delete dataset.dock;
    };
  }, [open]);
}
