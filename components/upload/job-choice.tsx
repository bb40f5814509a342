import type { JobSnapshot } from "#lib/browser/upload/queue.ts";
import { isOver, jobName } from "./job-words.ts";
import { progressOf } from "./progress.ts";

interface JobChoiceProps {
  jobs: readonly JobSnapshot[];
  shown: number;
  onChoose: (id: number) => void;
}

/** Which of several uploads is shown in full. */
export function JobChoice({ jobs, shown, onChoose }: JobChoiceProps) {
  return (
    <ul aria-label="All uploads" className="flex shrink-0 gap-1.5 overflow-x-auto px-4 pt-0.5 pb-2">
      {jobs.map((job) => (
        <li key={job.id} className="shrink-0">
          <button
            type="button"
            aria-pressed={job.id === shown}
            onClick={() => onChoose(job.id)}
            className="flex h-6.5 max-w-52 items-center gap-1.5 rounded-small border border-line px-2 text-muted text-secondary hover:text-ink aria-pressed:border-accent-line aria-pressed:bg-accent-soft aria-pressed:text-accent-ink pointer-coarse:h-11"
          >
            <span className="truncate">{jobName(job)}</span>
            <span className="shrink-0">{stateWord(job)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function stateWord(job: JobSnapshot): string {
  if (isOver(job))
    return job.state === "cancelled" ? "cancelled" : job.totals.states.failed > 0 ? "failed in part" : "done";
  if (job.state === "queued") return "waits";
  if (job.state === "paused" || job.state === "interrupted") return job.state;
  return `${progressOf(job).percent}%`;
}
