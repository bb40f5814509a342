/**
 * When the figures of a bucket are computed: at once when somebody waits for them, else a moment after it changed, when who changed it may
 * have finished. Never back to back, so that a bucket under upload costs at most half of the thread. Small buckets do not wait for large ones.
 */
import type { Logger } from "pino";
import type { Database } from "../db/db.ts";
import { findSetState, listOutdated, type SetState } from "../db/dedup.ts";

export interface Scheduler {
  /** The bucket changed. */
  touch(bucketId: number): void;
  /** Something is being computed for the bucket, or waits to be. */
  isPending(bucketId: number): boolean;
  /** Resolves when the bucket's next computation has ended, or after `ms`. */
  settled(bucketId: number, ms: number): Promise<void>;
  /** Computes what an earlier process left behind. */
  start(): Promise<void>;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface SchedulerOptions {
  db: Database;
  log: Pick<Logger, "error">;
  /** Throws when it could not. */
  compute(bucketId: number): Promise<void>;
}

/** Batches come in bursts. */
const SOON_MS = 15;
/** Who sends a file often sends the next: nobody looks yet, and the processors are theirs. */
const LATER_MS = 1000;
/** Files up to which a bucket takes well under a second. */
const SMALL = 20_000;
const RETRY_MS = 5000;

interface State {
  /** Runs until nothing has changed since the last computation began. */
  running: Promise<void> | null;
  again: boolean;
  endedAt: number;
  tookMs: number;
  /** Ends the wait of a bucket that nobody asks for. */
  hurry: (() => void) | null;
}

export function createScheduler({ db, log, compute }: SchedulerOptions): Scheduler {
  const states = new Map<number, State>();
  const rounds = new Map<number, Set<() => void>>();
  /** The tail of each lane: one bucket at a time. */
  const lanes = { small: Promise.resolve(), large: Promise.resolve() };
  const pauses = new Set<() => void>();
  let stopped = false;
  /** Those who wait for everything. */
  let idling = 0;

  /** Ends early when everything stops, and by what `given` gets. */
  function pause(ms: number, given?: (end: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms).unref();
      pauses.add(end);
      given?.(end);
    });
  }

  /** Until the bucket's turn comes. */
  async function waitFor(bucketId: number, state: State): Promise<void> {
    const least = Math.max(SOON_MS, state.endedAt + state.tookMs - performance.now());
    await pause(least);
    if (stopped || idling > 0 || rounds.has(bucketId)) return;
    await pause(Math.max(0, LATER_MS - least), (end) => {
      state.hurry = end;
    });
    state.hurry = null;
  }

  async function inLane(state: SetState, work: () => Promise<void>): Promise<void> {
    const lane = state.files <= SMALL ? "small" : "large";
    const before = lanes[lane];
    const turn = before.then(work);
    lanes[lane] = turn.catch(() => {});
    await turn;
  }

  async function run(bucketId: number, state: State): Promise<void> {
    while (state.again && !stopped) {
      await waitFor(bucketId, state);
      if (stopped) return;
      const found = await findSetState(db.read, bucketId);
      if (found === undefined) {
        state.again = false;
        return;
      }
      await inLane(found, async () => {
        if (stopped) return;
        state.again = false;
        const started = performance.now();
        let least = 0;
        try {
          await compute(bucketId);
        } catch (error) {
          if (stopped) return;
          log.error({ err: error, bucketId }, "computing dedup figures failed; it is tried again");
          state.again = true;
          // It waits as after a long computation: outside the lane, which others need.
          least = RETRY_MS;
        }
        state.endedAt = performance.now();
        state.tookMs = Math.max(least, state.endedAt - started);
      });
      if (!state.again) tell(bucketId);
    }
  }

  function tell(bucketId: number): void {
    for (const resolve of rounds.get(bucketId) ?? []) resolve();
    rounds.delete(bucketId);
  }

  function touch(bucketId: number): void {
    if (stopped) return;
    let state = states.get(bucketId);
    if (state === undefined) {
      state = { running: null, again: false, endedAt: Number.NEGATIVE_INFINITY, tookMs: 0, hurry: null };
      states.set(bucketId, state);
    }
    state.again = true;
    const known = state;
    state.running ??= run(bucketId, known).finally(() => {
      known.running = null;
      tell(bucketId);
      if (known.again && !stopped) touch(bucketId);
      // What is long ago needs no memory: the next change may be answered at once.
      else setTimeout(() => known.running === null && states.delete(bucketId), known.tookMs).unref();
    });
  }

  return {
    touch,
    isPending: (bucketId) => states.get(bucketId)?.running != null,
    async settled(bucketId, ms) {
      if (states.get(bucketId)?.running == null) return;
      await new Promise<void>((resolve) => {
        const waiters = rounds.get(bucketId) ?? new Set();
        rounds.set(bucketId, waiters);
        const end = () => {
          clearTimeout(timer);
          waiters.delete(end);
          if (waiters.size === 0) rounds.delete(bucketId);
          resolve();
        };
        const timer = setTimeout(end, ms);
        waiters.add(end);
        states.get(bucketId)?.hurry?.();
      });
    },
    async start() {
      for (const id of await listOutdated(db.read)) touch(id);
    },
    async idle() {
      idling += 1;
      for (const { hurry } of states.values()) hurry?.();
      try {
        for (;;) {
          const running = [...states.values()].flatMap((state) => (state.running === null ? [] : [state.running]));
          if (running.length === 0) return;
          await Promise.all(running);
        }
      } finally {
        idling -= 1;
      }
    },
    async stop() {
      stopped = true;
      for (const end of [...pauses]) end();
      await Promise.allSettled([...states.values()].map(({ running }) => running));
    },
  };
}
