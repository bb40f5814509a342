"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { createContext, useContext } from "react";
import { planKey, planQuery } from "#lib/browser/queries/plan.ts";
import { plansKey } from "#lib/browser/queries/plans.ts";
import { PLAN_KINDS, type PlanDetails } from "#lib/core/plan/plan.ts";
import { refreshPage } from "../../shell/refresh-page.ts";

export interface Review {
  plan: PlanDetails;
  /** The reader's account name; null: nobody signed in. */
  me: string | null;
}

const ReviewContext = createContext<Review | null>(null);
export const ReviewProvider = ReviewContext.Provider;

export function useReview(): Review {
  const review = useContext(ReviewContext);
  if (review === null) throw new Error("useReview stands outside a review");
  return review;
}

/** Takes a verb's answer in, or asks for the plan again; lists and the badge in the top bar follow. */
export function usePlanChanged(): (answer?: PlanDetails) => Promise<void> {
  const { plan } = useReview();
  const client = useQueryClient();
  const router = useRouter();
  return async (answer) => {
    if (answer?.id === plan.id) client.setQueryData(planQuery(plan.id).queryKey, answer);
    await client.invalidateQueries({ queryKey: planKey(plan.id) });
    client.invalidateQueries({ queryKey: plansKey() });
    refreshPage(router);
  };
}

/** Changes whenever what was read about the plan's operations may not hold any more. */
export function usePlanStamp(): string {
  return stampOf(useReview().plan);
}

export function stampOf({ updatedAt, version, stale, spent, runnable, comments }: PlanDetails): string {
  const counts = PLAN_KINDS.map((kind) => `${spent[kind].count}/${runnable[kind].count}`);
  return [updatedAt, version, stale, comments.length, ...counts].join(" ");
}
