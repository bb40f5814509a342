/** Which operations of a plan are covered at this moment: everything that approval depends on, read at once and judged by core. */
import type { Kysely } from "kysely";
import {
  countApprovals,
  type Decision,
  isApproved,
  type ReviewedOperation,
  type ReviewPerson,
  type Standing,
  standingOf,
} from "#lib/core/plan/approval.ts";
import { PLAN_KINDS, type ReviewRules, type Selection } from "#lib/core/plan/plan.ts";
import { toAccount } from "../accounts/people.ts";
import { findRole, getNamespace } from "../db/accounts.ts";
import { getBucket, type NamedBucket } from "../db/buckets.ts";
import type { StoredApproval, StoredOperation, StoredPlan, Tables } from "../db/schema.ts";
import { levelOf } from "../hub/access.ts";
import { ANONYMOUS } from "../hub/actor.ts";
import { readRules } from "./rules.ts";

type Db = Kysely<Tables>;

export type CoveredPlan = Pick<StoredPlan, "id" | "bucket_id" | "version" | "status" | "direction" | "user_id">;
/** A row, as far as approval goes. */
export type CoveredOperation = Pick<StoredOperation, "path" | "target" | "kind" | "since">;

export interface Coverage {
  rules: ReviewRules;
  standing: Standing;
  /** By account; whoever decided on the plan or submitted it. */
  people: ReadonlyMap<number, ReviewPerson>;
  decisions: readonly Decision[];
  /** The rows behind the decisions, oldest first. */
  rows: readonly StoredApproval[];
  /** Has all the approvals that it needs. Neither staleness nor whether it ran is asked here. */
  approves(operation: CoveredOperation): boolean;
  /** Why it is not covered, in words for a terminal. */
  whyNot(operation: CoveredOperation): string;
}

export async function loadCoverage(db: Db, plan: CoveredPlan, now: number): Promise<Coverage> {
  const rules = await readRules(db, plan.bucket_id);
  const rows = await db.selectFrom("plan_approvals").selectAll().where("plan_id", "=", plan.id).orderBy("id").execute();
  const versions = await db
    .selectFrom("plan_versions")
    .select(["version", "digest"])
    .where("plan_id", "=", plan.id)
    .execute();
  const bucket = await getBucket(db, plan.bucket_id);
  const people = new Map<number, ReviewPerson>();
  for (const userId of new Set([plan.user_id, ...rows.map((row) => row.user_id)])) {
    const person = bucket && (await findReviewPerson(db, bucket, userId));
    if (person !== undefined) people.set(userId, person);
  }
  const decisions = rows.map(toDecision);
  const standing = standingOf({
    decisions,
    rules,
    people,
    submitter: plan.user_id,
    digests: new Map(versions.map(({ version, digest }) => [version, digest])),
    version: plan.version,
    now,
  });
  const withdrawn = plan.status === "withdrawn";
  return {
    rules,
    standing,
    people,
    decisions,
    rows,
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

/** What somebody may do in the bucket of a plan, as of now and whatever token they use; undefined once the account is gone. */
export async function findReviewPerson(db: Db, bucket: NamedBucket, userId: number): Promise<ReviewPerson | undefined> {
  const row = await getNamespace(db, userId);
  if (row === undefined || row.type !== "user") return undefined;
  const level = await levelOf(db, { ...ANONYMOUS, account: toAccount(row), role: "admin" }, bucket);
  const role = (await findRole(db, bucket.namespace_id, userId)) ?? null;
  return { id: userId, name: row.name, role, canRead: level !== "none" };
}

function toDecision(row: StoredApproval): Decision {
  return {
    id: row.id,
    userId: row.user_id,
    version: row.version,
    digest: row.digest,
    verdict: row.verdict,
    selection: JSON.parse(row.selection) as Selection,
    expiresAt: row.expires_at,
    withdrawnAt: row.withdrawn_at,
  };
}

function toReviewed({ path, target, kind, since }: CoveredOperation): ReviewedOperation {
  return { path, target, kind: PLAN_KINDS[kind]!, since };
}
