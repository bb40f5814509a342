/**
 * Bytes of a plan file -> operations, a chunk at a time and never more than a line of memory. It reads on after a fault, so
 * that one round of corrections is enough, and stops only where no line can be told from another.
 */

import { comparePaths } from "../bucket/path-order.ts";
import { HubError } from "../errors.ts";
import { formatCount, formatSize, plural } from "../format.ts";
import { PlanFault, type PlanProblemCode, type PlanTarget, parseLine } from "./codec.ts";
import { addToSummary, emptySummary } from "./kind.ts";
import type { PlanHeader, PlanOperation } from "./plan.ts";

/** Most bytes of a line: a path of 1,024 bytes may be 6,144 characters of escapes, so this is room enough. */
export const LINE_BYTES_MAX = 1024 * 1024;
/** Problems that are told; the rest is counted. */
const PROBLEMS_TOLD = 100;
/** After so many the file is not worth reading to its end. */
const PROBLEMS_MAX = 10_000;
const LINES_BEFORE = 3;
const LINES_AFTER = 2;
const EXCERPT_CHARACTERS = 400;
const FAULTY_LINE_CHARACTERS = 4000;
const LF = 0x0a;

export interface PlanProblem {
  /** Both from 1. */
  line: number;
  column: number;
  code: PlanProblemCode;
  message: string;
}

/** One check of a plan as a whole. */
export interface PlanCheck {
  name: string;
  ok: boolean;
  text: string;
}

/** What a refused plan answers in `details.plan`. */
export interface PlanRefusal extends PlanProblem {
  /** The lines around, the faulty one included. */
  excerpt: { line: number; text: string }[];
  lines: number;
  bytes: number;
  /** "" where the reader had no hash. */
  sha256: string;
  problems: PlanProblem[];
  /** All of them. */
  problemCount: number;
  checks: PlanCheck[];
}

export interface ReadOperation extends PlanOperation {
  /** Line of the file, from 0; the header is 0. */
  line: number;
}

/** Of the bytes as they come. */
export interface ByteHash {
  update(bytes: Uint8Array): unknown;
  /** Called once, at the end. */
  hex(): string;
}

export class PlanReader {
  header: PlanHeader | null = null;
  target: PlanTarget | null = null;
  /** What was really read, as the client would sum it up. */
  readonly counted = emptySummary();
  /** Operations came in strictly ascending order of paths: then none is there twice. */
  sorted = true;
  /** The first hundred. */
  readonly problems: PlanProblem[] = [];
  problemCount = 0;
  lines = 0;
  bytes = 0;
  /** Nothing more will be read: the file is no text of lines. */
  stopped = false;

  readonly #ours: boolean;
  readonly #hash: ByteHash | null;
  readonly #strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** Pieces of a line whose end has not come. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #started = false;
  #lastPath: string | null = null;
  /** First of a run of blank lines; they are a fault only if something follows. */
  #blankSince = 0;
  /** The last lines, up to the present one. */
  readonly #recent: string[] = [];
  #excerpt: { line: number; text: string }[] | null = null;
  #sha256 = "";

  constructor({ hash = null, ours = false }: { hash?: ByteHash | null; ours?: boolean } = {}) {
    this.#hash = hash;
    this.#ours = ours;
  }

