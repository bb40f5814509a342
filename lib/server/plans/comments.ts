/** Talk about a plan: comments on it, its folders and operations; who is asked; what it is called. */
import type { Kysely } from "kysely";
import { pathProblem } from "#lib/core/bucket/path-rule.ts";
import { HubError } from "#lib/core/errors.ts";
import { findNamespace } from "../db/accounts.ts";
import { recordActivity } from "../db/activity.ts";
import { findPlanFolder } from "../db/plan-folders.ts";
import { findPlanOperation } from "../db/plan-operations.ts";
import { askReviewer, insertComment, listComments } from "../db/plan-reviews.ts";
import { updatePlan } from "../db/plans.ts";
import type { Tables } from "../db/schema.ts";
import { atLeast, signInFirst } from "../hub/access.ts";
import type { Account, Actor } from "../hub/actor.ts";
import { doerColumns, type GrantedPlan, grantPlan, mayPropose, type PlansContext } from "./context.ts";
import { toComment } from "./details.ts";
import type { Plans } from "./plans.ts";
import { createReviewReader } from "./review.ts";
import { checkTitle } from "./submit.ts";

type Db = Kysely<Tables>;

const COMMENTS_MAX = 1000;
const BODY_MAX = 10_000;
/** People whom one comment asks, at most. */
const MENTIONS_MAX = 20;
const MENTION = /(?:^|[^\w@/.-])@([A-Za-z0-9_][A-Za-z0-9_.-]{0,95})/g;

export function createCommentVerbs({
  db,
  clock,
}: PlansContext): Pick<Plans, "comment" | "editComment" | "askReviewers" | "rename"> {
  /** Members who may propose, and whoever may decide. */
  async function checkVoice(tx: Db, actor: Actor, { plan, bucket, role }: GrantedPlan): Promise<Account> {
    if (actor.account === null) throw signInFirst();
    if (mayPropose(actor, bucket, role)) return actor.account;
    const review = await createReviewReader(tx, clock()).one(plan);
    if ((await review.whyNot(actor)) !== null) {
      throw new HubError("Forbidden", "You may not take part in the review of this plan.");
    }
    return actor.account;
  }

  /** Those among `names` who are users and may read the plan. */
  async function ask(tx: Db, actor: Account, { plan }: GrantedPlan, names: Iterable<string>): Promise<string[]> {
    const review = await createReviewReader(tx, clock()).one(plan);
    const asked: string[] = [];
    for (const name of names) {
      const row = await findNamespace(tx, name);
      if (row?.type !== "user" || !(await review.personOf(row)).canRead) continue;
      await askReviewer(tx, { plan_id: plan.id, user_id: row.id, asked_by: actor.id, asked_at: clock() });
      asked.push(row.name);
    }
    return asked;
  }

  return {
    comment: (actor, id, { path, body }) =>
      db.write(async (tx) => {
        const granted = await grantPlan(tx, actor, id);
        const account = await checkVoice(tx, actor, granted);
        const text = checkBody(body);
        if (path !== null) await checkPlace(tx, id, path);
        const before = await listComments(tx, id);
        if (before.length >= COMMENTS_MAX) {
          throw new HubError("Conflict", `A plan has at most ${COMMENTS_MAX} comments.`);
        }
        const now = clock();
        const doer = doerColumns(actor);
        const row = { plan_id: id, path, ...doer, body: text, created_at: now, edited_at: null };
        const comment = await insertComment(tx, row);
        const mentions = await ask(tx, account, granted, mentionsOf(text));
        const { bucket_id } = granted.plan;
        const details = { comment, path, body: text.slice(0, 200), ...(mentions.length > 0 && { mentions }) };
        await recordActivity(tx, { bucketId: bucket_id, planId: id, type: "plan.commented", doer, details, at: now });
        const names = { user_name: account.name, user_full_name: account.fullName };
        return toComment({ id: comment, ...row, ...names }, actor);
      }),

    editComment: (actor, id, comment, body) =>
      db.write(async (tx) => {
        const { level } = await grantPlan(tx, actor, id);
        if (actor.account === null) throw signInFirst();
        const row = (await listComments(tx, id)).find((one) => one.id === comment);
        if (row === undefined) throw new HubError("NotFound", `Plan ${id} has no comment ${comment}.`);
        const own = row.user_id === actor.account.id && actor.role !== "read";
        // An admin may take away what should not stand there, but puts no words into a mouth.
        if (!own && !(body === null && atLeast(level, "admin"))) {
          throw new HubError("Forbidden", "A comment is changed by who wrote it.");
        }
        if (body === null) await tx.deleteFrom("plan_comments").where("id", "=", comment).execute();
        else {
          const changes = { body: checkBody(body), edited_at: clock() };
          await tx.updateTable("plan_comments").set(changes).where("id", "=", comment).execute();
        }
      }),

    askReviewers: (actor, id, names) =>
      db.write(async (tx) => {
        const granted = await grantPlan(tx, actor, id);
        const account = await checkVoice(tx, actor, granted);
        const wanted = [...new Set(names)];
        const asked = await ask(tx, account, granted, wanted);
        const missing = wanted.find((name) => !asked.some((one) => one.toLowerCase() === name.toLowerCase()));
        if (missing !== undefined) {
          throw new HubError("BadRequest", `There is no user '${missing.slice(0, 100)}' who can see this plan.`);
        }
        if (asked.length === 0) return;
        const { bucket_id } = granted.plan;
        const doer = doerColumns(actor);
        const details = { names: asked };
        await recordActivity(tx, {
          bucketId: bucket_id,
          planId: id,
          type: "plan.reviewers",
          doer,
          details,
          at: clock(),
        });
      }),

    rename: (actor, id, title) =>
      db.write(async (tx) => {
        const granted = await grantPlan(tx, actor, id);
        const account = await checkVoice(tx, actor, granted);
        if (account.id !== granted.plan.user_id && !atLeast(granted.level, "write")) {
          throw new HubError("Forbidden", "A plan is renamed by who submitted it, or by who may write to the bucket.");
        }
        const now = clock();
        const checked = checkTitle(title);
        await updatePlan(tx, id, { title: checked, updated_at: now });
        const { bucket_id } = granted.plan;
        const doer = doerColumns(actor);
        const details = { title: checked, before: granted.plan.title };
        await recordActivity(tx, { bucketId: bucket_id, planId: id, type: "plan.renamed", doer, details, at: now });
      }),
  };
}

function checkBody(body: string): string {
  const text = body.trim();
  if (text === "") throw new HubError("BadRequest", "The comment is empty.");
  if (text.length > BODY_MAX) throw new HubError("BadRequest", `A comment has at most ${BODY_MAX} characters.`);
  return text;
}

/** Throws EntryNotFound for a folder or operation that the plan does not have. */
async function checkPlace(db: Db, planId: number, path: string): Promise<void> {
  const folder = path.endsWith("/");
  const problem = pathProblem(folder ? path.slice(0, -1) : path);
  if (problem !== null) throw new HubError("BadRequest", `Invalid path: ${problem}.`);
  const found = folder ? await findPlanFolder(db, planId, path) : await findPlanOperation(db, planId, path);
  if (found === undefined)
    throw new HubError("EntryNotFound", `Plan ${planId} has nothing at ${JSON.stringify(path)}.`);
}

/** Names after an "@"; a dot that ends the sentence is no part of one. */
export function mentionsOf(text: string): string[] {
  const names = [...text.matchAll(MENTION)].map(([, name]) => name!.replace(/[.-]+$/, ""));
  return [...new Set(names)].slice(0, MENTIONS_MAX);
}
