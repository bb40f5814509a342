/**
 * One line of `sync-plan.jsonl`, both ways. Written lines are the client's byte for byte (Python's json.dumps); read lines are held to
 * more than the client asks, since it runs what it reads.
 *
 *     {"type": "header", "source": str, "dest": str, "timestamp": ISO, "summary": {uploads, downloads, deletes, skips, total_size}}
 *     {"type": "operation", "action": "upload|download|delete|skip", "path": str, "reason": str, "size"?, "local_mtime"?, "remote_mtime"?}
 *
 * Ours alone: "xet_hash" after the client's keys. Lines of any other type are passed over, as the client does.
 */

import { hasDrive } from "../bucket/drive.ts";
import { PATH_BYTES_MAX, pathProblem } from "../bucket/path-rule.ts";
import { isHubError } from "../errors.ts";
import { findJsonFault } from "./json-fault.ts";
import { type Place, parsePlace, targetOf } from "./place.ts";
import type { PlanAction, PlanDirection, PlanHeader, PlanOperation, PlanSummary } from "./plan.ts";
import { formatTime, parseTime } from "./time.ts";

export const PLAN_PROBLEM_CODES = [
  "gzip",
  "bom",
  "not-utf8",
  "carriage-return",
  "line-too-long",
  "blank-line",
  "not-json",
  "no-header",
  "second-header",
  "wrong-type",
  "bad-place",
  "bad-path",
  "bad-size",
  "bad-time",
  "unknown-action",
  "wrong-direction",
  "duplicate",
] as const;
export type PlanProblemCode = (typeof PLAN_PROBLEM_CODES)[number];

/** What is wrong with a line; `column` counts characters from 1. */
export class PlanFault extends Error {
  override readonly name = "PlanFault";
  readonly code: PlanProblemCode;
  readonly column: number;

  constructor(code: PlanProblemCode, message: string, column = 1) {
    super(message);
    this.code = code;
    this.column = column;
  }
}

/** Where the operations of a plan go. */
export interface PlanTarget {
  direction: PlanDirection;
  /** The bucket that the plan is about: its destination, or the source of a download. */
  place: Place;
}

export type PlanLine =
  | { type: "header"; header: PlanHeader; target: PlanTarget }
  | { type: "operation"; operation: PlanOperation }
  | { type: "other" };

type Json = Record<string, unknown>;

const ACTIONS: readonly string[] = ["upload", "download", "delete", "skip"] satisfies PlanAction[];
const HASH = /^[0-9a-f]{64}$/;
/** Printable ASCII without quote and backslash: needs no escape. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Reads one line without its newline. `target` is the header's, once there is one: it makes paths and actions checkable.
 * `ours` lets a plan between two buckets pass, which only this server writes and runs. Throws PlanFault.
 */
export function parseLine(text: string, target: PlanTarget | null, { ours = false } = {}): PlanLine {
  const json = parseJson(text);
  if (json.type === "header") return { type: "header", ...readHeader(json, ours) };
  if (json.type === "operation") return { type: "operation", operation: readOperation(json, text, target) };
  if (typeof json.type !== "string") throw new PlanFault("wrong-type", "'type' is missing or not a text.");
  return { type: "other" };
}

function parseJson(text: string): Json {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const fault = findJsonFault(text);
    if (fault === null) throw new PlanFault("not-json", "Not valid JSON.");
    const { column, expected, found, cutOff } = fault;
    const where = `Column ${column}: expected ${expected}, found ${found}.`;
    if (!cutOff || !text.startsWith("{")) throw new PlanFault("not-json", `Not valid JSON. ${where}`, column);
    const hint = `The object that opens on this line is cut off after ${JSON.stringify(text.slice(-16))}. Each operation must be one line.`;
    throw new PlanFault("not-json", `Not valid JSON. ${where} ${hint}`, column);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new PlanFault("wrong-type", `Expected an object, found ${nameOf(json)}.`);
  }
  return json as Json;
}

