/**
 * The worker thread that owns the only write connection. Statements arrive one by one (`writer.ts` keeps transactions
 * apart); neither an fsync nor a batch of 100,000 lines is ever on the event loop of the server.
 */
import { parentPort, workerData } from "node:worker_threads";
import { openConnection } from "./statements.ts";

export interface WriterRequest {
  id: number;
  /** null: close the connection and end. */
  sql: string | null;
  parameters: readonly unknown[];
}

export interface WriterReply {
  id: number;
  rows?: unknown[];
  changes?: number;
  insertId?: number;
  error?: { message: string; code?: string; errcode?: number };
}

/** A checkpoint moves at least this many frames (pages) from the log into the file: 32 MiB. */
const CHECKPOINT_FRAMES = 8192;
/**
 * With a second process writing (the admin command, a long import) the log may never be all moved, and then never starts anew. Past
 * this many frames, 256 MiB, the others are held off for a moment so that it does.
 */
const RESTART_FRAMES = 65_536;
/** Waiting for the others, ms; and the rest before the next try, because a long reader (scrub) keeps the log as it is. */
const RESTART_WAIT = 250;
const RESTART_EVERY = 5000;

/** How long a transaction waits for another process's, ms. */
const BUSY_WAIT = 20_000;

const port = parentPort!;
const connection = openConnection({ file: workerData.file, readOnly: false, cacheKib: 64 * 1024, busyMs: BUSY_WAIT });

/** After this much silence, ms, the rest of the log is moved too: readers are fastest when they need not look into it. */
const IDLE = 500;

let nextRestart = 0;
let idle: NodeJS.Timeout | undefined;

function checkpointWhenIdle(): void {
  clearTimeout(idle);
  idle = setTimeout(() => {
    if (connection.db.isTransaction) return;
    try {
      connection.run("pragma wal_checkpoint(passive)", []);
    } catch {
      // As below.
    }
  }, IDLE);
}

function checkpoint(): void {
  try {
    const [state] = connection.run("pragma wal_checkpoint(noop)", []).rows as { log: number; checkpointed: number }[];
    if (state === undefined || state.log - state.checkpointed < CHECKPOINT_FRAMES) return;
    if (state.log >= RESTART_FRAMES && Date.now() >= nextRestart) {
      connection.db.exec(`pragma busy_timeout = ${RESTART_WAIT}`);
      const [done] = connection.run("pragma wal_checkpoint(restart)", []).rows as { busy: number }[];
      if (done?.busy) nextRestart = Date.now() + RESTART_EVERY;
    } else {
      connection.run("pragma wal_checkpoint(passive)", []);
    }
  } catch {
    // Busy with another process, or the disk is full: the log stays whole and a later commit tries again.
  } finally {
    connection.db.exec(`pragma busy_timeout = ${BUSY_WAIT}`);
  }
}

port.on("message", ({ id, sql, parameters }: WriterRequest) => {
  const reply: WriterReply = { id };
  try {
    if (sql === null) {
      clearTimeout(idle);
      connection.close();
    } else Object.assign(reply, connection.run(sql, parameters));
  } catch (cause) {
    const { message, code, errcode } = cause as Error & { code?: string; errcode?: number };
    reply.error = { message, code, errcode };
  }
  port.postMessage(reply);
  if (sql === "commit") {
    checkpoint();
    checkpointWhenIdle();
  }
  if (sql === null) port.close();
});

port.postMessage({ id: 0 } satisfies WriterReply);
