/**
 * The uploads of a tab, outside React: jobs, what people do with them, and snapshots for useSyncExternalStore. Gives the worker its
 * files piece by piece (runner.ts), which runs the line (pipeline.ts).
 */
import type { BucketId } from "#lib/core/bucket/id.ts";
import { type Dropped, type FoundFile, readHandles } from "./drop.ts";
import { createFilter, FILTERS_DEFAULT, type Filter } from "./filter.ts";
import { type AskSharing, askSharing, findFoundIn } from "./found-in.ts";
import {
  type ConflictChoice,
  type FileReason,
  type FileState,
  type FileSums,
  type FoundIn,
  type HoldReason,
  hasEnded,
  type JobSnapshot,
  type JobState,
  type JobTotals,
  NO_FIGURES,
  type UploadFileView,
  type UploadMode,
  type UploadReceipt,
} from "./job.ts";
import { type KeptRequest, type KeptUpload, openJournal, type UploadJournal } from "./kept.ts";
import type { GivenFile, Order, Report } from "./messages.ts";
import { RestoredJob, without } from "./restored.ts";
import { Speed } from "./speed.ts";
import { Tally } from "./tally.ts";
import { letPagePass, Turns } from "./turn.ts";

export type {
  ConflictChoice,
  FailedFiles,
  FileReason,
  FileState,
  FileSums,
  FoundIn,
  HoldReason,
  JobSnapshot,
  JobState,
  JobTotals,
  UploadFigures,
  UploadFileView,
  UploadMode,
  UploadReceipt,
} from "./job.ts";

export interface UploadRequest {
  bucket: BucketId;
  /** Folder of the bucket that the files go to, "" for the root. */
  prefix: string;
  /** Of `drop.ts`, or any files. Walked with pauses, while the upload runs, so that the tab never freezes. */
  files: Dropped | AsyncIterable<FoundFile> | Iterable<FoundFile>;
  /** For the title; absent: that of the drop. */
  name?: string | null;
  /** Default "upload". */
  mode?: UploadMode;
  /** Default "overwrite". */
  conflict?: ConflictChoice;
  /** Globs of paths to leave out, instead of the house's own (`filter.ts`, FILTERS_DEFAULT). */
  exclude?: readonly string[];
  /** Not to be taken up again after a reload: whoever gave the files has to check them anew. */
  fleeting?: boolean;
}

export interface QueueSnapshot {
  /** In the order they were added. */
  jobs: readonly JobSnapshot[];
  /** Whether closing the tab would interrupt any job, one that is held or paused too. */
  busy: boolean;
}

export interface JobFolder {
  /** Folders right in it, in the order they were found, by full path. */
  folders: readonly { path: string; sums: Readonly<FileSums> }[];
  /** Files right in it that are being read or sent. */
  moving: readonly UploadFileView[];
}

/** Files that came into a bucket: what lists and figures of it should be read again. */
export interface Landed {
  bucket: BucketId;
  paths: readonly string[];
}

/** As much of a Worker as the queue uses. */
export interface UploadWorker {
  postMessage(order: Order): void;
  onmessage: ((event: { data: Report }) => void) | null;
  onerror: ((event: { message?: string; preventDefault?: () => void }) => void) | null;
}

