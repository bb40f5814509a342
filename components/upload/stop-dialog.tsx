"use client";

import { type JobSnapshot, uploadQueue } from "#lib/browser/upload/queue.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { jobName } from "./job-words.ts";

interface StopDialogProps {
  job: JobSnapshot;
  ended: number;
  onClose: () => void;
  onMinimise: () => void;
}

/** Asked before an upload that still works is given up. */
export function StopDialog({ job, ended, onClose, onMinimise }: StopDialogProps) {
  const { files } = job.totals;
  const upload = job.mode === "upload";
  return (
    <Dialog
      title={`${upload ? "Stop uploading" : "Stop the forecast of"} ${jobName(job)}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep going</Button>
          <Button
            onClick={() => {
              onClose();
              onMinimise();
            }}
          >
            Minimise
          </Button>
          <Button
            variant="delete"
            onClick={() => {
              uploadQueue().cancel(job.id);
              onClose();
            }}
          >
            Stop, leave out {plural(files - ended, "file")}
          </Button>
        </>
      }
    >
      <p className="text-muted">
        {upload
          ? `${formatCount(ended)} of ${plural(files, "file")} are in the bucket and stay there. Dropping the same again later goes on from here: bytes that arrived are not sent twice.`
          : "Nothing was sent, and nothing will be."}
      </p>
    </Dialog>
  );
}
