/** What a bucket's rules mean, in sentences. */
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import type { ReviewRules } from "#lib/core/plan/plan.ts";

const HOUR = 3_600_000;

/** "24 hours", "7 days", "90 minutes". */
export function spanWords(ms: number): string {
  if (ms % (24 * HOUR) === 0 && ms > 24 * HOUR) return plural(ms / (24 * HOUR), "day");
  if (ms % HOUR === 0) return plural(ms / HOUR, "hour");
  return plural(Math.round(ms / 60_000), "minute");
}

/** "a", "a and b", "a, b and c". */
export function listWords(words: readonly string[], last = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** "runs/" for a folder's path, "the whole bucket" for the root. */
export function prefixWords(prefix: string): string {
  return prefix === "" ? "the whole bucket" : `${prefix.replace(/\/+$/, "")}/`;
}

/** One sentence a rule, the most telling first. */
export function explainRules(rules: ReviewRules): string[] {
  return [protection(rules), approvers(rules), ...owners(rules), expiry(rules), ...limits(rules), ...freeAdds(rules)];
}

function protection({ protect }: ReviewRules): string {
  if (protect.length === 0) return "Not protected: clients may delete and overwrite files without a plan.";
  if (protect.includes("")) return "Protected: no file is deleted or overwritten without an approved plan.";
  return `Protected: no file under ${listWords(protect.map(prefixWords), "or")} is deleted or overwritten without an approved plan.`;
}

function approvers({ approvals, roles, people }: ReviewRules): string {
  const who = [
    ...(roles.includes("write") && roles.includes("admin") ? ["members who may write"] : []),
    ...(roles.includes("write") && !roles.includes("admin") ? ["members with the role write"] : []),
    ...(!roles.includes("write") && roles.includes("admin") ? ["its admins"] : []),
    ...people,
  ];
  if (who.length === 0) return "Nobody may approve a plan: name a role or a person.";
  const needed = approvals === 1 ? "1 approval" : `approvals of ${formatCount(approvals)} people`;
  return `A plan needs ${needed}, from ${listWords(who, "or")}; never from whoever submitted it or owns the agent that did.`;
}

function owners({ owners: all }: ReviewRules): string[] {
  return all.map(({ glob, people }) => `What matches ${glob} also needs ${listWords(people, "or")}.`);
}

function expiry({ expiresAfter }: ReviewRules): string {
  return expiresAfter === null ? "An approval never expires." : `An approval holds for ${spanWords(expiresAfter)}.`;
}

function limits({ limits: { deleteShare, deletes, bytes } }: ReviewRules): string[] {
  const parts = [
    ...(deleteShare === null ? [] : [`delete or overwrite ${percent(deleteShare)} of the files it is about`]),
    ...(deletes === null ? [] : [`delete ${plural(deletes, "file")}`]),
    ...(bytes === null ? [] : [`move ${formatSize(bytes)}`]),
  ];
  return parts.length === 0 ? [] : [`What is approved of one plan may at most ${listWords(parts)}.`];
}

function freeAdds({ freeAdds: prefixes }: ReviewRules): string[] {
  if (prefixes.length === 0) return [];
  if (prefixes.includes("")) return ["New files need no approval."];
  return [`New files under ${listWords(prefixes.map(prefixWords), "or")} need no approval.`];
}

const percent = (share: number) => `${+(share * 100).toFixed(1)}%`;
