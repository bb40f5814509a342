"use client";

import { useQueries } from "@tanstack/react-query";
import { Loader } from "lucide-react";
import Link from "next/link";
import { lazy, type ReactNode, Suspense } from "react";
import { planQuery } from "#lib/browser/queries/plan.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import type { PlanInfo, PlanRun } from "#lib/core/plan/plan.ts";
import { planPage } from "../plan-list/links.ts";
import { Card, CardHead } from "../ui/card.tsx";

const TabUploads = lazy(() => import("./tab-uploads.tsx").then((module) => ({ default: module.TabUploads })));

interface RunningCardProps {
  /** Plans that ran when the page was made. */
  plans: Pick<PlanInfo, "id" | "title" | "bucket">[];
}

/** What runs now: uploads of this tab, plans on the server and at clients. Not there while nothing runs. */
export function RunningCard({ plans }: RunningCardProps) {
  const answers = useQueries({ queries: plans.map(({ id }) => planQuery(id)) });
  const rows = plans.map((plan, at) => {
    const run = answers[at]?.data?.run ?? null;
    return run !== null && <PlanRow key={plan.id} plan={plan} run={run} />;
  });
  return (
    <Suspense fallback={<Frame>{rows}</Frame>}>
      <TabUploads plans={rows} frame={(children) => <Frame>{children}</Frame>} />
    </Suspense>
  );
}

function Frame({ children }: { children: ReactNode }) {
  const shown = Array.isArray(children) ? children.flat().filter(Boolean) : children ? [children] : [];
  if (shown.length === 0) return null;
  return (
    <Card aria-label="Running">
      <CardHead title="Running" icon={<Loader aria-hidden strokeWidth={1.75} />} />
      <ul className="grid gap-4 p-3.5">{shown}</ul>
    </Card>
  );
}

const PLACE = { server: "server", client: "the client", browser: "a browser" } as const;

function PlanRow({ plan, run }: { plan: RunningCardProps["plans"][number]; run: PlanRun }) {
  const name = plan.bucket.slice(plan.bucket.indexOf("/") + 1);
  const words = {
    running: "",
    paused: ", paused",
    done: ", done",
    failed: ", ended with failures",
    cancelled: ", stopped",
  }[run.state];
  return (
    <li className="grid gap-1.5">
      <Link href={planPage(plan)} prefetch={false} className="truncate font-medium hover:underline">
        {`Apply plan #${plan.id} to ${name}`}
      </Link>
      <ShareBar label={`Plan #${plan.id}`} parts={[{ share: run.done / Math.max(1, run.total), look: "bg-stored" }]} />
      <span className="text-muted text-secondary">
        {`${formatCount(run.done)} of ${plural(run.total, "operation")}, ${formatCount(run.failed)} failed, ${PLACE[run.how]}${words}`}
      </span>
    </li>
  );
}

interface ShareBarProps {
  label: string;
  /** Shares of the whole, 0 to 1. */
  parts: { share: number; look: string }[];
}

export function ShareBar({ label, parts }: ShareBarProps) {
  const whole = parts.reduce((sum, { share }) => sum + share, 0);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(whole * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      className="flex h-1.5 overflow-hidden rounded-full bg-line"
    >
      {parts.map(({ share, look }) => (
        <span key={look} className={look} style={{ width: `${share * 100}%` }} />
      ))}
    </div>
  );
}
