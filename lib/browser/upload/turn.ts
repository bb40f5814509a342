/**
 * Gives way to whatever waits: messages, answers of the network, timers. A stream whose bytes are there already is read on without a
 * turn of the event loop, so that nothing else would be heard while a file is hashed.
 */

/** Work goes on without giving way for so long, ms. */
const TURN_MS = 8;

export class Turns {
  #since = performance.now();
  #waiting: (() => void)[] = [];
  #ports: MessageChannel | null = null;

  /** Resolves at once while the turn is young (`most` ms), else in the next one. */
  async pass(most = TURN_MS): Promise<void> {
    if (performance.now() - this.#since >= most) await this.next();
  }

  /** Resolves in the next turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#open().port1.postMessage(null);
    });
    this.#since = performance.now();
  }

  /** Ports that are open keep Node alive. */
  close(): void {
    this.#ports?.port1.close();
    this.#ports = null;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** A message comes sooner than a timer, which browsers slow down. */
  #open(): MessageChannel {
    if (this.#ports === null) {
      this.#ports = new MessageChannel();
      this.#ports.port2.onmessage = () => this.#waiting.shift()?.();
    }
    return this.#ports;
  }
}

/** Lets the page draw and listen. Nothing is drawn while it is hidden, and timers are held back, up to a minute: messages are not. */
export async function letPagePass(turns: Turns): Promise<void> {
  if (typeof document !== "undefined" && document.visibilityState === "hidden") await turns.next();
  else await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Sorted pieces that merging begins with, and steps of a merge between two looks at the clock. */
const RUN = 512;

/** A sorted copy, made without holding the thread up however many there are. Equal ones keep their order. */
export async function sortInTurns<T>(items: readonly T[], compare: (a: T, b: T) => number): Promise<T[]> {
  const turns = new Turns();
  let runs: T[][] = [];
  for (let from = 0; from < items.length; from += RUN) {
    runs.push(items.slice(from, from + RUN).sort(compare));
    await turns.pass();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      const [a, b = []] = runs.slice(at, at + 2);
      const both: T[] = [];
      for (let i = 0, j = 0; i < a.length || j < b.length; ) {
        both.push(j === b.length || (i < a.length && compare(a[i], b[j]) <= 0) ? a[i++] : b[j++]);
        if (both.length % RUN === 0) await turns.pass();
      }
      merged.push(both);
    }
    runs = merged;
  }
  turns.close();
  return runs[0] ?? [];
}
