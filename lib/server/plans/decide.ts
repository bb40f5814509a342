/** Decisions on plans: each bound to the operations that were seen, judged anew whenever it is asked for. */
import type { Kysely } from "kysely";
import { HubError } from "#lib/core/errors.ts";
import { sumTotals } from "#lib/core/plan/kind.ts";
import { emptyTotals, type ReviewRules } from "#lib/core/plan/plan.ts";
import { type CompiledSelection, compileSelection } from "#lib/core/plan/selection.ts";
import { checkEvent } from "#lib/core/plan/status.ts";
import { recordActivity } from "../db/activity.ts";
import { figuresOf, findPlanFolder } from "../db/plan-folders.ts";
import { insertApproval, withdrawApprovals } from "../db/plan-reviews.ts";
import { updatePlan } from "../db/plans.ts";
import type { StoredPlan, Tables } from "../db/schema.ts";
import { atLeast, signInFirst } from "../hub/access.ts";
import { doerColumns, grantPlan, mayPropose, type PlansContext } from "./context.ts";
import { loadCoverage } from "./coverage.ts";
import { getPlanDetails } from "./details.ts";
import { brokenLimits } from "./limits.ts";
import type { Plans } from "./plans.ts";
import { createReviewReader } from "./review.ts";
import { countChanges, refreshStatus } from "./status.ts";
import { selectedTotals } from "./totals.ts";

type Db = Kysely<Tables>;

export function createDecisionVerbs(
  context: PlansContext,
): Pick<Plans, "measure" | "decide" | "undecide" | "withdraw"> {
  const { db, clock } = context;
  return {
    async measure(actor, id, rules) {
      const { plan } = await grantPlan(db.read, actor, id);
      const review = await createReviewReader(db.read, clock()).one(plan);
      const selected = await selectedTotals(db.read, plan, compileSelection(rules));
      const root = await findPlanFolder(db.read, id, "");
      const unspent =
        root === undefined ? emptyTotals() : sumTotals(figuresOf(root, "all"), figuresOf(root, "spent"), -1);
      return {
        selected: selected.runnable,
        left: sumTotals(unspent, selected.open, -1),
        stale: sumTotals(selected.open, selected.runnable, -1),
        overLimits: await brokenLimits(db.read, plan, review.rules, selected.approved),
      };
    },

    async decide(actor, id, { verdict, digest, selection, note }) {
      await db.write(async (tx) => {
        const { plan } = await grantPlan(tx, actor, id);
        if (actor.account === null) throw signInFirst();
        const now = clock();
        const review = await createReviewReader(tx, now).one(plan);
        const why = await review.whyNot(actor);
        if (why !== null) throw new HubError("Forbidden", `You may not decide on plan ${id}: ${why}`);
        checkEvent(review.status, verdict === "approve" ? "approve" : "object");
        if (digest !== plan.digest) {
          const message = `Plan ${id} has changed since you saw it: it is at version ${plan.version} now. Look again.`;
          throw new HubError("Conflict", message, { details: { version: plan.version, digest: plan.digest } });
        }
        const doer = doerColumns(actor);
        const covers =
          verdict === "approve" ? await checkSelected(tx, plan, review.rules, compileSelection(selection)) : 0;
        // What they said before is history, which the activity keeps: one decision a person is all that is ever judged.
        await withdrawApprovals(tx, id, doer.user_id, now);
        await insertApproval(tx, {
          plan_id: id,
          version: plan.version,
          digest,
          user_id: doer.user_id,
          token_label: doer.token_label,
          verdict,
          selection: JSON.stringify(selection),
          note: note.trim(),
          created_at: now,
          expires_at:
            verdict === "approve" && review.rules.expiresAfter !== null ? now + review.rules.expiresAfter : null,
          withdrawn_at: null,
        });
        if (verdict === "approve") await checkApproved(tx, plan, now);
        await recordActivity(tx, {
          bucketId: plan.bucket_id,
          planId: id,
          type:
            verdict === "approve" ? "plan.approved" : verdict === "reject" ? "plan.rejected" : "plan.changes-requested",
          doer,
          details: { covers, operations: plan.operations, digest, version: plan.version, note: note.trim() },
          at: now,
        });
        await updatePlan(tx, id, { updated_at: now });
        await refreshStatus(tx, id, now);
      });
      return getPlanDetails(context, actor, id);
    },

    async undecide(actor, id) {
      await db.write(async (tx) => {
        const { plan } = await grantPlan(tx, actor, id);
        if (actor.account === null) throw signInFirst();
        if (actor.role === "read" || actor.role === "propose") {
          throw new HubError("Forbidden", `A token of the role '${actor.role}' never decides.`);
        }
        const now = clock();
        const review = await createReviewReader(tx, now).one(plan);
        checkEvent(review.status, "take-back");
        const count = await withdrawApprovals(tx, id, actor.account.id, now);
        if (count === 0) throw new HubError("Conflict", `You have not decided on plan ${id}.`);
        await recordActivity(tx, {
          bucketId: plan.bucket_id,
          planId: id,
          type: "plan.decision-withdrawn",
          doer: doerColumns(actor),
          details: { digest: plan.digest },
          at: now,
        });
        await updatePlan(tx, id, { updated_at: now });
        await refreshStatus(tx, id, now);
      });
      return getPlanDetails(context, actor, id);
    },

    async withdraw(actor, id) {
      await db.write(async (tx) => {
        const { plan, bucket, level, role } = await grantPlan(tx, actor, id);
        if (actor.account === null) throw signInFirst();
        const own = actor.account.id === plan.user_id && mayPropose(actor, bucket, role);
        if (!own && !atLeast(level, "admin")) {
          throw new HubError("Forbidden", "A plan is withdrawn by who submitted it, or by an admin of the bucket.");
        }
        const now = clock();
        const review = await createReviewReader(tx, now).one(plan);
        checkEvent(review.status, "withdraw");
        await updatePlan(tx, id, { status: "withdrawn", updated_at: now });
        await recordActivity(tx, {
          bucketId: plan.bucket_id,
          planId: id,
          type: "plan.withdrawn",
          doer: doerColumns(actor),
          details: { digest: plan.digest },
          at: now,
        });
      });
      return getPlanDetails(context, actor, id);
    },
  };
}

/** How many operations a selection holds. Throws BadRequest for one that changes nothing, Forbidden for one over the limits. */
async function checkSelected(tx: Db, plan: StoredPlan, rules: ReviewRules, selection: CompiledSelection) {
  const { approved } = await selectedTotals(tx, plan, selection);
  if (plan.operations > 0 && countChanges(approved) === 0) {
    throw new HubError("BadRequest", "This approves nothing: no operation that changes something is selected.");
  }
  refuseOver(await brokenLimits(tx, plan, rules, approved));
  return countChanges(approved) + approved.skip.count;
}

/** Several people's selections together may be more than each by itself. */
async function checkApproved(tx: Db, plan: StoredPlan, now: number): Promise<void> {
  refuseOver((await loadCoverage(tx, plan, now)).over);
}

function refuseOver(broken: string[]): void {
  if (broken.length === 0) return;
  throw new HubError("Forbidden", `The bucket's rules do not allow so much: ${broken.join("; ")}. Approve a part.`, {
    details: { overLimits: broken },
  });
}