function readHeader(json: Json, ours: boolean): { header: PlanHeader; target: PlanTarget } {
  const text = (key: string): string => {
    const value = json[key];
    if (typeof value !== "string" || value === "") {
      throw new PlanFault("wrong-type", `The header's '${key}' must be a text, found ${nameOf(value)}.`);
    }
    return value;
  };
  const [source, dest, timestamp] = [text("source"), text("dest"), text("timestamp")];
  checkTime(timestamp, "timestamp");
  const header = { source, dest, timestamp, summary: readSummary(json.summary) };
  return { header, target: findTarget(source, dest, ours) };
}

function readSummary(value: unknown): PlanSummary | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new PlanFault("wrong-type", `The header's 'summary' must be an object, found ${nameOf(value)}.`);
  }
  const count = (key: string): number => {
    const number = (value as Json)[key];
    if (!isSize(number)) {
      const message = `The summary's '${key}' must be a whole number from 0 to 2^53 - 1, found ${nameOf(number)}.`;
      throw new PlanFault("wrong-type", message);
    }
    return number;
  };
  return {
    uploads: count("uploads"),
    downloads: count("downloads"),
    deletes: count("deletes"),
    skips: count("skips"),
    totalSize: count("total_size"),
  };
}

/** Which side is the bucket. Throws PlanFault `bad-place`. */
export function findTarget(source: string, dest: string, ours = false): PlanTarget {
  const place = (key: string, text: string) => {
    try {
      return parsePlace(text);
    } catch (error) {
      if (!isHubError(error)) throw error;
      throw new PlanFault("bad-place", `The header's '${key}': ${error.message}`);
    }
  };
  const [from, to] = [place("source", source), place("dest", dest)];
  if (from === null && to !== null) return { direction: "upload", place: to };
  if (from !== null && to === null) return { direction: "download", place: from };
  if (to !== null && ours) return { direction: "copy", place: to };
  const which = to === null ? "Both are local folders." : "Both are buckets.";
  const rule = "Of source and dest exactly one must be a bucket, hf://buckets/namespace/name/prefix.";
  throw new PlanFault("bad-place", `${which} ${rule}`);
}

