/** Chunk ranges by where they begin and where they end, for walking a xorb once from its first chunk to its last. */
export const NO_RANGE = -1;

/**
 * Lists without objects: `firstStart[chunk]` is a range that begins there, `nextStart[range]` the next one, and so on to NO_RANGE; ends likewise.
 * One instance serves many xorbs.
 */
export class RangeEdges {
  count = 0;
  firstStart = new Int32Array(0);
  firstEnd = new Int32Array(0);
  nextStart = new Int32Array(0);
  nextEnd = new Int32Array(0);
  /** What was added, by range. */
  values = new Int32Array(0);

  /** Forgets all ranges; there is room for `capacity` in a xorb of so many chunks. */
  reset(chunks: number, capacity: number): void {
    if (this.firstStart.length <= chunks) {
      this.firstStart = new Int32Array(chunks + 1);
      this.firstEnd = new Int32Array(chunks + 1);
    }
    if (this.values.length < capacity) {
      this.nextStart = new Int32Array(2 * capacity);
      this.nextEnd = new Int32Array(2 * capacity);
      this.values = new Int32Array(2 * capacity);
    }
    this.firstStart.fill(NO_RANGE, 0, chunks + 1);
    this.firstEnd.fill(NO_RANGE, 0, chunks + 1);
    this.count = 0;
  }

  add(start: number, end: number, value: number): void {
    if (start >= end) return;
    const range = this.count++;
    this.values[range] = value;
    this.nextStart[range] = this.firstStart[start];
    this.firstStart[start] = range;
    this.nextEnd[range] = this.firstEnd[end];
    this.firstEnd[end] = range;
  }
}
