"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { ArrowRight, ChevronLeft } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useCallback } from "react";
import { type Change, type Comparison, compareQuery } from "#lib/browser/queries/plan.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import type { PlanDetails, PlanOperationRow } from "#lib/core/plan/plan.ts";
import { planPage } from "../../plan-list/links.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Select } from "../../ui/field.tsx";
import { ErrorNotice } from "../../ui/notice.tsx";
import { Size } from "../../ui/size.tsx";
import { MARKS, MarkBox } from "../marks.tsx";

interface PlanCompareProps {
  plan: PlanDetails;
  comparison: Comparison;
  /** Title of the other plan; null: two versions of this one. */
  other: string | null;
}

/** Operations that two versions, or two plans, do not share. */
export function PlanCompare({ plan, comparison, other }: PlanCompareProps) {
  const router = useRouter();
  const compare = useInfiniteQuery(compareQuery(plan.id, comparison));
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = compare;
  const changes = data?.pages.flatMap((page) => page.items) ?? [];
  const names =
    other === null
      ? [`version ${comparison.from}`, `version ${comparison.to}`]
      : [`#${comparison.with} ${other}`, `#${plan.id} ${plan.title}`];
  const end = useCallback(
    (element: HTMLDivElement | null) => {
      if (!element) return;
      const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && fetchNextPage(), {
        rootMargin: "1200px",
      });
      observer.observe(element);
      return () => observer.disconnect();
    },
    [fetchNextPage],
  );
  const go = (from: number, to: number) => router.replace(`${planPage(plan)}/compare?from=${from}&to=${to}`);
  return (
    <main id="content" className="mx-auto grid max-w-[1200px] gap-4 px-4 py-4 sm:px-6">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Link
          href={planPage(plan)}
          prefetch={false}
          className="inline-flex items-center gap-1 text-muted hover:text-ink pointer-coarse:min-h-11"
        >
          <ChevronLeft aria-hidden className="size-4" />
          {`${plan.title} #${plan.id}`}
        </Link>
        <h1 className="w-full font-semibold text-title wrap-anywhere">{`What changed from ${names[0]} to ${names[1]}`}</h1>
        {other === null && plan.version > 2 && (
          <div className="flex items-center gap-2">
            <Select
              aria-label="From version"
              value={comparison.from}
              onChange={(event) =>
                go(Number(event.target.value), Math.max(comparison.to!, Number(event.target.value) + 1))
              }
            >
              {plan.versions.slice(0, -1).map(({ version }) => (
                <option key={version} value={version}>{`Version ${version}`}</option>
              ))}
            </Select>
            <ArrowRight aria-label="to" role="img" className="size-4 shrink-0 text-faint" />
            <Select
              aria-label="To version"
              value={comparison.to}
              onChange={(event) =>
                go(Math.min(comparison.from!, Number(event.target.value) - 1), Number(event.target.value))
              }
            >
              {plan.versions.slice(1).map(({ version }) => (
                <option key={version} value={version}>{`Version ${version}`}</option>
              ))}
            </Select>
          </div>
        )}
        <p role="status" className="text-muted">
          {data &&
            `${formatCount(changes.length)}${hasNextPage ? "+" : ""} ${changes.length === 1 ? "operation differs" : "operations differ"}`}
        </p>
      </div>
      {error && (
        <ErrorNotice
          title="The two could not be compared"
          error={error}
          action={<Button onClick={() => refetch()}>Compare again</Button>}
        />
      )}
      <Card aria-label="Differences" className="overflow-clip max-sm:-mx-4 max-sm:rounded-none max-sm:border-x-0">
        <table className="w-full table-fixed border-separate border-spacing-0 text-left">
          <thead>
            <tr className="h-8.5 text-muted text-secondary max-sm:sr-only">
              <th scope="col" className={head}>
                Path
              </th>
              <th scope="col" className={`${head} w-[28%]`}>
                {other === null ? `Version ${comparison.from}` : `#${comparison.with}`}
              </th>
              <th scope="col" className={`${head} w-[28%]`}>
                {other === null ? `Version ${comparison.to}` : `#${plan.id}`}
              </th>
            </tr>
          </thead>
          <tbody>
            {changes.map((change) => (
              <ChangeRow key={change.path} change={change} />
            ))}
          </tbody>
        </table>
        {data && changes.length === 0 && <p className="px-4 py-10 text-center">Both have the same operations.</p>}
        {!data && !error && <p className="px-4 py-10 text-center text-muted">Comparing…</p>}
        {hasNextPage && (
          <div
            key={data?.pages.length}
            ref={end}
            className="border-hairline border-t px-4 py-3 text-center text-muted text-secondary"
          >
            {isFetchingNextPage ? "Reading more…" : `${plural(changes.length, "operation")} so far`}
          </div>
        )}
      </Card>
    </main>
  );
}

const head = "sticky top-0 z-10 border-line border-b bg-panel px-3.5 font-medium";

function ChangeRow({ change: { path, before, after } }: { change: Change }) {
  return (
    <tr className="align-top hover:bg-hover [&:not(:last-child)>*]:border-hairline [&:not(:last-child)>*]:border-b [&>*]:px-3.5 [&>*]:py-2 max-sm:grid max-sm:grid-cols-2">
      <th
        scope="row"
        className="font-mono font-normal text-[12px] wrap-anywhere max-sm:col-span-2 max-sm:border-0! max-sm:pb-0!"
      >
        {path}
      </th>
      <td>
        <Side row={before} />
      </td>
      <td>
        <Side row={after} />
      </td>
    </tr>
  );
}

function Side({ row }: { row: PlanOperationRow | null }) {
  if (row === null) return <span className="text-faint">not in it</span>;
  return (
    <span className="flex items-start gap-2">
      <MarkBox kind={row.kind} />
      <span className="min-w-0">
        <span className="block">
          <span className="sr-only">{MARKS[row.kind].one} </span>
          <Size bytes={row.size} />
        </span>
        <span className="block text-muted text-secondary wrap-anywhere">{row.reason}</span>
      </span>
    </span>
  );
}
