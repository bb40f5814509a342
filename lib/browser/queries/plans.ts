/** Lists of sync plans, and the ways in which one is made. What one plan holds is in `plan.ts`. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Page } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { PlanDetails, PlanInfo } from "#lib/core/plan/plan.ts";
import { api } from "../api.ts";

export const PLAN_BOXES = ["waiting", "mine", "all"] as const;
export type PlanBox = (typeof PLAN_BOXES)[number];

export interface PlansView {
  box: PlanBox;
  /** Only plans of this bucket. */
  bucket?: BucketId;
}

/** Rows of a page of a list. */
export const PLANS_PAGE = 50;

export function parsePlanBox(text: string | null | undefined): PlanBox | null {
  return PLAN_BOXES.find((box) => box === text) ?? null;
}

export function plansKey(view?: PlansView) {
  return view === undefined ? ["plans"] : ["plans", view.box, view.bucket ?? ""];
}

/** Newest first, page by page. */
export function plansQuery(view: PlansView) {
  return infiniteQueryOptions({
    queryKey: plansKey(view),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }): Promise<Page<PlanInfo>> => {
      const query = new URLSearchParams({ box: view.box, limit: String(PLANS_PAGE) });
      if (view.bucket !== undefined) query.set("bucket", view.bucket);
      if (pageParam !== null) query.set("cursor", pageParam);
      return api(`/api/plans?${query}`, { signal });
    },
    getNextPageParam: (page) => page.cursor,
    refetchInterval: 15_000,
  });
}

/** How many plans wait for the reader's decision, at most 100. */
export function waitingQuery() {
  return queryOptions({
    queryKey: [...plansKey(), "count"],
    queryFn: async ({ signal }) => (await api<{ count: number }>("/api/plans/waiting", { signal })).count,
    refetchInterval: 15_000,
  });
}

/** The file as the client wrote it, byte by byte. A bad one is a HubError with `details.plan` (`PlanRefusal` of core). */
export function submitPlan(file: string | Blob, title?: string): Promise<PlanDetails> {
  const query = title ? `?${new URLSearchParams({ title })}` : "";
  return api(`/api/plans${query}`, { method: "POST", text: file });
}

export interface ComputeRequest {
  /** `hf://buckets/...` handles. */
  source: string;
  dest: string;
  delete: boolean;
  by: "time" | "content";
  filters: { include: string[]; exclude: string[] };
  title?: string;
}

/** Bucket to bucket, compared by the server. */
export function computePlan(request: ComputeRequest): Promise<PlanDetails> {
  return api("/api/plans/compute", { method: "POST", json: request });
}
