import {
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  ClockAlert,
  Loader,
  MessageSquareWarning,
  TriangleAlert,
  Undo2,
} from "lucide-react";
import { formatCount } from "#lib/core/format.ts";
import type { PlanInfo } from "#lib/core/plan/plan.ts";
import { Badge } from "../ui/badge.tsx";

/** How far a plan is, in a pill. */
export function PlanStatus({ plan }: { plan: PlanInfo }) {
  const { status, approvals } = plan;
  if (status === "open") {
    return (
      <Badge>
        <CircleDashed aria-hidden />
        {`${approvals.have} of ${approvals.need} ${approvals.need === 1 ? "approval" : "approvals"}`}
      </Badge>
    );
  }
  const { tone, Icon, word } = STATES[status];
  return (
    <Badge tone={tone}>
      <Icon aria-hidden />
      {word}
    </Badge>
  );
}

const STATES = {
  "changes-requested": { tone: "mod", Icon: MessageSquareWarning, word: "Changes requested" },
  approved: { tone: "add", Icon: CircleCheck, word: "Approved" },
  rejected: { tone: "del", Icon: CircleX, word: "Rejected" },
  withdrawn: { tone: "outline", Icon: Undo2, word: "Withdrawn" },
  running: { tone: "accent", Icon: Loader, word: "Running" },
  done: { tone: "add", Icon: CircleCheck, word: "Done" },
  failed: { tone: "del", Icon: CirclePause, word: "Ended with failures" },
} as const;

/** What makes it worth opening first: ground that moved, or something dangerous in it. */
export function PlanWarnings({ plan }: { plan: PlanInfo }) {
  const over = plan.status === "done" || plan.status === "withdrawn" || plan.status === "rejected";
  if (over) return null;
  return (
    <>
      {plan.stale > 0 && (
        <Badge tone="mod" title={`${formatCount(plan.stale)} of ${formatCount(plan.operations)} operations`}>
          <ClockAlert aria-hidden />
          {plan.stale >= plan.operations ? "Out of date" : "Partly out of date"}
        </Badge>
      )}
      {plan.severity === "danger" && (
        <Badge tone="del">
          <TriangleAlert aria-hidden />
          Dangerous
        </Badge>
      )}
      {plan.severity === "warning" && (
        <Badge tone="mod">
          <TriangleAlert aria-hidden />
          Has warnings
        </Badge>
      )}
    </>
  );
}
