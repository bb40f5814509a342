import { Pause, Play, RotateCcw, Upload } from "lucide-react";
import { type JobSnapshot, uploadQueue } from "#lib/browser/upload/queue.ts";
import { formatSize, plural } from "#lib/core/format.ts";
import { Button } from "../ui/button.tsx";
import { isInterrupted, isMoving, isOver } from "./job-words.ts";
import type { Progress } from "./progress.ts";

interface JobVerbsProps {
  job: JobSnapshot;
  progress: Progress;
  onSend: () => void;
  /** Takes up a job of an earlier page. */
  onGoOn: () => void;
  onStop: () => void;
}

/** What can be done with a job now. */
export function JobVerbs({ job, progress, onSend, onGoOn, onStop }: JobVerbsProps) {
  const queue = uploadQueue();
  const { states, packed } = job.totals;
  if (isInterrupted(job)) return null;
  if (!isOver(job)) {
    return (
      <>
        {isMoving(job) ? (
          <Button size="small" onClick={() => queue.pause(job.id)}>
            <Pause />
            Pause
          </Button>
        ) : (
          job.reason === null && (
            <Button size="small" variant="primary" onClick={() => queue.resume(job.id)}>
              <Play />
              Resume
            </Button>
          )
        )}
        <Button size="small" variant="ghost" onClick={onStop}>
          Cancel
        </Button>
      </>
    );
  }
  if (job.mode === "forecast" && job.state === "finished" && progress.ended > 0) {
    return (
      <Button size="small" variant="primary" onClick={onSend}>
        <Upload />
        {packed === 0 ? "Upload, nothing to send" : `Upload, send ${formatSize(packed)}`}
      </Button>
    );
  }
  if (job.state === "cancelled" || states.cancelled > 0) {
    return (
      <Button size="small" onClick={() => (job.kept ? onGoOn() : queue.retry(job.id))}>
        <RotateCcw />
        Go on with {plural(states.cancelled, "file")}
      </Button>
    );
  }
  return null;
}
