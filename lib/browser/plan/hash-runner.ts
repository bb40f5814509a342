/** What the hashing worker does with its orders. */
import { hashToHex } from "#lib/core/xet/hash.ts";
import { FileCutter } from "../upload/chunk.ts";
import type { Reading } from "../upload/source.ts";
import type { HashOrder, HashReport } from "./hasher.ts";

/** Progress of one file is told at most so often, ms. */
const REPORT_MS = 200;

/** Gives the function that takes orders; files are read one after another. */
export function createHashRunner(post: (report: HashReport) => void, reading?: Reading): (order: HashOrder) => void {
  const cutter = new FileCutter(reading);
  const stops = new Map<number, AbortController>();
  let last: Promise<void> = Promise.resolve();

  async function hash(id: number, file: File, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted();
      const pieces = cutter.cut(file, () => {}, signal);
      let told = performance.now();
      let bytes = 0;
      for (;;) {
        const step = await pieces.next();
        if (step.done) {
          post({ type: "read", id, bytes });
          post({ type: "hash", id, xetHash: hashToHex(step.value) });
          return;
        }
        bytes += step.value;
        if (performance.now() - told < REPORT_MS) continue;
        told = performance.now();
        post({ type: "read", id, bytes });
        bytes = 0;
      }
    } catch (error) {
      if (!signal.aborted)
        post({ type: "failed", id, message: error instanceof Error ? error.message : String(error) });
    } finally {
      stops.delete(id);
    }
  }

  return (order) => {
    if (order.type === "stop") {
      stops.get(order.id)?.abort();
      return;
    }
    const { id, file } = order;
    const stop = new AbortController();
    stops.set(id, stop);
    last = last.then(() => hash(id, file, stop.signal));
  };
}
