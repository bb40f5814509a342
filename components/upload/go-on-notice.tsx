import { FileUp, FolderUp, Play, RotateCcw } from "lucide-react";
import type { Dropped } from "#lib/browser/upload/drop.ts";
import type { JobSnapshot } from "#lib/browser/upload/queue.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import { Button } from "../ui/button.tsx";
import { isInterrupted, jobName } from "./job-words.ts";
import { pickFiles } from "./pick.ts";

interface GoOnNoticeProps {
  job: JobSnapshot;
  /** The browser was asked for the files, and has them no more. */
  lost: boolean;
  onGoOn: (files?: Dropped) => void;
}

/** An upload of an earlier page: what is there, and how it goes on. */
export function GoOnNotice({ job, lost, onGoOn }: GoOnNoticeProps) {
  const { totals, mode, kept } = job;
  const { states, files, size } = totals;
  const ended = states.done + states.unchanged + states.skipped;
  const byHandle = kept!.handles && !lost;
  const whole = files === 0 ? jobName(job) : plural(files, "file");
  const pick = (what: "folder" | "files") => pickFiles(what).then(onGoOn);
  return (
    <div className="border-hairline border-y bg-mod-soft px-4 py-2.5">
      <div className="flex items-start gap-2.5">
        <RotateCcw aria-hidden className="mt-0.5 size-4 shrink-0 text-mod-ink" strokeWidth={1.75} />
        <div className="min-w-0 flex-1 wrap-anywhere">
          <p className="font-semibold">
            {isInterrupted(job)
              ? `The ${mode === "forecast" ? "forecast" : "upload"} of ${whole}${files === 0 ? "" : `, ${formatSize(size)},`} was interrupted`
              : "Its files are needed once more"}
          </p>
          <p className="text-ink/80">
            {byHandle
              ? "The page was closed or loaded anew. The browser kept the way to the files, and may ask whether this site may read them."
              : lost
                ? "The browser may not read the files any more, or they were moved. Drop the same again, or choose it here."
                : "The page was closed or loaded anew. Drop the same again to go on, or choose it here."}
          </p>
          {mode === "upload" && isInterrupted(job) && (
            <p className="mt-1 text-ink/75 text-secondary">
              {ended === 0 ? "No file" : `${formatCount(ended)} of ${plural(files, "file")}`}{" "}
              {ended === 0 || ended === 1 ? "is" : "are"} in the bucket. Bytes that arrived are kept and not sent twice.
            </p>
          )}
          {!byHandle && (
            <div className="mt-2 flex flex-wrap gap-2">
              <Button size="small" onClick={() => pick("folder")}>
                <FolderUp />
                Choose folder
              </Button>
              <Button size="small" onClick={() => pick("files")}>
                <FileUp />
                Choose files
              </Button>
            </div>
          )}
        </div>
        {byHandle && (
          <Button size="small" variant="primary" onClick={() => onGoOn()}>
            <Play />
            Continue
          </Button>
        )}
      </div>
    </div>
  );
}
