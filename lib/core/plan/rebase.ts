/**
 * What an operation becomes when the bucket below it has moved: the same comparison as before, with the source as the plan has it and the
 * bucket as it is. A submitted file does not say which flags its client had; its reasons do.
 */
import { bucketTime, compareFile, type SyncEntry, type SyncOptions } from "./compare.ts";
import type { Ground, PlanOperation } from "./plan.ts";

/** Which flags the client was given, as far as the reasons of its lines give them away. Feed it every operation. */
export class FlagReader {
  readonly #options: SyncOptions;

  constructor(direction: SyncOptions["direction"]) {
    this.#options = { direction };
  }

  read({ action, reason }: Pick<PlanOperation, "action" | "reason">): void {
    const options = this.#options;
    if (reason === "not in source (--delete)") options.delete = true;
    else if (reason === "new file (--existing)") options.existing = true;
    else if (reason === "exists on receiver (--ignore-existing)") options.ignoreExisting = true;
    else if (reason === "same size") options.ignoreTimes = true;
    else if (action === "skip" && (reason === "same mtime" || reason.endsWith(" newer"))) options.ignoreSizes = true;
  }

  get options(): SyncOptions {
    return { ...this.#options };
  }
}

/**
 * The operation of the next version, or null if there is nothing left to do. `now` stands at the operation's path in the bucket;
 * `source` is given only where the plan's source is a bucket too (null: gone). The result is a new decision even where its facts are the old
 * ones, for its ground is another.
 */
export function rebaseOperation(
  operation: PlanOperation,
  { now, source, options }: { now: Ground | null; source?: SyncEntry | null; options: SyncOptions },
): PlanOperation | null {
  const standing = now === null ? null : entryOf(operation.path, now);
  if (options.direction === "download") return rebaseDownload(operation, standing, options);
  if (source !== undefined) return compareFile(source, standing, options);
  if (operation.action === "delete") {
    if (standing === null) return null;
    return { ...withoutTimes(operation), size: standing.size, remoteMtime: Math.round(standing.mtime * 1000) };
  }
  const { xetHash, size, localMtime } = operation;
  const same = xetHash !== undefined && xetHash === standing?.xetHash;
  // Hand-made lines without facts cannot be compared: what they want still has to be asked.
  if (standing !== null && !same && (size === undefined || localMtime === undefined) && operation.action === "upload") {
    return { ...operation, remoteMtime: Math.round(standing.mtime * 1000) };
  }
  const from: SyncEntry = { path: operation.path, size: size ?? -1, mtime: (localMtime ?? 0) / 1000, xetHash };
  const made = compareFile(from, standing, same ? { ...options, byContent: true } : options);
  if (made === null) return null;
  return tidy({ ...made, size, localMtime, xetHash });
}

/**
 * The bucket is the source. Of the local file the plan tells the time; its size only where the two were found equal, else it counts as
 * different, as it was.
 */
function rebaseDownload(
  operation: PlanOperation,
  source: SyncEntry | null,
  options: SyncOptions,
): PlanOperation | null {
  const { path, action, reason, localMtime, size } = operation;
  if (action === "delete" && source === null) return operation;
  if (localMtime === undefined) {
    const made = compareFile(source, null, options);
    return made === null ? null : tidy({ ...made, xetHash: undefined });
  }
  const sizesWereEqual = ["identical", "same size", "remote newer"].includes(reason) && !options.ignoreSizes;
  const local: SyncEntry = {
    path,
    size: sizesWereEqual || action === "delete" ? (size ?? -1) : -1,
    mtime: localMtime / 1000,
  };
  const made = compareFile(source, local, options);
  if (made === null) return null;
  // The source's content is what is downloaded; nothing of it is written to the bucket.
  return tidy({ ...made, localMtime, size: made.size === -1 ? undefined : made.size, xetHash: undefined });
}

function entryOf(path: string, { size, mtime, xetHash }: Ground): SyncEntry {
  return { path, size, mtime: bucketTime(mtime), xetHash };
}

function withoutTimes({ action, path, reason }: PlanOperation): PlanOperation {
  return { action, path, reason };
}

/** Absent facts are absent, not undefined. */
function tidy(operation: PlanOperation): PlanOperation {
  return Object.fromEntries(
    Object.entries(operation).filter(([, value]) => value !== undefined),
  ) as unknown as PlanOperation;
}
