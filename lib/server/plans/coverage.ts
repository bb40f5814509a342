/** Which operations of a plan are covered at this moment: its review, asked one operation at a time. */
import type { Kysely } from "kysely";
import { countApprovals, isApproved, type ReviewedOperation } from "#lib/core/plan/approval.ts";
import { PLAN_KINDS } from "#lib/core/plan/plan.ts";
import type { StoredOperation, Tables } from "../db/schema.ts";
import { createReviewReader, type PlanReview, type ReviewedPlan } from "./review.ts";

/** A row, as far as approval goes. */
export type CoveredOperation = Pick<StoredOperation, "path" | "target" | "kind" | "since">;

export interface Coverage extends Pick<PlanReview, "standing" | "rules"> {
  /** Has all the approvals that it needs. Neither staleness nor whether it ran is asked here. */
  approves(operation: CoveredOperation): boolean;
  /** Why it is not covered, in words for a terminal. */
  whyNot(operation: CoveredOperation): string;
}

/** Reads all that approval depends on, once. */
export async function loadCoverage(db: Kysely<Tables>, plan: ReviewedPlan, now: number): Promise<Coverage> {
  const { standing, rules } = await createReviewReader(db, now).one(plan);
  const withdrawn = plan.status === "withdrawn";
  return {
    standing,
    rules,
    approves: (operation) => !withdrawn && isApproved(toReviewed(operation), standing),
    whyNot(operation) {
      const name = `plan ${plan.id}`;
      if (withdrawn) return `${name} was withdrawn`;
      const objection = standing.objections[0];
      if (objection !== undefined) {
        return objection.verdict === "reject" ? `${name} was rejected` : `changes to ${name} were requested`;
      }
      const have = countApprovals(toReviewed(operation), standing);
      const expired = [...standing.lapsed.values()].includes("expired") ? "; an approval has expired" : "";
      if (have >= rules.approvals) return `${name} waits for an owner of the path${expired}`;
      return `${name} has ${have} of ${rules.approvals} approvals for it${expired}`;
    },
  };
}

function toReviewed({ path, target, kind, since }: CoveredOperation): ReviewedOperation {
  return { path, target, kind: PLAN_KINDS[kind]!, since };
}
