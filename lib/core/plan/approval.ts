/**
 * Who may decide, which decisions stand now, and which operations they cover. Pure: the guard, the approved file, a run and the pages all
 * ask here, at the moment when they need to know; nothing that was approved once is remembered as approved.
 *
 * An operation is covered if nobody's objection stands and as many people as the rules ask for have it in a standing approval, each
 * of a version in which the operation was already as it is now.
 */
import { isUnder } from "../bucket/path.ts";
import { compileGlob, type PathFilter } from "./filter.ts";
import type { PlanKind, PlanTotals, ReviewRules, Selection } from "./plan.ts";
import { type CompiledSelection, compileSelection } from "./selection.ts";

/** A person's standing in the plan's bucket, as of now. */
export interface ReviewPerson {
  id: number;
  name: string;
  /** In the bucket's namespace (its owner counts as admin); null: none, whatever else lets them read. */
  role: "admin" | "write" | "contributor" | "read" | null;
  /** May read the bucket at all. */
  canRead: boolean;
}

/** A decision as it was given. */
export interface Decision {
  id: number;
  userId: number;
  version: number;
  /** Of that version's operations, as the person saw it. */
  digest: string;
  verdict: "approve" | "request-changes" | "reject";
  selection: Selection;
  /** ms; null: it holds for ever. */
  expiresAt: number | null;
  withdrawnAt: number | null;
}

export interface ReviewState {
  /** All decisions of the plan, in the order in which they were given. */
  decisions: Decision[];
  rules: ReviewRules;
  /** Everybody who decided; a person who is not in it has no rights (the account is gone). */
  people: ReadonlyMap<number, ReviewPerson>;
  /** The account that submitted the plan, itself or by an agent. */
  submitter: number;
  /** Digest of every version, and the present version. */
  digests: ReadonlyMap<number, string>;
  version: number;
  now: number;
}

export interface ReviewedOperation {
  path: string;
  /** Full path in the bucket: owners and free prefixes speak of it. */
  target: string;
  kind: PlanKind;
  /** First version that has the operation as it is now. */
  since: number;
}

/** Why a decision counts for nothing now. */
export type Lapse = "replaced" | "withdrawn" | "expired" | "may-not" | "other-digest" | "older-version";

export interface StandingApproval {
  decision: Decision;
  person: ReviewPerson;
  /** By role or name; else this person's word counts only where they own the path. */
  everywhere: boolean;
  selection: CompiledSelection;
}

export interface Standing {
  approvals: StandingApproval[];
  /** Objections that hold everything; a rejection first. */
  objections: Decision[];
  /** Decisions that count for nothing, and why. */
  lapsed: ReadonlyMap<number, Lapse>;
  rules: ReviewRules;
  owners: { matches: PathFilter; people: ReadonlySet<string> }[];
  submitter: number;
}

/** Whether a person may decide on a plan of this bucket, or why not, as the end of a sentence about them. */
export function whyMayNot(person: ReviewPerson | undefined, rules: ReviewRules, submitter: number): string | null {
  if (person === undefined || !person.canRead) return "cannot read the bucket";
  if (person.id === submitter) return "submitted it, or owns the agent that did";
  if (mayEverywhere(person, rules) || rules.owners.some(({ people }) => people.includes(person.name))) return null;
  return "is not among those who may approve here";
}

function mayEverywhere(person: ReviewPerson, { roles, people }: ReviewRules): boolean {
  return (
    ((person.role === "write" || person.role === "admin") && roles.includes(person.role)) ||
    people.includes(person.name)
  );
}

/** Judges all decisions by what is so now. A person's latest decision replaces their earlier ones, whatever became of it. */
export function standingOf(state: ReviewState): Standing {
  const { decisions, rules, people, submitter } = state;
  const latest = new Map<number, number>();
  for (const { id, userId } of decisions) latest.set(userId, Math.max(id, latest.get(userId) ?? id));
  const standing: Standing = {
    approvals: [],
    objections: [],
    lapsed: new Map(),
    rules,
    owners: rules.owners.map(({ glob, people }) => ({ matches: compileGlob(glob), people: new Set(people) })),
    submitter,
  };
  const lapsed = new Map<number, Lapse>();
  for (const decision of decisions) {
    const lapse = latest.get(decision.userId) === decision.id ? lapseOf(decision, state) : "replaced";
    const person = people.get(decision.userId);
    if (lapse !== null) lapsed.set(decision.id, lapse);
    else if (decision.verdict !== "approve") standing.objections.push(decision);
    else if (person !== undefined) {
      const selection = compileSelection(decision.selection);
      standing.approvals.push({ decision, person, everywhere: mayEverywhere(person, rules), selection });
    }
  }
  standing.lapsed = lapsed;
  standing.objections.sort((a, b) => Number(b.verdict === "reject") - Number(a.verdict === "reject") || a.id - b.id);
  return standing;
}

