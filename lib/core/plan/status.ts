/** The states of a plan: which facts make which, and what may be done in each. */
import { HubError } from "../errors.ts";
import type { PlanStatus } from "./plan.ts";

export interface StatusFacts {
  withdrawn: boolean;
  /** The worst objection that stands. */
  objection: "reject" | "request-changes" | null;
  /** Of the last run; null: none was started. */
  run: "running" | "paused" | "done" | "failed" | "cancelled" | null;
  /** Operations of the present version that change something (skips do not): those that have run ... */
  spent: number;
  /** ... and those that have all their approvals and have not, out of date or not. */
  approved: number;
}

/** The one status that follows from the facts; nothing else sets it. A stop comes before everything that goes on. */
export function statusOf({ withdrawn, objection, run, spent, approved }: StatusFacts): PlanStatus {
  if (withdrawn) return "withdrawn";
  if (objection === "reject") return "rejected";
  if (objection === "request-changes") return "changes-requested";
  if (run === "running" || run === "paused") return "running";
  if (approved === 0) return spent > 0 ? "done" : "open";
  if (run === "failed") return "failed";
  return "approved";
}

/** What people and servers do to a plan. Comments and reading are free in every state. */
export type PlanEvent =
  | "approve"
  | "object" // reject, request changes
  | "take-back" // one's own decision
  | "withdraw"
  | "rebase"
  | "run"
  | "cancel-run"
  | "spend" // an operation runs, by whatever means
  | "revert";

const ALLOWED: Record<PlanEvent, readonly PlanStatus[]> = {
  // While a plan runs, nothing joins what was approved; objections stop it.
  approve: ["open", "changes-requested", "rejected", "approved", "failed", "done"],
  object: ["open", "changes-requested", "rejected", "approved", "running", "failed", "done"],
  "take-back": ["open", "changes-requested", "rejected", "approved", "running", "failed", "done"],
  withdraw: ["open", "changes-requested", "rejected", "approved", "failed"],
  rebase: ["open", "changes-requested", "approved", "failed", "done"],
  run: ["approved", "failed"],
  "cancel-run": ["running"],
  spend: ["approved", "running", "failed"],
  revert: ["changes-requested", "rejected", "withdrawn", "approved", "done", "failed"],
};

const WORDS: Record<PlanEvent, string> = {
  approve: "be approved",
  object: "be objected to",
  "take-back": "lose a decision",
  withdraw: "be withdrawn",
  rebase: "be rebased",
  run: "be run",
  "cancel-run": "be stopped",
  spend: "change the bucket",
  revert: "be reverted",
};

export function allows(status: PlanStatus, event: PlanEvent): boolean {
  return ALLOWED[event].includes(status);
}

/** Throws Conflict when `event` has no place in `status`. */
export function checkEvent(status: PlanStatus, event: PlanEvent): void {
  if (allows(status, event)) return;
  const state = { "changes-requested": "waiting for changes", open: "not approved" }[status as string] ?? status;
  throw new HubError("Conflict", `The plan is ${state}; it cannot ${WORDS[event]} now.`);
}
