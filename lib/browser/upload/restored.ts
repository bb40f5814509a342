/** An upload that an earlier page began, as far as it was kept: shown beside those of this page, and taken up again by `goOn`. */
import type { Dropped, FoundFile } from "./drop.ts";
import {
  type FileSums,
  type JobSnapshot,
  type JobState,
  type JobTotals,
  NO_SUMS,
  type UploadFileView,
  type UploadReceipt,
} from "./job.ts";
import type { FoundUpload, KeptUpload } from "./kept.ts";
import { Tally } from "./tally.ts";

export class RestoredJob {
  readonly id: number;
  readonly kept: KeptUpload;
  readonly state: JobState;
  readonly #snapshot: JobSnapshot;
  readonly #files: readonly UploadFileView[];
  readonly #foremost: number;

  constructor(id: number, { upload, handles }: FoundUpload) {
    this.id = id;
    this.kept = upload;
    const { state, request, totals, filtered, startedAt, finishedAt, forecast, receipt } = upload;
    this.state = state === "unfinished" ? "interrupted" : state;
    this.#files = (receipt?.files ?? []).map((file, id) => ({ ...file, id, read: file.size, message: null }));
    const tally = new Tally();
    for (const file of this.#files) tally.count(file, 1);
    this.#foremost = tally.foremost(this.#files);
    this.#snapshot = {
      ...request,
      id,
      state: this.state,
      reason: null,
      message: null,
      collecting: false,
      filtered,
      totals,
      // Of an interrupted one only the totals are known.
      sums: receipt === null ? sumsOf(totals) : tally.folders.all,
      failures: tally.failures(this.#files),
      speed: { read: 0, sent: 0 },
      timeLeft: null,
      startedAt,
      finishedAt,
      filesVersion: 0,
      listed: this.#files.length,
      forecast,
      foundIn: receipt?.foundIn ?? null,
      kept: { handles },
    };
  }

  get bucket() {
    return this.kept.request.bucket;
  }

  show(): JobSnapshot {
    return this.#snapshot;
  }

  files(): readonly UploadFileView[] {
    return this.#files;
  }

  rows(from: number, to: number): readonly UploadFileView[] {
    return this.#files.slice(from, to);
  }

  foremost(): number {
    return this.#foremost;
  }

  receipt(): UploadReceipt {
    const { receipt } = this.kept;
    if (receipt === null) throw new RangeError("an interrupted upload has no receipt");
    return receipt;
  }
}

function sumsOf({ size, ended, fresh }: JobTotals): FileSums {
  return { ...NO_SUMS, size, there: ended, thereFresh: Math.min(fresh, ended) };
}

/** The same files without those that are in the bucket already, by their path there. */
export function without(dropped: Dropped, prefix: string, landed: ReadonlySet<string>): Dropped {
  if (landed.size === 0) return dropped;
  return {
    name: dropped.name,
    handles: dropped.handles,
    async *files(filter, left): AsyncGenerator<FoundFile, void, undefined> {
      for await (const found of dropped.files(filter, left)) {
        if (!landed.has(prefix === "" ? found.path : `${prefix}/${found.path}`)) yield found;
      }
    },
  };
}
