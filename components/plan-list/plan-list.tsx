"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { type ReactNode, useRef } from "react";
import { type PlansView, plansQuery } from "#lib/browser/queries/plans.ts";
import { plural } from "#lib/core/format.ts";
import type { PlanInfo } from "#lib/core/plan/plan.ts";
import { useKeys } from "../shell/keys.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Bytes } from "../ui/size.tsx";
import { Time } from "../ui/time.tsx";
import { DoerFace, doerWords } from "./doer-face.tsx";
import { planPage } from "./links.ts";
import { PlanCounts } from "./plan-counts.tsx";
import { PlanStatus, PlanWarnings } from "./plan-status.tsx";

interface PlanListProps {
  view: PlansView;
  /** Stands in for an empty list. */
  empty: ReactNode;
}

/** Rows of plans, newest first, that follow what others do. */
export function PlanList({ view, empty }: PlanListProps) {
  const { data, error, isPending, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = useInfiniteQuery(
    plansQuery(view),
  );
  const list = useRef<HTMLUListElement>(null);
  function move(step: number) {
    const links = [...(list.current?.querySelectorAll<HTMLElement>("[data-plan]") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[at === -1 ? 0 : Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
  }
  useKeys({ j: () => move(1), k: () => move(-1) });

  if (isPending) return <PlanListSkeleton />;
  if (data === undefined) {
    return (
      <div className="p-3.5">
        <ErrorNotice
          title="The plans could not be read"
          error={error}
          kept="No plan was changed."
          action={<Button onClick={() => refetch()}>Read them again</Button>}
        />
      </div>
    );
  }
  const plans = data.pages.flatMap((page) => page.items);
  if (plans.length === 0) return empty;
  return (
    <>
      <div
        aria-hidden
        className={`${COLUMNS} h-8.5 items-center border-line border-b px-3.5 font-medium text-muted text-secondary max-md:hidden`}
      >
        <span>Plan</span>
        <span>Changes</span>
        <span className="text-right">To send</span>
        <span>State</span>
        <span className="text-right">Changed</span>
      </div>
      <ul ref={list} aria-label="Plans">
        {plans.map((plan) => (
          <PlanRow key={plan.id} plan={plan} bucket={view.bucket === undefined} />
        ))}
      </ul>
      {hasNextPage && (
        <div className="flex justify-center border-line border-t p-3">
          <Button busy={isFetchingNextPage} onClick={() => fetchNextPage()}>
            Show older plans
          </Button>
        </div>
      )}
    </>
  );
}

const COLUMNS = "grid grid-cols-[minmax(0,5fr)_minmax(0,2fr)_84px_minmax(0,3fr)_116px] gap-x-4";

function PlanRow({ plan, bucket }: { plan: PlanInfo; bucket: boolean }) {
  const { totals } = plan;
  const sends = totals.add.bytes + totals.overwrite.bytes + totals.download.bytes;
  const place = bucket ? `${plan.bucket}${plan.prefix === "" ? "" : `/${plan.prefix}`}` : `/${plan.prefix}`;
  return (
    <li
      className={`group relative md:grid ${COLUMNS} min-h-14 items-center gap-y-1 border-hairline px-3.5 py-2 not-last:border-b focus-within:bg-accent-soft hover:bg-hover max-md:flex max-md:flex-wrap max-md:gap-x-3 max-md:py-3`}
    >
      <span className="grid min-w-0 max-md:w-full">
        <Link
          data-plan
          href={planPage(plan)}
          prefetch={false}
          className="truncate font-medium before:absolute before:inset-0 focus-visible:before:outline-2 focus-visible:before:outline-focus focus-visible:before:-outline-offset-2 max-md:text-[15px]"
        >
          {plan.title} <span className="font-normal text-muted">{`#${plan.id}`}</span>
        </Link>
        <span className="flex min-w-0 items-center gap-1.5 text-muted text-secondary">
          <DoerFace by={plan.by} />
          <span className="truncate">
            {`${doerWords(plan.by)} · `}
            <span className="font-mono text-[11.5px]">{place}</span>
          </span>
        </span>
      </span>
      <span title={plural(plan.operations, "operation")}>
        <PlanCounts totals={totals} />
      </span>
      <span className="text-right max-md:text-muted">
        {sends === 0 ? <span className="max-md:hidden">0 B</span> : <Bytes bytes={sends} />}
        <span className="md:hidden">{sends === 0 ? "" : " to send"}</span>
      </span>
      <span className="flex flex-wrap gap-1.5">
        <PlanStatus plan={plan} />
        <PlanWarnings plan={plan} />
      </span>
      <span className="truncate text-right text-muted max-md:ml-auto">
        <Time value={plan.updatedAt} />
      </span>
    </li>
  );
}

export function PlanListSkeleton() {
  return (
    <div role="status" aria-label="Reading plans" className="after-150 grid gap-4 p-3.5">
      {[62, 48, 56, 40].map((width) => (
        <span key={width} className="skeleton h-8" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
