/** The near end of the writer's worker thread: a Kysely driver whose statements travel as messages. */
import { Worker } from "node:worker_threads";
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";
import { HubError } from "#lib/core/errors.ts";
import type { WriterReply, WriterRequest } from "./writer-worker.ts";

/** SQLite result codes (primary, low byte) that say "not now" rather than "wrong". */
const BUSY = 5;
const IO_ERROR = 10;
const FULL = 13;

function toError({ message, code, errcode }: NonNullable<WriterReply["error"]>): Error {
  const primary = (errcode ?? 0) & 0xff;
  const cause = Object.assign(new Error(message), { code, errcode });
  if (primary === BUSY) return new HubError("Unavailable", "The database is busy; try again.", { cause });
  if (primary === FULL) return new HubError("Unavailable", "The disk that holds the database is full.", { cause });
  if (primary === IO_ERROR) return new HubError("Unavailable", "The disk that holds the database failed.", { cause });
  return cause;
}

/** A view into a larger buffer would be sent whole: structured clone copies the buffer below it. */
function compact(value: unknown): unknown {
  return value instanceof Uint8Array && value.byteLength < value.buffer.byteLength ? new Uint8Array(value) : value;
}

export class WriterDriver implements Driver {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(reply: WriterReply): void; reject(error: Error): void }>();
  readonly #connection: DatabaseConnection;
  #ready: Promise<unknown>;
  #lastId = 0;
  #broken: Error | null = null;
  /** The tail of the queue of transactions. */
  #turn: Promise<void> = Promise.resolve();
  #release: (() => void) | null = null;

  constructor(file: string) {
    this.#worker = new Worker(new URL("./writer-worker.ts", import.meta.url), { workerData: { file } });
    this.#worker.on("message", (reply: WriterReply) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("The database writer has ended.")));
    this.#connection = { executeQuery: (query) => this.#execute(query), streamQuery: noStream };
    this.#ready = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }));
    this.#ready.catch(() => {});
  }

  async init(): Promise<void> {
    await this.#ready;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#turn;
    let release = () => {};
    this.#turn = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    this.#release = release;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#release?.();
  }

  async beginTransaction(): Promise<void> {
    await this.#send("begin immediate", []);
  }

  async commitTransaction(): Promise<void> {
    await this.#send("commit", []);
  }

  async rollbackTransaction(): Promise<void> {
    // After some faults (disk full) SQLite has rolled back by itself; then there is nothing left to undo.
    await this.#send("rollback", []).catch((error: Error) => {
      if (!/no transaction is active/.test(error.message)) throw error;
    });
  }

  async destroy(): Promise<void> {
    if (this.#broken !== null) return;
    await this.#turn;
    await this.#send(null, []);
    this.#broken = new Error("The database is closed.");
  }

  #send(sql: string | null, parameters: readonly unknown[]): Promise<WriterReply> {
    if (this.#broken !== null) {
      return Promise.reject(new HubError("Unavailable", "The database does not answer.", { cause: this.#broken }));
    }
    const id = ++this.#lastId;
    // The thread keeps the process alive only while someone waits for it.
    if (this.#waiting.size === 0) this.#worker.ref();
    const request: WriterRequest = { id, sql, parameters: parameters.map(compact) };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  async #execute<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows = [], changes = 0, insertId = 0 } = await this.#send(query.sql, query.parameters);
    return { rows: rows as R[], numAffectedRows: BigInt(changes), insertId: BigInt(insertId) };
  }

  #settle(reply: WriterReply): void {
    const waiter = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (reply.error !== undefined) waiter?.reject(toError(reply.error));
    else waiter?.resolve(reply);
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    for (const { reject } of this.#waiting.values()) {
      reject(new HubError("Unavailable", `The database does not answer: ${error.message}`, { cause: error }));
    }
    this.#waiting.clear();
  }
}

// biome-ignore lint/correctness/useYield: it refuses.
export async function* noStream(): AsyncIterableIterator<never> {
  throw new Error("Streams of rows are not offered; ask for pages.");
}
