"use client";

import { useQuery } from "@tanstack/react-query";
import { GitPullRequestArrow, Plus } from "lucide-react";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useRef } from "react";
import { PLAN_BOXES, type PlanBox, parsePlanBox, waitingQuery } from "#lib/browser/queries/plans.ts";
import { Badge } from "../ui/badge.tsx";
import { ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { EmptyPlans } from "./empty-plans.tsx";
import { PlanList } from "./plan-list.tsx";

const NAMES: Record<PlanBox, string> = { waiting: "Waiting for you", mine: "Yours", all: "All" };

const EMPTY: Record<PlanBox, { title: string; note: string }> = {
  waiting: {
    title: "Nothing waits for your decision",
    note: "Plans of buckets that you review come here as soon as somebody submits one.",
  },
  mine: {
    title: "You have submitted no plan",
    note: "A plan says what a sync would do before it does it. Somebody else can judge it then.",
  },
  all: {
    title: "No plan was submitted yet",
    note: "A plan says what a sync would do before it does it. It is seen, discussed, approved in part or in whole, and run.",
  },
};

/** The reader's plans, by what they have to do with them. */
export function Inbox({ origin }: { origin: string }) {
  const box = parsePlanBox(useSearchParams().get("box")) ?? "waiting";
  const waiting = useQuery(waitingQuery());
  useBadge(waiting.data);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 max-sm:px-4">
        <h1 className="mr-auto font-semibold text-title">Plans</h1>
        <ButtonLink variant="primary" href="/plans/new" prefetch={false}>
          <Plus />
          Submit a plan
        </ButtonLink>
      </div>
      <Card aria-label={NAMES[box]} className="overflow-clip max-sm:rounded-none max-sm:border-x-0">
        <nav aria-label="Boxes" className="flex gap-5 border-line border-b px-3.5">
          {PLAN_BOXES.map((each) => (
            <Link
              key={each}
              href={each === "waiting" ? "/plans" : `/plans?box=${each}`}
              prefetch={false}
              aria-current={each === box ? "page" : undefined}
              className="-mb-px flex h-10 items-center gap-2 border-transparent border-b-2 font-medium text-muted hover:text-ink aria-[current=page]:border-stored aria-[current=page]:text-ink pointer-coarse:h-11"
            >
              {NAMES[each]}
              {each === "waiting" && (waiting.data ?? 0) > 0 && (
                <Badge tone="accent">{countWords(waiting.data!)}</Badge>
              )}
            </Link>
          ))}
        </nav>
        <PlanList
          key={box}
          view={{ box }}
          empty={<EmptyPlans icon={<GitPullRequestArrow />} origin={origin} {...EMPTY[box]} />}
        />
      </Card>
    </>
  );
}

/** The badge in the top bar is the server's: it follows what this page hears. */
function useBadge(count: number | undefined): void {
  const router = useRouter();
  const shown = useRef(count);
  useEffect(() => {
    if (count === shown.current) return;
    shown.current = count;
    router.refresh();
  }, [count, router]);
}

/** The service counts to a hundred. */
function countWords(count: number): string {
  return count >= 100 ? "99+" : String(count);
}
