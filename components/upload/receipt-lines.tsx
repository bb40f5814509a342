"use client";

import { Copy, Download } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { type JobSnapshot, uploadQueue } from "#lib/browser/upload/queue.ts";
import { formatCount, formatSize } from "#lib/core/format.ts";
import { filePage } from "../tree/links.ts";
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
  const [all, setAll] = useState(false);
  const { mode, totals, foundIn } = job;
  const named = (foundIn ?? []).flatMap(({ bucket, path, bytes }) =>
    bucket !== null && path !== null ? [{ bucket, path, bytes }] : [],
  );
  const rest = foundIn?.find(({ path }) => path === null)?.bytes ?? 0;
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
      {mode === "upload" && totals.known > 0 && foundIn === null && job.kept === null && (
        <p className="mt-1.5 text-muted text-secondary">
          Looking up in which files {formatSize(totals.known)} were found
        </p>
      )}
      {named.length > 0 && (
        <>
          <dl aria-label="Where bytes were found" className="mt-1.5 grid gap-0.5">
            {(all ? named : named.slice(0, FOUND_SHOWN)).map(({ bucket, path, bytes }) => (
              <div key={`${bucket}/${path}`} className="flex items-baseline gap-3">
                <dt className="min-w-0 truncate text-muted text-secondary">
                  found in{" "}
                  <Link
                    href={filePage(bucket, path)}
                    prefetch={false}
                    title={`${bucket}/${path}`}
                    className="font-mono text-[11.5px] text-ink leading-5 hover:underline"
                  >
                    {bucket === job.bucket ? path : `${bucket}/${path}`}
                  </Link>
                </dt>
                <dd className="ml-auto shrink-0 text-muted text-secondary">{formatSize(bytes)}</dd>
              </div>
            ))}
          </dl>
          {(named.length > FOUND_SHOWN || rest > 0) && (
            <p className="flex items-center gap-2 text-muted text-secondary">
              {named.length > FOUND_SHOWN && (
                <Button size="small" variant="ghost" aria-expanded={all} onClick={() => setAll(!all)}>
                  {all ? "Show fewer" : `Show all ${formatCount(named.length)} files`}
                </Button>
              )}
              {rest > 0 && (
                <span className="ml-auto">{formatSize(rest)} were stored before, in no file named here</span>
              )}
            </p>
          )}
        </>
      )}
    </div>
  );
}
