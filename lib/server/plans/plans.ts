/**
 * What pages and routes know of sync plans. Every call names its actor; a plan of a bucket that the actor may not read is NotFound.
 * Deciding is the business of people (sessions, or tokens of role write and admin) and never of the submitting account.
 */

import type { Page } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type {
  Activity,
  PlanComment,
  PlanDetails,
  PlanInfo,
  PlanKind,
  PlanOperationDetails,
  PlanOperationRow,
  PlanRow,
  PlanRun,
  PlanTotals,
  ReviewRules,
  Selection,
} from "#lib/core/plan/plan.ts";
import type { PlanWeighing } from "#lib/core/plan/weight.ts";
import type { Actor } from "../hub/actor.ts";

export interface SubmitOptions {
  body: AsyncIterable<Uint8Array>;
  /** What people call it; absent: made of the paths. */
  title?: string;
}

export interface ListPlansOptions {
  /** waiting: for the actor's decision. mine: submitted by the actor. all: every plan of buckets that the actor may read as a member. */
  box: "waiting" | "mine" | "all";
  bucket?: BucketId;
  limit: number;
  cursor?: string;
}

export interface OperationFilter {
  kinds?: PlanKind[];
  /** Bits of FINDING_BITS, any of them. */
  findings?: number;
  stale?: boolean;
  approved?: boolean;
  spent?: boolean;
  failed?: boolean;
  minSize?: number;
  maxSize?: number;
  /** Substring, or fnmatch glob when it has one of `*?[`. */
  match?: string;
}

export interface PlanChange {
  path: string;
  before: PlanOperationRow | null;
  after: PlanOperationRow | null;
}

export interface Plans {
  /** Stores the plan or nothing. Throws BadRequest with details `{ plan: { line, column, excerpt, problems, checks } }`. */
  submit(actor: Actor, options: SubmitOptions): Promise<PlanDetails>;
  /** Makes a plan between two places in buckets; both must be readable, the destination's bucket is the plan's. */
  compute(
    actor: Actor,
    options: {
      source: string;
      dest: string;
      delete: boolean;
      /** Compare by size and time as the client does, or by content. */
      by: "time" | "content";
      filters: { include: string[]; exclude: string[] };
      title?: string;
    },
  ): Promise<PlanDetails>;
  list(actor: Actor, options: ListPlansOptions): Promise<Page<PlanInfo>>;
  /** How many plans wait for the actor, counted to at most 100. */
  countWaiting(actor: Actor): Promise<number>;
  get(actor: Actor, id: number): Promise<PlanDetails>;

  /** Children of a folder ("" or ending in "/"): folders first, then operations, by path. */
  listTree(
    actor: Actor,
    id: number,
    options: { folder: string; limit: number; cursor?: string; filter?: OperationFilter },
  ): Promise<Page<PlanRow>>;
  /** Operations in the file's order, flat. A filter has a budget a request: a page may be short and still carry a cursor. */
  listOperations(
    actor: Actor,
    id: number,
    options: { filter: OperationFilter; limit: number; cursor?: string },
  ): Promise<Page<PlanOperationRow>>;
  getOperation(actor: Actor, id: number, path: string): Promise<PlanOperationDetails>;
  /** What a selection would approve: its totals, what it leaves out, and what is left out as out of date. */
  measure(
    actor: Actor,
    id: number,
    selection: Selection,
  ): Promise<{ selected: PlanTotals; left: PlanTotals; stale: PlanTotals; overLimits: string[] }>;
  /** What running a selection would free and bring, of what has not run and is not out of date. */
  weigh(actor: Actor, id: number, selection: Selection): Promise<PlanWeighing>;

  comment(actor: Actor, id: number, options: { path: string | null; body: string }): Promise<PlanComment>;
  editComment(actor: Actor, id: number, comment: number, body: string | null): Promise<void>;
  askReviewers(actor: Actor, id: number, names: string[]): Promise<void>;
  rename(actor: Actor, id: number, title: string): Promise<void>;
  /** Conflict when `digest` is not that of the present version: what was seen is what is decided. */
  decide(
    actor: Actor,
    id: number,
    decision: { verdict: "approve" | "request-changes" | "reject"; digest: string; selection: Selection; note: string },
  ): Promise<PlanDetails>;
  /** Takes the actor's own standing decision back. */
  undecide(actor: Actor, id: number): Promise<PlanDetails>;
  withdraw(actor: Actor, id: number): Promise<PlanDetails>;
  rebase(actor: Actor, id: number): Promise<PlanDetails>;
  /** Operations that differ between two versions, or between this plan's and another plan's present version. */
  compare(
    actor: Actor,
    id: number,
    options: { from?: number; to?: number; with?: number; limit: number; cursor?: string },
  ): Promise<Page<PlanChange>>;

  /** The bytes as submitted. */
  original(actor: Actor, id: number): Promise<AsyncIterable<Uint8Array>>;
  /** Lines for `hf buckets sync --apply`: runnable operations only, with their own summary. Conflict when there are none. */
  approvedFile(actor: Actor, id: number): Promise<AsyncIterable<Uint8Array>>;

  /** Starts (or goes on with) a run on the server: deletes, and copies between buckets. */
  startRun(actor: Actor, id: number): Promise<PlanRun>;
  /** Ends the run that goes on, whoever's it is; with `pause` a run on the server waits for `startRun` instead. */
  cancelRun(actor: Actor, id: number, options?: { pause?: boolean }): Promise<PlanRun>;
  /** A new plan that puts back what this one took away, for as long as the contents are stored. */
  revert(actor: Actor, id: number): Promise<PlanDetails>;

  /**
   * For a bucket's pages: its protected prefixes, how many plans still wait for something, whether the actor may change the rules, and
   * propose plans.
   */
  glance(
    actor: Actor,
    bucket: BucketId,
  ): Promise<{ protect: string[]; open: number; mayRule: boolean; mayPropose: boolean }>;
  /** Buckets that the actor may read and that are protected, in whole or in part. */
  listProtected(actor: Actor): Promise<BucketId[]>;

  getRules(actor: Actor, bucket: BucketId): Promise<ReviewRules>;
  /** Admins of the bucket only; logged. */
  setRules(actor: Actor, bucket: BucketId, rules: ReviewRules): Promise<ReviewRules>;

  /** Newest first; of one bucket, of one plan, or of all that the actor may read as a member. */
  listActivity(
    actor: Actor,
    options: {
      bucket?: BucketId;
      plan?: number;
      /** Types, or their first parts ("plan" for all of "plan."). */
      types?: string[];
      /** Only what this person did. */
      by?: string;
      limit: number;
      cursor?: string;
    },
  ): Promise<Page<Activity>>;

  listWebhooks(actor: Actor, bucket: BucketId): Promise<Webhook[]>;
  /** The secret is in this answer only. */
  createWebhook(
    actor: Actor,
    bucket: BucketId,
    options: { url: string; events: string[] },
  ): Promise<Webhook & { secret: string }>;
  deleteWebhook(actor: Actor, bucket: BucketId, id: number): Promise<void>;
}

export interface Webhook {
  id: number;
  url: string;
  /** Of plan.submitted, plan.decided, plan.stale, plan.run. */
  events: string[];
  createdAt: number;
  /** The last delivery: when, its HTTP status (0: no answer), null before the first. */
  last: { at: number; status: number; message: string } | null;
}
