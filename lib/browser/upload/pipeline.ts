/**
 * The line: plan -> chunk -> dedup -> pack -> cas -> commit, for the files of one job. Every stage waits for the next, so that memory
 * depends neither on the size nor on the number of files. Runs in the browser's worker, and in Node as it is.
 */
import type { BucketId } from "#lib/core/bucket/id.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { CasClient, type HubAddress, XORBS_AT_ONCE, XorbSender } from "./cas.ts";
import { FileCutter } from "./chunk.ts";
import { BATCH_FILES, Committer, type ReadFile, SHARD_BYTES, shardBytes } from "./commit.ts";
import { Dedup, type Found } from "./dedup.ts";
import type { Gate } from "./gate.ts";
import {
  type ConflictChoice,
  type FileReason,
  type FileState,
  NO_FIGURES,
  type UploadFileView,
  type UploadMode,
} from "./job.ts";
import { type PackedXorb, Packer, XORB_BYTES } from "./pack.ts";
import { type PlannedFile, Planner } from "./plan.ts";
import { ReadFailure, type Reading, type SourceFile } from "./source.ts";
import { FileTerms, type Term } from "./terms.ts";
import { Turns } from "./turn.ts";
import { Window } from "./window.ts";
import { type Transport, Wire, type WireOptions } from "./wire.ts";
import type { XorbRef } from "./xorb.ts";

export interface LineOptions {
  hub: HubAddress;
  bucket: BucketId;
  mode: UploadMode;
  conflict: ConflictChoice;
  /** In pieces of up to some hundred; the next is asked for when the line has room. */
  files: AsyncIterable<readonly SourceFile[]>;
  transport: Transport;
  gate: Gate;
  signal: AbortSignal;
  /** Called very often, with an object that goes on changing. */
  report: (file: UploadFileView) => void;
  /** Bytes of xorbs that left. */
  sent?: (bytes: number) => void;
  reading?: Reading;
  xorbBytes?: number;
  xorbsAtOnce?: number;
  unlistedChunks?: number;
  pauses?: WireOptions["pauses"];
  stalls?: WireOptions["stalls"];
}

/** Small files whose reading begins before their turn. */
const FILES_AHEAD = 8;
/** Files that are read and not yet entered; beyond, reading waits. */
const PENDING_MAX = 4000;
/**
 * While more are coming, a commit that is not full waits until its first file has waited so long, ms: twice as long after each, so that
 * the first files are soon to be seen, and many share few commits.
 */
const COMMIT_FIRST_MS = 100;
const COMMIT_MOST_MS = 1600;
/** An answer comes in several turns of the event loop: while one is awaited they are short, ms. */
const ANSWER_TURN_MS = 1;
/** Nothing new to read for so long: what is open is sent. ms. */
const IDLE_MS = 1000;
/** sync compares times to the second. */
const SAME_TIME_MS = 1000;
/** How often a file is read again because the store lost what it leaned on. */
const AGAIN_MAX = 3;

interface LineFile extends ReadFile {
  planned: PlannedFile;
  view: UploadFileView;
  building: FileTerms;
  terms: Term[];
  chunks: number;
  /** Our xorbs that are not stored yet. */
  missing: Set<XorbRef>;
  /** Failed or withdrawn: what is left of it is dropped on the way. */
  dead: boolean;
  readyAt: number;
}

