/** Hashes of local files, made by a worker: the upload line's cutting and hashing, and nothing sent. */

export type HashOrder = { type: "hash"; id: number; file: File } | { type: "stop"; id: number };

export type HashReport =
  | { type: "read"; id: number; bytes: number }
  | { type: "hash"; id: number; xetHash: string }
  | { type: "failed"; id: number; message: string };

/** As much of a Worker as the hasher uses. */
export interface HashWorker {
  postMessage(order: HashOrder): void;
  onmessage: ((event: { data: HashReport }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
  terminate(): void;
}

interface Waiting {
  resolve: (xetHash: string) => void;
  reject: (error: Error) => void;
  onRead: (bytes: number) => void;
}

/** One file after another, in the order asked. */
export class Hasher {
  readonly #create: () => HashWorker;
  readonly #waiting = new Map<number, Waiting>();
  #worker: HashWorker | null = null;
  #made = 0;

  constructor(create: () => HashWorker = createWorker) {
    this.#create = create;
  }

  /** 64 hex digits. `onRead` is told of bytes as they are read. Throws when the file can not be read as it was chosen. */
  hash(file: File, onRead: (bytes: number) => void = () => {}, signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const id = ++this.#made;
    const worker = this.#start();
    const onAbort = () => {
      this.#waiting.delete(id);
      worker.postMessage({ type: "stop", id });
      reject(signal!.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#waiting.set(id, { resolve, reject, onRead });
    worker.postMessage({ type: "hash", id, file });
    return promise.finally(() => signal?.removeEventListener("abort", onAbort));
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#failAll("Stopped.");
  }

  #start(): HashWorker {
    if (this.#worker !== null) return this.#worker;
    const worker = this.#create();
    worker.onmessage = ({ data }) => this.#hear(data);
    worker.onerror = ({ message }) => {
      this.#worker = null;
      this.#failAll(message ?? "The hashing worker broke down.");
    };
    this.#worker = worker;
    return worker;
  }

  #hear(report: HashReport): void {
    const waiting = this.#waiting.get(report.id);
    if (waiting === undefined) return;
    if (report.type === "read") {
      waiting.onRead(report.bytes);
      return;
    }
    this.#waiting.delete(report.id);
    if (report.type === "hash") waiting.resolve(report.xetHash);
    else waiting.reject(new Error(report.message));
  }

  #failAll(message: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(message));
    this.#waiting.clear();
  }
}

function createWorker(): HashWorker {
  return new Worker(new URL("./hash-worker.ts", import.meta.url), {
    type: "module",
    name: "hash",
  }) as unknown as HashWorker;
}
