/** An upload that an earlier page began, as far as it was kept: shown beside those of this page, and taken up again by `goOn`. */
import type { Dropped, FoundFile } from "./drop.ts";
import type { JobSnapshot, JobState, UploadFileView, UploadReceipt } from "./job.ts";
import type { FoundUpload, KeptUpload } from "./kept.ts";

export class RestoredJob {
  readonly id: number;
  readonly kept: KeptUpload;
  readonly state: JobState;
  readonly #snapshot: JobSnapshot;
  readonly #files: readonly UploadFileView[];

  constructor(id: number, { upload, handles }: FoundUpload) {
    this.id = id;
    this.kept = upload;
    const { state, request, totals, filtered, startedAt, finishedAt, forecast, receipt } = upload;
    this.state = state === "unfinished" ? "interrupted" : state;
    this.#snapshot = {
      ...request,
      id,
      state: this.state,
      reason: null,
      message: null,
      collecting: false,
      filtered,
      totals,
      speed: { read: 0, sent: 0 },
      timeLeft: null,
      startedAt,
      finishedAt,
      filesVersion: 0,
      forecast,
      foundIn: receipt?.foundIn ?? null,
      kept: { handles },
    };
    this.#files = (receipt?.files ?? []).map((file, id) => ({ ...file, id, read: file.size, message: null }));
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

  receipt(): UploadReceipt {
    const { receipt } = this.kept;
    if (receipt === null) throw new RangeError("an interrupted upload has no receipt");
    return receipt;
  }
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