export interface UploadQueue {
  /** At most twice a second for figures; at once for what people do. */
  subscribe(listener: () => void): () => void;
  /** The same object until something changes. */
  getSnapshot(): QueueSnapshot;
  /** Empty on the server. */
  getServerSnapshot(): QueueSnapshot;
  /** Starts the worker, so that nothing has to be loaded when an upload begins: the network may be gone by then. */
  prepare(): void;
  /** Begins when the jobs before it end. Returns its id. */
  add(request: UploadRequest): number;
  /**
   * All files of a job, by id. The same array until `filesVersion` grows; entries that did not change keep their identity. A copy of as
   * many as there are: what is drawn twice a second asks for `rows`.
   */
  files(job: number): readonly UploadFileView[];
  /** The files [from, to) of `files`. */
  rows(job: number, from: number, to: number): readonly UploadFileView[];
  /** Index of the first file on its way or failed, else of the first that waits; -1 when all have ended. */
  foremost(job: number): number;
  /** What a job brings into a folder of its bucket ("" for the root). */
  folder(job: number, path: string): JobFolder;
  /** Without `files` the whole job. What is on its way finishes; nothing new begins. */
  pause(job: number, files?: readonly number[]): void;
  /** Goes on: after pause(), and after the cause of a hold is gone. While retrying: tries now. */
  resume(job: number, files?: readonly number[]): void;
  /** What already came into the bucket stays. */
  cancel(job: number, files?: readonly number[]): void;
  /** Failed and cancelled files again, all of them without `files`. */
  retry(job: number, files?: readonly number[]): void;
  /** Turns a finished forecast into an upload of the same files. */
  send(job: number): void;
  /** Those of the failed files for which trying again can help, without dropping them again. */
  retryable(job: number, files: readonly number[]): readonly number[];
  /** Removes an ended or interrupted job from the snapshot, and from what is kept. */
  dismiss(job: number): void;
  /** Shows what earlier pages left: interrupted uploads that no other tab works on, receipts, forecasts. Once is enough. */
  restore(): void;
  /**
   * Takes up a restored job: an interrupted one, a forecast to be sent, or files that failed. `files`: the same ones, given again;
   * without them those that the browser kept. Call it in a click: the browser may ask for permission. False when it has none.
   */
  goOn(job: number, files?: Dropped): Promise<boolean>;
  receipt(job: number): UploadReceipt;
  /** Called when files came into a bucket, at most twice a second. */
  onLanded(listener: (landed: Landed) => void): () => void;
}

export interface QueueOptions {
  createWorker: () => UploadWorker;
  /** ms since the epoch. */
  clock?: () => number;
  /** ms between two notices of figures. */
  noticeMs?: number;
  /** Where uploads are kept over reloads; absent: nowhere. */
  journal?: UploadJournal | null;
  /** Absent: known bytes stay without names. */
  askSharing?: AskSharing;
}

/** Files that the worker gets at a time. */
const GIVEN_FILES = 128;
/** Walking folders gives way to the page after so many files, or so many ms. */
const TURN_FILES = 200;
const TURN_MS = 6;
const NOTICE_MS = 500;
/** How often the figures of a running job are written down. */
const SAVE_MS = 2000;
/** Files of a receipt that is kept, those that failed first. */
const KEPT_FILES = 1000;
/** A failure of these kinds is about the snapshot that the browser made when the file was chosen. */
const STALE: readonly (FileReason | null)[] = ["changed", "vanished", "unreadable"];

const EMPTY: QueueSnapshot = { jobs: [], busy: false };

let tabQueue: UploadQueue | undefined;

/** The queue of this tab. */
export function uploadQueue(): UploadQueue {
  tabQueue ??= createUploadQueue({
    createWorker: () =>
      new Worker(new URL("./worker.ts", import.meta.url), {
        type: "module",
        name: "upload",
      }) as unknown as UploadWorker,
    journal: openJournal({ account: whoIsSignedIn }),
    askSharing,
  });
  return tabQueue;
}

async function whoIsSignedIn(): Promise<string | null> {
  const answer = await fetch("/api/whoami-v2");
  return answer.ok ? ((await answer.json()) as { name: string }).name : null;
}

