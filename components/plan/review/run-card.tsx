"use client";

import { useMutation } from "@tanstack/react-query";
import { CirclePause, CirclePlay, CircleStop, Download } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { approvedUrl, cancelRun, startRun } from "#lib/browser/queries/plan.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import type { PlanDetails, PlanRun } from "#lib/core/plan/plan.ts";
import { doerWords } from "../../plan-list/doer-face.tsx";
import { Button, ButtonAnchor } from "../../ui/button.tsx";
import { Card, CardHead } from "../../ui/card.tsx";
import { Code } from "../../ui/code.tsx";
import { ErrorNotice } from "../../ui/notice.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Time } from "../../ui/time.tsx";
import { announce } from "../../ui/toast.tsx";
import { countOf } from "../marks.tsx";
import { usePlanChanged, useReview } from "./plan-context.ts";

const RunHere = lazy(() => import("../../plan-run/run-here.tsx").then((module) => ({ default: module.RunHere })));

/** Three ways to run what was approved, and how far a run is. */
export function RunCard() {
  const { plan } = useReview();
  if (plan.status === "withdrawn" || plan.status === "rejected") return null;
  const runnable = countOf(plan.runnable);
  const open = plan.status !== "done";
  return (
    <Card aria-label="Run">
      <CardHead title={open ? (runnable > 0 ? `Run ${plural(runnable, "operation")}` : "Run once approved") : "Run"} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3 p-3.5">
        {plan.run && <Progress run={plan.run} />}
        {open && <Ways plan={plan} />}
        {open && plan.rules.protect.length > 0 && plan.direction !== "download" && (
          <p className="text-muted text-secondary">
            {protectedWords(plan.rules.protect)}: any other delete or overwrite there is refused with a link to this
            page.
          </p>
        )}
      </div>
    </Card>
  );
}

function protectedWords(prefixes: string[]): string {
  if (prefixes.includes("")) return "The bucket is protected";
  return `${prefixes.slice(0, 3).join(", ")}${prefixes.length > 3 ? " and more" : ""} ${prefixes.length === 1 ? "is" : "are"} protected`;
}

function Ways({ plan }: { plan: PlanDetails }) {
  const tabs: { key: string; title: string; content: ReactNode }[] = [];
  if (plan.direction !== "copy") tabs.push({ key: "cli", title: "CLI", content: <ByClient plan={plan} /> });
  if (plan.direction === "upload") tabs.push({ key: "tab", title: "This tab", content: <InThisTab plan={plan} /> });
  if (plan.direction !== "download") tabs.push({ key: "server", title: "Server", content: <OnServer plan={plan} /> });
  return <Tabs label="Where it runs" tabs={tabs} />;
}

const NOT_YET = "Nothing may run yet: operations run once they have the approvals that the rules ask for.";

function ByClient({ plan }: { plan: PlanDetails }) {
  const runnable = countOf(plan.runnable);
  const file = `approved-${plan.id}.jsonl`;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2.5">
      {runnable > 0 ? (
        <ButtonAnchor href={approvedUrl(plan.id)} download={file}>
          <Download aria-hidden />
          {`Download ${formatCount(runnable)} approved`}
        </ButtonAnchor>
      ) : (
        <p className="text-muted">{NOT_YET}</p>
      )}
      <Code text={`hf buckets sync --apply \\\n  ${file}`} what="Command" />
      <p className="text-muted text-secondary">
        Run it where {plan.direction === "upload" ? plan.source : plan.dest} is. The file holds approved operations
        only, with a summary of its own.
      </p>
    </div>
  );
}

function InThisTab({ plan }: { plan: PlanDetails }) {
  const changed = usePlanChanged();
  if (!plan.rights.run) return <p className="text-muted">Running takes the right to write to the bucket.</p>;
  if (countOf(plan.runnable) === 0) return <p className="text-muted">{NOT_YET}</p>;
  return (
    <Suspense fallback={<span className="skeleton block h-16" />}>
      <RunHere plan={plan} onChange={() => changed()} />
    </Suspense>
  );
}

