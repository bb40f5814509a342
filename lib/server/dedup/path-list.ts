/** Many paths in byte order, as one run of UTF-8: a million of them cost their bytes, and are looked up by halving. */
export class PathList {
  private bytes = Buffer.alloc(4096);
  private ends = new Uint32Array(256);
  private length = 0;
  count = 0;

  /** Each path must come after the one before. */
  push(path: string): void {
    const room = this.length + 3 * path.length;
    if (room > this.bytes.length) this.bytes = Buffer.concat([this.bytes], Math.max(room, 2 * this.bytes.length));
    if (this.count === this.ends.length) {
      const larger = new Uint32Array(2 * this.ends.length);
      larger.set(this.ends);
      this.ends = larger;
    }
    this.length += this.bytes.write(path, this.length);
    this.ends[this.count++] = this.length;
  }

  /** Gives back what was taken in advance. */
  trim(): void {
    this.bytes = Buffer.from(this.bytes.subarray(0, this.length));
    this.ends = this.ends.slice(0, this.count);
  }

  get cost(): number {
    return this.bytes.length + 4 * this.ends.length;
  }

  at(index: number): string {
    return this.bytes.toString("utf8", this.startOf(index), this.ends[index]);
  }

  /** -1: it is not there. */
  indexOf(path: string): number {
    const wanted = Buffer.from(path);
    const at = this.lowerBound(wanted);
    return at < this.count && this.compare(at, wanted) === 0 ? at : -1;
  }

  /** What lies below the folder: `[from, to)`. */
  below(folder: string): { from: number; to: number } {
    if (folder === "") return { from: 0, to: this.count };
    // "0" is the character after "/".
    return { from: this.lowerBound(Buffer.from(`${folder}/`)), to: this.lowerBound(Buffer.from(`${folder}0`)) };
  }

  private startOf(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1];
  }

  private compare(index: number, wanted: Buffer): number {
    return this.bytes.compare(wanted, 0, wanted.length, this.startOf(index), this.ends[index]);
  }

  private lowerBound(wanted: Buffer): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(middle, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
