/** Everything that the page of a plan opens with, in one call: kept figures and arithmetic, never a count of operations. */
import { whyMayNot } from "#lib/core/plan/approval.ts";
import {
  emptyTotals,
  type Finding,
  PLAN_KINDS,
  type PlanApproval,
  type PlanComment,
  type PlanDetails,
  type PlanOperationRow,
  type PlanReviewer,
  type PlanTotals,
  type Selection,
} from "#lib/core/plan/plan.ts";
import { compileSelection } from "#lib/core/plan/selection.ts";
import { allows } from "#lib/core/plan/status.ts";
import { findNamespace } from "../db/accounts.ts";
import { findFiles } from "../db/files.ts";
import { figuresOf, findPlanFolder } from "../db/plan-folders.ts";
import { listPlanOperationsByLine } from "../db/plan-operations.ts";
import { listAskedReviewers, listComments, listMembersOf, type NamedComment } from "../db/plan-reviews.ts";
import { findLastRun } from "../db/plan-runs.ts";
import { findPrevious, listPlanVersions, listReverts, type NamedPlan } from "../db/plans.ts";
import { atLeast } from "../hub/access.ts";
import type { Actor } from "../hub/actor.ts";
import { type GrantedPlan, grantPlan, mayPropose, type PlansContext, toDoer } from "./context.ts";
import { type Coverage, loadCoverage } from "./coverage.ts";
import { toPlanInfo } from "./list.ts";
import { movedWords, toOperationRow } from "./operations.ts";
import { createReviewReader, type PlanReview } from "./review.ts";
import { toPlanRun } from "./runs.ts";
import { changedOperations, coveredTotals, selectedTotals } from "./totals.ts";

const STALE_EXAMPLES = 5;
/** Members that the page names as possible reviewers. */
const REVIEWERS_MAX = 50;

