import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Page } from "#lib/core/bucket/entry.ts";
import type {
  Activity,
  PlanComment,
  PlanDetails,
  PlanKind,
  PlanOperationDetails,
  PlanOperationRow,
  PlanRow,
  PlanRun,
  PlanTotals,
  Selection,
} from "#lib/core/plan/plan.ts";
import { PLAN_KINDS } from "#lib/core/plan/plan.ts";
import type { PlanWeighing } from "#lib/core/plan/weight.ts";
import { api } from "../api.ts";

/** How the operations of a plan are shown; it stands in the page's address. */
export interface ReviewView {
  shape: "tree" | "list";
  filter: ReviewFilter;
}

export interface ReviewFilter {
  /** None: all. */
  kinds: PlanKind[];
  /** Bits of FINDING_BITS, any of them; 0: all. */
  findings: number;
  stale: boolean;
  failed: boolean;
  approved: boolean | null;
  /** Bytes; 0: all. */
  min: number;
  /** Part of a path or a glob; "": all. */
  match: string;
}

export const NO_FILTER: ReviewFilter = {
  kinds: [],
  findings: 0,
  stale: false,
  failed: false,
  approved: null,
  min: 0,
  match: "",
};

/** Rows of the first page, which the server renders, and of each later one. */
export const FIRST_ROWS = 200;
export const NEXT_ROWS = 1000;

/** Ms between two looks at a plan that others may be deciding on, and at one that runs. */
const WATCH_MS = 4000;
const RUN_MS = 1000;

/** Reads `?view=list&kinds=delete&min=1000000000&q=*.bin`; what it does not know is left out. */
export function parseReviewView(read: (name: string) => string | null | undefined): ReviewView {
  const kinds = (read("kinds") ?? "").split(",");
  const number = (name: string) => Math.max(0, Math.floor(Number(read(name) ?? 0)) || 0);
  const approved = read("approved");
  return {
    shape: read("view") === "list" ? "list" : "tree",
    filter: {
      kinds: PLAN_KINDS.filter((kind) => kinds.includes(kind)),
      findings: number("findings"),
      stale: read("stale") === "1",
      failed: read("failed") === "1",
      approved: approved === "1" ? true : approved === "0" ? false : null,
      min: number("min"),
      match: read("q") ?? "",
    },
  };
}

/** The address's query for a view; "" for the plain one. */
export function formatReviewView({ shape, filter }: ReviewView): string {
  const query = filterQuery(filter);
  const match = query.get("match");
  query.delete("match");
  if (match !== null) query.set("q", match);
  if (shape === "list") query.set("view", "list");
  return query.size === 0 ? "" : `?${query}`;
}

/** The same for the routes, which say `match`. */
export function filterQuery({ kinds, findings, stale, failed, approved, min, match }: ReviewFilter): URLSearchParams {
  const query = new URLSearchParams();
  if (kinds.length > 0) query.set("kinds", kinds.join(","));
  if (findings > 0) query.set("findings", String(findings));
  if (stale) query.set("stale", "1");
  if (failed) query.set("failed", "1");
  if (approved !== null) query.set("approved", approved ? "1" : "0");
  if (min > 0) query.set("min", String(min));
  if (match !== "") query.set("match", match);
  return query;
}

export function isFiltered(filter: ReviewFilter): boolean {
  return filterQuery(filter).size > 0;
}

/**
 * What is drawn: folders know how many of a kind, how many findings and how much out of date lies below them, and no more. So any other
 * filter, or two of these at once, shows a list.
 */
export function shapeOf({ shape, filter }: ReviewView): ReviewView["shape"] {
  const { kinds, findings, stale, failed, approved, min, match } = filter;
  const known = [kinds.length > 0, findings > 0, stale].filter(Boolean).length;
  return failed || approved !== null || min > 0 || match !== "" || known > 1 ? "list" : shape;
}

/** What a filter lets through can change without a new version of the plan. */
export function isMoving({ stale, failed, approved }: ReviewFilter): boolean {
  return stale || failed || approved !== null;
}

export function planKey(id: number) {
  return ["plan", id] as const;
}

/** Everything but the operations. Followed while the page is looked at. */
export function planQuery(id: number) {
  return queryOptions({
    queryKey: [...planKey(id), "details"],
    queryFn: ({ signal }) => api<PlanDetails>(`/api/plans/${id}`, { signal }),
    staleTime: 2000,
    refetchInterval: (query) => (query.state.data?.status === "running" ? RUN_MS : WATCH_MS),
  });
}

export interface Measure {
  selected: PlanTotals;
  left: PlanTotals;
  stale: PlanTotals;
  overLimits: string[];
}