  /** Operations of the lines that these bytes end. */
  push(chunk: Uint8Array): ReadOperation[] {
    this.bytes += chunk.length;
    if (this.stopped) return [];
    this.#hash?.update(chunk);
    const end = chunk.lastIndexOf(LF) + 1;
    if (end === 0) {
      this.#keep(chunk);
      if (this.#restBytes > LINE_BYTES_MAX) this.#stop("line-too-long", tooLong());
      return [];
    }
    const block = this.#takeRest(chunk.subarray(0, end));
    this.#keep(chunk.subarray(end));
    return this.#readBlock(block);
  }

  /** Operations of a last line that has no newline. Then `refusal` tells. */
  end(): ReadOperation[] {
    const operations = this.stopped ? [] : this.#readBlock(this.#takeRest(new Uint8Array(0)));
    this.#sha256 = this.#hash?.hex() ?? "";
    if (this.header === null && this.problemCount === 0) this.#fail(1, "no-header", "The file is empty.");
    return operations;
  }

  /** Why the file cannot be reviewed, with the faults of all its lines; null if it can. `checks` are told beside the reader's own. */
  refusal(checks: PlanCheck[] = []): HubError | null {
    const first = this.problems[0];
    if (first === undefined) return null;
    const more = this.problemCount > 1 ? ` (${this.problemCount - 1} more)` : "";
    const plan: PlanRefusal = {
      ...first,
      excerpt: this.#excerpt ?? [],
      lines: this.lines,
      bytes: this.bytes,
      sha256: this.stopped ? "" : this.#sha256,
      problems: this.problems,
      problemCount: this.problemCount,
      checks: [...this.#checks(), ...checks],
    };
    return new HubError("BadRequest", `Plan refused, line ${first.line}: ${first.message}${more} Nothing was stored.`, {
      details: { plan },
    });
  }

  /** A fault that only the caller can see, such as a path that stands twice far apart; `line` from 1. */
  report(line: number, code: PlanProblemCode, message: string): void {
    this.#fail(line, code, message);
  }

  #checks(): PlanCheck[] {
    const counted = (codes: PlanProblemCode[]) => this.problems.filter(({ code }) => codes.includes(code)).length;
    const checks: PlanCheck[] = [];
    const paths = counted(["bad-path", "duplicate"]);
    const fine = "No traversal, no absolute path, no duplicate";
    checks.push({ name: "Paths", ok: paths === 0, text: paths === 0 ? fine : `${plural(paths, "path")} cannot stand` });
    const summary = this.header?.summary;
    if (summary) {
      const lies = summaryDifferences(summary, this.counted);
      checks.push({ name: "Summary", ok: lies.length === 0, text: lies.join("; ") || "The header's counts are right" });
    }
    return checks;
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#rest.push(bytes.slice());
    this.#restBytes += bytes.length;
  }

  #takeRest(bytes: Uint8Array): Uint8Array {
    if (this.#restBytes === 0) return bytes;
    const whole = new Uint8Array(this.#restBytes + bytes.length);
    let at = 0;
    for (const piece of [...this.#rest, bytes]) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#rest = [];
    this.#restBytes = 0;
    return whole;
  }

  /** `block` ends with a newline, or is the end of the file. */
  #readBlock(block: Uint8Array): ReadOperation[] {
    const operations: ReadOperation[] = [];
    if (block.length === 0) return operations;
    let bytes = block;
    if (!this.#started) {
      this.#started = true;
      bytes = this.#checkStart(block);
    }
    for (const text of this.#decode(bytes)) {
      if (this.stopped) break;
      const operation = this.#readLine(text);
      if (operation !== null) operations.push(operation);
    }
    return operations;
  }

  /** What the first bytes give away; returns the block without a byte order mark. */
  #checkStart(block: Uint8Array): Uint8Array {
    const [a, b, c] = block;
    if (a === 0x1f && b === 0x8b) {
      this.#stop("gzip", "The file is compressed with gzip. Unpack it first: gunzip -c sync-plan.jsonl.gz");
    } else if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
      this.#stop(
        "not-utf8",
        "The file is UTF-16, which PowerShell's '>' writes; a plan is UTF-8. Use --plan FILE instead.",
      );
    } else if (a === 0xef && b === 0xbb && c === 0xbf) {
      this.#fail(
        1,
        "bom",
        "The file starts with a byte order mark (EF BB BF); clients refuse it. Save it as UTF-8 without BOM.",
      );
      return block.subarray(3);
    }
    return block;
  }

  /** Whole block at once, since that is fast; line by line to find the one that is not UTF-8. */
  *#decode(bytes: Uint8Array): Iterable<string | null> {
    let text: string | null = null;
    try {
      text = this.#strict.decode(bytes);
    } catch {}
    if (text !== null) {
      let at = 0;
      while (at < text.length) {
        const end = text.indexOf("\n", at);
        yield text.slice(at, end === -1 ? text.length : end);
        if (end === -1) return;
        at = end + 1;
      }
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf(LF, at);
      const end = newline === -1 ? bytes.length : newline;
      let line: string | null = null;
      try {
        line = this.#strict.decode(bytes.subarray(at, end));
      } catch {}
      yield line;
      at = end + 1;
    }
  }

  /** null: the line is not UTF-8. */
  #readLine(text: string | null): ReadOperation | null {
    const line = this.lines++;
    this.#showAround(line + 1, text ?? "");
    if (text === null) return this.#fail(line + 1, "not-utf8", "Not UTF-8.", 1, "");
    if (text.length > LINE_BYTES_MAX) return this.#stop("line-too-long", tooLong());
    if (text.endsWith("\r")) {
      const message = "The line ends in CR LF; a plan has LF. Convert it first: dos2unix sync-plan.jsonl";
      // Every line would say so.
      if (!this.problems.some(({ code }) => code === "carriage-return"))
        this.#fail(line + 1, "carriage-return", message, text.length, text);
    }
    if (text.trim() === "") {
      if (this.#blankSince === 0) this.#blankSince = line + 1;
      return null;
    }
    if (this.#blankSince !== 0) {
      this.#fail(this.#blankSince, "blank-line", "The line is blank; clients cannot read such a plan.");
      this.#blankSince = 0;
    }
    try {
      return this.#take(line, text);
    } catch (error) {
      if (!(error instanceof PlanFault)) throw error;
      return this.#fail(line + 1, error.code, error.message, error.column, text);
    } finally {
      if (line === 0 && this.header === null && !this.problems.some((problem) => problem.line === 1)) {
        this.#fail(1, "no-header", 'The first line of a plan is its header: {"type": "header", …}.', 1, text);
      }
    }
  }

  #take(line: number, text: string): ReadOperation | null {
    const read = parseLine(text, this.target, { ours: this.#ours });
    if (read.type === "header") {
      if (line !== 0) {
        const message =
          this.header === null ? "The header must be the first line." : "A second header: a plan has one.";
        throw new PlanFault(this.header === null ? "no-header" : "second-header", message);
      }
      this.header = read.header;
      this.target = read.target;
    }
    if (read.type !== "operation") return null;
    const { operation } = read;
    addToSummary(this.counted, operation);
    if (this.#lastPath !== null && this.sorted) {
      const order = comparePaths(this.#lastPath, operation.path);
      if (order === 0) throw new PlanFault("duplicate", `The path ${JSON.stringify(operation.path)} stands twice.`);
      if (order > 0) this.sorted = false;
    } else if (this.#lastPath === operation.path) {
      throw new PlanFault("duplicate", `The path ${JSON.stringify(operation.path)} stands twice.`);
    }
    this.#lastPath = operation.path;
    // biome-ignore lint/suspicious/noExplicitAny: grown in place, a million times.
    (operation as any).line = line;
    return operation as ReadOperation;
  }

  #fail(line: number, code: PlanProblemCode, message: string, column = 1, text?: string): null {
    if (this.problems.length < PROBLEMS_TOLD) this.problems.push({ line, column, code, message });
    if (++this.problemCount >= PROBLEMS_MAX) this.stopped = true;
    if (this.#excerpt === null) {
      const first = this.lines - this.#recent.length + 1;
      const shown = this.#recent.map((recent, at) => ({ line: first + at, text: recent }));
      if (!shown.some((recent) => recent.line === line) && text !== undefined) shown.push({ line, text });
      this.#excerpt = shown.map((one) => excerptLine(one, one.line === line));
    }
    return null;
  }

  #stop(code: PlanProblemCode, message: string): null {
    this.stopped = true;
    const start = this.#rest[0]?.subarray(0, EXCERPT_CHARACTERS);
    this.#rest = [];
    this.#restBytes = 0;
    const line = this.lines + (start === undefined ? 0 : 1);
    return this.#fail(Math.max(1, line), code, message, 1, start && new TextDecoder().decode(start));
  }

  #showAround(line: number, text: string): void {
    if (this.#excerpt === null) {
      this.#recent.push(text);
      if (this.#recent.length > LINES_BEFORE + 1) this.#recent.shift();
    } else if (line <= this.problems[0].line + LINES_AFTER) {
      this.#excerpt.push(excerptLine({ line, text }, false));
    }
  }
}

