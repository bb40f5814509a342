/** The review of a plan as it stands at this moment: its decisions, judged by the rules and the rights of now. */
import type { Kysely } from "kysely";
import {
  type Decision,
  type ReviewPerson,
  type ReviewState,
  type Standing,
  standingOf,
  whyMayNot,
} from "#lib/core/plan/approval.ts";
import type { PlanStatus, ReviewRules, Selection } from "#lib/core/plan/plan.ts";
import { findRole } from "../db/accounts.ts";
import { getBucket, type NamedBucket } from "../db/buckets.ts";
import { listApprovals, type NamedApproval } from "../db/plan-reviews.ts";
import { listPlanVersions } from "../db/plans.ts";
import type { StoredPlan, Tables } from "../db/schema.ts";
import type { Actor } from "../hub/actor.ts";
import { readRules } from "./rules.ts";

type Db = Kysely<Tables>;
export type ReviewedPlan = Pick<StoredPlan, "id" | "bucket_id" | "user_id" | "version" | "digest" | "status">;

export interface PlanReview {
  standing: Standing;
  rules: ReviewRules;
  /** Every decision that was not taken back, oldest first. */
  decisions: NamedApproval[];
  /** Everybody who decided. */
  people: ReadonlyMap<number, ReviewPerson>;
  bucket: NamedBucket;
  status: PlanStatus;
  approvals: { have: number; need: number };
  /** The person as the rules see them. */
  personOf(account: { id: number; name: string }): Promise<ReviewPerson>;
  /** Why the actor may not decide, as a sentence; null: they may. */
  whyNot(actor: Actor): Promise<string | null>;
  /** The actor may decide, and has not on this version. */
  waitsFor(actor: Actor): Promise<boolean>;
}

/** Ends that no decision changes any more. */
const CLOSED: PlanStatus[] = ["rejected", "withdrawn", "done"];

/** Reads reviews of many plans, each bucket's rules and each person's role once. Throws for a plan whose bucket is gone. */
export function createReviews({ db: { read }, clock }: { db: { read: Db }; clock: () => number }) {
  return createReviewReader(read, clock());
}

export function createReviewReader(db: Db, now: number) {
  const rules = new Map<number, Promise<ReviewRules>>();
  const buckets = new Map<number, Promise<NamedBucket | undefined>>();
  const roles = new Map<string, Promise<ReviewPerson["role"]>>();
  const once = <K, V>(map: Map<K, Promise<V>>, key: K, read: () => Promise<V>): Promise<V> => {
    let found = map.get(key);
    if (found === undefined) {
      found = read();
      map.set(key, found);
    }
    return found;
  };

  async function personIn(bucket: NamedBucket, { id, name }: { id: number; name: string }): Promise<ReviewPerson> {
    const role = await once(roles, `${bucket.namespace_id} ${id}`, async () => {
      return (await findRole(db, bucket.namespace_id, id)) ?? null;
    });
    return { id, name, role, canRead: role !== null || bucket.visibility === "public" };
  }

  async function read(plan: ReviewedPlan, decisions: NamedApproval[]): Promise<PlanReview> {
    const bucket = await once(buckets, plan.bucket_id, () => getBucket(db, plan.bucket_id));
    if (bucket === undefined) throw new Error(`Plan ${plan.id} has no bucket.`);
    const own = await once(rules, bucket.id, () => readRules(db, bucket.id));
    const people = new Map<number, ReviewPerson>();
    for (const { user_id, user_name } of decisions) {
      if (user_name !== null && !people.has(user_id)) {
        people.set(user_id, await personIn(bucket, { id: user_id, name: user_name }));
      }
    }
    const digests = new Map([[plan.version, plan.digest]]);
    if (plan.version > 1 && decisions.length > 0) {
      for (const { version, digest } of await listPlanVersions(db, plan.id)) digests.set(version, digest);
    }
    const state: ReviewState = {
      decisions: decisions.map(toDecision),
      rules: own,
      people,
      submitter: plan.user_id,
      digests,
      version: plan.version,
      now,
    };
    const standing = standingOf(state);
    const have = standing.approvals.length;
    const need = Math.max(1, own.approvals);
    // An approval expires by itself, and no row changes for it.
    const short = have < need;
    const whyNot = async ({ account, role, token }: Actor): Promise<string | null> => {
      if (account === null) return "Sign in to decide.";
      if (role === "read" || role === "propose") {
        return `This ${token === null ? "session" : "token"} has the role '${role}', which never decides.`;
      }
      const why = whyMayNot(await personIn(bucket, account), own, plan.user_id);
      return why === null ? null : `${account.name} ${why}.`;
    };
    return {
      standing,
      rules: own,
      decisions,
      people,
      bucket,
      status: plan.status === "approved" && short && own.freeAdds.length === 0 ? "open" : plan.status,
      approvals: { have, need },
      personOf: (account) => personIn(bucket, account),
      whyNot,
      async waitsFor(actor) {
        if (CLOSED.includes(plan.status) || (await whyNot(actor)) !== null) return false;
        if (plan.status !== "open" && !(plan.status === "approved" && short)) return false;
        return !decisions.some(
          ({ id, user_id, version }) =>
            user_id === actor.account?.id && version === plan.version && !standing.lapsed.has(id),
        );
      },
    };
  }

  return {
    /** In the order of `plans`; plans of buckets that are gone are left out. */
    async of<P extends ReviewedPlan>(plans: readonly P[]): Promise<{ plan: P; review: PlanReview }[]> {
      if (plans.length === 0) return [];
      const decisions = Map.groupBy(
        await listApprovals(
          db,
          plans.map(({ id }) => id),
        ),
        (row) => row.plan_id,
      );
      const reviews: { plan: P; review: PlanReview }[] = [];
      for (const plan of plans) reviews.push({ plan, review: await read(plan, decisions.get(plan.id) ?? []) });
      return reviews;
    },
    async one(plan: ReviewedPlan): Promise<PlanReview> {
      return read(plan, await listApprovals(db, [plan.id]));
    },
  };
}

function toDecision(row: NamedApproval): Decision {
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
