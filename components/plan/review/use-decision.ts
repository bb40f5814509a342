"use client";

import { useQuery } from "@tanstack/react-query";
import { type Measure, measureQuery } from "#lib/browser/queries/plan.ts";
import type { PlanApproval, PlanDetails } from "#lib/core/plan/plan.ts";
import { countOf } from "../marks.tsx";
import type { Checked } from "./checked.ts";
import { usePlanStamp, useReview } from "./plan-context.ts";

export interface Decision {
  measure: Measure | undefined;
  /** Operations that an approval of what is checked would take, of how many that have not run. */
  count: number;
  of: number;
  /** Nothing is left out. */
  whole: boolean;
  /** Numbers of the present ticks are on their way. */
  measuring: boolean;
  error: Error | null;
  /** The reader's own standing decision. */
  mine: PlanApproval | undefined;
  /** Limits that hold back an approval of what is checked. */
  over: string[];
  /** Why no decision can be made, in a sentence; null: it can. */
  whyNot: string | null;
}

/** The numbers of what is checked, and whether the reader may decide on it. */
export function useDecision(checked: Checked): Decision {
  const { plan, me } = useReview();
  const { data, error, isPlaceholderData, isPending } = useQuery(
    measureQuery(plan.id, checked.selection, usePlanStamp()),
  );
  const count = data ? countOf(data.selected) : 0;
  // What has run is decided for good.
  const of = plan.operations - countOf(plan.spent);
  const closed: Partial<Record<typeof plan.status, string>> = {
    withdrawn: "The plan was withdrawn.",
    rejected: "The plan was rejected. Who still wants it submits it again.",
    done: "The plan has run.",
    running: "The plan is running: its approvals stand as they are until it ends.",
  };
  return {
    measure: data,
    count,
    of,
    whole: data !== undefined && count === of,
    measuring: isPending || isPlaceholderData,
    error,
    over: data?.overLimits ?? [],
    mine: plan.approvalsGiven.find(({ by, counts }) => by.name === me && counts),
    whyNot: closed[plan.status] ?? (plan.rights.decide ? null : whyNot(plan, me)),
  };
}

function whyNot({ by, rights }: PlanDetails, me: string | null): string {
  if (by.name === me) {
    return by.agent
      ? "Your agent proposed this plan: somebody else decides."
      : "You submitted this plan: somebody else decides.";
  }
  return rights.whyNot ?? "You may not decide on this plan.";
}
