/**
 * The chunks of one xorb, painted by leaf in growing order: each stretch knows its last painter. A new coat meets the stretches below it and
 * replaces them by one, so that painting n ranges meets O(n) stretches in all, however many files use a chunk.
 */
export const UNPAINTED = -1;

export class Paint {
  chunks = 0;
  /** Of a stretch, at the chunk that it starts with. */
  private ends = new Uint32Array(0);
  private painters = new Int32Array(0);
  /** Bit per chunk that starts a stretch. */
  private marks = new Int32Array(0);
  /** What the last `cover` met: `[metStart, metEnd)` painted by `metPainter`. */
  readonly met = { count: 0, starts: new Uint32Array(64), ends: new Uint32Array(64), painters: new Int32Array(64) };

  /** One bare stretch of so many chunks. */
  reset(chunks: number): void {
    if (this.ends.length < chunks + 1) {
      this.ends = new Uint32Array(chunks + 1);
      this.painters = new Int32Array(chunks + 1);
      this.marks = new Int32Array((chunks >> 5) + 1);
      this.met.starts = new Uint32Array(chunks + 1);
      this.met.ends = new Uint32Array(chunks + 1);
      this.met.painters = new Int32Array(chunks + 1);
    }
    this.marks.fill(0, 0, (chunks >> 5) + 1);
    this.marks[0] = 1;
    this.ends[0] = chunks;
    this.painters[0] = UNPAINTED;
    this.chunks = chunks;
  }

  /** Paints `[start, end)`, which must not be empty, and notes in `met` what was below. */
  cover(start: number, end: number, painter: number): void {
    const { ends, painters, marks, met } = this;
    if ((marks[start >> 5] & (1 << (start & 31))) === 0) this.cut(this.stretchAt(start), start);
    let count = 0;
    let at = start;
    while (at < end) {
      if (ends[at] > end) this.cut(at, end);
      met.starts[count] = at;
      met.ends[count] = ends[at];
      met.painters[count++] = painters[at];
      if (at !== start) marks[at >> 5] &= ~(1 << (at & 31));
      at = ends[at];
    }
    met.count = count;
    ends[start] = end;
    painters[start] = painter;
  }

  /** The chunk after the stretch that starts with chunk `start`. */
  endOf(start: number): number {
    return this.ends[start];
  }

  /** Who painted the stretch that starts with chunk `start`. */
  painterOf(start: number): number {
    return this.painters[start];
  }

  private cut(stretch: number, at: number): void {
    this.ends[at] = this.ends[stretch];
    this.painters[at] = this.painters[stretch];
    this.ends[stretch] = at;
    this.marks[at >> 5] |= 1 << (at & 31);
  }

  /** First chunk of the stretch that holds `chunk`. */
  private stretchAt(chunk: number): number {
    let word = chunk >> 5;
    let bits = this.marks[word] & (0xffffffff >>> (31 - (chunk & 31)));
    while (bits === 0) bits = this.marks[--word];
    return (word << 5) + 31 - Math.clz32(bits);
  }
}
