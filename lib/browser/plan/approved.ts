/** The approved operations of a plan, and whether the files of this machine are what they speak of. */
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { HubError } from "#lib/core/errors.ts";
import type { PlanOperation } from "#lib/core/plan/plan.ts";
import { PlanReader } from "#lib/core/plan/reader.ts";
import { api } from "../api.ts";
import type { EntryJson } from "../queries/tree.ts";
import type { FoundFile } from "../upload/drop.ts";
import type { Hasher } from "./hasher.ts";

export interface Approved {
  uploads: PlanOperation[];
  /** Run by the server: no file of this machine is needed for them. */
  deletes: number;
}

/** What may run now, read as it comes. Null when nothing may: all has run, or the rest waits for approvals. */
export async function readApproved(plan: number, signal?: AbortSignal): Promise<Approved | null> {
  const answer = await fetch(`/api/plans/${plan}/approved.jsonl`, { signal }).catch((cause) => {
    signal?.throwIfAborted();
    throw new HubError("Unavailable", "The server did not answer. Check the connection, then try again.", { cause });
  });
  if (answer.status === 409) return null;
  if (!answer.ok || answer.body === null) {
    const said = ((await answer.json().catch(() => ({}))) as { error?: string }).error;
    throw new HubError("BadRequest", said ?? `The server answered with status ${answer.status}.`);
  }
  const approved: Approved = { uploads: [], deletes: 0 };
  const reader = new PlanReader();
  const take = (operations: readonly PlanOperation[]) => {
    for (const operation of operations) {
      if (operation.action === "upload") approved.uploads.push(operation);
      else if (operation.action === "delete") approved.deletes++;
    }
  };
  // Not every browser iterates over a stream.
  const pieces = answer.body.getReader();
  for (let step = await pieces.read(); !step.done; step = await pieces.read()) take(reader.push(step.value));
  take(reader.end());
  const refusal = reader.refusal();
  if (refusal !== null) throw refusal;
  return approved;
}

export type Misfit =
  /** The folder has no such file. */
  | "missing"
  /** Another size than the plan says. */
  | "size"
  /** Another content than the plan says. */
  | "content"
  /** The browser can not read it. */
  | "unreadable"
  /** The size is right, the time is another, and the plan knows no hash: it may be another content. */
  | "time";

/** A file that is what the plan says. */
export interface Fit {
  operation: PlanOperation;
  file: File;
}

export interface Checked {
  fits: Fit[];
  /** Those of "time" have their file: a person may let them go. */
  misfits: { operation: PlanOperation; why: Misfit; message: string; file: File | null }[];
}

/** The client's own window for equal times, ms. */
const TIME_WINDOW = 1000;

export interface CheckOptions {
  hasher: Hasher;
  signal?: AbortSignal;
  /** Files that were looked at, and bytes that were hashed. */
  onProgress?: (done: { files: number; bytes: number }) => void;
}

/** Checks every upload before any of them is sent. `files`: by their path below the folder that was chosen. */
export async function checkFiles(
  uploads: readonly PlanOperation[],
  files: ReadonlyMap<string, File>,
  { hasher, signal, onProgress = () => {} }: CheckOptions,
): Promise<Checked> {
  const checked: Checked = { fits: [], misfits: [] };
  const done = { files: 0, bytes: 0 };
  for (const operation of uploads) {
    const file = files.get(operation.path) ?? null;
    const misfit =
      file === null
        ? MISSING
        : await findMisfit(operation, file, hasher, signal, (bytes) => {
            done.bytes += bytes;
            onProgress(done);
          });
    if (misfit !== null) checked.misfits.push({ operation, file, ...misfit });
    else checked.fits.push({ operation, file: file! });
    done.files++;
    onProgress(done);
  }
  return checked;
}

const MISSING = { why: "missing" as const, message: "It is not in the folder." };

async function findMisfit(
  { size, xetHash, localMtime }: PlanOperation,
  file: File,
  hasher: Hasher,
  signal: AbortSignal | undefined,
  onRead: (bytes: number) => void,
): Promise<{ why: Misfit; message: string } | null> {
  if (size !== undefined && file.size !== size) {
    return { why: "size", message: `It has ${file.size} bytes, the plan says ${size}.` };
  }
  if (xetHash !== undefined) {
    try {
      const hash = await hasher.hash(file, onRead, signal);
      return hash === xetHash ? null : { why: "content", message: "Its content is not what the plan says." };
    } catch (error) {
      signal?.throwIfAborted();
      return { why: "unreadable", message: error instanceof Error ? error.message : String(error) };
    }
  }
  if (localMtime !== undefined && Math.abs(file.lastModified - localMtime / 1000) > TIME_WINDOW) {
    const when = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
    return {
      why: "time",
      message: `It was changed at ${when(file.lastModified)} UTC, the plan says ${when(localMtime / 1000)} UTC.`,
    };
  }
  return null;
}

/**
 * Files by their path below the one folder that was chosen or dropped. `onFault` hears of what could not be read; what it throws ends the
 * walk.
 */
export async function filesBelow(
  found: AsyncIterable<Pick<FoundFile, "path" | "file" | "fault">>,
  onFound: (count: number) => void,
  onFault: (path: string, message: string) => void,
): Promise<Map<string, File>> {
  const files = new Map<string, File>();
  let turn = performance.now();
  for await (const { path, file, fault } of found) {
    if (fault === undefined) files.set(path.slice(path.indexOf("/") + 1), file);
    else onFault(path, fault.message);
    if (performance.now() - turn < 40) continue;
    onFound(files.size);
    // The page gets its turn: folders can be walked for minutes.
    await new Promise((resolve) => setTimeout(resolve, 0));
    turn = performance.now();
  }
  onFound(files.size);
  return files;
}

/** The Hub's limit for one question about paths. */
const PATHS_MAX = 1000;

/** The last comparison: those of the paths whose content in the bucket is not what was sent. `sent`: hash by full path. */
export async function findPending(
  bucket: BucketId,
  sent: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<string[]> {
  const pending: string[] = [];
  const all = [...sent.keys()];
  for (let at = 0; at < all.length; at += PATHS_MAX) {
    const paths = all.slice(at, at + PATHS_MAX);
    const url = `/api/buckets/${encodePath(bucket)}/paths-info`;
    const entries = await api<EntryJson[]>(url, { method: "POST", json: { paths }, signal });
    const found = new Map(entries.map((entry) => [entry.path, entry.xetHash]));
    pending.push(...paths.filter((path) => found.get(path) !== sent.get(path)));
  }
  return pending;
}
