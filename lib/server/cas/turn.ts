/** Long loops on the main thread call this often; it lets other work in every few ms and costs nothing in between. */
export class Turn {
  private since = performance.now();

  async pass(): Promise<void> {
    if (performance.now() - this.since < 8) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.since = performance.now();
  }
}
