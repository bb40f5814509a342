/**
 * The second look at a plan that is well formed: what a careful person would want to be told before they approve. Fed operation by
 * operation with what stands at its target, so that a million of them need some bytes each.
 */
import { formatSize, plural } from "../format.ts";
import { overLimits, percent, protectedBy } from "./approval.ts";
import { SYNC_WINDOW } from "./compare.ts";
import { addToSummary, addToTotals, emptySummary } from "./kind.ts";
import { targetOf } from "./place.ts";
import {
  emptyTotals,
  FINDING_BITS,
  type Finding,
  type FindingCode,
  type Ground,
  type PlanDirection,
  type PlanKind,
  type PlanOperation,
  type PlanSummary,
  type ReviewRules,
  type Severity,
} from "./plan.ts";
import { type PlanCheck, summaryDifferences } from "./reader.ts";

/** Paths that a finding names. */
const EXAMPLES = 5;
/** Without a limit of the bucket's own, more than this share of deletes is worth a word, from so many on. */
const MANY_SHARE = 0.5;
const MANY_DELETES = 10;

/** The step of a training run that its own `trainer_state.json` calls the best. */
export interface BestStep {
  /** Folder in the bucket that holds it. */
  folder: string;
  /** "eval_loss 1.021", for people; "" if the state does not say. */
  metric: string;
}

export interface FindingsContext {
  direction: PlanDirection;
  /** Folder of the bucket, "" for the root. */
  prefix: string;
  /** What the file says of itself. */
  summary: PlanSummary | null;
  rules: ReviewRules;
  /** Files below the prefix now. */
  files: number;
  bestSteps?: BestStep[];
}

export interface FindingsReport {
  findings: Finding[];
  /** One sentence a check that found nothing. */
  checksPassed: string[];
  checks: PlanCheck[];
}

/** Findings that name operations; the last two mark none. */
type NotedCode = FindingCode | "absent-deletes" | "no-size";

interface Noted {
  count: number;
  bytes: number;
  examples: string[];
}

export class PlanFindings {
  readonly totals = emptyTotals();
  readonly #context: FindingsContext;
  readonly #counted = emptySummary();
  readonly #noted = new Map<NotedCode, Noted>();
  readonly #touched = new Set<string>();
  readonly #folded = new HashSet();
  /** Folded hashes that more than one path has, and in the second look the first path of each until it is told. */
  readonly #suspects = new Map<number, { first: string | null; told: boolean }>();
  #collisions: Noted | null = null;

  constructor(context: FindingsContext) {
    this.#context = context;
  }