/** Feeds `reader` and hands on what it reads; stops asking for bytes when the reader has stopped. The caller asks `refusal`. */
export async function* readPlan(body: AsyncIterable<Uint8Array>, reader: PlanReader): AsyncGenerator<ReadOperation[]> {
  for await (const chunk of body) {
    const operations = reader.push(chunk);
    if (operations.length > 0) yield operations;
    if (reader.stopped) break;
  }
  const operations = reader.end();
  if (operations.length > 0) yield operations;
}

/** "Header says 96 deletes, 95 were read", one text a difference. */
export function summaryDifferences(says: PlanHeader["summary"], counted: PlanHeader["summary"]): string[] {
  if (says === null || counted === null) return [];
  const differences: string[] = [];
  for (const key of ["uploads", "downloads", "deletes", "skips"] as const) {
    if (says[key] !== counted[key])
      differences.push(`Header says ${formatCount(says[key])} ${key}, ${formatCount(counted[key])} were read`);
  }
  if (says.totalSize !== counted.totalSize) {
    differences.push(
      `Header says ${formatSize(says.totalSize)} to transfer, the lines sum up to ${formatSize(counted.totalSize)}`,
    );
  }
  return differences;
}

function tooLong(): string {
  return `The line is longer than ${LINE_BYTES_MAX} bytes, so it was not read to its end. Each operation must be one line.`;
}

/** Enough of a line to know it again; of the faulty one, what leads to the fault. */
function excerptLine({ line, text }: { line: number; text: string }, faulty: boolean): { line: number; text: string } {
  return { line, text: cut(text, faulty ? FAULTY_LINE_CHARACTERS : EXCERPT_CHARACTERS) };
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
