/** The worker's side of the queue: runs a line for each job that it is told to start. `worker.ts` is the shell around it. */
import type { HubAddress } from "./cas.ts";
import { Gate } from "./gate.ts";
import type { UploadFileView } from "./job.ts";
import type { GivenFile, Order, Report } from "./messages.ts";
import { Line, type LineOptions } from "./pipeline.ts";
import type { SourceFile } from "./source.ts";
import type { Transport } from "./wire.ts";

/** How often changes are told, ms. */
const REPORT_MS = 400;

export interface RunnerOptions {
  hub: HubAddress;
  transport: Transport;
  post: (report: Report) => void;
  /** For tests and benchmarks. */
  line?: Partial<Pick<LineOptions, "reading" | "xorbBytes" | "xorbsAtOnce" | "pauses">>;
}

/** Gives the function that takes orders. */
export function createRunner(options: RunnerOptions): (order: Order) => void {
  // Nobody reads them, and those of the first 250 requests would be kept, strewn over pages of memory that could otherwise be given back.
  performance.setResourceTimingBufferSize(0);
  const runs = new Map<number, Run>();
  return (order) => {
    if (order.type === "start") {
      const run = new Run(order, options);
      runs.set(order.job, run);
      run.done.then(() => {
        if (runs.get(order.job) === run) runs.delete(order.job);
      });
    } else runs.get(order.job)?.take(order);
  };
}

class Run {
  readonly done: Promise<void>;
  readonly #job: number;
  readonly #post: (report: Report) => void;
  readonly #gate: Gate;
  readonly #line: Line;
  readonly #stop = new AbortController();
  #changed = new Map<number, UploadFileView>();
  #sent = 0;
  #given: ((piece: { files: GivenFile[]; end: boolean }) => void) | null = null;

  constructor(order: Order & { type: "start" }, { hub, transport, post, line }: RunnerOptions) {
    const { job, bucket, mode, conflict } = order;
    this.#job = job;
    this.#post = post;
    this.#gate = new Gate((gate) => post({ type: "gate", job, gate }));
    this.#line = new Line({
      ...line,
      hub,
      bucket,
      mode,
      conflict,
      transport,
      gate: this.#gate,
      signal: this.#stop.signal,
      files: this.#files(),
      report: (view) => this.#changed.set(view.id, view),
      sent: (bytes) => {
        this.#sent += bytes;
      },
    });
    this.done = this.#run();
  }

  take(order: Exclude<Order, { type: "start" }>): void {
    if (order.type === "files") this.#given?.(order);
    else if (order.type === "withdraw") this.#line.withdraw(order.files, order.state);
    else if (order.type === "restore") this.#line.restore(order.files);
    else if (order.type === "pause") this.#gate.pause();
    else if (order.type === "resume") this.#gate.resume();
    else if (order.type === "wake") this.#gate.wake();
    else this.#stop.abort(new DOMException("Cancelled", "AbortError"));
  }

  async #run(): Promise<void> {
    const timer = setInterval(() => this.#report(), REPORT_MS);
    let fault: string | null = null;
    try {
      await this.#line.run();
    } catch (error) {
      if (!this.#stop.signal.aborted)
        fault = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
    clearInterval(timer);
    this.#report();
    this.#post({ type: "ended", job: this.#job, fault });
  }

  async *#files(): AsyncGenerator<SourceFile[]> {
    while (true) {
      const { promise, resolve } = Promise.withResolvers<{ files: GivenFile[]; end: boolean }>();
      this.#given = resolve;
      this.#post({ type: "more", job: this.#job });
      const { files, end } = await promise;
      if (files.length > 0) {
        yield files.map(({ id, path, file }) => ({ id, path, source: file, mtime: file.lastModified }));
      }
      if (end) return;
    }
  }

  #report(): void {
    if (this.#changed.size === 0 && this.#sent === 0) return;
    // Copies: the line goes on changing them, and posting copies later only where there is a thread between.
    const files = Array.from(this.#changed.values(), (view) => ({ ...view }));
    this.#post({ type: "progress", job: this.#job, files, sent: this.#sent });
    this.#changed = new Map();
    this.#sent = 0;
  }
}