/** A queue of its own; `uploadQueue` is the tab's. */
export function createUploadQueue(options: QueueOptions): UploadQueue {
  const { createWorker, clock = Date.now, noticeMs = NOTICE_MS, journal = null, askSharing } = options;
  let worker: UploadWorker | null = null;
  let jobs: (Job | RestoredJob)[] = [];
  let restoring = false;
  let made = 0;
  let snapshot = EMPTY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();
  const landedListeners = new Set<(landed: Landed) => void>();

  const own = () => jobs.filter((job) => job instanceof Job);
  const find = (id: number) => jobs.find((job) => job.id === id);
  const findOwn = (id: number) => own().find((job) => job.id === id);
  const post = (order: Order) => {
    worker ??= startWorker();
    worker.postMessage(order);
  };

  function startWorker(): UploadWorker {
    const started = createWorker();
    let heard = false;
    started.onmessage = ({ data }) => {
      heard = true;
      findOwn(data.job)?.hear(data);
    };
    started.onerror = (event) => {
      const { message } = event;
      // It is told in the panel.
      event.preventDefault?.();
      // A worker that could not be loaded or broke down: whoever resumes gets a new one.
      if (worker !== started) return;
      worker = null;
      if (heard) for (const job of own()) job.breakDown(message ?? "The upload worker broke down.");
      else for (const job of own()) job.awaitNetwork();
      context.now();
    };
    if (typeof window !== "undefined") window.addEventListener("online", wake);
    return started;
  }

  function wake(): void {
    for (const job of own()) {
      if (job.live) post({ type: "wake", job: job.id });
      else job.networkIsBack();
    }
    context.now();
  }

  /** Lets the first job that may run, run. */
  function pump(): void {
    if (jobs.some(({ state }) => state === "running" || state === "retrying")) return;
    own()
      .find(({ state }) => state === "queued")
      ?.run();
  }

  function publish(): void {
    clearTimeout(timer);
    timer = undefined;
    const now = clock();
    const shown = jobs.map((job) => job.show(now));
    const busy = shown.some(({ state }) => !["finished", "cancelled", "interrupted"].includes(state));
    snapshot = { jobs: shown, busy };
    for (const listener of listeners) listener();
    for (const job of own()) {
      if (journal !== null) job.save(journal, now);
      const paths = job.takeLanded();
      if (paths.length === 0) continue;
      for (const listener of landedListeners) listener({ bucket: job.bucket, paths });
    }
  }

  const context: JobContext = {
    post,
    clock,
    soon: () => {
      timer ??= setTimeout(publish, noticeMs);
    },
    now: () => {
      pump();
      publish();
    },
    collected(key, files) {
      files
        .handles?.()
        .then((handles) => handles && journal?.putHandles(key, handles))
        .catch(() => {});
    },
    ended: (job) => {
      if (askSharing === undefined || !job.wantsNames()) return;
      const { bucket, finishedAt } = job;
      const files = job.files();
      findFoundIn({ bucket, files }, askSharing).then((found) => {
        job.named(found, finishedAt);
        publish();
      });
    },
  };
  const act = (id: number, action: (job: Job) => void) => {
    const job = findOwn(id);
    if (job === undefined) return;
    action(job);
    context.now();
  };
  const begin = (id: number, request: UploadRequest, key: string) => {
    const job = new Job(id, request, context, key);
    if (journal !== null) job.save(journal, clock());
    return job;
  };

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => snapshot,
    getServerSnapshot: () => EMPTY,
    prepare() {
      worker ??= startWorker();
    },
    add(request) {
      const job = begin(++made, request, newKey());
      jobs = [...jobs, job];
      context.now();
      return job.id;
    },
    files: (id) => find(id)?.files() ?? [],
    rows: (id, from, to) => find(id)?.rows(from, to) ?? [],
    foremost: (id) => find(id)?.foremost() ?? -1,
    folder: (id, path) => findOwn(id)?.folder(path) ?? { folders: [], moving: [] },
    pause: (id, files) => act(id, (job) => job.pause(files)),
    resume: (id, files) => act(id, (job) => job.resume(files)),
    cancel: (id, files) => act(id, (job) => job.cancel(files)),
    retry: (id, files) => act(id, (job) => job.retry(files)),
    send: (id) => act(id, (job) => job.send()),
    retryable: (id, files) => findOwn(id)?.retryable(files) ?? [],
    dismiss(id) {
      const job = find(id);
      if (job === undefined || !["finished", "cancelled", "interrupted"].includes(job.state)) return;
      jobs = jobs.filter((other) => other !== job);
      journal?.remove(job instanceof Job ? job.key : job.kept.key);
      context.now();
    },
    restore() {
      if (restoring) return;
      restoring = true;
      journal?.watch((found) => {
        jobs = [...jobs.filter((job) => job instanceof RestoredJob), new RestoredJob(++made, found), ...own()];
        context.now();
      });
    },
    async goOn(id, files) {
      const old = find(id);
      if (!(old instanceof RestoredJob)) return false;
      const { key, request, state, forecast, totals } = old.kept;
      let given = files;
      if (given === undefined) {
        const handles = (await journal?.handles(key).catch(() => null)) ?? null;
        if (handles === null) return false;
        given = readHandles(handles);
      }
      const landed = request.conflict === "keep-both" ? await journal?.landed(key) : undefined;
      if (find(id) !== old) return true;
      const sends = request.mode === "forecast" && state === "finished";
      const again: UploadRequest = {
        ...request,
        mode: sends ? "upload" : request.mode,
        files: without(given, request.prefix, landed ?? new Set()),
      };
      const job = begin(id, again, key);
      job.forecast = sends ? totals : forecast;
      jobs = [...jobs.filter((other) => other !== old), job];
      context.now();
      return true;
    },
    receipt(id) {
      const job = find(id);
      if (job === undefined) throw new RangeError(`no upload ${id}`);
      return job.receipt();
    },
    onLanded(listener) {
      landedListeners.add(listener);
      return () => landedListeners.delete(listener);
    },
  };
}