export class Line {
  readonly #options: LineOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #cas: CasClient;
  readonly #planner: Planner;
  readonly #committer: Committer;
  readonly #cutter: FileCutter;
  readonly #dedup: Dedup;
  readonly #packer: Packer;
  readonly #sender: XorbSender;
  readonly #window = new Window<LineFile>();
  readonly #turns = new Turns();
  readonly #withdrawn = new Map<number, "paused" | "cancelled">();
  #seq = 0;
  #current: LineFile | null = null;
  /** Closed xorbs that are not on their way yet. */
  #closed: PackedXorb[] = [];
  /** Read to the end, not entered. */
  #pending: LineFile[] = [];
  #again: { file: PlannedFile; times: number }[] = [];
  #times = new Map<number, number>();
  #ending = false;
  /** Nothing more is on its way to `#pending`: there is no better moment for a commit. */
  #settled = false;
  /** The outcome of a commit is being worked off: files may come back. */
  #committing = false;
  #patience = COMMIT_FIRST_MS;
  #news: (() => void)[] = [];
  #asksForRecent = true;
  /** By the conflict choice: what somebody else brought after it was looked at stays too. */
  readonly #leavesOthers: boolean;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    const { hub, bucket, conflict, gate, transport, pauses, stalls, mode, unlistedChunks } = options;
    this.#leavesOthers = conflict === "skip" || conflict === "keep-both";
    const wire = new Wire({ transport, gate, signal: this.#signal, pauses, stalls });
    const cas = new CasClient(wire, hub, bucket);
    this.#cas = cas;
    this.#planner = new Planner(wire, hub, bucket, conflict);
    this.#committer = new Committer(wire, hub, bucket, cas, unlistedChunks);
    this.#cutter = new FileCutter(options.reading);
    this.#dedup = new Dedup(
      (question) => cas.query(question),
      () => this.#tell(),
    );
    this.#packer = new Packer((xorb) => this.#closed.push(xorb), {
      limit: options.xorbBytes ?? XORB_BYTES,
      keep: mode === "upload",
    });
    this.#sender = new XorbSender(cas, {
      sent: options.sent ?? (() => {}),
      failed: (error) => this.#stop.abort(error),
      slots: options.xorbsAtOnce ?? XORBS_AT_ONCE,
    });
  }

  /** Holds back or gives up files; what is in the bucket stays. */
  withdraw(ids: readonly number[], state: "paused" | "cancelled"): void {
    for (const id of ids) {
      this.#withdrawn.set(id, state);
      const file = this.#current?.view.id === id ? this.#current : this.#pending.find(({ view }) => view.id === id);
      if (file) this.#drop(file, state);
    }
  }

  /** Takes files again that were withdrawn. */
  restore(ids: readonly number[]): void {
    for (const id of ids) this.#withdrawn.delete(id);
  }

  /** Resolves when every file came to its end. Throws when the job is cancelled, and for faults of the line itself. */
  async run(): Promise<void> {
    const committing = this.#commitAll().catch((error) => {
      this.#stop.abort(error);
      throw error;
    });
    committing.catch(() => {});
    try {
      await this.#readAll();
      this.#ending = true;
      this.#tell();
      await committing;
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    } finally {
      this.#turns.close();
    }
  }

  async #readAll(): Promise<void> {
    this.#cas.prepare();
    const batches = this.#plans(this.#options.files[Symbol.asyncIterator]());
    try {
      while (true) {
        const { done, value } = await this.#nextBatch(batches);
        this.#settled = false;
        if (done) break;
        await this.#takeBatch(value);
      }
      do {
        for (const { file } of this.#again.splice(0)) await this.#takeFile(file);
        await this.#flush();
        await this.#waitFor(() => this.#pending.length === 0 && !this.#committing);
      } while (this.#again.length > 0);
    } finally {
      // Not awaited: it would wait for a `next` that may never come.
      batches.return(undefined).catch(() => {});
    }
  }

  /** Files with what they meet in the bucket; the next are asked about while those before are read. */
  async *#plans(batches: AsyncIterator<readonly SourceFile[]>): AsyncGenerator<PlannedFile[], undefined, undefined> {
    const next = async (): Promise<PlannedFile[] | null> => {
      const { done, value } = await batches.next();
      return done ? null : this.#planner.plan(value);
    };
    try {
      for (let coming = next(); ; ) {
        const planned = await coming;
        if (planned === null) return;
        coming = next();
        coming.catch(() => {});
        yield planned;
      }
    } finally {
      batches.return?.()?.catch(() => {});
    }
  }

  /** The next files; when they are long in coming, what is open is sent meanwhile. */
  async #nextBatch(
    batches: AsyncGenerator<PlannedFile[], undefined, undefined>,
  ): Promise<IteratorResult<PlannedFile[], undefined>> {
    const next = batches.next();
    next.catch(() => {});
    let timer: ReturnType<typeof setTimeout> | undefined;
    const idle = await Promise.race([
      next.then(() => false),
      new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, IDLE_MS, true);
      }),
    ]);
    clearTimeout(timer);
    if (idle) await this.#flush();
    return next;
  }

  async #takeBatch(planned: readonly PlannedFile[]): Promise<void> {
    const held = planned.filter(({ leave, existing }) => leave === null && existing !== null && existing.size > 0);
    const recent = this.#asksForRecent;
    this.#asksForRecent = false;
    this.#dedup.hint(
      held.map(({ existing }) => existing!.xetHash),
      recent,
    );
    const wanted = ({ id, leave }: PlannedFile) => leave === null && !this.#withdrawn.has(id);
    for (const [at, file] of planned.entries()) {
      for (const near of planned.slice(at, at + FILES_AHEAD)) if (wanted(near)) this.#cutter.prepare(near.source);
      await this.#takeFile(file);
      this.#cutter.forget(file.source);
    }
  }

  async #takeFile(planned: PlannedFile): Promise<void> {
    const { id, path, source, mtime, leave } = planned;
    const view: UploadFileView = {
      ...NO_FIGURES,
      size: source.size,
      id,
      path,
      state: "reading",
      reason: null,
      message: null,
      xetHash: null,
    };
    const file: LineFile = {
      planned,
      view,
      path,
      mtime,
      xetHash: "",
      held: false,
      ifAbsent: this.#leavesOthers,
      building: new FileTerms(),
      terms: [],
      chunks: 0,
      missing: new Set(),
      dead: false,
      readyAt: 0,
    };
    const withdrawn = this.#withdrawn.get(id);
    if (withdrawn) this.#drop(file, withdrawn);
    else if (leave?.state === "failed") this.#fail(file, "bad-path", leave.message);
    else if (leave?.state === "skipped") this.#end(file, "skipped");
    if (file.dead) return;
    this.#current = file;
    this.#options.report(view);
    try {
      await this.#read(file);
    } catch (error) {
      if (!(error instanceof ReadFailure)) throw error;
      this.#fail(file, error.reason, error.message);
    } finally {
      this.#current = null;
    }
  }

  async #read(file: LineFile): Promise<void> {
    const { view } = file;
    const walk = this.#cutter.cut(file.planned.source, (bytes, hash) => this.#see(file, bytes, hash), this.#signal);
    while (true) {
      const step = await walk.next();
      if (step.done) {
        file.xetHash = hashToHex(step.value);
        break;
      }
      view.read += step.value;
      this.#options.report(view);
      await this.#flow();
      if (file.dead) {
        await walk.return(new Uint8Array(0));
        return;
      }
    }
    view.xetHash = file.xetHash;
    const held = { file, seq: this.#seq, end: true as const };
    if (this.#window.empty) this.#finish(file);
    else this.#window.push(held);
    await this.#flow();
  }

  /** Each chunk as it is cut: known, new, or to be decided when an answer is there. */
  #see(file: LineFile, bytes: Uint8Array, hash: Uint8Array): void {
    const seq = this.#seq++;
    const first = file.chunks++ === 0;
    const found = this.#dedup.find(hash);
    this.#dedup.consider(hash, first, found, seq);
    if (this.#window.empty && (found !== null || this.#dedup.oldest() === null)) {
      this.#place(file, bytes, hash, bytes.length, first, found);
      return;
    }
    const { length } = bytes;
    this.#window.push({ file, seq, first, hash, length, bytes: found === null ? bytes : null, found });
  }

  #place(
    file: LineFile,
    bytes: Uint8Array | null,
    hash: Uint8Array,
    length: number,
    first: boolean,
    found: Found | null,
  ): void {
    const { view, building, missing } = file;
    if (found !== null) {
      building.append(found, hash, length);
      if (found.own) view.repeated += length;
      else view.known += length;
      if (!found.xorb.stored) missing.add(found.xorb);
      return;
    }
    const place = this.#packer.add(bytes!, hash, first);
    this.#dedup.add(hash, place);
    building.append(place, hash, length);
    view.fresh += length;
    view.packed += place.stored;
    missing.add(place.xorb);
  }

  /** Decides what waited, as far as answers are in. */
  async #drain(): Promise<void> {
    const oldest = this.#dedup.oldest();
    while (true) {
      const held = this.#window.take(oldest);
      if (held === null) return;
      const { file } = held;
      if (file.dead) continue;
      if ("end" in held) {
        this.#finish(file);
        continue;
      }
      const stillFound = held.found !== null && !held.found.xorb.lost ? held.found : this.#dedup.find(held.hash);
      if (stillFound === null && held.bytes === null) {
        // It was found, and lost meanwhile.
        this.#readAgain(file);
        continue;
      }
      this.#place(file, held.bytes, held.hash, held.length, held.first, stillFound);
      if (this.#packer.crowded) await this.#packer.room();
    }
  }

  /** Between two pieces: lets everything behind catch up. */
  async #flow(): Promise<void> {
    await this.#options.gate.pass(this.#signal);
    await this.#turns.pass(this.#dedup.oldest() === null ? undefined : ANSWER_TURN_MS);
    await this.#drain();
    await this.#packer.room();
    while (this.#window.full) {
      await this.#pause(100);
      await this.#drain();
    }
    await this.#sendClosed();
    if (this.#pending.length <= PENDING_MAX) return;
    await this.#flush();
    await this.#waitFor(() => this.#pending.length <= PENDING_MAX / 2);
  }

  /** Sends all that is open. */
  async #flush(): Promise<void> {
    await this.#drain();
    while (!this.#window.empty) {
      await this.#pause(100);
      await this.#drain();
    }
    this.#packer.close();
    await this.#sendClosed();
    this.#settled = true;
    this.#tell();
  }

  async #sendClosed(): Promise<void> {
    for (let xorb = this.#closed.shift(); xorb !== undefined; xorb = this.#closed.shift()) {
      const { ref, entry } = xorb;
      this.#committer.note(ref, entry);
      await this.#sender.send(xorb, () => {
        for (const { missing } of this.#pending) missing.delete(ref);
        this.#committer.listStored().catch((error) => this.#stop.abort(error));
        this.#tell();
      });
    }
  }

  /** All chunks of the file have their place. */
  #finish(file: LineFile): void {
    const { planned, view, xetHash } = file;
    file.terms = file.building.finish();
    for (const ref of file.missing) if (ref.stored) file.missing.delete(ref);
    const { existing, mtime } = planned;
    if (existing?.xetHash === xetHash) {
      const sameTime = mtime === null || Math.abs(mtime - (existing.mtime ?? 0)) < SAME_TIME_MS;
      if (sameTime || this.#options.conflict === "changed") {
        this.#end(file, "unchanged");
        return;
      }
      file.held = true;
      file.missing.clear();
    }
    if (this.#options.mode === "forecast") {
      this.#end(file, "done");
      return;
    }
    file.readyAt = performance.now();
    view.state = "sending";
    this.#options.report(view);
    this.#pending.push(file);
    this.#tell();
  }

  /** Enters files as they get ready, until reading has ended and nothing is left. */
  async #commitAll(): Promise<void> {
    while (true) {
      const ready = this.#readyFiles();
      if (ready.length > 0) {
        this.#committing = true;
        await this.#commit(ready);
        this.#committing = false;
        this.#tell();
      } else {
        if (this.#ending && this.#pending.length === 0) return;
        await this.#pause(COMMIT_FIRST_MS);
      }
    }
  }

  /** Those for the next commit; none while it is better to wait for more. */
  #readyFiles(): LineFile[] {
    const ready: LineFile[] = [];
    let bytes = 0;
    let oldest = Number.POSITIVE_INFINITY;
    for (const file of this.#pending) {
      if (file.missing.size > 0) continue;
      bytes += shardBytes(file);
      if (ready.length > 0 && bytes > SHARD_BYTES) break;
      ready.push(file);
      oldest = Math.min(oldest, file.readyAt);
      if (ready.length === BATCH_FILES) break;
    }
    const full = ready.length === BATCH_FILES || bytes > SHARD_BYTES;
    const last = this.#settled && ready.length === this.#pending.length;
    return full || last || performance.now() - oldest > this.#patience ? ready : [];
  }

  async #commit(files: LineFile[]): Promise<void> {
    this.#patience = Math.min(COMMIT_MOST_MS, 2 * this.#patience);
    const { landed, refused, again, lost } = await this.#committer.commit(files);
    const taken = new Set(files);
    this.#pending = this.#pending.filter((file) => !taken.has(file));
    this.#dedup.forget(lost);
    for (const file of landed) this.#end(file, "done");
    if (this.#leavesOthers && refused.length > 0) await this.#lookAnew(refused);
    else for (const { file, message } of refused) this.#fail(file, "refused", message);
    for (const file of again) this.#readAgain(file);
  }

  /** Somebody may have been faster under the same paths: the conflict choice holds for that as well. */
  async #lookAnew(refused: readonly { file: LineFile; message: string }[]): Promise<void> {
    const planned = await this.#planner.plan(refused.map(({ file }) => file.planned.given));
    for (const [at, { file, message }] of refused.entries()) {
      const { path, leave } = planned[at];
      if (leave?.state === "skipped") this.#end(file, "skipped");
      else if (leave !== null || path === file.path) this.#fail(file, "refused", message);
      else {
        file.path = path;
        file.view.path = path;
        if (!file.dead) this.#pending.push(file);
      }
    }
  }

  #readAgain(file: LineFile): void {
    const { planned } = file;
    const times = (this.#times.get(planned.id) ?? 0) + 1;
    this.#times.set(planned.id, times);
    if (times > AGAIN_MAX) {
      this.#fail(file, "internal", "The store lost again and again what this file leans on.");
      return;
    }
    file.dead = true;
    this.#again.push({ file: planned, times });
  }

  #drop(file: LineFile, state: "paused" | "cancelled"): void {
    if (file.dead) return;
    this.#pending = this.#pending.filter((other) => other !== file);
    this.#end(file, state);
  }

  #fail(file: LineFile, reason: FileReason, message: string): void {
    file.view.reason = reason;
    file.view.message = message;
    this.#end(file, "failed");
  }

  #end(file: LineFile, state: FileState): void {
    if (file.dead) return;
    file.dead = true;
    file.view.state = state;
    this.#options.report(file.view);
    this.#tell();
  }

  #tell(): void {
    for (const go of this.#news.splice(0)) go();
  }

  /** Resolves at the next news, or after `ms`. Throws when the line is stopped. */
  async #pause(ms: number): Promise<void> {
    this.#signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const go = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#news.push(go);
    });
    this.#signal.throwIfAborted();
  }

  async #waitFor(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#pause(250);
  }
}
