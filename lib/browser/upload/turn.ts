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

  /** Resolves at once while the turn is young, else in the next one. */
  async pass(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
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
