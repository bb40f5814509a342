"use client";

import { Copy, Download } from "lucide-react";
import { type JobSnapshot, uploadQueue } from "#lib/browser/upload/queue.ts";
import { formatCount, formatSize } from "#lib/core/format.ts";
import { Button } from "../ui/button.tsx";
import { copy } from "../ui/toast.tsx";
import { jobName } from "./job-words.ts";
import { formatDuration } from "./progress.ts";
import { receiptText, saveReceipt } from "./receipt.ts";

const FOUND_SHOWN = 4;

/** What the upload came to: counts, where bytes were found, and the receipt to take along. */
export function ReceiptLines({ job }: { job: JobSnapshot }) {
  const queue = uploadQueue();
  const { states } = job.totals;
  const counts = [
    [states.done, "uploaded"],
    [states.unchanged, "unchanged"],
    [states.skipped, "skipped, they exist"],
    [states.cancelled, "cancelled"],
    [states.failed, "failed"],
  ] as const;
  const took =
    job.startedAt !== null && job.finishedAt !== null ? formatDuration((job.finishedAt - job.startedAt) / 1000) : null;
  const named = queue.receipt(job.id).foundIn.filter(({ path }) => path !== null);
  return (
    <div className="border-hairline border-t px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1.5">
        <p className="mr-auto text-muted">
          {counts
            .filter(([count]) => count > 0)
            .map(([count, word]) => `${formatCount(count)} ${word}`)
            .join(" · ")}
          {took && ` · in ${took}`}
        </p>
        <div className="flex gap-2">
          <Button size="small" onClick={() => copy(receiptText(queue.receipt(job.id)), "Receipt")}>
            <Copy />
            Copy receipt
          </Button>
          <Button size="small" onClick={() => saveReceipt(queue.receipt(job.id), jobName(job))}>
            <Download />
            Save as JSON
          </Button>
        </div>
      </div>
      {named.length > 0 && (
        <dl aria-label="Where bytes were found" className="mt-1.5 grid gap-0.5">
          {named.slice(0, FOUND_SHOWN).map(({ path, bytes }) => (
            <div key={path} className="flex gap-3">
              <dt className="min-w-0 truncate font-mono text-[11.5px] text-muted leading-5">{path}</dt>
              <dd className="ml-auto shrink-0 text-muted text-secondary">{formatSize(bytes)} found</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
