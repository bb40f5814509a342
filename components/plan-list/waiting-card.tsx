import { CircleDashed, ClockAlert, GitPullRequestArrow, TriangleAlert } from "lucide-react";
import Link from "next/link";
import { formatSize } from "#lib/core/format.ts";
import type { PlanInfo } from "#lib/core/plan/plan.ts";
import { Badge } from "../ui/badge.tsx";
import { Card, CardHead } from "../ui/card.tsx";
import { Time } from "../ui/time.tsx";
import { DoerFace, doerWords } from "./doer-face.tsx";
import { planPage } from "./links.ts";
import { PlanCounts } from "./plan-counts.tsx";

interface WaitingCardProps {
  /** The newest of them. */
  plans: PlanInfo[];
  /** All that wait, counted to a hundred. */
  count: number;
}

/** Plans that wait for the reader, each with what it takes to choose which to open first. */
export function WaitingCard({ plans, count }: WaitingCardProps) {
  return (
    <Card aria-label="Waiting for you">
      <CardHead
        title={
          <span className="flex items-center gap-2">
            Waiting for you
            {count > 0 && (
              <span className="inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-full bg-accent px-1 font-medium text-caption text-on-accent">
                {count >= 100 ? "99+" : count}
              </span>
            )}
          </span>
        }
        icon={<GitPullRequestArrow aria-hidden strokeWidth={1.75} />}
      >
        <Link href="/plans?box=all" prefetch={false} className="font-medium text-accent-ink hover:underline">
          All plans
        </Link>
      </CardHead>
      {plans.length === 0 ? (
        <p className="p-3.5 text-muted">Nothing waits for your decision.</p>
      ) : (
        <ul>
          {plans.map((plan) => (
            <li
              key={plan.id}
              className="relative grid gap-1 border-hairline px-3.5 py-2.5 not-last:border-b hover:bg-hover"
            >
              <span className="flex items-baseline justify-between gap-3">
                <Link
                  href={planPage(plan)}
                  prefetch={false}
                  className="min-w-0 truncate font-medium before:absolute before:inset-0 focus-visible:before:outline-2 focus-visible:before:outline-focus focus-visible:before:-outline-offset-2"
                >
                  {plan.title} <span className="font-normal text-muted">{`#${plan.id}`}</span>
                </Link>
                <span className="shrink-0 text-muted text-secondary">
                  <Time value={plan.createdAt} />
                </span>
              </span>
              <span className="flex items-center gap-2 text-muted text-secondary">
                <span title={doerWords(plan.by)}>
                  <DoerFace by={plan.by} />
                </span>
                <span className="mr-auto min-w-0 truncate">{plan.bucket}</span>
                <PlanCounts totals={plan.totals} />
              </span>
              <span className="flex flex-wrap items-center gap-2 text-muted text-secondary">
                <Worst plan={plan} />
                <span>{weight(plan)}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** The one thing to know first. */
function Worst({ plan }: { plan: PlanInfo }) {
  if (plan.stale > 0) {
    return (
      <Badge tone="mod">
        <ClockAlert aria-hidden />
        {plan.stale >= plan.operations ? "Out of date" : "Partly out of date"}
      </Badge>
    );
  }
  if (plan.severity === "danger" || plan.severity === "warning") {
    return (
      <Badge tone={plan.severity === "danger" ? "del" : "mod"}>
        <TriangleAlert aria-hidden />
        {plan.severity === "danger" ? "Dangerous" : "Has warnings"}
      </Badge>
    );
  }
  return (
    <Badge>
      <CircleDashed aria-hidden />
      {`${plan.approvals.have} of ${plan.approvals.need}: you`}
    </Badge>
  );
}

/** What it moves or takes away. */
function weight({ totals }: PlanInfo): string {
  const sends = totals.add.bytes + totals.overwrite.bytes + totals.download.bytes;
  if (sends > 0) return `${formatSize(sends)} to send`;
  return totals.delete.count > 0 ? `deletes ${formatSize(totals.delete.bytes)} logical` : "";
}
