import type { JobSnapshot } from "#lib/browser/upload/queue.ts";
import { formatSize } from "#lib/core/format.ts";
import { Bytes } from "../ui/size.tsx";
import { jobName } from "./job-words.ts";
import { formatShare, type Progress } from "./progress.ts";

const PART = "absolute inset-0 origin-left transition-transform duration-180 ease-out";

/**
 * Indigo was there, magenta leaves the machine. Each part lies under the one before it and is stretched, not widened: that the browser
 * animates without the page's thread.
 */
export function UploadBar({ job, progress }: { job: JobSnapshot; progress: Progress }) {
  const { percent, stored, fresh, waiting, ended } = progress;
  const upTo = (share: number) => ({ transform: `scaleX(${Math.min(1, share)})` });
  return (
    <div
      role="progressbar"
      aria-label={jobName(job)}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={`${percent}%, ${ended} of ${job.totals.files} files`}
      className="relative mt-2 h-2.5 overflow-hidden rounded-full bg-line"
    >
      <span style={upTo(stored + fresh + waiting)} className={`${PART} bg-new/35`} />
      <span style={upTo(stored + fresh)} className={`${PART} bg-new`} />
      <span style={upTo(stored)} className={`${PART} bg-unique`} />
    </div>
  );
}

export function UploadFigures({ job }: { job: JobSnapshot }) {
  const { size, read, known, repeated, fresh, packed, sent } = job.totals;
  const forecast = job.mode === "forecast";
  const figures = [
    { name: "Logical read", value: read, note: `of ${formatSize(size)}`, mark: "" },
    {
      name: "Already stored",
      value: known,
      note: repeated > 0 ? `and ${formatSize(repeated)} repeated` : known > 0 ? "not sent" : "",
      mark: "bg-unique",
    },
    { name: "New", value: fresh, note: read === 0 ? "" : `${formatShare(fresh / read)} of read`, mark: "bg-new" },
    {
      name: forecast ? "To send, compressed" : "Sent, compressed",
      value: forecast ? packed : sent,
      note: fresh > 0 && packed <= fresh ? `saves a further ${formatShare(1 - packed / fresh)}` : "",
      mark: "",
    },
  ];
  return (
    <dl className="mt-3 grid grid-cols-4 gap-x-3 gap-y-2.5 max-sm:grid-cols-2">
      {figures.map(({ name, value, note, mark }) => (
        <div key={name} className="flex min-w-0 flex-col">
          <dt className="flex items-center gap-1.5 text-muted text-secondary">
            {mark && <span aria-hidden className={`size-2 shrink-0 rounded-[2px] ${mark}`} />}
            {name}
          </dt>
          <dd className="font-semibold text-[16px] leading-6 tracking-[-0.02em]">
            <Bytes bytes={value} />
          </dd>
          <dd className="min-h-4.5 text-muted text-secondary">{note}</dd>
        </div>
      ))}
    </dl>
  );
}
