/** How fast a job moves, over the last seconds, and what that says of the rest. */
import type { JobTotals, UploadMode } from "./job.ts";

interface Sample {
  at: number;
  read: number;
  sent: number;
}

/** What "the last seconds" are, ms. */
const SPAN_MS = 8000;
/** Before so much time has passed nothing is said, ms. */
const LEAST_MS = 1500;

export class Speed {
  #samples: Sample[] = [];

  note(at: number, read: number, sent: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && at - last.at < 200) return;
    // Figures of a file that is read again are taken back.
    if (last !== undefined && read < last.read) this.#samples = [];
    this.#samples.push({ at, read, sent });
    while (this.#samples.length > 2 && at - this.#samples[1].at >= SPAN_MS) this.#samples.shift();
  }

  /** Bytes a second. */
  current(): { read: number; sent: number } {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return { read: 0, sent: 0 };
    const seconds = (last.at - first.at) / 1000;
    return { read: (last.read - first.read) / seconds, sent: (last.sent - first.sent) / seconds };
  }

  /** Seconds; null while it cannot be told. What holds reading up (a slow line) shows in the speed of reading. */
  timeLeft({ size, read, ended, packed, sent }: JobTotals, mode: UploadMode): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < LEAST_MS) return null;
    const speed = this.current();
    const toRead = Math.max(0, size - Math.max(read, ended));
    const toSend = mode === "forecast" ? 0 : Math.max(0, packed - sent);
    if ((toRead > 0 && speed.read === 0) || (toSend > 0 && speed.sent === 0)) return null;
    return (toRead === 0 ? 0 : toRead / speed.read) + (toSend === 0 ? 0 : toSend / speed.sent);
  }
}
