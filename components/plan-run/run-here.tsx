"use client";

import { FolderOpen } from "lucide-react";
import { useRouter } from "next/navigation";
import { type DragEvent, useEffect, useState, useSyncExternalStore } from "react";
import { type RunStage, runHere } from "#lib/browser/plan/run-here.ts";
import { type Dropped, readTransfer } from "#lib/browser/upload/drop.ts";
import { uploadQueue } from "#lib/browser/upload/queue.ts";
import { formatSize, plural } from "#lib/core/format.ts";
import type { PlanDetails } from "#lib/core/plan/plan.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { setDoor } from "../upload/door.ts";
import { pickFiles } from "../upload/pick.ts";
import { Misfits } from "./misfits.tsx";
import { RunResult } from "./run-result.tsx";
import { Sending } from "./sending.tsx";

interface RunHereProps {
  plan: PlanDetails;
  /** Something ran: what the page knows of the plan is old. */
  onChange?: () => void;
}

const IDLE: RunStage = { stage: "idle" };

/**
 * Runs the approved uploads of a plan from this tab: the folder is chosen again, every file is checked against what was approved, and
 * only then the upload line takes it.
 */
export function RunHere({ plan, onChange = () => {} }: RunHereProps) {
  const router = useRouter();
  const queue = uploadQueue();
  const run = runHere(plan, queue);
  const stage = useSyncExternalStore(run.subscribe, run.read, () => IDLE);
  // The figures of the job; the stage has none.
  useSyncExternalStore(queue.subscribe, queue.getSnapshot, queue.getServerSnapshot);
  const [over, setOver] = useState(false);
  const running = stage.stage === "sending";
  useEffect(() => {
    if (running) setDoor({ asked: { what: "watch" } });
  }, [running]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once a stage
  useEffect(() => {
    if (stage.stage === "done") onChange();
  }, [stage.stage]);

  const { add, overwrite } = plan.runnable;
  const uploads = add.count + overwrite.count;

  async function pick() {
    look(await pickFiles("folder"));
  }
  function look(dropped: Dropped | null) {
    if (dropped !== null) run.look(dropped);
  }
  function onDrop(event: DragEvent) {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    look(readTransfer(event.dataTransfer));
  }

  if (stage.stage === "looking" || stage.stage === "checking") {
    return <Looking stage={stage} onStop={() => run.reset()} />;
  }
  if (stage.stage === "checked") {
    return (
      <Misfits
        checked={stage.checked}
        source={plan.source}
        onSend={(fits) => run.send(fits)}
        onAgain={pick}
        onLeave={() => run.reset()}
      />
    );
  }
  if (stage.stage === "sending" || stage.stage === "comparing") {
    const job = run.job();
    return job ? <Sending job={job} files={run.files()} comparing={stage.stage === "comparing"} /> : null;
  }
  if (stage.stage === "done") {
    return (
      <RunResult
        plan={plan}
        result={stage}
        files={run.files()}
        onAgain={pick}
        onLeave={() => {
          run.reset();
          router.refresh();
        }}
      />
    );
  }
  return (
    <div className="grid gap-3">
      {stage.stage === "failed" && (
        <ErrorNotice title="The run stopped" error={stage.error} kept="What came into the bucket stays." />
      )}
      {stage.stage === "nothing" && (
        <p role="status" className="text-muted">
          Nothing of this plan may run now: all that was approved has run, or waits for approvals.
        </p>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same */}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          event.stopPropagation();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        className={`grid justify-items-center gap-2 rounded-control border border-dashed px-3 py-4 text-center ${over ? "border-accent bg-accent-soft" : "border-line-strong"}`}
      >
        <p className="text-muted text-secondary">
          {uploads === 0 ? (
            "No approved upload is left. Deletes and copies run on the server."
          ) : (
            <>
              {`${plural(uploads, "approved upload")}, ${formatSize(add.bytes + overwrite.bytes)}. Choose the folder again that the plan was made of, `}
              <code className="font-mono wrap-anywhere">{plan.source}</code>: each file is checked against the plan
              first.
            </>
          )}
        </p>
        <Button variant="primary" disabled={uploads === 0} onClick={pick}>
          <FolderOpen />
          Choose the folder
        </Button>
      </div>
    </div>
  );
}

function Looking({ stage, onStop }: { stage: RunStage & { stage: "looking" | "checking" }; onStop: () => void }) {
  const checking = stage.stage === "checking";
  const share = !checking ? null : stage.total > 0 ? stage.bytes / stage.total : stage.files / Math.max(1, stage.of);
  return (
    <div className="grid gap-2">
      <p role="status" className="font-medium">
        {checking ? `Checking ${plural(stage.of, "file")} against the plan` : `Looking: ${plural(stage.found, "file")}`}
      </p>
      <div
        role="progressbar"
        aria-label={checking ? "Files checked" : "Looking for files"}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share !== null && { "aria-valuenow": Math.round(share * 100) })}
        className="h-1.5 overflow-hidden rounded-full bg-line"
      >
        <span
          className="block h-full bg-unique transition-[width] duration-180 ease-out"
          style={{ width: `${(share ?? 0) * 100}%` }}
        />
      </div>
      <div className="flex items-center justify-between gap-2 text-muted text-secondary">
        <span>
          {checking && stage.total > 0
            ? `${formatSize(stage.bytes)} of ${formatSize(stage.total)} read and hashed`
            : "Nothing is sent yet"}
        </span>
        <Button size="small" onClick={onStop}>
          Stop
        </Button>
      </div>
    </div>
  );
}
