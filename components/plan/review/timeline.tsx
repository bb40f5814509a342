"use client";

import { useQuery } from "@tanstack/react-query";
import {
  CircleAlert,
  CircleCheck,
  CircleDot,
  CirclePlay,
  CircleX,
  CornerUpLeft,
  FileInput,
  type LucideIcon,
  MessageSquare,
  MessageSquareWarning,
  RefreshCw,
  ShieldCheck,
  UserPlus,
} from "lucide-react";
import { useState } from "react";
import { timelineQuery } from "#lib/browser/queries/plan.ts";
import { plural } from "#lib/core/format.ts";
import type { Activity } from "#lib/core/plan/plan.ts";
import { activityWords } from "../../activity/activity-words.ts";
import { doerWords } from "../../plan-list/doer-face.tsx";
import { Button } from "../../ui/button.tsx";
import { Card, CardHead } from "../../ui/card.tsx";
import { Time } from "../../ui/time.tsx";
import { usePlanStamp, useReview } from "./plan-context.ts";

const ICONS: Record<string, { Icon: LucideIcon; ink: string }> = {
  "plan.submitted": { Icon: FileInput, ink: "text-muted" },
  "plan.approved": { Icon: CircleCheck, ink: "text-add-ink" },
  "plan.changes-requested": { Icon: MessageSquareWarning, ink: "text-mod-ink" },
  "plan.rejected": { Icon: CircleX, ink: "text-del-ink" },
  "plan.decision-withdrawn": { Icon: CornerUpLeft, ink: "text-muted" },
  "plan.withdrawn": { Icon: CornerUpLeft, ink: "text-muted" },
  "plan.stale": { Icon: CircleAlert, ink: "text-mod-ink" },
  "plan.rebased": { Icon: RefreshCw, ink: "text-muted" },
  "plan.commented": { Icon: MessageSquare, ink: "text-muted" },
  "plan.reviewers": { Icon: UserPlus, ink: "text-muted" },
  "plan.run-started": { Icon: CirclePlay, ink: "text-accent-ink" },
  "plan.run-ended": { Icon: CirclePlay, ink: "text-accent-ink" },
};

/** Steps that are shown before somebody asks for more. */
const FEW = 8;

/** The steps of the plan, newest first. */
export function Timeline() {
  const { plan, me } = useReview();
  const { data } = useQuery(timelineQuery(plan.id, usePlanStamp()));
  const [all, setAll] = useState(false);
  if (data === undefined || data.length === 0) return null;
  const shown = all ? data : data.slice(0, FEW);
  return (
    <Card aria-label="Timeline">
      <CardHead title="Timeline" />
      <ol className="grid gap-2.5 px-3.5 py-3">
        {shown.map((step) => (
          <Step key={step.id} step={step} me={me} />
        ))}
        <li className="flex gap-2.5">
          <ShieldCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
          <p className="min-w-0 flex-1">
            {`Checks ran: ${plan.checksPassed.length} passed, ${plural(plan.findings.length, "note")}`}
          </p>
          <Time value={plan.versions.at(-1)?.at ?? plan.createdAt} className="shrink-0 text-muted text-secondary" />
        </li>
      </ol>
      {data.length > FEW && (
        <div className="border-line border-t px-2 py-1.5">
          <Button variant="ghost" size="small" onClick={() => setAll(!all)}>
            {all ? "Show fewer" : `Show all ${data.length}`}
          </Button>
        </div>
      )}
    </Card>
  );
}

function Step({ step, me }: { step: Activity; me: string | null }) {
  const { Icon, ink } = ICONS[step.type] ?? { Icon: CircleDot, ink: "text-muted" };
  const { did, quote } = activityWords(step);
  const by = step.by === null ? "Somebody" : step.by.name === me && !step.by.agent ? "You" : doerWords(step.by);
  return (
    <li className="flex gap-2.5">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${ink}`} />
      <p className="min-w-0 flex-1 wrap-anywhere">
        {`${by} ${did}`}
        {quote && <span className="line-clamp-2 text-muted text-secondary">{quote}</span>}
      </p>
      <Time value={step.at} className="shrink-0 text-muted text-secondary" />
    </li>
  );
}