interface JobContext {
  post(order: Order): void;
  clock: () => number;
  /** All its files are known. */
  collected(key: string, files: Dropped): void;
  /** Figures changed. */
  soon(): void;
  /** A state changed. */
  now(): void;
  /** It finished. */
  ended(job: Job): void;
}

class Job {
  readonly id: number;
  readonly bucket: BucketId;
  state: JobState = "queued";
  /** Whether the worker has a line for it. */
  live = false;
  /** Of what is kept of it. */
  readonly key: string;
  forecast: JobTotals | null = null;
  readonly #context: JobContext;
  readonly #prefix: string;
  readonly #name: string | null;
  readonly #conflict: ConflictChoice;
  readonly #fleeting: boolean;
  readonly #exclude: readonly string[];
  readonly #filter: Filter;
  #mode: UploadMode;
  #reason: HoldReason | null = null;
  #message: string | null = null;
  #collecting = true;
  #filtered = 0;
  #files: File[] = [];
  #open: FoundFile["open"][] = [];
  /** Those that stand for a folder which could not be read: there is nothing to send. */
  readonly #absent = new Set<number>();
  /** Files that are being opened anew. */
  readonly #opening = new Set<number>();
  /** Paths before "keep-both" gave them others, and which of them came in since the last save. */
  #chosen: string[] = [];
  #landedChosen: string[] = [];
  #foundIn: readonly FoundIn[] | null = null;
  #savedAt = Number.NEGATIVE_INFINITY;
  #savedState = "";
  #views: UploadFileView[] = [];
  /** Files that the worker has, by id: only of these its reports count. */
  #given: boolean[] = [];
  #waiting: number[] = [];
  /** The worker asked for files while there were none. */
  #asked = false;
  readonly #tally = new Tally();
  #speed = new Speed();
  #startedAt: number | null = null;
  #finishedAt: number | null = null;
  #version = 0;
  #changed = false;
  #frozen: readonly UploadFileView[] | null = null;
  #landed: string[] = [];

  constructor(
    id: number,
    { bucket, prefix, files, name, mode, conflict, exclude, fleeting = false }: UploadRequest,
    context: JobContext,
    key: string,
  ) {
    this.id = id;
    this.key = key;
    this.bucket = bucket;
    this.#context = context;
    this.#prefix = prefix;
    this.#mode = mode ?? "upload";
    this.#conflict = conflict ?? "overwrite";
    this.#fleeting = fleeting;
    this.#exclude = exclude ?? FILTERS_DEFAULT;
    this.#filter = createFilter(this.#exclude);
    const dropped = isDropped(files) ? files : null;
    this.#name = name ?? dropped?.name ?? null;
    const leave = () => {
      this.#filtered += 1;
    };
    const found = dropped ? dropped.files(this.#filter, leave) : (files as AsyncIterable<FoundFile>);
    this.#collect(found).then(
      () => dropped !== null && this.state !== "cancelled" && context.collected(key, dropped),
      (error) => {
        this.#collecting = false;
        this.#hold("internal", error instanceof Error ? error.message : String(error));
      },
    );
  }

