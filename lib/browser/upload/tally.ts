/** All that is told of the files of a job together, kept up with each change of a file: nobody walks them to know it. */
import { Foremost } from "./foremost.ts";
import {
  type FailedFiles,
  type FileReason,
  type FileState,
  isThere,
  type JobTotals,
  NO_FIGURES,
  type UploadFigures,
  type UploadFileView,
} from "./job.ts";
import { FolderSums } from "./sums.ts";

const FIGURES = Object.keys(NO_FIGURES) as (keyof UploadFigures)[];

export class Tally {
  readonly totals = noTotals();
  readonly folders = new FolderSums();
  readonly #failed = new Map<FileReason, Set<number>>();
  #failures: readonly FailedFiles[] | null = [];
  readonly #busy = new Foremost(["reading", "sending", "failed"]);
  readonly #idle = new Foremost(["waiting", "paused"]);

  /** Adds a file, or takes it out as it was when it was added. */
  count(file: UploadFileView, sign: 1 | -1): void {
    const { totals } = this;
    totals.files += sign;
    totals.states[file.state] += sign;
    for (const figure of FIGURES) totals[figure] += sign * file[figure];
    if (isThere(file.state)) totals.ended += sign * file.size;
    this.folders.count(file, sign);
    this.#busy.count(file, sign);
    this.#idle.count(file, sign);
    if (file.state === "failed") this.#fail(file, sign);
  }

  /** By reason. The same array until a file fails or is tried again. */
  failures(files: readonly UploadFileView[]): readonly FailedFiles[] {
    this.#failures ??= Array.from(this.#failed, ([reason, set]) => {
      const ids = Array.from(set);
      const { message, path } = files[ids[0]];
      return { reason, message, path, ids };
    });
    return this.#failures;
  }

  /** Ids of those that failed, whatever the reason. */
  *failedIds(): Generator<number, void, undefined> {
    for (const ids of this.#failed.values()) yield* ids;
  }

  /** Index of the first file on its way or failed, else of the first that waits; -1 when all have ended. */
  foremost(files: readonly UploadFileView[]): number {
    const busy = this.#busy.find(files);
    return busy === -1 ? this.#idle.find(files) : busy;
  }

  #fail({ id, reason }: UploadFileView, sign: 1 | -1): void {
    const key = reason ?? "internal";
    const ids = this.#failed.get(key) ?? new Set();
    if (sign === 1) this.#failed.set(key, ids.add(id));
    else if (ids.delete(id) && ids.size === 0) this.#failed.delete(key);
    this.#failures = null;
  }
}

function noTotals(): JobTotals & { states: Record<FileState, number> } {
  const states = {
    waiting: 0,
    reading: 0,
    sending: 0,
    done: 0,
    unchanged: 0,
    skipped: 0,
    paused: 0,
    cancelled: 0,
    failed: 0,
  };
  return { ...NO_FIGURES, files: 0, states, sent: 0, ended: 0 };
}
