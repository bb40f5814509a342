import { ChevronUp } from "lucide-react";
import type { CSSProperties } from "react";
import type { JobSnapshot } from "#lib/browser/upload/queue.ts";
import { isInterrupted, isOver, titleOf } from "./job-words.ts";
import type { Progress } from "./progress.ts";

interface MinimisedPanelProps {
  job: JobSnapshot;
  others: number;
  progress: Progress;
  onOpen: () => void;
}

/** The panel as one button, in the corner. */
export function MinimisedPanel({ job, others, progress, onOpen }: MinimisedPanelProps) {
  const { percent } = progress;
  const { failures } = job;
  const ring: CSSProperties = {
    background: `conic-gradient(var(--stored) ${percent}%, var(--line-strong) 0)`,
  };
  return (
    <section aria-label="Uploads" className="fixed right-5 bottom-5 z-40 max-sm:right-4 max-sm:bottom-19">
      <button
        type="button"
        onClick={onOpen}
        title="Show the uploads  g u"
        className="flex h-10 max-w-[min(420px,calc(100vw-32px))] items-center gap-2.5 rounded-full bg-panel pr-4 pl-3 shadow-float hover:bg-hover pointer-coarse:h-11"
      >
        <span aria-hidden style={ring} className="flex size-4.5 shrink-0 items-center justify-center rounded-full">
          <span className="size-3 rounded-full bg-panel" />
        </span>
        <span className="truncate font-medium">{titleOf(job)}</span>
        {!isOver(job) && !isInterrupted(job) && <span className="shrink-0 text-muted">{percent}%</span>}
        {(failures.length > 0 || job.reason !== null) && (
          <span className="shrink-0 font-medium text-del-ink">{failures.length > 0 ? "failed in part" : "waits"}</span>
        )}
        {others > 0 && <span className="shrink-0 text-muted">+{others}</span>}
        <ChevronUp aria-hidden className="size-3.5 shrink-0 text-muted" />
      </button>
    </section>
  );
}
