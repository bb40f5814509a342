/**
 * A sync plan as data: what both sides of the wire, the tables and the pages mean by its words. Wire form: these same names
 * in JSON, times in ms since the epoch except where an operation's own times are microseconds.
 */
import type { BucketId } from "../bucket/id.ts";

/** Which way bytes go. `copy`: bucket to bucket, made and run by the server; no client applies such a plan. */
export type PlanDirection = "upload" | "download" | "copy";

/** What the client's file says. */
export type PlanAction = "upload" | "download" | "delete" | "skip";

/**
 * What an operation does to its destination. An upload (or copy) is `add` where nothing was at submission, else `overwrite`;
 * `download` changes a local file only, and so does a delete of a download plan (kind `delete`).
 */
export const PLAN_KINDS = ["add", "overwrite", "delete", "skip", "download"] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

/** One operation line, in the client's own words. Unknown keys of a line are not kept. */
export interface PlanOperation {
  action: PlanAction;
  /** Relative to the plan's source and destination. */
  path: string;
  reason: string;
  /** Bytes of the source; of a delete, of the destination. */
  size?: number;
  /** Microseconds since the epoch: the client writes microseconds. */
  localMtime?: number;
  remoteMtime?: number;
  /** Content of the source where it is known (plans made here): 64 hex digits. Rides along as `xet_hash`, which clients skip. */
  xetHash?: string;
}

export interface PlanSummary {
  uploads: number;
  downloads: number;
  deletes: number;
  skips: number;
  /** Bytes of uploads and downloads. */
  totalSize: number;
}

export interface PlanHeader {
  /** As typed by whoever ran the client. */
  source: string;
  dest: string;
  /** ISO text exactly as in the file. */
  timestamp: string;
  /** null: the file has none; the client does not need it. */
  summary: PlanSummary | null;
}

/** Count and bytes of one kind below some folder. */
export interface KindTotal {
  count: number;
  bytes: number;
}

export type PlanTotals = Record<PlanKind, KindTotal>;

/** What stood (or stands) at a destination path in the bucket; null: nothing. */
export interface Ground {
  xetHash: string;
  size: number;
  mtime: number | null;
  uploadedAt: number | null;
}

/**
 * What a reviewer checked: the longest rule that a path falls under wins; among equal paths one with `kinds` beats one
 * without, and a later one an earlier one. A path that ends in "/" is a folder and all below it ("/" alone: everything), any other is
 * one operation. No rule: left out.
 */
export interface SelectionRule {
  path: string;
  include: boolean;
  /** Only operations of these kinds; absent: all. */
  kinds?: PlanKind[];
}
export type Selection = SelectionRule[];
export const SELECT_ALL: Selection = [{ path: "/", include: true }];
export const SELECTION_RULES_MAX = 10_000;

/**
 * open: waits for decisions. changes-requested, rejected, withdrawn: nothing runs. approved: some operations have all the
 * approvals they need. running, done (every approved operation has run), failed (a run ended with operations that did not).
 */
export const PLAN_STATUSES = [
  "open",
  "changes-requested",
  "rejected",
  "withdrawn",
  "approved",
  "running",
  "done",
  "failed",
] as const;
export type PlanStatus = (typeof PLAN_STATUSES)[number];

export type Severity = "danger" | "warning" | "note";

/** One thing that the check of a plan saw; operations carry the bits of those that name them (`FINDING_BITS`). */
export interface Finding {
  code: string;
  severity: Severity;
  /** One sentence, with its numbers. */
  title: string;
  detail: string;
  /** Operations that it names, and the first few of their paths; 0 for a finding about the whole plan. */
  count: number;
  examples: string[];
}

/** Findings that name operations, and their bit in an operation's `findings`. */
export const FINDING_BITS = {
  "protected-prefix": 1,
  "overwrites-newer": 2,
  "identical-bytes": 4,
  "case-collision": 8,
  "best-step": 16,
  "same-size-different-bytes": 32,
} as const;
export type FindingCode = keyof typeof FINDING_BITS;

export interface Person {
  name: string;
  fullName: string;
}

/** Who did something: a person, or an agent (a token with the role `propose`) of one. */
export interface Doer extends Person {
  /** Label of the access token that was used; null: a session of the browser. */
  token: string | null;
  /** The token's role was `propose`. */
  agent: boolean;
}

export interface PlanApproval {
  id: number;
  by: Doer;
  at: number;
  version: number;
  verdict: "approve" | "request-changes" | "reject";
  note: string;
  /** Digest of the operations that it is bound to. */
  digest: string;
  expiresAt: number | null;
  selection: Selection;
  /** Operations of the present version that it still covers. */
  covers: number;
  /** False once expired, withdrawn, or given by somebody who no longer may. */
  counts: boolean;
}

export interface PlanRun {
  id: number;
  how: "server" | "client" | "browser";
  by: Doer;
  state: "running" | "paused" | "done" | "failed" | "cancelled";
  startedAt: number;
  endedAt: number | null;
  /** Operations and bytes: to run, done, failed. */
  total: number;
  done: number;
  failed: number;
  bytes: number;
  bytesDone: number;
  /** Why it stands or failed, for people. */
  message: string | null;
}

/** A row of lists and inboxes. */
export interface PlanInfo {
  id: number;
  title: string;
  bucket: BucketId;
  /** Folder of the bucket that the plan is about, "" for the root. */
  prefix: string;
  direction: PlanDirection;
  source: string;
  dest: string;
  status: PlanStatus;
  version: number;
  by: Doer;
  createdAt: number;
  updatedAt: number;
  totals: PlanTotals;
  operations: number;
  /** Operations whose ground moved since they were recorded, not yet run. */
  stale: number;
  /** Highest severity among findings, null for none. */
  severity: Severity | null;
  approvals: { have: number; need: number };
  /** The caller may decide on it and has not. */
  waitsForMe: boolean;
}

