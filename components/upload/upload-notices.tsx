import { CircleX, ClockAlert, ShieldCheck } from "lucide-react";
import type { ReactNode } from "react";
import type { FailedFiles, JobSnapshot } from "#lib/browser/upload/queue.ts";
import { Button } from "../ui/button.tsx";
import { failureText, failureTitle, holdText, keptText } from "./reasons.ts";

interface StripProps {
  tone: "mod" | "del";
  title: string;
  why: string;
  /** The server's or browser's own words. */
  message: string | null;
  kept: string;
  action: ReactNode;
}

/** What happened, why, what was kept, what to do. */
function Strip({ tone, title, why, message, kept, action }: StripProps) {
  const Icon = tone === "mod" ? ClockAlert : CircleX;
  return (
    <div className={`border-hairline border-y px-4 py-2.5 ${tone === "mod" ? "bg-mod-soft" : "bg-del-soft"}`}>
      <div className="flex items-start gap-2.5">
        <Icon
          aria-hidden
          strokeWidth={1.75}
          className={`mt-0.5 size-4 shrink-0 ${tone === "mod" ? "text-mod-ink" : "text-del-ink"}`}
        />
        <div className="min-w-0 flex-1 wrap-anywhere">
          <p className="font-semibold">{title}</p>
          <p className="text-ink/80">{why}</p>
          {message && <p className="font-mono text-[11.5px] text-ink/80 leading-5">{message}</p>}
          <p className="mt-1 flex items-start gap-1.5 text-ink/75 text-secondary">
            <ShieldCheck aria-hidden className="mt-0.5 size-3.5 shrink-0 text-add-ink" />
            {kept}
          </p>
        </div>
        {action}
      </div>
    </div>
  );
}

interface HoldNoticeProps {
  job: JobSnapshot;
  ended: number;
  onGo: () => void;
}

/** Why the job holds, and what ends that. */
export function HoldNotice({ job, ended, onGo }: HoldNoticeProps) {
  const { title, why, go } = holdText(job.reason!);
  const retrying = job.state === "retrying";
  return (
    <Strip
      tone={retrying ? "mod" : "del"}
      title={title}
      why={why}
      message={job.reason === "offline" ? null : job.message}
      kept={keptText(ended, job.totals.files)}
      action={
        <div className="flex shrink-0 flex-col gap-1.5">
          {go && (
            <Button size="small" onClick={onGo}>
              {retrying ? go : go === "Try now" ? "Try again" : go}
            </Button>
          )}
          {job.reason === "signed-out" && (
            <a
              href="/sign-in"
              target="_blank"
              rel="noopener"
              className="inline-flex h-6.5 items-center justify-center rounded-control border border-line-strong bg-panel px-2 font-medium text-secondary hover:bg-hover pointer-coarse:h-11"
            >
              Sign in
            </a>
          )}
        </div>
      }
    />
  );
}

interface FailureNoticeProps {
  failure: FailedFiles;
  ended: number;
  files: number;
  /** Those of them for which another try can help. */
  retryable: number;
  onRetry: () => void;
}

export function FailureNotice({ failure, ended, files, retryable, onRetry }: FailureNoticeProps) {
  const { reason, ids, message, path } = failure;
  const { why, todo, again } = failureText(reason);
  return (
    <Strip
      tone="del"
      title={ids.length === 1 ? `${path} ${failureText(reason).title}` : failureTitle(reason, ids.length)}
      why={`${why} ${retryable > 0 ? again : todo}`.trim()}
      message={message}
      kept={keptText(ended, files)}
      action={
        retryable > 0 && (
          <Button size="small" onClick={onRetry}>
            Retry {ids.length === 1 ? "" : retryable.toLocaleString("en-US")}
          </Button>
        )
      }
    />
  );
}