/** What a selection approves. `stamp` is the plan's: another state has other numbers. */
export function measureQuery(id: number, selection: Selection, stamp: string) {
  return queryOptions({
    queryKey: [...planKey(id), "measure", stamp, JSON.stringify(selection)],
    queryFn: ({ signal }) => api<Measure>(`/api/plans/${id}/measure`, { method: "POST", json: { selection }, signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 30_000,
  });
}

/** What running a selection frees and brings. It is computed when it is first asked for. */
export function weightQuery(id: number, selection: Selection, stamp: string) {
  return queryOptions({
    queryKey: [...planKey(id), "weight", stamp, JSON.stringify(selection)],
    queryFn: ({ signal }) =>
      api<PlanWeighing>(`/api/plans/${id}/weight`, { method: "POST", json: { selection }, signal }),
    refetchInterval: (query) => (query.state.data?.pending ? RUN_MS : false),
    staleTime: 60_000,
    gcTime: 30_000,
  });
}

export function operationQuery(id: number, path: string, stamp: string) {
  return queryOptions({
    queryKey: [...planKey(id), "operation", path, stamp],
    queryFn: ({ signal }) =>
      api<PlanOperationDetails>(`/api/plans/${id}/operation?path=${encodeURIComponent(path)}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** The plan's latest steps, newest first. */
export function timelineQuery(id: number, stamp: string) {
  return queryOptions({
    queryKey: [...planKey(id), "timeline", stamp],
    queryFn: async ({ signal }) => (await api<Page<Activity>>(`/api/activity?plan=${id}&limit=100`, { signal })).items,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

export interface Comparison {
  from?: number;
  to?: number;
  with?: number;
}

export interface Change {
  path: string;
  before: PlanOperationRow | null;
  after: PlanOperationRow | null;
}

/** Operations that differ between two versions, or between this plan and another. */
export function compareQuery(id: number, comparison: Comparison) {
  return infiniteQueryOptions({
    queryKey: [...planKey(id), "compare", comparison],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: String(pageParam === null ? FIRST_ROWS : NEXT_ROWS) });
      for (const [name, value] of Object.entries(comparison)) query.set(name, String(value));
      if (pageParam !== null) query.set("cursor", pageParam);
      return api<Page<Change>>(`/api/plans/${id}/compare?${query}`, { signal });
    },
    getNextPageParam: (page) => page.cursor,
    structuralSharing: false,
  });
}

/** Children of a folder ("" or ending in "/"), folders first. */
export function readFolder(
  id: number,
  folder: string,
  filter: ReviewFilter,
  limit: number,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Page<PlanRow>> {
  const query = filterQuery(filter);
  query.set("folder", folder);
  query.set("limit", String(limit));
  if (cursor !== null) query.set("cursor", cursor);
  return api<Page<PlanRow>>(`/api/plans/${id}/tree?${query}`, { signal });
}

/** Operations in the file's order. */
export function readOperations(
  id: number,
  filter: ReviewFilter,
  limit: number,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Page<PlanOperationRow>> {
  const query = filterQuery(filter);
  query.set("limit", String(limit));
  if (cursor !== null) query.set("cursor", cursor);
  return api<Page<PlanOperationRow>>(`/api/plans/${id}/operations?${query}`, { signal });
}

export interface Decision {
  verdict: "approve" | "request-changes" | "reject";
  digest: string;
  selection: Selection;
  note: string;
}

const at = (id: number, verb = "") => `/api/plans/${id}${verb}`;

export const decide = (id: number, decision: Decision) =>
  api<PlanDetails>(at(id, "/decision"), { method: "POST", json: decision });
export const takeBackDecision = (id: number) => api<PlanDetails>(at(id, "/decision"), { method: "DELETE" });
export const withdrawPlan = (id: number) => api<PlanDetails>(at(id, "/withdraw"), { method: "POST" });
export const rebasePlan = (id: number) => api<PlanDetails>(at(id, "/rebase"), { method: "POST" });
export const revertPlan = (id: number) => api<PlanDetails>(at(id, "/revert"), { method: "POST" });
export const renamePlan = (id: number, title: string) => api<unknown>(at(id), { method: "PATCH", json: { title } });
export const startRun = (id: number) => api<PlanRun>(at(id, "/run"), { method: "POST" });
/** Ends a run; with `pause` it can go on (`startRun`). */
export const cancelRun = (id: number, pause = false) =>
  api<PlanRun>(at(id, pause ? "/run?pause=1" : "/run"), { method: "DELETE" });
export const askReviewers = (id: number, names: string[]) =>
  api<unknown>(at(id, "/reviewers"), { method: "PUT", json: { names } });
export const addComment = (id: number, path: string | null, body: string) =>
  api<PlanComment>(at(id, "/comments"), { method: "POST", json: { path, body } });
export const editComment = (id: number, comment: number, body: string) =>
  api<unknown>(at(id, `/comments/${comment}`), { method: "PATCH", json: { body } });
export const removeComment = (id: number, comment: number) =>
  api<unknown>(at(id, `/comments/${comment}`), { method: "DELETE" });

export const originalUrl = (id: number) => at(id, "/original.jsonl");
export const approvedUrl = (id: number) => at(id, "/approved.jsonl");
