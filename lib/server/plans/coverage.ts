/** Which operations of a plan are covered at this moment: its review, asked one operation at a time. */
import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import { countApprovals, isApproved, type ReviewedOperation } from "#lib/core/plan/approval.ts";
import { PLAN_KINDS, type PlanTotals } from "#lib/core/plan/plan.ts";
import type { StoredOperation, Tables } from "../db/schema.ts";
import { brokenLimits, hasLimits, type LimitedPlan } from "./limits.ts";
import { createReviewReader, type PlanReview, type ReviewedPlan } from "./review.ts";
import { coveredTotals } from "./totals.ts";

/** A row, as far as approval goes. */
export type CoveredOperation = Pick<StoredOperation, "path" | "target" | "kind" | "since">;

export type CoveredPlan = ReviewedPlan & LimitedPlan;

export interface Coverage extends Pick<PlanReview, "standing" | "rules"> {
  /** Limits of the bucket that all approved operations together break: then none is covered. */
  over: string[];
  /** Has all the approvals that it needs. Neither staleness nor whether it ran is asked here. */
  approves(operation: CoveredOperation): boolean;
  /** Why it is not covered, in words for a terminal. */
  whyNot(operation: CoveredOperation): string;
}

/** Reads all that approval depends on, once. */
export async function loadCoverage(db: Kysely<Tables>, plan: CoveredPlan, now: number): Promise<Coverage> {
  const { standing, rules } = await createReviewReader(db, now).one(plan);
  const withdrawn = plan.status === "withdrawn";
  const coverage: Coverage = {
    standing,
    rules,
    over: [],
    approves: (operation) => !withdrawn && coverage.over.length === 0 && isApproved(toReviewed(operation), standing),
    whyNot(operation) {
      const name = `plan ${plan.id}`;
      if (withdrawn) return `${name} was withdrawn`;
      const objection = standing.objections[0];
      if (objection !== undefined) {
        return objection.verdict === "reject" ? `${name} was rejected` : `changes to ${name} were requested`;
      }
      if (coverage.over.length > 0) return `${name} is over the bucket's limits: ${coverage.over.join("; ")}`;
      const have = countApprovals(toReviewed(operation), standing);
      const expired = [...standing.lapsed.values()].includes("expired") ? "; an approval has expired" : "";
      if (have >= rules.approvals) return `${name} waits for an owner of the path${expired}`;
      return `${name} has ${have} of ${rules.approvals} approvals for it${expired}`;
    },
  };
  if (hasLimits(rules)) coverage.over = await brokenLimits(db, plan, rules, await approvedTotals(db, plan, coverage));
  return coverage;
}

/** The last plans' approved totals. They depend on nothing but what the key holds, and rules with owners make them dear. */
const counted = new Map<string, PlanTotals>();
const COUNTED_MAX = 200;

async function approvedTotals(db: Kysely<Tables>, plan: CoveredPlan, coverage: Coverage): Promise<PlanTotals> {
  const { standing, rules } = coverage;
  const given = standing.approvals.map(({ decision, person, everywhere }) => [decision, person.name, everywhere]);
  const stops = standing.objections.length > 0 || plan.status === "withdrawn";
  const facts = JSON.stringify([plan.id, plan.digest, plan.version, given, stops, rules]);
  const key = createHash("sha256").update(facts).digest("base64");
  const known = counted.get(key);
  if (known !== undefined) return known;
  const { approved } = await coveredTotals(db, plan, coverage);
  if (counted.size >= COUNTED_MAX) counted.delete(counted.keys().next().value!);
  counted.set(key, approved);
  return approved;
}

function toReviewed({ path, target, kind, since }: CoveredOperation): ReviewedOperation {
  return { path, target, kind: PLAN_KINDS[kind]!, since };
}
