/** A worker thread of the content store: runs the jobs of `jobs.ts`, several at a time, in turns. The far end of `workers.ts`. */
import { parentPort } from "node:worker_threads";
import { HubError, isHubError } from "#lib/core/errors.ts";
import { runDecode } from "./jobs/decode.ts";
import { runDedup } from "./jobs/dedup.ts";
import type { JobLine } from "./jobs/line.ts";
import { runShard } from "./jobs/shard.ts";
import { runWindows } from "./jobs/windows.ts";
import { runXorb } from "./jobs/xorb.ts";
import type { FromWorker, Job, ToWorker } from "./jobs.ts";
import { installNativeHash } from "./native-hash.ts";

const port = parentPort!;
installNativeHash();

/** Thrown into a job whose near end has gone. */
class Aborted extends Error {}

class Line implements JobLine {
  private readonly id: number;
  private readonly inbox: unknown[] = [];
  private waiting: { resolve(message: unknown): void; reject(error: Error): void } | null = null;
  private aborted = false;

  constructor(id: number) {
    this.id = id;
  }

  send(message: unknown, transfer: ArrayBuffer[] = []): void {
    port.postMessage({ id: this.id, message } satisfies FromWorker, transfer);
  }

  receive<T>(): Promise<T> {
    if (this.aborted) return Promise.reject(new Aborted());
    if (this.inbox.length > 0) return Promise.resolve(this.inbox.shift() as T);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve: resolve as (message: unknown) => void, reject };
    });
  }

  async breathe(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.aborted) throw new Aborted();
  }

  deliver(message: unknown): void {
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting === null) this.inbox.push(message);
    else waiting.resolve(message);
  }

  abort(): void {
    this.aborted = true;
    this.inbox.length = 0;
    this.waiting?.reject(new Aborted());
    this.waiting = null;
  }
}

const lines = new Map<number, Line>();

port.on("message", (order: ToWorker) => {
  if ("start" in order) {
    const line = new Line(order.id);
    lines.set(order.id, line);
    void run(order.id, line, order.start);
  } else if ("abort" in order) lines.get(order.id)?.abort();
  else lines.get(order.id)?.deliver(order.message);
});

async function run(id: number, line: Line, job: Job): Promise<void> {
  try {
    const { result, transfer = [] } = await start(line, job);
    port.postMessage({ id, result } satisfies FromWorker, transfer);
  } catch (error) {
    if (error instanceof Aborted) return;
    const known = isHubError(error) ? error : new HubError("Internal", `A worker failed: ${(error as Error).message}`);
    const { code, message } = known;
    port.postMessage({ id, error: { code, message, stack: (error as Error).stack } } satisfies FromWorker);
  } finally {
    lines.delete(id);
  }
}

function start(line: JobLine, job: Job): Promise<{ result: unknown; transfer?: ArrayBuffer[] }> {
  switch (job.kind) {
    case "xorb":
      return runXorb(line, job);
    case "shard":
      return runShard(line, job);
    case "decode":
      return runDecode(line, job);
    case "dedup":
      return runDedup(line, job);
    case "windows":
      return runWindows(line, job);
  }
}
