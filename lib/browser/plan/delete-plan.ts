/**
 * A plan of deletes alone, for what was chosen in a table: the file that `hf buckets sync --delete --plan` would write if all chosen paths
 * were missing in the source. Submitted and judged like any other.
 */
import type { BucketId } from "#lib/core/bucket/id.ts";
import { formatHandle } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import { HubError } from "#lib/core/errors.ts";
import { formatCount } from "#lib/core/format.ts";
import { formatHeader, formatOperation } from "#lib/core/plan/codec.ts";
import { bucketTime, type SyncEntry } from "#lib/core/plan/compare.ts";
import { addToSummary, emptySummary } from "#lib/core/plan/kind.ts";
import type { PlanOperation } from "#lib/core/plan/plan.ts";
import { formatTime, microsOf } from "#lib/core/plan/time.ts";
import { api } from "../api.ts";
import type { EntryJson } from "../queries/tree.ts";
import { listFiles } from "./compute.ts";

/** Files of one plan that is made in a tab; the client makes larger ones. */
export const DELETE_PLAN_MAX = 100_000;
/** What the plan calls its source, where a synced folder would stand. */
const SOURCE = "./chosen-deletes";
const REASON = "chosen to be deleted";
/** Paths per question of paths-info. */
const PIECE = 1000;

export interface DeletePlan {
  /** The plan's file. */
  body: Blob;
  files: number;
  /** Logical. */
  bytes: number;
}

export interface DeletePlanOptions {
  id: BucketId;
  paths: { files: string[]; folders: string[] };
  /** ms. */
  now: number;
  /** Files read so far. */
  onProgress?: (files: number) => void;
  signal?: AbortSignal;
  /** Default `DELETE_PLAN_MAX`. */
  limit?: number;
}

/** Throws PayloadTooLarge beyond the limit, EntryNotFound when nothing chosen is there any more. */
export async function makeDeletePlan(options: DeletePlanOptions): Promise<DeletePlan> {
  const { id, paths, now, onProgress, signal, limit = DELETE_PLAN_MAX } = options;
  const entries: SyncEntry[] = [];
  const take = (page: SyncEntry[]) => {
    entries.push(...page);
    if (entries.length > limit) {
      throw new HubError(
        "PayloadTooLarge",
        `More than ${formatCount(limit)} files are chosen, the most that a plan made here takes. Choose less, or let the client write the plan: hf buckets sync --delete --plan.`,
      );
    }
    onProgress?.(entries.length);
  };
  for (const folder of paths.folders) for await (const page of listFiles(id, folder, signal)) take(page);
  for (let at = 0; at < paths.files.length; at += PIECE) {
    const json = { paths: paths.files.slice(at, at + PIECE) };
    const found = await api<EntryJson[]>(`/api/buckets/${encodePath(id)}/paths-info`, { method: "POST", json, signal });
    take(
      found.map(({ path, size = 0, mtime }) => ({
        path,
        size,
        mtime: bucketTime(mtime === undefined ? null : Date.parse(mtime)),
      })),
    );
  }
  if (entries.length === 0) throw new HubError("EntryNotFound", "Nothing of what is chosen is there any more.");
  entries.sort((a, b) => comparePaths(a.path, b.path));
  const summary = emptySummary();
  let bytes = 0;
  const lines = entries.map(({ path, size, mtime }) => {
    const operation: PlanOperation = { action: "delete", path, reason: REASON, size, remoteMtime: microsOf(mtime) };
    addToSummary(summary, operation);
    bytes += size;
    return `${formatOperation(operation)}\n`;
  });
  const header = formatHeader({ source: SOURCE, dest: formatHandle(id), timestamp: formatTime(now * 1000), summary });
  return {
    body: new Blob([`${header}\n`, ...lines], { type: "application/x-ndjson" }),
    files: entries.length,
    bytes,
  };
}