function OnServer({ plan }: { plan: PlanDetails }) {
  const changed = usePlanChanged();
  const start = useMutation({
    mutationFn: () => startRun(plan.id),
    onSuccess: () => {
      announce("The server runs it");
      return changed();
    },
  });
  const uploads = plan.direction === "upload" ? plan.runnable.add.count + plan.runnable.overwrite.count : 0;
  const here =
    plan.direction === "upload" ? plan.runnable.delete.count : countOf(plan.runnable) - plan.runnable.skip.count;
  if (countOf(plan.runnable) === 0) return <p className="text-muted">{NOT_YET}</p>;
  if (!plan.rights.run) return <p className="text-muted">Running takes the right to write to the bucket.</p>;
  return (
    <div className="grid gap-2.5">
      {here > 0 ? (
        <Button busy={start.isPending || plan.run?.state === "running"} onClick={() => start.mutate()}>
          <CirclePlay aria-hidden />
          {plan.direction === "upload" ? `Delete ${plural(here, "file")}` : `Run ${plural(here, "operation")}`}
        </Button>
      ) : (
        <p className="text-muted">There is nothing that the server can do alone.</p>
      )}
      {uploads > 0 && (
        <p className="text-muted text-secondary">
          {`${plural(uploads, "upload")} need the files: the command line or this tab sends them.`}
        </p>
      )}
      {start.error && <ErrorNotice title="The run did not start" error={start.error} />}
    </div>
  );
}

const HOW = { server: "on the server", client: "by the command line", browser: "in a browser" };
const STATES: Record<PlanRun["state"], string> = {
  running: "Running",
  paused: "Paused",
  done: "Done",
  failed: "Ended with failures",
  cancelled: "Stopped",
};

function Progress({ run }: { run: PlanRun }) {
  const { plan } = useReview();
  const changed = usePlanChanged();
  const onSuccess = () => changed();
  const stop = useMutation({ mutationFn: () => cancelRun(plan.id), onSuccess });
  const pause = useMutation({ mutationFn: () => cancelRun(plan.id, true), onSuccess });
  const goOn = useMutation({ mutationFn: () => startRun(plan.id), onSuccess });
  const percent = run.total === 0 ? 100 : Math.floor(((run.done + run.failed) / run.total) * 100);
  const running = run.state === "running";
  return (
    <div className="grid gap-1.5">
      <p className="flex items-baseline justify-between gap-2">
        <span className="font-medium">{`${STATES[run.state]} ${HOW[run.how]}`}</span>
        <span className="text-muted text-secondary">{`${formatCount(run.done)} of ${formatCount(run.total)}`}</span>
      </p>
      <div
        role="progressbar"
        aria-label="Operations that ran"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        className="flex h-1.5 overflow-hidden rounded-full bg-line"
      >
        <span
          className="bg-stored transition-[width] duration-180"
          style={{ width: `${run.total === 0 ? 100 : (run.done / run.total) * 100}%` }}
        />
        <span className="bg-del" style={{ width: `${run.total === 0 ? 0 : (run.failed / run.total) * 100}%` }} />
      </div>
      <p className="text-muted text-secondary">
        {run.failed > 0 && <span className="text-del-ink">{`${formatCount(run.failed)} failed. `}</span>}
        {run.bytes > 0 && `${formatSize(run.bytesDone)} of ${formatSize(run.bytes)}. `}
        {run.message && `${run.message} `}
        {doerWords(run.by)}, <Time value={run.endedAt ?? run.startedAt} />
      </p>
      {(running || run.state === "paused") && plan.rights.run && (
        <div className="flex flex-wrap gap-2">
          {run.how === "server" && running && (
            <Button size="small" busy={pause.isPending} onClick={() => pause.mutate()}>
              <CirclePause aria-hidden />
              Pause
            </Button>
          )}
          {run.state === "paused" && (
            <Button size="small" busy={goOn.isPending} onClick={() => goOn.mutate()}>
              <CirclePlay aria-hidden />
              {`Go on, ${formatCount(run.total - run.done)} left`}
            </Button>
          )}
          <Button size="small" busy={stop.isPending} onClick={() => stop.mutate()}>
            <CircleStop aria-hidden />
            Stop
          </Button>
        </div>
      )}
      {pause.error && <ErrorNotice title="The run goes on" error={pause.error} />}
      {goOn.error && <ErrorNotice title="The run stands" error={goOn.error} />}
      {stop.error && <ErrorNotice title="The run goes on" error={stop.error} />}
    </div>
  );
}
