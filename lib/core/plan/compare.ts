/**
 * What `hf buckets sync` would do between two sides, as data: the client's own decisions, labels and times, over two sorted streams, so that a
 * million entries need no memory. By content is ours: equal hashes are identical whatever their times.
 */
import { baseName } from "../bucket/path.ts";
import { comparePaths } from "../bucket/path-order.ts";
import type { PathFilter } from "./filter.ts";
import type { PlanDirection, PlanOperation } from "./plan.ts";
import { microsOf } from "./time.ts";

/** A file of one side. */
export interface SyncEntry {
  /** Relative to its side's root. */
  path: string;
  size: number;
  /** ms, fractions allowed. Of a bucket's file `bucketTime`. */
  mtime: number;
  /** Where the content is known. */
  xetHash?: string;
}

export interface SyncOptions {
  direction: PlanDirection;
  /** Where both hashes are known they decide, else size and time; without, size and time as the client does. */
  byContent?: boolean;
  delete?: boolean;
  ignoreTimes?: boolean;
  ignoreSizes?: boolean;
  /** Only what the destination has already. */
  existing?: boolean;
  /** Only what the destination has not. */
  ignoreExisting?: boolean;
}

/** Times closer than this are equal to the client, ms. */
export const SYNC_WINDOW = 1000;

type Entries = Iterable<SyncEntry> | AsyncIterable<SyncEntry>;

/** Why these options cannot go together, or null; the client's rule. */
export function optionsProblem({ ignoreTimes, ignoreSizes, existing, ignoreExisting }: SyncOptions): string | null {
  if (ignoreTimes && ignoreSizes) return "ignore-times and ignore-sizes leave nothing to compare";
  if (existing && ignoreExisting) return "existing and ignore-existing leave nothing to do";
  return null;
}

/**
 * A bucket entry's mtime as the client has it: ISO text there and back by way of seconds in a float, which moves the last bits. No time counts
 * as 1970.
 */
export function bucketTime(mtime: number | null): number {
  return ((mtime ?? 0) / 1000) * 1000;
}

/** The operation of one path, present on at least one side; null where the plan says nothing. */
export function compareFile(
  source: SyncEntry | null,
  dest: SyncEntry | null,
  options: SyncOptions,
): PlanOperation | null {
  const { direction, existing = false } = options;
  if (source === null) {
    if (dest === null || !options.delete) return null;
    return operation("delete", "not in source (--delete)", null, dest, dest, direction);
  }
  const transfer = direction === "download" ? "download" : "upload";
  if (dest === null) {
    const [action, reason] = existing
      ? (["skip", "new file (--existing)"] as const)
      : ([transfer, "new file"] as const);
    return operation(action, reason, source, null, source, direction);
  }
  const [differs, reason] = difference(source, dest, options);
  return operation(differs ? transfer : "skip", reason, source, dest, source, direction);
}

/** Whether bytes go, and the client's reason. */
function difference(source: SyncEntry, dest: SyncEntry, options: SyncOptions): [differs: boolean, reason: string] {
  const newer = { upload: "local newer", download: "remote newer", copy: "source newer" }[options.direction];
  const older = { upload: "remote newer", download: "local newer", copy: "destination newer" }[options.direction];
  if (options.ignoreExisting) return [false, "exists on receiver (--ignore-existing)"];
  if (options.byContent && source.xetHash !== undefined && dest.xetHash !== undefined) {
    if (source.xetHash === dest.xetHash) return [false, "identical"];
    return [true, source.size === dest.size ? "content differs" : "size differs"];
  }
  const sizeDiffers = source.size !== dest.size;
  const sourceNewer = source.mtime - dest.mtime > SYNC_WINDOW;
  if (options.ignoreSizes) {
    if (sourceNewer) return [true, newer];
    return [false, dest.mtime - source.mtime > SYNC_WINDOW ? older : "same mtime"];
  }
  if (options.ignoreTimes) return sizeDiffers ? [true, "size differs"] : [false, "same size"];
  if (sizeDiffers) return [true, "size differs"];
  return sourceNewer ? [true, newer] : [false, "identical"];
}

function operation(
  action: PlanOperation["action"],
  reason: string,
  source: SyncEntry | null,
  dest: SyncEntry | null,
  sized: SyncEntry,
  direction: PlanDirection,
): PlanOperation {
  const [local, remote] = direction === "download" ? [dest, source] : [source, dest];
  const made: PlanOperation = { action, path: sized.path, reason, size: sized.size };
  if (local !== null) made.localMtime = microsOf(local.mtime);
  if (remote !== null) made.remoteMtime = microsOf(remote.mtime);
  if (source?.xetHash !== undefined) made.xetHash = source.xetHash;
  return made;
}

/**
 * Operations of two sides in path order. Both must be in strictly ascending order of `comparePaths`, after the filter at the latest; throws
 * Error where one is not, since a merge of such sides would delete what it overlooks.
 */
export async function* compareTrees(
  source: Entries,
  dest: Entries,
  options: SyncOptions,
  filter: PathFilter = () => true,
): AsyncGenerator<PlanOperation> {
  const [sources, dests] = [sorted(source, filter), sorted(dest, filter)];
  try {
    let [from, to] = [await sources.next(), await dests.next()];
    for (;;) {
      const [a, b] = [from.done ? null : from.value, to.done ? null : to.value];
      if (a === null && b === null) return;
      const order = a === null ? 1 : b === null ? -1 : comparePaths(a.path, b.path);
      const made = compareFile(order <= 0 ? a : null, order >= 0 ? b : null, options);
      if (made !== null) yield made;
      if (order <= 0) from = await sources.next();
      if (order >= 0) to = await dests.next();
    }
  } finally {
    await sources.return();
    await dests.return();
  }
}

async function* sorted(entries: Entries, filter: PathFilter): AsyncGenerator<SyncEntry, void> {
  let last: string | null = null;
  for await (const entry of entries) {
    if (!filter(entry.path)) continue;
    if (last !== null && comparePaths(last, entry.path) >= 0) {
      throw new Error(`entries out of order: ${JSON.stringify(entry.path)} after ${JSON.stringify(last)}`);
    }
    last = entry.path;
    yield entry;
  }
}

/**
 * A bucket's listing below `prefix`, made relative to it, still sorted. A file that is named exactly like the prefix goes by its last
 * segment, as the client has it, unless one lies below by that name.
 */
export async function* relativeEntries(listing: Entries, prefix: string): AsyncGenerator<SyncEntry> {
  let alone: SyncEntry | null = null;
  for await (const entry of listing) {
    if (prefix !== "" && entry.path === prefix) {
      alone = { ...entry, path: baseName(prefix) };
      continue;
    }
    if (prefix !== "" && !entry.path.startsWith(`${prefix}/`)) continue;
    const path = prefix === "" ? entry.path : entry.path.slice(prefix.length + 1);
    if (alone !== null) {
      const order = comparePaths(alone.path, path);
      if (order < 0) yield alone;
      if (order <= 0) alone = null;
    }
    yield { ...entry, path };
  }
  if (alone !== null) yield alone;
}
