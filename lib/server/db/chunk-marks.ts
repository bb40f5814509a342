/** A set of chunks of one xorb, a bit each. */
export class ChunkMarks {
  readonly bytes: Uint8Array;

  constructor(marks: number | Uint8Array) {
    this.bytes = typeof marks === "number" ? new Uint8Array((marks + 7) >>> 3) : marks;
  }

  /** From one byte a chunk. */
  static of(flags: Uint8Array): ChunkMarks {
    const marks = new ChunkMarks(flags.length);
    flags.forEach((flag, chunk) => {
      if (flag === 1) marks.add(chunk);
    });
    return marks;
  }

  has(chunk: number): boolean {
    return ((this.bytes[chunk >>> 3] >>> (chunk & 7)) & 1) === 1;
  }

  add(chunk: number): void {
    this.bytes[chunk >>> 3] |= 1 << (chunk & 7);
  }

  /** All of the first `count` chunks are marked. */
  isFull(count: number): boolean {
    for (let chunk = 0; chunk < count; chunk++) if (!this.has(chunk)) return false;
    return true;
  }

  includes(other: ChunkMarks): boolean {
    return other.bytes.every((byte, at) => (byte & ~this.bytes[at]) === 0);
  }
}
