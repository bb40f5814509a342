/**
 * Makes a plan of a folder of this machine and a folder of a bucket, without sending a byte: as `hf buckets sync` compares them, or by
 * content, where each file is cut and hashed as the upload line would. What comes out is the file that the client would write.
 */
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import { formatHeader, formatOperation } from "#lib/core/plan/codec.ts";
import { bucketTime, compareTrees, relativeEntries, type SyncEntry } from "#lib/core/plan/compare.ts";
import { createSyncFilter } from "#lib/core/plan/filter.ts";
import { addToSummary, addToTotals, emptySummary } from "#lib/core/plan/kind.ts";
import type { Place } from "#lib/core/plan/place.ts";
import { emptyTotals, type PlanTotals } from "#lib/core/plan/plan.ts";
import { formatTime } from "#lib/core/plan/time.ts";
import { ask, nextCursor } from "../api.ts";
import type { EntryJson } from "../queries/tree.ts";
import type { Hasher } from "./hasher.ts";

export interface ComputeOptions {
  /** By their path below the folder. */
  files: ReadonlyMap<string, File>;
  /** What the plan calls the folder: "./runs". */
  source: string;
  /** Handle of the destination, as it was typed, and where it leads. */
  dest: string;
  place: Place;
  byContent: boolean;
  delete: boolean;
  include: string[];
  exclude: string[];
  hasher: Hasher;
  /** ms. */
  now: number;
  signal?: AbortSignal;
  onProgress?: (progress: ComputeProgress) => void;
}

export interface ComputeProgress {
  /** Files of the bucket that were listed. */
  listed: number;
  /** By content: bytes read and hashed, of all that there are. */
  hashed: number;
  total: number;
}

export interface ComputedPlan {
  /** The plan's file. */
  body: Blob;
  totals: PlanTotals;
  operations: number;
}

/** Lines gathered before they become a piece of the file. */
const PIECE_LINES = 5000;

export async function computeLocalPlan(options: ComputeOptions): Promise<ComputedPlan> {
  const { source, dest, place, byContent, now, signal } = options;
  const progress = { listed: 0, hashed: 0, total: 0 };
  const filter = createSyncFilter(options);
  const local = [...options.files].filter(([path]) => filter(path)).sort(([a], [b]) => comparePaths(a, b));
  if (byContent) progress.total = local.reduce((sum, [, file]) => sum + file.size, 0);
  const note = () => options.onProgress?.(progress);

  async function* entries(): AsyncGenerator<SyncEntry> {
    for (const [path, file] of local) {
      signal?.throwIfAborted();
      const entry: SyncEntry = { path, size: file.size, mtime: file.lastModified };
      if (byContent) {
        entry.xetHash = await options.hasher.hash(
          file,
          (bytes) => {
            progress.hashed += bytes;
            note();
          },
          signal,
        );
      }
      yield entry;
    }
  }
  async function* listing(): AsyncGenerator<SyncEntry> {
    for await (const page of listFiles(place.bucket, place.prefix, signal)) {
      progress.listed += page.length;
      note();
      yield* page;
    }
  }

  const totals = emptyTotals();
  const summary = emptySummary();
  const pieces: string[] = [];
  let lines: string[] = [];
  let operations = 0;
  const sync = { direction: "upload", byContent, delete: options.delete } as const;
  for await (const operation of compareTrees(entries(), relativeEntries(listing(), place.prefix), sync, filter)) {
    const { action, size, remoteMtime } = operation;
    const kind = action !== "upload" ? action : remoteMtime === undefined ? "add" : "overwrite";
    addToTotals(totals, kind, size);
    addToSummary(summary, operation);
    operations++;
    lines.push(formatOperation(operation));
    if (lines.length < PIECE_LINES) continue;
    pieces.push(`${lines.join("\n")}\n`);
    lines = [];
    // The page gets its turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  if (lines.length > 0) pieces.push(`${lines.join("\n")}\n`);
  const header = formatHeader({ source, dest, timestamp: formatTime(now * 1000), summary });
  return { body: new Blob([`${header}\n`, ...pieces], { type: "application/x-ndjson" }), totals, operations };
}

const LISTING_PAGE = 5000;

/** All files below a folder, in the order of their paths. */
export async function* listFiles(bucket: BucketId, prefix: string, signal?: AbortSignal): AsyncGenerator<SyncEntry[]> {
  const path = prefix === "" ? "" : `/${encodePath(prefix)}`;
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ recursive: "true", limit: String(LISTING_PAGE) });
    if (cursor !== null) query.set("cursor", cursor);
    const url = `/api/buckets/${encodePath(bucket)}/tree${path}?${query}`;
    const { value, headers } = await ask<EntryJson[]>(url, { signal });
    cursor = nextCursor(headers);
    yield value
      .filter(({ type }) => type === "file")
      .map(({ path: full, size = 0, mtime, xetHash }) => ({
        path: full,
        size,
        mtime: bucketTime(mtime === undefined ? null : Date.parse(mtime)),
        xetHash,
      }));
  } while (cursor !== null);
}