export interface PlanReviewer extends Person {
  /** Asked by name; else the rules let them. */
  asked: boolean;
  state: "approved" | "changes-requested" | "rejected" | "waiting" | "may-not";
  /** Operations approved, or why they may not. */
  count: number;
  reason: string | null;
}

export interface PlanDetails extends PlanInfo {
  /** SHA-256 of the bytes as submitted; of the canonical operations of this version. */
  sha256: string;
  digest: string;
  /** The file's own timestamp, and whether the original can be downloaded. */
  timestamp: string;
  originalBytes: number;
  versions: {
    version: number;
    at: number;
    by: Doer;
    reason: "submitted" | "rebased";
    digest: string;
    changed: number;
  }[];
  findings: Finding[];
  checksPassed: string[];
  rules: ReviewRules;
  approvalsGiven: PlanApproval[];
  reviewers: PlanReviewer[];
  comments: PlanComment[];
  run: PlanRun | null;
  /** Operations that may run now: approved, unspent, not stale, unexpired. */
  runnable: PlanTotals;
  /** Operations that have run. */
  spent: PlanTotals;
  /** Stale ones by kind, and the first few of them. */
  staleTotals: PlanTotals;
  staleExamples: PlanOperationRow[];
  rights: {
    decide: boolean;
    whyNot: string | null;
    run: boolean;
    comment: boolean;
    rebase: boolean;
    withdraw: boolean;
  };
  /** A revert can be made of what has run. */
  revertible: boolean;
  /** The plan that this one takes back, and plans that take this one back. */
  revertOf: number | null;
  revertedBy: number[];
  /** Another plan of the same source and destination, to compare with. */
  previous: number | null;
}

/** One operation as a row of the tree or list. */
export interface PlanOperationRow {
  type: "operation";
  path: string;
  kind: PlanKind;
  reason: string;
  size: number;
  findings: number;
  stale: boolean;
  /** Has all the approvals that it needs. */
  approved: boolean;
  /** ms when it ran, null while it has not. */
  spentAt: number | null;
  /** Why it failed in the last run. */
  error: string | null;
  comments: number;
  /** For a stale one: what was and what is, in a few words ("was: new file · now identical"). */
  moved: string | null;
}

/** A folder with everything below it added up. `path` ends in "/". */
export interface PlanFolderRow {
  type: "folder";
  path: string;
  totals: PlanTotals;
  stale: number;
  spent: number;
  /** Union of the bits below. */
  findings: number;
  comments: number;
}

export type PlanRow = PlanFolderRow | PlanOperationRow;

export interface PlanOperationDetails extends PlanOperationRow {
  localMtime: number | null;
  remoteMtime: number | null;
  /** Full path in the bucket. */
  target: string;
  /** Content that would be written, where known. */
  xetHash: string | null;
  /** The bucket at submission (or at the last rebase) and now. */
  ground: Ground | null;
  now: Ground | null;
  /** Bytes that no chunk of the store holds yet, where it is known. */
  newBytes: number | null;
  /** Both sides can be read here, so that text can be compared. */
  readable: boolean;
}

export interface PlanComment {
  id: number;
  /** null: the plan. Ends in "/": a folder. Else an operation. */
  path: string | null;
  by: Doer;
  at: number;
  editedAt: number | null;
  body: string;
  /** May be changed and taken back by the caller. */
  mine: boolean;
}

/** One step in the life of a bucket or plan. */
export interface Activity {
  id: number;
  at: number;
  by: Doer | null;
  bucket: BucketId;
  plan: { id: number; title: string } | null;
  /** plan.submitted, plan.approved, plan.changes-requested, plan.rejected, plan.withdrawn, plan.stale, plan.rebased, plan.commented, plan.run-started, plan.run-ended, plan.reverted, bucket.created, bucket.settings, bucket.moved, bucket.deleted, rules.changed, batch, batch.refused ... */
  type: string;
  /** Numbers, names and digests of the step. */
  details: Record<string, unknown>;
}

/** What a bucket demands before something of it goes. */
export interface ReviewRules {
  /** Prefixes (folders, "" for the whole bucket) where deletes and overwrites need an approved operation; empty: not protected. */
  protect: string[];
  /** Approvals that an operation needs, at least 1. */
  approvals: number;
  /** Members of these roles may approve ... */
  roles: ("write" | "admin")[];
  /** ... and these people by name, if they can read the bucket. */
  people: string[];
  /** Operations under the glob (on the bucket's full path) also need one of these people. */
  owners: { glob: string; people: string[] }[];
  /** How long an approval holds, ms; null: for ever. */
  expiresAfter: number | null;
  limits: {
    /** Deletes and overwrites at most this share (0..1) of the files under the plan's prefix; null: no limit. */
    deleteShare: number | null;
    deletes: number | null;
    /** Bytes of uploads, downloads and copies. */
    bytes: number | null;
  };
  /** Adds under these prefixes need no approval. */
  freeAdds: string[];
}

export const DEFAULT_RULES: ReviewRules = {
  protect: [],
  approvals: 1,
  roles: ["write", "admin"],
  people: [],
  owners: [],
  expiresAfter: 24 * 3600 * 1000,
  limits: { deleteShare: null, deletes: null, bytes: null },
  freeAdds: [],
};

export function emptyTotals(): PlanTotals {
  const none = () => ({ count: 0, bytes: 0 });
  return { add: none(), overwrite: none(), delete: none(), skip: none(), download: none() };
}
