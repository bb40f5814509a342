import { CircleX, ShieldCheck } from "lucide-react";
import type { ReactNode } from "react";
import type { HubError } from "#lib/core/errors.ts";
import { Button } from "./button.tsx";

interface NoticeProps {
  /** What happened, with its place. */
  title: ReactNode;
  /** One sentence why. */
  children?: ReactNode;
  /** What was kept or not touched. */
  kept?: ReactNode;
  action?: ReactNode;
}

export function Notice({ title, children, kept, action }: NoticeProps) {
  return (
    <div
      role="alert"
      className="flex flex-wrap items-start gap-3 rounded-control border border-del/40 bg-del-soft p-3.5"
    >
      <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-del-ink" />
      <div className="min-w-0 flex-1 wrap-anywhere">
        <p className="font-semibold">{title}</p>
        {children && <div className="text-ink/80">{children}</div>}
        {kept && (
          <p className="mt-1.5 flex items-center gap-1.5 text-muted text-secondary">
            <ShieldCheck aria-hidden className="size-3.5 shrink-0 text-add-ink" />
            {kept}
          </p>
        )}
      </div>
      {action}
    </div>
  );
}

interface ErrorNoticeProps {
  title: string;
  error: HubError | Error;
  kept?: string;
  action?: ReactNode;
  /** Offers to ask again, where there is no other `action`. */
  onRetry?: () => unknown;
}

/** A failed request: its message, what was kept, and the id to look it up by. */
export function ErrorNotice({
  title,
  error,
  kept,
  onRetry,
  action = onRetry && <Retry ask={onRetry} />,
}: ErrorNoticeProps) {
  const details = (error as Partial<HubError>).details;
  const id = typeof details?.requestId === "string" ? details.requestId : null;
  return (
    <Notice title={title} kept={kept} action={action}>
      {error.message}
      {id && <p className="mt-1 font-mono text-caption text-muted">{`${(error as HubError).code} · request ${id}`}</p>}
    </Notice>
  );
}

function Retry({ ask }: { ask: () => unknown }) {
  return (
    <Button size="small" onClick={() => ask()}>
      Retry
    </Button>
  );
}