export async function getPlanDetails(
  { db: { read: db }, clock }: PlansContext,
  actor: Actor,
  id: number,
): Promise<PlanDetails> {
  const granted = await grantPlan(db, actor, id);
  const { plan } = granted;
  const now = clock();
  const review = await createReviewReader(db, now).one(plan);
  const coverage = await loadCoverage(db, plan, now);
  const root = await findPlanFolder(db, id, "");
  const { runnable } = await coveredTotals(db, plan, coverage);
  const comments = await listComments(db, id);
  const run = await findLastRun(db, id);
  const { findings, checksPassed } = JSON.parse(plan.findings) as { findings: Finding[]; checksPassed: string[] };
  const versions = await listPlanVersions(db, id);
  const spent = root === undefined ? emptyTotals() : figuresOf(root, "spent");
  return {
    ...toPlanInfo(plan, review, await review.waitsFor(actor)),
    sha256: plan.sha256,
    digest: plan.digest,
    timestamp: plan.timestamp,
    originalBytes: plan.original_bytes,
    versions: versions.map((row) => ({
      version: row.version,
      at: row.created_at,
      by: toDoer(row),
      reason: row.version === 1 ? "submitted" : "rebased",
      digest: row.digest,
      changed: row.changed,
    })),
    findings,
    checksPassed,
    rules: review.rules,
    approvalsGiven: await approvalsOf(plan, review),
    reviewers: await reviewersOf(plan, review),
    comments: comments.map((row) => toComment(row, actor)),
    run: run === undefined ? null : toPlanRun(run),
    runnable,
    spent,
    staleTotals: root === undefined ? emptyTotals() : figuresOf(root, "stale"),
    staleExamples: await staleExamples(plan, coverage),
    rights: await rightsOf(granted, review, actor, runnable),
    revertible: allows(review.status, "revert") && countOf(spent) > 0,
    revertOf: plan.revert_of,
    revertedBy: await listReverts(db, id),
    previous: (await findPrevious(db, plan)) ?? null,
  };

  async function approvalsOf(plan: NamedPlan, review: PlanReview): Promise<PlanApproval[]> {
    const given: PlanApproval[] = [];
    for (const row of review.decisions) {
      const lapse = review.standing.lapsed.get(row.id);
      // What somebody said before they said otherwise is history: the timeline has it.
      if (lapse === "replaced") continue;
      const selection = JSON.parse(row.selection) as Selection;
      given.push({
        id: row.id,
        by: toDoer({ ...row, agent: 0 }),
        at: row.created_at,
        version: row.version,
        verdict: row.verdict,
        note: row.note,
        digest: row.digest,
        expiresAt: row.expires_at,
        selection,
        covers: row.verdict === "approve" ? await countSelected(plan, selection, row.version) : 0,
        counts: lapse === undefined,
      });
    }
    return given;
  }

  async function countSelected(plan: NamedPlan, rules: Selection, version: number): Promise<number> {
    const selection = compileSelection(rules);
    let count = countOf((await selectedTotals(db, plan, selection)).approved);
    if (version === plan.version) return count;
    for await (const row of changedOperations(db, plan)) {
      if (row.since > version && selection.includes(row.path, PLAN_KINDS[row.kind])) count -= 1;
    }
    return count;
  }

  async function reviewersOf(plan: NamedPlan, review: PlanReview): Promise<PlanReviewer[]> {
    const asked = await listAskedReviewers(db, plan.id);
    const people = new Map<number, { id: number; name: string; fullName: string; asked: boolean }>();
    for (const row of asked) {
      const name = row.user_name ?? "";
      if (name !== "")
        people.set(row.user_id, { id: row.user_id, name, fullName: row.user_full_name || name, asked: true });
    }
    const add = (row: { id: number; name: string; full_name: string }) => {
      if (!people.has(row.id))
        people.set(row.id, { id: row.id, name: row.name, fullName: row.full_name || row.name, asked: false });
    };
    for (const row of await listMembersOf(db, plan.namespace_id, review.rules.roles, REVIEWERS_MAX)) add(row);
    const named = new Set([...review.rules.people, ...review.rules.owners.flatMap((owner) => owner.people)]);
    for (const name of named) {
      const row = people.size < REVIEWERS_MAX * 2 ? await findNamespace(db, name) : undefined;
      if (row !== undefined) add(row);
    }
    for (const row of review.decisions) {
      if (row.user_name !== null) add({ id: row.user_id, name: row.user_name, full_name: row.user_full_name ?? "" });
    }
    const reviewers: PlanReviewer[] = [];
    for (const person of people.values()) {
      const decision = review.decisions.findLast(
        ({ id, user_id }) => user_id === person.id && !review.standing.lapsed.has(id),
      );
      const why = whyMayNot(await review.personOf(person), review.rules, plan.user_id);
      const count =
        decision?.verdict === "approve"
          ? await countSelected(plan, JSON.parse(decision.selection), decision.version)
          : 0;
      reviewers.push({
        name: person.name,
        fullName: person.fullName,
        asked: person.asked,
        state: decision !== undefined ? STATE[decision.verdict] : why === null ? "waiting" : "may-not",
        count,
        reason: why,
      });
    }
    return reviewers;
  }

  async function staleExamples(plan: NamedPlan, coverage: Coverage): Promise<PlanOperationRow[]> {
    if (plan.stale === 0) return [];
    const limit = STALE_EXAMPLES;
    const { rows } = await listPlanOperationsByLine(db, {
      planId: plan.id,
      after: -1,
      filter: { stale: true },
      budget: limit * 4,
      limit,
    });
    const files = await findFiles(
      db,
      plan.bucket_id,
      rows.map((row) => row.target),
    );
    return rows.map((row) =>
      toOperationRow(
        row,
        coverage,
        new Map(),
        movedWords(
          row,
          files.find((file) => file.path === row.target),
        ),
      ),
    );
  }
}

const STATE = { approve: "approved", "request-changes": "changes-requested", reject: "rejected" } as const;

async function rightsOf(
  { plan, bucket, level, role }: GrantedPlan,
  review: PlanReview,
  actor: Actor,
  runnable: PlanTotals,
): Promise<PlanDetails["rights"]> {
  const whyNot = (await review.whyNot(actor)) ?? closedWhy(review);
  const member = mayPropose(actor, bucket, role);
  const own = actor.account !== null && actor.account.id === plan.user_id && member;
  return {
    decide: whyNot === null,
    whyNot,
    run:
      atLeast(level, "write") && countOf(runnable) > 0 && (allows(review.status, "run") || review.status === "running"),
    comment: member || (await review.whyNot(actor)) === null,
    rebase: member && allows(review.status, "rebase"),
    withdraw: (own || atLeast(level, "admin")) && allows(review.status, "withdraw"),
  };
}

function closedWhy({ status }: PlanReview): string | null {
  if (allows(status, "approve") || allows(status, "object")) return null;
  return `The plan is ${status}.`;
}

export function toComment(row: NamedComment, actor: Actor): PlanComment {
  return {
    id: row.id,
    path: row.path,
    by: toDoer(row),
    at: row.created_at,
    editedAt: row.edited_at,
    body: row.body,
    mine: actor.account !== null && actor.account.id === row.user_id && actor.role !== "read",
  };
}

function countOf(totals: PlanTotals): number {
  return PLAN_KINDS.reduce((sum, kind) => sum + totals[kind].count, 0);
}