  show(now: number): JobSnapshot {
    if (this.#changed) {
      this.#changed = false;
      this.#frozen = null;
      this.#version += 1;
    }
    const totals = this.#copyTotals();
    const moving = this.state === "running";
    this.#speed.note(now, totals.read, totals.sent);
    const speed = moving ? this.#speed.current() : { read: 0, sent: 0 };
    return {
      id: this.id,
      bucket: this.bucket,
      prefix: this.#prefix,
      name: this.#name,
      mode: this.#mode,
      conflict: this.#conflict,
      state: this.state,
      reason: this.#reason,
      message: this.#message,
      collecting: this.#collecting,
      filtered: this.#filtered,
      totals,
      sums: { ...this.#tally.folders.all },
      failures: this.#tally.failures(this.#views),
      speed,
      timeLeft: moving && !this.#collecting ? this.#speed.timeLeft(totals, this.#mode) : null,
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
      filesVersion: this.#version,
      listed: this.#views.length,
      forecast: this.forecast,
      foundIn: this.#foundIn,
      kept: null,
    };
  }

  /** Writes down what has changed, not too often. */
  save(journal: UploadJournal, now: number): void {
    if (this.#fleeting) return;
    const over = this.state === "finished" || this.state === "cancelled";
    const state = `${this.state} ${this.#mode} ${this.#collecting} ${this.#finishedAt} ${this.#foundIn === null}`;
    if (state === this.#savedState && (over || now - this.#savedAt < SAVE_MS)) return;
    this.#savedState = state;
    this.#savedAt = now;
    journal.put(this.#kept(now, over));
    if (this.#landedChosen.length > 0) journal.putLanded(this.key, this.#landedChosen.splice(0));
  }

  #kept(now: number, over: boolean): KeptUpload {
    const request: KeptRequest = {
      bucket: this.bucket,
      prefix: this.#prefix,
      name: this.#name,
      mode: this.#mode,
      conflict: this.#conflict,
      exclude: this.#exclude,
    };
    return {
      key: this.key,
      savedAt: now,
      state: over ? (this.state as "finished" | "cancelled") : "unfinished",
      request,
      totals: this.#copyTotals(),
      filtered: this.#filtered,
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
      forecast: this.forecast,
      receipt: over ? this.receipt(KEPT_FILES) : null,
    };
  }

  /** Whether it is worth asking where its bytes were found. */
  wantsNames(): boolean {
    return this.#mode === "upload" && this.#tally.totals.known > 0;
  }

  named(found: readonly FoundIn[], finishedAt: number | null): void {
    // Somebody may have retried files meanwhile.
    if (this.state === "finished" && this.#finishedAt === finishedAt) this.#foundIn = found;
  }

  retryable(ids: readonly number[]): number[] {
    return ids.filter((id) => {
      const { state, reason } = this.#views[id] ?? {};
      if (state !== "failed" || reason === "bad-path" || this.#absent.has(id)) return false;
      return this.#open[id] !== undefined || reason === "refused" || reason === "internal" || reason === "unreadable";
    });
  }

  files(): readonly UploadFileView[] {
    this.#frozen ??= this.#views.slice();
    return this.#frozen;
  }

  rows(from: number, to: number): readonly UploadFileView[] {
    return this.#views.slice(from, to);
  }

  foremost(): number {
    return this.#tally.foremost(this.#views);
  }

  folder(path: string): JobFolder {
    const { folders, moving } = this.#tally.folders.in(path);
    return { folders, moving: Array.from(moving, (id) => this.#views[id]) };
  }

  /** ms since the epoch. */
  get finishedAt(): number | null {
    return this.#finishedAt;
  }

  takeLanded(): string[] {
    return this.#landed.splice(0);
  }

  run(): void {
    this.#setState("running");
    this.#startedAt ??= this.#context.clock();
    this.#speed = new Speed();
    if (this.live) {
      this.#context.post({ type: "resume", job: this.id });
      return;
    }
    this.live = true;
    this.#asked = false;
    const { id, bucket } = this;
    this.#context.post({ type: "start", job: id, bucket, mode: this.#mode, conflict: this.#conflict });
  }

  hear(report: Report): void {
    if (report.type === "progress") this.#progress(report.files, report.sent);
    else if (report.type === "more") this.#give(true);
    else if (report.type === "gate") this.#gateChanged(report.gate);
    else this.#lineEnded(report.fault);
  }

  breakDown(message: string): void {
    if (this.live) this.#lineEnded(message);
  }

  /** What runs it could not be loaded. */
  awaitNetwork(): void {
    if (!this.live) return;
    this.live = false;
    this.#asked = false;
    this.#takeBack();
    if (this.state !== "paused") this.#setState("retrying", "offline");
  }

  networkIsBack(): void {
    if (this.state === "retrying" && !this.live) this.#setState("queued");
  }

  pause(files?: readonly number[]): void {
    if (files !== undefined) this.#withdraw(files, "paused");
    else if (this.state === "running" || this.state === "retrying" || this.state === "queued") {
      this.#setState("paused");
      if (this.live) this.#context.post({ type: "pause", job: this.id });
    }
  }

  resume(files?: readonly number[]): void {
    this.#return(files ?? this.#idsIn("paused"), ["paused"]);
    if (files === undefined && this.state === "retrying") {
      if (this.live) this.#context.post({ type: "wake", job: this.id });
      else this.#setState("queued");
    }
    if (files === undefined && this.state === "paused") this.#setState("queued");
  }

  cancel(files?: readonly number[]): void {
    if (files !== undefined) {
      this.#withdraw(files, "cancelled");
      return;
    }
    if (this.state === "finished" || this.state === "cancelled") return;
    for (const view of this.#views) if (!hasEnded(view.state)) this.#change(view.id, { state: "cancelled" });
    this.#given.fill(false);
    this.#waiting = [];
    this.#setState("cancelled");
    this.#finishedAt = this.#context.clock();
    if (this.live) this.#context.post({ type: "cancel", job: this.id });
  }

  retry(files?: readonly number[]): void {
    this.#return(files ?? [...this.#idsIn("failed"), ...this.#idsIn("cancelled")], ["failed", "cancelled"]);
  }

  send(): void {
    if (this.#mode !== "forecast" || this.state !== "finished") return;
    this.forecast = this.#copyTotals();
    this.#mode = "upload";
    this.#finishedAt = null;
    this.#startedAt = null;
    this.#return(
      this.#views.map(({ id }) => id),
      ["done", "unchanged", "skipped", "failed", "cancelled"],
    );
  }

  /** With at most so many files, those that failed first. */
  receipt(most = Number.POSITIVE_INFINITY): UploadReceipt {
    const { size, packed, known } = this.#tally.totals;
    const views = this.#views.length <= most ? this.#views : this.#failedFirst(most);
    return {
      bucket: this.bucket,
      prefix: this.#prefix,
      mode: this.#mode,
      startedAt: isoOf(this.#startedAt),
      finishedAt: isoOf(this.#finishedAt),
      totals: this.#copyTotals(),
      saving: size === 0 ? 0 : 1 - packed / size,
      foundIn: this.#foundIn ?? (known === 0 ? [] : [{ bucket: null, path: null, bytes: known }]),
      omitted: this.#views.length - views.length,
      files: views.map(({ path, state, reason, size, known, repeated, fresh, packed, xetHash }) => {
        return { path, state, reason, size, known, repeated, fresh, packed, xetHash };
      }),
    };
  }

  #failedFirst(most: number): UploadFileView[] {
    const first = [...this.#tally.failedIds()].sort((a, b) => a - b).slice(0, most);
    const views = first.map((id) => this.#views[id]);
    for (let id = 0; views.length < most && id < this.#views.length; id++)
      if (this.#views[id].state !== "failed") views.push(this.#views[id]);
    return views;
  }

  #copyTotals(): JobTotals {
    const { totals } = this.#tally;
    return { ...totals, states: { ...totals.states } };
  }

  async #collect(found: AsyncIterable<FoundFile> | Iterable<FoundFile>): Promise<void> {
    const turns = new Turns();
    let turn = performance.now();
    let count = 0;
    for await (const each of found) {
      if (this.state === "cancelled") break;
      const { path } = each;
      if (this.#filter(path)) this.#filtered += 1;
      else this.#addFile(this.#prefix === "" ? path : `${this.#prefix}/${path}`, each);
      if (++count % TURN_FILES !== 0 && performance.now() - turn < TURN_MS) continue;
      this.#give(false);
      this.#context.soon();
      await letPagePass(turns);
      turn = performance.now();
    }
    turns.close();
    this.#collecting = false;
    this.#give(false);
    this.#context.now();
  }

  #addFile(path: string, { file, open, fault }: FoundFile): void {
    const id = this.#views.length;
    const view: UploadFileView = {
      ...NO_FIGURES,
      size: file.size,
      id,
      path,
      state: fault ? "failed" : "waiting",
      reason: fault?.reason ?? null,
      message: fault?.message ?? null,
      xetHash: null,
    };
    this.#views.push(view);
    this.#files.push(file);
    if (open) this.#open[id] = open;
    if (this.#conflict === "keep-both") this.#chosen.push(path);
    if (fault === undefined) this.#waiting.push(id);
    else if (!open) this.#absent.add(id);
    this.#tally.count(view, 1);
    this.#changed = true;
  }

  /** Files for the worker, if it wants some and there are some; or word that there are no more. */
  #give(asked: boolean): void {
    this.#asked ||= asked;
    if (!this.#asked || !this.live) return;
    const files: GivenFile[] = [];
    let taken = 0;
    while (taken < this.#waiting.length && files.length < GIVEN_FILES) {
      const id = this.#waiting[taken++];
      const { state, path } = this.#views[id];
      if (state !== "waiting" || this.#given[id]) continue;
      this.#given[id] = true;
      files.push({ id, path, file: this.#files[id] });
    }
    this.#waiting.splice(0, taken);
    const end = !this.#collecting && this.#opening.size === 0 && this.#waiting.length === 0;
    if (files.length === 0 && !end) return;
    this.#asked = false;
    this.#context.post({ type: "files", job: this.id, files, end });
  }

  #progress(files: readonly UploadFileView[], sent: number): void {
    this.#tally.totals.sent += sent;
    for (const view of files) {
      if (!this.#given[view.id]) continue;
      const held = this.#views[view.id].state;
      // Held back or given up here while the worker went on; its last word comes.
      if ((held === "paused" || held === "cancelled") && !hasEnded(view.state)) continue;
      this.#replace(view.id, view);
      if (view.state !== "done" || this.#mode !== "upload") continue;
      this.#landed.push(view.path);
      if (this.#conflict === "keep-both") this.#landedChosen.push(this.#chosen[view.id]);
    }
    this.#context.soon();
  }

  #gateChanged({ state, reason, message }: { state: string; reason: HoldReason | null; message: string | null }): void {
    if (!this.live || this.state === "cancelled") return;
    if (state === "paused" && reason !== null) this.#hold(reason, message);
    else if (state === "retrying" && this.state === "running") this.#setState("retrying", reason, message);
    else if (state === "running" && this.state === "retrying") this.#setState("running");
    else return;
    this.#context.now();
  }

  #lineEnded(fault: string | null): void {
    this.live = false;
    this.#asked = false;
    if (this.state === "cancelled") return;
    if (fault !== null) {
      this.#takeBack();
      this.#hold("internal", fault);
    } else if (this.#tally.totals.states.waiting > 0) {
      // Somebody retried or resumed a file while the line came to its end.
      this.#given.fill(false);
      this.#waiting = this.#idsIn("waiting").filter((id) => !this.#opening.has(id));
      if (this.state !== "paused") this.#setState("queued");
    } else if (this.#tally.totals.states.paused > 0) this.#setState("paused");
    else {
      this.#setState("finished");
      this.#finishedAt = this.#context.clock();
      this.#context.ended(this);
    }
    this.#context.now();
  }

  /** What the worker had and did not end waits again. */
  #takeBack(): void {
    for (const view of this.#views) {
      if (hasEnded(view.state) || view.state === "paused") continue;
      if (this.#given[view.id]) this.#change(view.id, { ...NO_FIGURES, size: view.size, state: "waiting" });
    }
    this.#given.fill(false);
    this.#waiting = this.#idsIn("waiting").filter((id) => !this.#opening.has(id));
  }

  #hold(reason: HoldReason, message: string | null): void {
    this.#setState("paused", reason, message);
    this.#context.now();
  }

  /** Takes files out of the line. */
  #withdraw(ids: readonly number[], state: "paused" | "cancelled"): void {
    const given: number[] = [];
    for (const id of ids) {
      const view = this.#views[id];
      if (view === undefined || hasEnded(view.state)) continue;
      if (this.#given[id]) given.push(id);
      this.#change(id, { state });
    }
    if (this.live && given.length > 0) this.#context.post({ type: "withdraw", job: this.id, files: given, state });
    this.#endIfNothingLeft();
  }

  #endIfNothingLeft(): void {
    if (this.live || this.#collecting || this.state === "finished" || this.state === "cancelled") return;
    if (this.#views.some(({ state }) => !hasEnded(state))) return;
    this.#setState("finished");
    this.#finishedAt = this.#context.clock();
  }

  /** Puts files that are in one of these states back into the line. */
  #return(ids: readonly number[], from: readonly FileState[]): void {
    const back = ids.filter((id) => from.includes(this.#views[id]?.state) && !this.#absent.has(id));
    if (back.length === 0) return;
    this.#foundIn = null;
    const stale: number[] = [];
    for (const id of back) {
      const isStale = this.#open[id] !== undefined && STALE.includes(this.#views[id].reason);
      const { size } = this.#files[id];
      this.#change(id, { ...NO_FIGURES, size, state: "waiting", reason: null, message: null });
      this.#given[id] = false;
      (isStale ? stale : this.#waiting).push(id);
    }
    if (stale.length > 0) this.#openAnew(stale);
    if (this.live) this.#context.post({ type: "restore", job: this.id, files: back });
    if (this.state === "finished" || this.state === "cancelled" || (this.state === "paused" && !this.live)) {
      this.#finishedAt = null;
      this.#setState("queued");
    }
    this.#give(false);
  }

  /** Takes these files as they are now, and into the line. */
  async #openAnew(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.#opening.add(id);
    for (const id of ids) {
      let change: Partial<UploadFileView>;
      try {
        this.#files[id] = await this.#open[id]!();
        change = { size: this.#files[id].size };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        change = { state: "failed", reason: "vanished", message };
      }
      this.#opening.delete(id);
      if (this.#views[id].state !== "waiting") continue;
      this.#change(id, change);
      if (change.state === undefined) this.#waiting.push(id);
    }
    this.#give(false);
    this.#context.soon();
  }

  #idsIn(state: FileState): number[] {
    return this.#views.filter((view) => view.state === state).map(({ id }) => id);
  }

  #setState(state: JobState, reason: HoldReason | null = null, message: string | null = null): void {
    this.state = state;
    this.#reason = reason;
    this.#message = message;
  }

  #change(id: number, change: Partial<UploadFileView>): void {
    this.#replace(id, { ...this.#views[id], ...change });
  }

  #replace(id: number, view: UploadFileView): void {
    this.#tally.count(this.#views[id], -1);
    this.#tally.count(view, 1);
    this.#views[id] = view;
    this.#changed = true;
  }
}

function isoOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** Unique among all tabs; `crypto.randomUUID` is for secure pages only. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isDropped(files: UploadRequest["files"]): files is Dropped {
  return "files" in files && typeof files.files === "function";
}
