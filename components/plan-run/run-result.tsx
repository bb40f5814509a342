import { useMutation } from "@tanstack/react-query";
import { CircleCheck, FolderOpen, Server, TriangleAlert } from "lucide-react";
import type { RunStage } from "#lib/browser/plan/run-here.ts";
import { startRun } from "#lib/browser/queries/plan.ts";
import type { UploadFileView } from "#lib/browser/upload/queue.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import type { PlanDetails } from "#lib/core/plan/plan.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { announce } from "../ui/toast.tsx";
import { OperationRows } from "./sending.tsx";

interface RunResultProps {
  plan: PlanDetails;
  result: RunStage & { stage: "done" };
  files: readonly UploadFileView[];
  onAgain: () => void;
  onLeave: () => void;
}

/** The last comparison: "0 pending", or what is left and how it goes on. */
export function RunResult({ plan, result, files, onAgain, onLeave }: RunResultProps) {
  const { sent, pending, left } = result;
  const uploads = Math.max(left?.uploads.length ?? 0, pending.length);
  const deletes = left?.deletes ?? 0;
  const all = uploads === 0 && deletes === 0;
  const failed = files.filter(({ state }) => state === "failed");
  const server = useMutation({
    mutationFn: () => startRun(plan.id),
    onSuccess: () => {
      announce(`${plural(deletes, "delete")} started on the server`);
      onLeave();
    },
  });
  const Icon = uploads === 0 ? CircleCheck : TriangleAlert;
  return (
    <div className="grid gap-3">
      <div role="status" className="flex gap-2">
        <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${uploads === 0 ? "text-add-ink" : "text-mod-ink"}`} />
        <div>
          <p className="font-semibold">{`${formatCount(uploads + deletes)} pending`}</p>
          <p className="text-muted">
            {sent > 0 && `The bucket holds ${plural(sent, "file")} exactly as sent. `}
            {uploads > 0 && `${plural(uploads, "upload")} ${uploads === 1 ? "is" : "are"} left. `}
            {deletes > 0 && `${plural(deletes, "delete")} ${deletes === 1 ? "needs" : "need"} no file of this machine.`}
          </p>
        </div>
      </div>
      {failed.length > 0 && <OperationRows files={failed} prefix={plan.prefix} />}
      {server.error && <ErrorNotice title="The deletes were not started" error={server.error} />}
      <div className="flex flex-wrap gap-2">
        {deletes > 0 && (
          <Button variant="primary" busy={server.isPending} onClick={() => server.mutate()}>
            <Server />
            {`Run ${plural(deletes, "delete")} on the server`}
          </Button>
        )}
        {uploads > 0 && (
          <Button variant={deletes > 0 ? "outline" : "primary"} onClick={onAgain}>
            <FolderOpen />
            Choose the folder again
          </Button>
        )}
        <Button variant="ghost" onClick={onLeave}>
          {all ? "Close" : "Leave it for now"}
        </Button>
      </div>
    </div>
  );
}
