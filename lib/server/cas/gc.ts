/**
 * Garbage collection: frees stored bytes that nothing has referred to for a while, beside everything else that goes on. `gc-run.ts` is one
 * run; here it is kept to one at a time, and done on a schedule.
 */
import { readGcState } from "../db/gc.ts";
import { type GcPreview, preview } from "./gc-preview.ts";
import { collect, type GcOptions, type GcResult } from "./gc-run.ts";
import type { CasParts } from "./parts.ts";

export interface Gc {
  /** What runs go by unless they are told otherwise. */
  readonly options: GcOptions;
  /** One run; waits for another that is under way. */
  run(options?: Partial<GcOptions>): Promise<GcResult>;
  /** What a run would free, and what waits. Exact, and as slow as it is: to be asked for by operators. */
  preview(options?: Partial<GcOptions>): Promise<GcPreview>;
  /** When a run last ended, and bytes freed ever. */
  state(): Promise<{ ranAt: number | null; freedBytes: number }>;
  /** Ends a run early. */
  close(): Promise<void>;
}

export interface GcSettings extends GcOptions {
  /** ms from one run's end to the next; null: only when asked. */
  every: number | null;
  /** Told after a run of which buckets less waits to be freed. */
  onFreed(bucketIds: number[]): void;
}

/** After a start others come first, ms. */
const FIRST_WAIT = 60_000;

export function createGc(parts: CasParts, { grace, share, every, onFreed }: GcSettings): Gc {
  const { db, clock, locks, log } = parts;
  const defaults = { grace, share };
  const closing = new AbortController();
  const { signal } = closing;
  let timer: NodeJS.Timeout | undefined;
  const running = new Set<Promise<unknown>>();

  function run(other: Partial<GcOptions> = {}): Promise<GcResult> {
    const work = locks("gc", async () => {
      const { buckets, ...result } = await collect(parts, { ...defaults, ...other }, signal);
      onFreed(buckets);
      return result;
    });
    running.add(work);
    work.catch(() => {}).finally(() => running.delete(work));
    return work;
  }

  async function runInTime(): Promise<void> {
    try {
      const result = await run();
      if (result.freedBytes > 0 || result.orphans > 0) log.info(result, "garbage collection");
    } catch (error) {
      log.error({ err: error }, "garbage collection failed; it is tried again next time");
    }
    schedule(every!);
  }

  function schedule(wait: number): void {
    if (signal.aborted) return;
    timer = setTimeout(() => void runInTime(), Math.min(wait, 2 ** 31 - 1)).unref();
  }

  async function begin(): Promise<void> {
    if (every === null) return;
    const { ranAt } = await readGcState(db.read);
    schedule(Math.max(Math.min(FIRST_WAIT, every), (ranAt ?? 0) + every - clock()));
  }

  void begin().catch((error) => log.error({ err: error }, "garbage collection is not scheduled"));
  return {
    options: defaults,
    run,
    preview: (other = {}) => preview(parts, { ...defaults, ...other }),
    async state() {
      const { ranAt, freedBytes } = await readGcState(db.read);
      return { ranAt, freedBytes };
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      await Promise.allSettled(running);
    },
  };
}
