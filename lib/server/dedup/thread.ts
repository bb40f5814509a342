/** The near end of `worker.ts`: questions go out by name, answers come back in any order. A thread that dies is replaced. */
import { Worker } from "node:worker_threads";
import { HubError, type HubErrorCode } from "#lib/core/errors.ts";
import type { Answer, Question, VerbName } from "./verbs.ts";

export interface ToThread {
  id: number;
  verb: VerbName;
  question: unknown;
}

export type FromThread = { id: number } & (
  | { answer: unknown }
  | { error: { code: HubErrorCode; message: string; headers: Record<string, string>; stack?: string } }
);

export interface DedupThread {
  ask<Name extends VerbName>(verb: Name, question: Question<Name>): Promise<Answer<Name>>;
  close(): Promise<void>;
}

interface Waiter {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** `file`: the database. `modelBytes`: what the thread may keep of buckets it has read. */
export function createDedupThread({ file, modelBytes }: { file: string; modelBytes: number }): DedupThread {
  const waiting = new Map<number, Waiter>();
  let worker: Worker | null = null;
  let lastId = 0;
  let closed = false;

  function start(): Worker {
    const made = new Worker(new URL("./worker.ts", import.meta.url), { workerData: { file, modelBytes } });
    made.unref();
    made.on("message", (message: FromThread) => {
      const waiter = waiting.get(message.id);
      waiting.delete(message.id);
      if (waiting.size === 0) made.unref();
      if ("answer" in message) waiter?.resolve(message.answer);
      else {
        const { code, message: words, headers, stack } = message.error;
        waiter?.reject(new HubError(code, words, { headers, cause: stack }));
      }
    });
    const stop = (cause?: unknown) => {
      if (worker !== made) return;
      worker = null;
      for (const { reject } of waiting.values()) {
        reject(new HubError("Unavailable", "The thread that computes the figures stopped.", { cause }));
      }
      waiting.clear();
    };
    made.on("error", stop);
    made.on("exit", () => stop());
    return made;
  }

  return {
    ask(verb, question) {
      if (closed) return Promise.reject(new HubError("Unavailable", "The server is closing."));
      worker ??= start();
      const id = ++lastId;
      if (waiting.size === 0) worker.ref();
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
        worker!.postMessage({ id, verb, question } satisfies ToThread);
      });
    },
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}
