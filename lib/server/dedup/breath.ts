/** Long loops of the worker take one between two pieces of work, so that a small question waits some ms for a large one, not for its end. */
const WORK_MS = 8;

export class Breath {
  private since = performance.now();
  private count = 0;

  /** Cheap enough to be asked at every step. */
  due(): boolean {
    this.count += 1;
    if ((this.count & 63) !== 0) return false;
    return performance.now() - this.since >= WORK_MS;
  }

  async take(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.since = performance.now();
  }
}
