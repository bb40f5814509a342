/** Clears the rows of deleted buckets in the background, one small transaction after the other; goes on after a restart. */
import type { Logger } from "pino";
import { findDetached, purgeDetached } from "../db/buckets.ts";
import type { Database } from "../db/db.ts";

/** Rows taken away in one transaction: some 30 ms, so that others hardly wait. */
const PURGE_ROWS = 2000;
const RETRY_MS = 5000;

export interface Purge {
  /** Starts clearing if it is not running. */
  wake(): void;
  /** Resolves when nothing waits to be cleared, or after `stop`. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface PurgeOptions {
  db: Database;
  /** ms since the epoch. */
  clock: () => number;
  log: Pick<Logger, "error">;
}

export function createPurge({ db, clock, log }: PurgeOptions): Purge {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;

  async function run(): Promise<void> {
    for (let id = await findDetached(db.read); id !== undefined && !stopped; id = await findDetached(db.read)) {
      const bucketId = id;
      let more = true;
      while (more && !stopped) {
        const started = performance.now();
        more = await db.write((tx) => purgeDetached(tx, bucketId, PURGE_ROWS, clock()));
        // As long a rest as the work took: half of the writer stays free for others.
        await new Promise((resolve) => setTimeout(resolve, Math.min(1000, performance.now() - started)));
      }
    }
  }

  function wake(): void {
    if (stopped) return;
    again = running !== null;
    if (again) return;
    running = run()
      .catch((error) => {
        log.error({ err: error }, "clearing deleted buckets failed; it goes on later");
        retry = setTimeout(wake, RETRY_MS).unref();
      })
      .finally(() => {
        running = null;
        if (again) wake();
      });
  }

  return {
    wake,
    async idle() {
      while (running !== null) await running;
    },
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await running;
    },
  };
}
