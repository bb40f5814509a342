"use client";

import { type ReactNode, useSyncExternalStore } from "react";
import { uploadQueue } from "#lib/browser/upload/queue.ts";
import { formatSize } from "#lib/core/format.ts";
import { isMoving, jobName } from "../upload/job-words.ts";
import { progressOf } from "../upload/progress.ts";
import { ShareBar } from "./running-card.tsx";

interface TabUploadsProps {
  /** Rows beside them. */
  plans: ReactNode[];
  frame: (rows: ReactNode[]) => ReactNode;
}

/** Uploads of this tab, among what else runs. */
export function TabUploads({ plans, frame }: TabUploadsProps) {
  const queue = uploadQueue();
  const { jobs } = useSyncExternalStore(queue.subscribe, queue.getSnapshot, queue.getServerSnapshot);
  const rows = jobs.filter(isMoving).map((job) => {
    const { stored, fresh } = progressOf(job);
    const { ended, size, fresh: newBytes } = job.totals;
    return (
      <li key={`job ${job.id}`} className="grid gap-1.5">
        <span className="flex justify-between gap-3">
          <span className="min-w-0 truncate font-medium">{`Upload ${jobName(job)}`}</span>
          {job.timeLeft !== null && <span className="shrink-0 text-muted text-secondary">{left(job.timeLeft)}</span>}
        </span>
        <ShareBar
          label={jobName(job)}
          parts={[
            { share: stored, look: "bg-unique" },
            { share: fresh, look: "bg-new" },
          ]}
        />
        <span className="text-muted text-secondary">
          {`${formatSize(ended)} of ${formatSize(size)}, `}
          <span className="font-medium text-new-ink">{`${formatSize(newBytes)} new`}</span>, this tab
        </span>
      </li>
    );
  });
  return frame([...rows, ...plans]);
}

function left(seconds: number): string {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s left` : `${Math.round(seconds / 60)} min left`;
}
