/**
 * Runs the approved uploads of a plan from a folder of this machine: read what may run -> find and check the files -> the upload line
 * -> a last comparison. Outside React, as the upload queue is: a run outlives the page that began it.
 */
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { Dropped } from "../upload/drop.ts";
import type { JobSnapshot, UploadFileView, UploadQueue } from "../upload/queue.ts";
import {
  type Approved,
  type Checked,
  checkFiles,
  type Fit,
  filesBelow,
  findPending,
  readApproved,
} from "./approved.ts";
import { Hasher } from "./hasher.ts";

export interface RunPlan {
  id: number;
  title: string;
  bucket: BucketId;
  /** Folder of the bucket, "" for the root. */
  prefix: string;
}

export type RunStage =
  | { stage: "idle" }
  | { stage: "looking"; found: number }
  /** `bytes` of `total`: hashed, of what has a hash in the plan. */
  | { stage: "checking"; files: number; of: number; bytes: number; total: number }
  /** Waits for a person to look at what does not fit. */
  | { stage: "checked"; checked: Checked; deletes: number }
  /** Nothing of this plan may run now. */
  | { stage: "nothing" }
  | { stage: "sending"; job: number }
  | { stage: "comparing"; job: number }
  | { stage: "done"; job: number; sent: number; pending: string[]; left: Approved | null }
  | { stage: "failed"; error: Error };

const IDLE: RunStage = { stage: "idle" };

export class HereRun {
  readonly #plan: RunPlan;
  readonly #queue: UploadQueue;
  readonly #hasher = new Hasher();
  readonly #listeners = new Set<() => void>();
  #stage: RunStage = IDLE;
  #stop = new AbortController();
  #noted = 0;

  constructor(plan: RunPlan, queue: UploadQueue) {
    this.#plan = plan;
    this.#queue = queue;
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly read = () => this.#stage;

  /** Looks for the approved uploads in a folder, and checks them. Begins at once where all fit. */
  async look(dropped: Dropped): Promise<void> {
    this.#stop.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    try {
      this.#set({ stage: "looking", found: 0 });
      const approved = await readApproved(this.#plan.id, signal);
      if (approved === null) {
        this.#set({ stage: "nothing" });
        return;
      }
      // What cannot be read is missing, which is told of each operation.
      const noteFound = (found: number) => this.#note({ stage: "looking", found });
      const files = await filesBelow(dropped.files(), noteFound, () => {});
      signal.throwIfAborted();
      const { uploads, deletes } = approved;
      const total = uploads.reduce((sum, { xetHash, size }) => sum + (xetHash === undefined ? 0 : (size ?? 0)), 0);
      const checking = { stage: "checking" as const, of: uploads.length, total };
      this.#set({ ...checking, files: 0, bytes: 0 });
      const checked = await checkFiles(uploads, files, {
        hasher: this.#hasher,
        signal,
        onProgress: (done) => this.#note({ ...checking, ...done }),
      });
      this.#hasher.close();
      if (checked.misfits.length > 0 || checked.fits.length === 0) this.#set({ stage: "checked", checked, deletes });
      else this.send(checked.fits);
    } catch (error) {
      this.#hasher.close();
      if (!signal.aborted) this.#set({ stage: "failed", error: error as Error });
    }
  }

  /** Hands files that were checked to the upload line. */
  send(fits: readonly Fit[]): void {
    const { bucket, prefix, title, id } = this.#plan;
    const job = this.#queue.add({
      bucket,
      prefix,
      name: `${title} #${id}`,
      files: fits.map(({ operation, file }) => ({ path: operation.path, file })),
      // What is replaced was approved, and nothing is left out that was.
      conflict: "overwrite",
      exclude: [],
      fleeting: true,
    });
    this.#set({ stage: "sending", job });
    const stop = this.#queue.subscribe(() => {
      const state = this.job()?.state;
      if (state !== undefined && state !== "finished" && state !== "cancelled") return;
      stop();
      this.#compare(job);
    });
  }

  /** Looks again at what the bucket holds and what is left of the plan. */
  compareAgain(): void {
    if (this.#stage.stage === "done") this.#compare(this.#stage.job);
  }

  /** Back to the beginning. What runs in the queue goes on there. */
  reset(): void {
    this.#stop.abort();
    this.#hasher.close();
    this.#set(IDLE);
  }

  job(): JobSnapshot | undefined {
    const id = "job" in this.#stage ? this.#stage.job : null;
    return this.#queue.getSnapshot().jobs.find((job) => job.id === id);
  }

  files(): readonly UploadFileView[] {
    return "job" in this.#stage ? this.#queue.files(this.#stage.job) : [];
  }

  async #compare(job: number): Promise<void> {
    const views = this.#queue.files(job);
    this.#set({ stage: "comparing", job });
    try {
      const sent = new Map<string, string>();
      const pending: string[] = [];
      for (const { path, state, xetHash } of views) {
        if ((state === "done" || state === "unchanged") && xetHash !== null) sent.set(path, xetHash);
        else pending.push(path);
      }
      pending.push(...(await findPending(this.#plan.bucket, sent)));
      const left = await readApproved(this.#plan.id);
      this.#set({ stage: "done", job, sent: sent.size, pending, left });
    } catch (error) {
      this.#set({ stage: "failed", error: error as Error });
    }
  }

  /** Progress, at most a few times a second. */
  #note(stage: RunStage): void {
    this.#stage = stage;
    const now = performance.now();
    if (now - this.#noted < 250) return;
    this.#noted = now;
    this.#set(stage);
  }

  #set(stage: RunStage): void {
    this.#stage = stage;
    for (const listener of this.#listeners) listener();
  }
}

const runs = new Map<number, HereRun>();

/** The run of a plan in this tab, the same whenever its page is opened again. */
export function runHere(plan: RunPlan, queue: UploadQueue): HereRun {
  const run = runs.get(plan.id) ?? new HereRun(plan, queue);
  runs.set(plan.id, run);
  return run;
}