  /** Bits of the findings that name this operation. Of two paths that differ in case only it marks the later; see `secondLook`. */
  inspect(operation: PlanOperation, kind: PlanKind, ground: Ground | null): number {
    const { direction, prefix, rules, bestSteps = [] } = this.#context;
    const { path, size = 0, xetHash, localMtime } = operation;
    const target = targetOf(prefix, path);
    const inBucket = direction !== "download";
    addToSummary(this.#counted, operation);
    addToTotals(this.totals, kind, size);
    let bits = 0;
    const note = (code: FindingCode) => {
      bits |= FINDING_BITS[code];
      this.#note(code, path, size);
    };
    if (inBucket && (kind === "delete" || kind === "overwrite")) {
      const shield = protectedBy(target, rules);
      if (shield !== null) {
        this.#touched.add(shield);
        note("protected-prefix");
      }
    }
    if (inBucket && kind === "delete") {
      if (ground === null) this.#note("absent-deletes", path, size);
      if (bestSteps.some(({ folder }) => target.startsWith(`${folder}/`))) note("best-step");
    }
    if (kind === "overwrite" && ground !== null) {
      const stands = ground.mtime ?? ground.uploadedAt ?? 0;
      if (localMtime !== undefined && stands - localMtime / 1000 > SYNC_WINDOW) note("overwrites-newer");
      if (xetHash !== undefined && xetHash === ground.xetHash) note("identical-bytes");
    }
    if (kind === "skip" && ground !== null && xetHash !== undefined) {
      if (ground.size === operation.size && xetHash !== ground.xetHash) note("same-size-different-bytes");
    }
    if ((kind === "add" || kind === "overwrite" || kind === "download") && operation.size === undefined) {
      this.#note("no-size", path, 0);
    }
    if (kind !== "delete") {
      const hash = foldedHash(path);
      if (!this.#folded.add(hash)) {
        this.#suspects.set(hash, { first: null, told: false });
        note("case-collision");
      }
    }
    return bits;
  }

  /** Paths may differ in case only: passing all operations but deletes to `secondLook` finds the earlier of each pair too. */
  get wantsSecondLook(): boolean {
    return this.#suspects.size > 0;
  }

  /** Paths to be marked with `case-collision` besides those that are, now that `path` has been seen. In any order. */
  secondLook(path: string): string[] {
    this.#collisions ??= { count: 0, bytes: 0, examples: [] };
    const suspect = this.#suspects.get(foldedHash(path));
    if (suspect === undefined) return [];
    if (suspect.first === null) {
      suspect.first = path;
      return [];
    }
    const found = suspect.told ? [path] : [suspect.first, path];
    suspect.told = true;
    for (const one of found) {
      this.#collisions.count++;
      if (this.#collisions.examples.length < 2 * EXAMPLES) this.#collisions.examples.push(one);
    }
    return found;
  }

  /** What is to be told, worst first. */
  finish(): FindingsReport {
    const checks: PlanCheck[] = [];
    const findings: Finding[] = [];
    const find = (severity: Severity, code: string, title: string, detail: string, noted?: Noted) => {
      findings.push({ code, severity, title, detail, count: noted?.count ?? 0, examples: noted?.examples ?? [] });
    };
    const pass = (name: string, ok: boolean, text: string) => checks.push({ name, ok, text });
    this.#checkWhole(find, pass);
    this.#checkOperations(find, pass);
    const weight = { danger: 0, warning: 1, note: 2 };
    findings.sort((a, b) => weight[a.severity] - weight[b.severity]);
    return { findings, checks, checksPassed: checks.filter(({ ok }) => ok).map(({ text }) => text) };
  }

  #checkWhole(find: Find, pass: Pass): void {
    const { summary, rules, files } = this.#context;
    const { add, overwrite, delete: gone, skip, download } = this.totals;
    const lies = summaryDifferences(summary, this.#counted);
    if (lies.length > 0)
      find("danger", "summary", "The file's summary is not what its lines say", `${lies.join(". ")}.`);
    pass("Summary", lies.length === 0, lies.join("; ") || "The summary is what the lines say");
    const kept = add.count + overwrite.count + skip.count + download.count;
    const empty = kept === 0 && gone.count > 0;
    if (empty) {
      const detail = "Not one file of the source stands in the plan. A folder that was not mounted looks like this.";
      find("danger", "empty-source", `The source is empty, and ${plural(gone.count, "file")} would be deleted`, detail);
    }
    pass("Source", !empty, empty ? "The source is empty" : "The source is not empty");
    const over = overLimits(this.totals, rules, files);
    if (over.length > 0)
      find("danger", "over-limit", "More than the bucket's limits allow", `${over.join(". ")}. Approve a part.`);
    const share = gone.count / Math.max(files, gone.count, 1);
    const { deleteShare, deletes } = rules.limits;
    const limit =
      deleteShare !== null ? `, limit ${percent(deleteShare)}` : deletes !== null ? `, limit ${deletes}` : "";
    const text = `${plural(gone.count, "delete")}, ${percent(share)} of ${plural(files, "file")}${limit}`;
    pass("Delete limit", over.length === 0, over.join("; ") || text);
    if (!empty && limit === "" && share > MANY_SHARE && gone.count >= MANY_DELETES) {
      find(
        "warning",
        "many-deletes",
        `Deletes ${percent(share)} of the files`,
        `${text}. The bucket's rules set no limit.`,
      );
    }
  }

  #checkOperations(find: Find, pass: Pass): void {
    const { rules, bestSteps = [], direction } = this.#context;
    const noted = (code: NotedCode) => this.#noted.get(code);
    const best = noted("best-step");
    if (best) {
      const metrics = bestSteps
        .map(({ folder, metric }) => (metric === "" ? folder : `${folder}, ${metric}`))
        .slice(0, EXAMPLES);
      find(
        "danger",
        "best-step",
        "Deletes the best step of a run",
        `By its own trainer_state.json: ${metrics.join("; ")}.`,
        best,
      );
    }
    if (bestSteps.length > 0)
      pass("Best steps", !best, best ? "Deletes the best step of a run" : "No run loses its best step");
    const shielded = noted("protected-prefix");
    const shields = [...this.#touched].map((prefix) =>
      prefix === "" ? "the whole bucket" : `${prefix.replace(/\/+$/, "")}/`,
    );
    const whole = this.#touched.has("");
    if (shielded) {
      const where = whole ? "in a protected bucket" : `under protected ${shields.join(", ")}`;
      const title = `${plural(shielded.count, "operation")} ${where}`;
      find(
        "warning",
        "protected-prefix",
        title,
        "Deletes and overwrites there run only with every approval.",
        shielded,
      );
    }
    if (rules.protect.length > 0 && direction !== "download") {
      const all = rules.protect.map((prefix) => (prefix === "" ? "The whole bucket" : prefix)).join(", ");
      pass("Protected prefixes", !shielded, shielded ? `${shields.join(", ")} would change` : `${all} is not touched`);
    }
    const newer = noted("overwrites-newer");
    if (newer) {
      const detail = "What stands in the bucket has a later time than the file that would replace it.";
      find(
        "warning",
        "overwrites-newer",
        `${plural(newer.count, "overwrite")} would replace a newer file`,
        detail,
        newer,
      );
    }
    pass("Newer files", !newer, newer ? `${newer.count} would be replaced` : "No newer file is replaced");
    const different = noted("same-size-different-bytes");
    if (different) {
      const detail = "Size and time look equal, so the client would leave it; the hashes differ.";
      find(
        "warning",
        "same-size-different-bytes",
        `${plural(different.count, "skip")} would leave other bytes`,
        detail,
        different,
      );
    }
    const collisions = this.#collisions ?? noted("case-collision");
    if (collisions && collisions.count > 0) {
      const detail = "On Windows and macOS they are one file: a download keeps only one of them.";
      find("warning", "case-collision", `${plural(collisions.count, "path")} alike but for case`, detail, collisions);
    }
    pass(
      "Upper and lower case",
      !collisions?.count,
      collisions?.count ? "Some paths differ in case only" : "No two paths differ in case only",
    );
    const unsized = noted("no-size");
    if (unsized) {
      const detail = "The file gives no size, so what runs cannot be held to what was reviewed.";
      find("warning", "no-size", `${plural(unsized.count, "transfer")} without a size`, detail, unsized);
    }
    const same = noted("identical-bytes");
    if (same) {
      const detail = `Only the time differs, the hash is equal. Skipping saves ${formatSize(same.bytes)}.`;
      find("note", "identical-bytes", `${plural(same.count, "overwrite")} would change no byte`, detail, same);
    }
    const absent = noted("absent-deletes");
    if (absent) {
      find(
        "note",
        "absent-deletes",
        `${plural(absent.count, "delete")} of what is not there`,
        "They would change nothing.",
        absent,
      );
    }
  }

  #note(code: NotedCode, path: string, bytes: number): void {
    const noted = this.#noted.get(code) ?? { count: 0, bytes: 0, examples: [] };
    noted.count++;
    noted.bytes += bytes;
    if (noted.examples.length < EXAMPLES) noted.examples.push(path);
    this.#noted.set(code, noted);
  }
}