function readOperation(json: Json, text: string, target: PlanTarget | null): PlanOperation {
  const { action, path, reason } = json;
  if (typeof action !== "string") throw wrongType("action", "a text", action);
  if (!ACTIONS.includes(action)) {
    const message = `Unknown action ${short(action)}: expected upload, download, delete or skip.`;
    throw new PlanFault("unknown-action", message, columnOf(text, "action"));
  }
  if (typeof path !== "string") throw wrongType("path", "a text", path);
  const problem = operationPathProblem(path, target?.place.prefix ?? "");
  if (problem !== null) throw new PlanFault("bad-path", `The path ${short(path)}: ${problem}.`, columnOf(text, "path"));
  if (target !== null && action === (target.direction === "download" ? "upload" : "download")) {
    const side =
      target.direction === "download" ? "from a bucket to a folder has no uploads" : "to a bucket has no downloads";
    throw new PlanFault("wrong-direction", `A plan ${side}; the client would pass over it.`, columnOf(text, "action"));
  }
  if (reason !== undefined && reason !== null && typeof reason !== "string")
    throw wrongType("reason", "a text", reason);
  const operation: PlanOperation = { action: action as PlanAction, path, reason: reason ?? "" };
  const { size, xet_hash: xetHash } = json;
  if (size !== undefined && size !== null) {
    if (!isSize(size)) {
      const message = `'size' must be a whole number of bytes from 0 to 2^53 - 1, found ${nameOf(size)}.`;
      throw new PlanFault("bad-size", message, columnOf(text, "size"));
    }
    operation.size = size;
  }
  const time = (key: string): number | undefined => {
    const value = json[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw wrongType(key, "an ISO time", value);
    return checkTime(value, key, text);
  };
  const [localMtime, remoteMtime] = [time("local_mtime"), time("remote_mtime")];
  if (localMtime !== undefined) operation.localMtime = localMtime;
  if (remoteMtime !== undefined) operation.remoteMtime = remoteMtime;
  if (xetHash !== undefined && xetHash !== null) {
    if (typeof xetHash !== "string" || !HASH.test(xetHash))
      throw wrongType("xet_hash", "64 lowercase hex digits", xetHash);
    operation.xetHash = xetHash;
  }
  return operation;

  function wrongType(key: string, expected: string, value: unknown): PlanFault {
    const message = `The operation's '${key}' must be ${expected}, found ${nameOf(value)}.`;
    return new PlanFault("wrong-type", message, columnOf(text, key));
  }
}

/** Why an operation may not have this path below `prefix`, or null. Drive letters are refused because the client does. */
export function operationPathProblem(path: string, prefix = ""): string | null {
  const problem = pathProblem(path);
  if (problem !== null) return problem;
  if (hasDrive(path)) return "a segment starts like a Windows drive (a letter and ':'), which clients refuse to apply";
  if (prefix === "" || path.length + prefix.length < PATH_BYTES_MAX / 3) return null;
  return pathProblem(targetOf(prefix, path)) === null
    ? null
    : `with the prefix it is longer than ${PATH_BYTES_MAX} bytes`;
}

function checkTime(value: string, key: string, text = ""): number {
  const micros = parseTime(value);
  if (typeof micros === "number") return micros;
  const what = {
    "not a time": "is not an ISO time such as 2026-01-15T10:30:00+00:00",
    "without a zone": "has no time zone: expected an end such as +00:00",
    "out of range": "lies beyond the years that microseconds can count (1684 to 2255)",
  }[micros];
  throw new PlanFault("bad-time", `'${key}' ${short(value)} ${what}.`, columnOf(text, key));
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function columnOf(text: string, key: string): number {
  return Math.max(0, text.indexOf(`"${key}"`)) + 1;
}

function short(value: string): string {
  return JSON.stringify(value.length > 120 ? `${value.slice(0, 120)}…` : value);
}

function nameOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? short(value) : String(value);
}

/** The header's line, without its newline. */
export function formatHeader({ source, dest, timestamp, summary }: PlanHeader): string {
  const start = `{"type": "header", "source": ${quote(source)}, "dest": ${quote(dest)}, "timestamp": ${quote(timestamp)}`;
  if (summary === null) return `${start}}`;
  const { uploads, downloads, deletes, skips, totalSize } = summary;
  const counts = `"uploads": ${uploads}, "downloads": ${downloads}, "deletes": ${deletes}, "skips": ${skips}`;
  return `${start}, "summary": {${counts}, "total_size": ${totalSize}}}`;
}

/** An operation's line, without its newline. */
export function formatOperation({
  action,
  path,
  reason,
  size,
  localMtime,
  remoteMtime,
  xetHash,
}: PlanOperation): string {
  let line = `{"type": "operation", "action": "${action}", "path": ${quote(path)}, "reason": ${quote(reason)}`;
  if (size !== undefined) line += `, "size": ${size}`;
  if (localMtime !== undefined) line += `, "local_mtime": "${formatTime(localMtime)}"`;
  if (remoteMtime !== undefined) line += `, "remote_mtime": "${formatTime(remoteMtime)}"`;
  if (xetHash !== undefined) line += `, "xet_hash": "${xetHash}"`;
  return `${line}}`;
}

/** A line of ours among the client's, which passes it over; `type` may be anything but "header" and "operation". */
export function formatNote(type: string, facts: Record<string, unknown>): string {
  return ascii(JSON.stringify({ type, ...facts }));
}

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : ascii(JSON.stringify(text));
}

/** Python escapes all that is not printable ASCII, DEL included, a surrogate at a time. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