/**
 * An objection neither expires nor falls with the rights of who made it: what stops a plan is taken back by that person, by a new
 * version (changes requested), or not at all (a rejected plan is submitted again).
 */
function lapseOf(decision: Decision, { rules, people, submitter, digests, version, now }: ReviewState): Lapse | null {
  if (decision.withdrawnAt !== null) return "withdrawn";
  if (decision.verdict === "reject") return null;
  if (decision.verdict === "request-changes") return decision.version < version ? "older-version" : null;
  if (decision.expiresAt !== null && decision.expiresAt <= now) return "expired";
  if (digests.get(decision.version) !== decision.digest) return "other-digest";
  return whyMayNot(people.get(decision.userId), rules, submitter) === null ? null : "may-not";
}

/** Whether an operation has all the approvals that it needs, now. Staleness and whether it has run are not asked here. */
export function isApproved(operation: ReviewedOperation, standing: Standing): boolean {
  const { approvals, objections, rules, owners } = standing;
  if (objections.length > 0) return false;
  const { path, target, kind, since } = operation;
  if (kind === "add" && isFreeAdd(target, rules)) return true;
  const asked = owners.filter(({ matches }) => matches(target));
  const names: string[] = [];
  let have = 0;
  for (const { decision, person, everywhere, selection } of approvals) {
    if (since > decision.version || !selection.includes(path, kind)) continue;
    if (!everywhere && !asked.some(({ people }) => people.has(person.name))) continue;
    have++;
    names.push(person.name);
  }
  // Rules come from storage: a number below one approves nothing by itself.
  if (have < Math.max(1, rules.approvals)) return false;
  return asked.every(({ people }) => names.some((name) => people.has(name)));
}

/** How many approvals an operation has of those it needs; owners are not counted apart. */
export function countApprovals(
  { path, target, kind, since }: ReviewedOperation,
  { approvals, owners }: Standing,
): number {
  return approvals.filter(
    ({ decision, person, everywhere, selection }) =>
      since <= decision.version &&
      selection.includes(path, kind) &&
      (everywhere || owners.some(({ matches, people }) => people.has(person.name) && matches(target))),
  ).length;
}

/** An add that the rules let pass without anybody's approval. */
export function isFreeAdd(target: string, rules: ReviewRules): boolean {
  return rules.freeAdds.some((prefix) => isBelow(target, prefix));
}

/** The protected prefix that a full path lies under, or null; "" protects the whole bucket. */
export function protectedBy(target: string, rules: ReviewRules): string | null {
  return rules.protect.find((prefix) => isBelow(target, prefix)) ?? null;
}

/** Rules may write a folder with or without its "/". */
function isBelow(target: string, prefix: string): boolean {
  return isUnder(target, prefix.replace(/\/+$/, ""));
}

/** Sentences about the limits that a set of operations breaks; `files` lie under the plan's prefix now. */
export function overLimits(totals: PlanTotals, { limits }: ReviewRules, files: number): string[] {
  const over: string[] = [];
  const { add, overwrite, download } = totals;
  const deletes = totals.delete.count;
  const gone = deletes + overwrite.count;
  const share = gone === 0 ? 0 : gone / Math.max(files, gone);
  if (limits.deleteShare !== null && share > limits.deleteShare) {
    over.push(
      `${gone} deletes and overwrites are ${percent(share)} of ${files} files, limit ${percent(limits.deleteShare)}`,
    );
  }
  if (limits.deletes !== null && deletes > limits.deletes) over.push(`${deletes} deletes, limit ${limits.deletes}`);
  const bytes = add.bytes + overwrite.bytes + download.bytes;
  if (limits.bytes !== null && bytes > limits.bytes) over.push(`${bytes} bytes to transfer, limit ${limits.bytes}`);
  return over;
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}
