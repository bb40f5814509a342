/** A step of a bucket's or plan's life, in words. Steps of later versions are shown by their bare type. */
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import type { Activity, ReviewRules } from "#lib/core/plan/plan.ts";
import { listWords, prefixWords } from "../rules/rules-words.ts";

export interface ActivityWords {
  /** What was done, to be read after the name of who did it: "approved 575 of 617 operations". */
  did: string;
  /** What was said or named with it: a note, a comment, a rule. */
  quote: string | null;
  /** Paths of the bucket that it names. */
  paths: string[];
}

export function activityWords({ type, details, plan }: Pick<Activity, "type" | "details" | "plan">): ActivityWords {
  const read = new Reader(details);
  const make = WORDS[type];
  const did = make ? make(read) : type.replace(/[.-]/g, " ");
  const first = read.value("first") as { path?: unknown } | undefined;
  const named = [type === "plan.commented" ? read.text("path") : null, first?.path];
  return {
    // A plan that is gone with its bucket leaves its number.
    did: plan === null && type.startsWith("plan.") ? `${did} (a plan that is gone)` : did,
    quote: read.text("note") ?? read.text("body"),
    paths: [...read.texts("examples"), ...named.filter((path) => typeof path === "string")].slice(0, 3),
  };
}

const WORDS: Record<string, (read: Reader) => string> = {
  batch: (read) => {
    const parts = [
      counted("added", read.count("added"), "new file"),
      counted("overwrote", read.count("overwritten"), "file"),
      counted("deleted", read.count("deleted"), "file"),
    ].filter((part) => part !== null);
    const bytes = read.count("bytes");
    const done = parts.length === 0 ? "changed files" : listWords(parts);
    const plans = read.counts("plans").map((id) => `#${id}`);
    const by =
      plans.length === 0
        ? ""
        : `, as ${plans.length === 1 ? "plan" : "plans"} ${listWords(plans)} ${plans.length === 1 ? "allows" : "allow"}`;
    return `${done}${bytes ? `, ${formatSize(bytes)} logical` : ""}${by}`;
  },
  "batch.refused": (read) => {
    const count = read.count("uncovered");
    return count === null ? "was refused" : `was refused: ${plural(count, "path")} without an approved plan`;
  },
  "plan.submitted": (read) => `submitted ${operations(read, "operations")}`,
  "plan.approved": (read) => `approved ${share(read)}`,
  "plan.changes-requested": () => "requested changes",
  "plan.rejected": () => "rejected it",
  "plan.decision-withdrawn": () => "took the decision back",
  "plan.withdrawn": () => "withdrew it",
  "plan.stale": (read) =>
    read.count("paths") === null ? "put it out of date" : `put ${operations(read, "paths")} out of date`,
  "plan.rebased": (read) => {
    const changed = read.count("changed");
    const version = read.count("version");
    const made = version === null ? "rebased it" : `rebased it to version ${version}`;
    return changed === null ? made : `${made}, ${plural(changed, "operation")} changed`;
  },
  "plan.commented": () => "commented",
  "plan.reviewers": (read) => `asked ${listWords(read.texts("names")) || "for review"}`,
  "plan.renamed": (read) => (read.text("title") === null ? "renamed it" : `renamed it to “${read.text("title")}”`),
  "plan.run-started": (read) =>
    `started to run ${read.count("total") === null ? "it" : operations(read, "total")}${place(read)}`,
  "plan.run-ended": (read) => {
    const failed = read.count("failed") ?? 0;
    const ran = `ran ${operations(read, "done")}${place(read)}`;
    const state = read.text("state");
    return `${ran}${failed > 0 ? `, ${formatCount(failed)} failed` : ""}${state === "cancelled" ? ", then stopped" : ""}`;
  },
  "plan.reverted": (read) =>
    read.count("plan") === null ? "made a plan that reverts it" : `made plan #${read.count("plan")}, which reverts it`,
  "bucket.created": (read) => `made the bucket${read.text("visibility") ? `, ${read.text("visibility")}` : ""}`,
  "bucket.settings": (read) =>
    read.text("visibility") ? `made the bucket ${read.text("visibility")}` : "changed the settings",
  "bucket.moved": (read) => (read.text("from") ? `moved it here from ${read.text("from")}` : "moved the bucket"),
  "bucket.deleted": (read) =>
    `deleted the bucket${read.count("files") ? `, ${operations(read, "files", "file")}` : ""}`,
  "rules.changed": (read) => {
    const protect = (read.value("after") as ReviewRules | undefined)?.protect;
    if (!Array.isArray(protect)) return "changed the rules";
    return protect.length === 0
      ? "changed the rules: not protected"
      : `changed the rules: ${listWords(protect.map(prefixWords))} protected`;
  },
  "webhook.created": (read) => `added a webhook${read.text("host") ? ` to ${read.text("host")}` : ""}`,
  "webhook.deleted": (read) => `removed a webhook${read.text("host") ? ` to ${read.text("host")}` : ""}`,
};

const counted = (verb: string, count: number | null, noun: string) => (count ? `${verb} ${plural(count, noun)}` : null);

const operations = (read: Reader, key: string, noun = "operation") => {
  const count = read.count(key);
  return count === null ? `${noun}s` : plural(count, noun);
};

function share(read: Reader): string {
  const covers = read.count("covers");
  const all = read.count("operations");
  if (covers === null) return "it";
  return all === null || all === covers
    ? `all ${plural(covers, "operation")}`
    : `${formatCount(covers)} of ${plural(all, "operation")}`;
}

function place(read: Reader): string {
  const how = read.text("how");
  return how === "server"
    ? " on the server"
    : how === "browser"
      ? " from a browser"
      : how === "client"
        ? " with the client"
        : "";
}

/** Details are written by many hands over many versions: nothing of them is sure to be there. */
class Reader {
  readonly #details: Record<string, unknown>;
  constructor(details: Record<string, unknown>) {
    this.#details = details;
  }
  value(key: string): unknown {
    return this.#details[key];
  }
  count(key: string): number | null {
    const value = this.#details[key];
    return typeof value === "number" ? value : null;
  }
  text(key: string): string | null {
    const value = this.#details[key];
    return typeof value === "string" && value !== "" ? value : null;
  }
  counts(key: string): number[] {
    const value = this.#details[key];
    return Array.isArray(value) ? value.filter((each) => typeof each === "number") : [];
  }
  texts(key: string): string[] {
    const value = this.#details[key];
    return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
  }
}
