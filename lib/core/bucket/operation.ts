/** The lines of a bucket batch and their NDJSON codec (reference/hub-bucket-api section 5). */
import { HubError } from "../errors.ts";
import { isName } from "./id.ts";
import { pathProblem } from "./path-rule.ts";

export interface AddFile {
  type: "addFile";
  path: string;
  xetHash: string;
  /** Milliseconds since the epoch. */
  mtime?: number;
  contentType?: string;
  /** Refused where the path holds other content. This server's own; another Hub does not know it. */
  ifAbsent?: true;
}

/** Copies by content: the source is named by bucket (or repository) and hash, not by path. */
export interface CopyFile {
  type: "copyFile";
  path: string;
  xetHash: string;
  sourceRepoType: string;
  sourceRepoId: string;
  /** Milliseconds since the epoch (huggingface_hub 2.4.0 and later). */
  mtime?: number;
}

export interface DeleteFile {
  type: "deleteFile";
  path: string;
}

export type BucketOperation = AddFile | CopyFile | DeleteFile;

/** A line that was refused: data, not a throw, because a batch reports all of them at once. */
export interface FailedOperation {
  path: string;
  error: string;
}

export interface BatchResult {
  success: boolean;
  processed: number;
  succeeded: number;
  failed: FailedOperation[];
}

const HASH = /^[0-9a-f]{64}$/;
const REPO_TYPES = ["model", "dataset", "space", "bucket", "kernel"];
/** Latest and earliest instant a Date can hold, ms; beyond it a time cannot be written back as ISO text. */
const MTIME_MAX = 8.64e15;

function isTime(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= MTIME_MAX;
}

/** Reads one line. Never throws: a line that is not an operation comes back as a FailedOperation with its line number. */
export function parseOperation(line: string, lineNumber: number): BucketOperation | FailedOperation {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(line);
  } catch {
    return { path: "", error: `Line ${lineNumber} is not valid JSON.` };
  }
  const path = typeof json?.path === "string" ? json.path : "";
  const fail = (error: string) => ({ path: path.slice(0, 1024), error: `Line ${lineNumber}: ${error}` });
  if (typeof json !== "object" || json === null || Array.isArray(json)) return fail("expected an object.");
  if (typeof json.path !== "string") return fail("'path' is missing or not a string.");
  const problem = pathProblem(path);
  if (problem !== null) return fail(`invalid path: ${problem}.`);
  if (json.type === "deleteFile") return { type: "deleteFile", path };
  if (json.type !== "addFile" && json.type !== "copyFile") {
    return fail(`unknown type ${JSON.stringify(json.type ?? null)}; expected addFile, copyFile or deleteFile.`);
  }
  const xetHash = json.xetHash;
  if (typeof xetHash !== "string" || !HASH.test(xetHash)) return fail("'xetHash' must be 64 lowercase hex digits.");
  if (json.mtime != null && !isTime(json.mtime))
    return fail("'mtime' must be a number of milliseconds since the epoch.");
  const mtime = json.mtime == null ? undefined : Math.trunc(json.mtime as number);
  if (json.type === "copyFile") {
    const { sourceRepoType, sourceRepoId } = json;
    if (typeof sourceRepoType !== "string" || !REPO_TYPES.includes(sourceRepoType)) {
      return fail(`'sourceRepoType' must be one of ${REPO_TYPES.join(", ")}.`);
    }
    if (typeof sourceRepoId !== "string" || !sourceRepoId.split("/").every(isName)) {
      return fail("'sourceRepoId' must be 'namespace/name'.");
    }
    return { type: "copyFile", path, xetHash, sourceRepoType, sourceRepoId, mtime };
  }
  const { contentType } = json;
  if (contentType !== undefined && contentType !== null) {
    // It is sent back as a header: latin-1 printable only.
    if (typeof contentType !== "string" || contentType.length > 256 || !/^[\x20-\x7e]*$/.test(contentType)) {
      return fail("'contentType' must be a string of at most 256 printable ASCII characters.");
    }
  }
  return {
    type: "addFile",
    path,
    xetHash,
    mtime,
    contentType: contentType == null || contentType === "" ? undefined : (contentType as string),
    ...(json.ifAbsent === true && { ifAbsent: true }),
  };
}

export function isFailed(line: BucketOperation | FailedOperation): line is FailedOperation {
  return !("type" in line);
}

/** One line, without its newline. */
export function formatOperation(operation: BucketOperation): string {
  return JSON.stringify(operation);
}

/** The error a refused batch is thrown as: nothing of it was applied. */
export function batchFailed(processed: number, failed: FailedOperation[]): HubError {
  const first = failed[0];
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : "";
  const where = first?.path ? `${JSON.stringify(first.path)}: ` : "";
  return new HubError("BatchFailed", `Nothing was changed. ${where}${first?.error ?? "no operation"}${more}`, {
    details: { success: false, processed, succeeded: 0, failed },
  });
}
