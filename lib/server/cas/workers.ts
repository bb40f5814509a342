/**
 * The worker threads that hash, unpack and check, so that the main thread only moves bytes. Streams share a thread and take
 * turns; none holds more than a few pieces. The near end of what `worker.ts` does.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { HubError } from "#lib/core/errors.ts";
import type { Ack, FromWorker, Job, ToWorker } from "./jobs.ts";

/** Bytes of a piece, and how many a stream may have under way. */
export const STREAM_PIECE_BYTES = 512 * 1024;
const PIECES_UNDER_WAY = 8;
/** Buffers kept for the next stream. */
const SPARE_BUFFERS = 16;

/** One job's two-way line to its worker. Always `close` it. */
export interface Lane {
  /** Throws when the job has failed. */
  send(message: unknown, transfer?: ArrayBuffer[]): void;
  /** The next message; `null` when the job is done. Throws the job's HubError. */
  receive(): Promise<unknown>;
  /** What the job gave; to be asked after `receive` gave null. */
  result(): unknown;
  /** Ends the job if it still runs; it leaves nothing behind. */
  close(): void;
}

export interface WorkerPool {
  open(job: Job, transfer?: ArrayBuffer[]): Lane;
  /**
   * A buffer of STREAM_PIECE_BYTES. Shared, not transferred: each transfer counts as fresh memory for the receiver's garbage
   * collector, which would then mark its whole heap every few dozen pieces.
   */
  takeBuffer(): SharedArrayBuffer;
  giveBuffer(buffer: SharedArrayBuffer): void;
  close(): Promise<void>;
}

class OpenLane implements Lane {
  private readonly thread: Thread;
  private readonly id: number;
  private readonly inbox: unknown[] = [];
  private waiting: { resolve(message: unknown): void; reject(error: Error): void } | null = null;
  private state: "running" | "done" | "failed" = "running";
  private outcome: unknown;

  constructor(thread: Thread, id: number) {
    this.thread = thread;
    this.id = id;
  }

  send(message: unknown, transfer: ArrayBuffer[] = []): void {
    if (this.state === "failed") throw this.outcome;
    if (this.state === "running") this.thread.post({ id: this.id, message }, transfer);
  }

  receive(): Promise<unknown> {
    if (this.inbox.length > 0) return Promise.resolve(this.inbox.shift());
    if (this.state === "failed") return Promise.reject(this.outcome);
    if (this.state === "done") return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  result(): unknown {
    if (this.state !== "done") throw new Error("The job is not done.");
    return this.outcome;
  }

  close(): void {
    if (this.state !== "running") return;
    this.thread.post({ id: this.id, abort: true }, []);
    this.fail(new HubError("Unavailable", "The job was ended."));
  }

  deliver(message: unknown): void {
    if (this.waiting === null) this.inbox.push(message);
    else this.wake().resolve(message);
  }

  finish(result: unknown): void {
    this.state = "done";
    this.outcome = result;
    this.thread.lanes.delete(this.id);
    if (this.waiting !== null) this.wake().resolve(null);
  }

  fail(error: Error): void {
    if (this.state !== "running") return;
    this.state = "failed";
    this.outcome = error;
    this.inbox.length = 0;
    this.thread.lanes.delete(this.id);
    if (this.waiting !== null) this.wake().reject(error);
  }

  private wake() {
    const waiting = this.waiting!;
    this.waiting = null;
    return waiting;
  }
}

class Thread {
  readonly lanes = new Map<number, OpenLane>();
  readonly worker = new Worker(new URL("./worker.ts", import.meta.url));
  broken = false;

  constructor() {
    this.worker.unref();
    this.worker.on("message", (answer: FromWorker) => {
      const lane = this.lanes.get(answer.id);
      if (lane === undefined) return;
      if ("message" in answer) lane.deliver(answer.message);
      else if ("result" in answer) lane.finish(answer.result);
      else {
        const { code, message, stack } = answer.error;
        lane.fail(new HubError(code, message, { cause: stack }));
      }
      this.rest();
    });
    const stop = (cause?: unknown) => {
      this.broken = true;
      for (const lane of [...this.lanes.values()]) {
        lane.fail(new HubError("Unavailable", "A worker thread of the content store stopped.", { cause }));
      }
    };
    this.worker.on("error", stop);
    this.worker.on("exit", () => stop());
  }

  post(message: ToWorker, transfer: ArrayBuffer[]): void {
    this.worker.postMessage(message, transfer);
  }

  /** A thread keeps the process alive only while it has a job. */
  rest(): void {
    if (this.lanes.size === 0) this.worker.unref();
  }
}

/** Starts `threads` workers; one that dies is replaced. */
export function createWorkers({
  threads = Math.max(2, availableParallelism()),
}: {
  threads?: number;
} = {}): WorkerPool {
  const pool = Array.from({ length: threads }, () => new Thread());
  const spare: SharedArrayBuffer[] = [];
  let lastId = 0;
  let closed = false;

  return {
    open(job, transfer = []) {
      if (closed) throw new HubError("Unavailable", "The content store is closing.");
      let least = 0;
      for (let i = 0; i < pool.length; i++) {
        if (pool[i].broken) pool[i] = new Thread();
        if (pool[i].lanes.size < pool[least].lanes.size) least = i;
      }
      const thread = pool[least];
      lastId += 1;
      const lane = new OpenLane(thread, lastId);
      if (thread.lanes.size === 0) thread.worker.ref();
      thread.lanes.set(lastId, lane);
      thread.post({ id: lastId, start: job }, transfer);
      return lane;
    },
    takeBuffer: () => spare.pop() ?? new SharedArrayBuffer(STREAM_PIECE_BYTES),
    giveBuffer(buffer) {
      if (spare.length < SPARE_BUFFERS && buffer.byteLength === STREAM_PIECE_BYTES) spare.push(buffer);
    },
    async close() {
      closed = true;
      await Promise.all(pool.map(({ worker }) => worker.terminate()));
    },
  };
}

/**
 * Sends a body down a lane as `Piece`s and an `End`, gathered into large buffers that come back with each `Ack`; waits when
 * too many are under way. Reads the job to its end and gives its result. Throws PayloadTooLarge past `limit` bytes.
 */
export async function pumpBody(
  workers: WorkerPool,
  lane: Lane,
  body: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<unknown> {
  let underWay = 0;
  let total = 0;
  let buffer: SharedArrayBuffer | null = null;
  let target: Uint8Array = new Uint8Array(0);
  let filled = 0;
  const takeAck = async () => {
    const ack = (await lane.receive()) as Ack;
    underWay -= 1;
    if (ack.buffer !== undefined) workers.giveBuffer(ack.buffer);
  };
  const flush = async () => {
    if (buffer === null) return;
    lane.send({ type: "piece", buffer, length: filled });
    buffer = null;
    filled = 0;
    underWay += 1;
    if (underWay === PIECES_UNDER_WAY) await takeAck();
  };
  for await (const piece of body) {
    total += piece.length;
    if (total > limit) throw new HubError("PayloadTooLarge", `The body may have ${limit} bytes.`);
    let at = 0;
    while (at < piece.length) {
      if (buffer === null) {
        buffer = workers.takeBuffer();
        target = new Uint8Array(buffer);
      }
      const count = Math.min(piece.length - at, target.length - filled);
      target.set(count === piece.length ? piece : piece.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled === target.length) await flush();
    }
  }
  await flush();
  lane.send({ type: "end" });
  while (underWay > 0) await takeAck();
  await lane.receive();
  return lane.result();
}
