/**
 * Counts what an answer takes of the database and of the threads: by request, also what goes on in the background on its account, and
 * nothing that timers begin by themselves.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { RequestListener } from "node:http";
import { StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";

export interface Work {
  /** Statements read on this thread. */
  reads: number;
  /** Rows that they gave. */
  rows: number;
  /** Statements handed to the writer's thread, `begin` and `commit` included. */
  writes: number;
  /** Other messages to threads: jobs of the content store, questions about figures. */
  messages: number;
}

export interface WorkCounter {
  /** Around what answers requests. */
  listen(listener: RequestListener): RequestListener;
  /** Of the request of this id (`x-request-id`); grows while something goes on. */
  of(requestId: string): Work;
  stop(): void;
}

export function countWork(): WorkCounter {
  const works = new Map<string, Work>();
  const storage = new AsyncLocalStorage<Work>();
  const of = (id: string) => {
    const work = works.get(id) ?? { reads: 0, rows: 0, writes: 0, messages: 0 };
    works.set(id, work);
    return work;
  };
  const { all } = StatementSync.prototype;
  const { postMessage } = Worker.prototype;
  StatementSync.prototype.all = function (this: StatementSync, ...values: never[]) {
    const rows = Reflect.apply(all, this, values);
    const work = storage.getStore();
    if (work !== undefined) {
      work.reads += 1;
      work.rows += rows.length;
    }
    return rows;
  } as typeof all;
  Worker.prototype.postMessage = function (this: Worker, ...values: Parameters<typeof postMessage>) {
    const work = storage.getStore();
    const [message] = values;
    if (work !== undefined)
      work[typeof message === "object" && message !== null && "sql" in message ? "writes" : "messages"] += 1;
    Reflect.apply(postMessage, this, values);
  };
  return {
    listen: (listener) => (request, response) =>
      storage.run(of(String(request.headers["x-request-id"])), () => listener(request, response)),
    of,
    stop() {
      StatementSync.prototype.all = all;
      Worker.prototype.postMessage = postMessage;
    },
  };
}