type Find = (severity: Severity, code: string, title: string, detail: string, noted?: Noted) => void;
type Pass = (name: string, ok: boolean, text: string) => void;

/** Reads a Hugging Face trainer's state; `run` is the bucket folder that the state's file lies in. null where it names no best step. */
export function bestStepOf(state: unknown, run: string): BestStep | null {
  if (typeof state !== "object" || state === null) return null;
  const { best_model_checkpoint: best, best_metric: metric } = state as Record<string, unknown>;
  const name = typeof best === "string" ? best.split(/[\\/]/).findLast((part) => part !== "") : undefined;
  if (name === undefined || name === "." || name === "..") return null;
  // Every checkpoint carries a copy of the state; the steps are siblings.
  const folder = /(?:^|\/)checkpoint-\d+$/.test(run) ? run.slice(0, Math.max(0, run.lastIndexOf("/"))) : run;
  return { folder: targetOf(folder, name), metric: typeof metric === "number" ? `best metric ${metric}` : "" };
}

/** 53 bits of a path as file systems that know no case compare it. */
function foldedHash(path: string): number {
  const folded = path.toLowerCase().normalize("NFC");
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (let at = 0; at < folded.length; at++) {
    const unit = folded.charCodeAt(at);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ (unit + at), 0x5bd1e995);
    b ^= b >>> 15;
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b);
  b = Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  return ((a ^ (a >>> 13)) >>> 0) * 0x20_0000 + ((b ^ (b >>> 16)) >>> 11) + 1;
}

/** Numbers above zero, eight to sixteen bytes each: a Set needs five times that. */
class HashSet {
  #slots = new Float64Array(1024);
  #size = 0;

  /** False if it was there. */
  add(hash: number): boolean {
    const at = this.#find(this.#slots, hash);
    if (this.#slots[at] === hash) return false;
    this.#slots[at] = hash;
    if (++this.#size * 2 > this.#slots.length) this.#grow();
    return true;
  }

  #find(slots: Float64Array, hash: number): number {
    let at = hash % slots.length;
    while (slots[at] !== 0 && slots[at] !== hash) at = (at + 1) % slots.length;
    return at;
  }

  #grow(): void {
    const slots = new Float64Array(this.#slots.length * 2);
    for (const hash of this.#slots) if (hash !== 0) slots[this.#find(slots, hash)] = hash;
    this.#slots = slots;
  }
}
