"use client";

import { useQuery } from "@tanstack/react-query";
import { type Measure, measureQuery } from "#lib/browser/queries/plan.ts";
import type { PlanApproval, PlanDetails, Selection } from "#lib/core/plan/plan.ts";
import { allows } from "#lib/core/plan/status.ts";
import { countOf } from "../marks.tsx";
import type { Checked } from "./checked.ts";
import { usePlanStamp, useReview } from "./plan-context.ts";

export interface Decision {
  /** What is checked. */
  selection: Selection;
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
  /** Changes can be requested, and the plan be rejected: also while it runs. */
  objects: boolean;
  /** Why nothing can be approved, in a sentence; null: it can. */
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
    rejected: "The plan was rejected. Nothing can be approved while that stands.",
    // A part that was left out at first can still be approved.
    done: of > plan.totals.skip.count ? undefined : "The plan has run.",
    running: "The plan is running: nothing joins what was approved until it ends. An objection stops it.",
  };
  return {
    selection: checked.selection,
    measure: data,
    count,
    of,
    whole: data !== undefined && count === of,
    measuring: isPending || isPlaceholderData,
    error,
    over: data?.overLimits ?? [],
    mine: plan.approvalsGiven.find(({ by, counts }) => by.name === me && counts),
    objects: plan.rights.decide && plan.status !== "rejected" && allows(plan.status, "object"),
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
