/** How many files hold each chunk of a xorb. */
import { Paint } from "./paint.ts";
import { UseOrder, type XorbUses } from "./uses.ts";

/** Run i, chunks `[starts[i], starts[i + 1])`, is held by one set of `holders[i]` files; the last run ends with the xorb. */
export interface ShareRuns {
  starts: Uint32Array;
  holders: Uint32Array;
}

/** One instance serves many xorbs. */
export class ShareRunner {
  private readonly order = new UseOrder();
  private readonly paint = new Paint();
  /** By chunk: holders that begin there less those that end, and what that does to a fingerprint of the set of holders. */
  private steps = new Int32Array(0);
  private fingerA = new Int32Array(0);
  private fingerB = new Int32Array(0);
  /** Bit per chunk where something begins or ends. */
  private touched = new Int32Array(0);

  /** The uses of the others, by leaf: any number of 0 or more that stands for one file. Outside labels are no files and are left out. */
  runsOf(uses: XorbUses, chunks: number): ShareRuns {
    this.grow(chunks);
    const { order, paint } = this;
    order.read(uses, chunks, 2 ** 31);
    paint.reset(chunks);
    const { met } = paint;
    for (let at = 0; at < order.insideCount; at++) {
      const use = order.inside[at];
      const leaf = uses.leaves[use];
      paint.cover(uses.starts[use], uses.ends[use], leaf);
      for (let below = 0; below < met.count; below++) {
        if (met.painters[below] === leaf) continue;
        this.step(met.starts[below], leaf, 1);
        this.step(met.ends[below], leaf, -1);
      }
    }
    return this.collect(chunks);
  }

  /** A fingerprint of 64 bits tells sets of one size apart, so that a file's adjoining ranges do not cut a run. */
  private step(chunk: number, leaf: number, by: number): void {
    this.steps[chunk] += by;
    this.fingerA[chunk] ^= mix(leaf, 0x9e3779b1);
    this.fingerB[chunk] ^= mix(leaf, 0x85ebca6b);
    this.touched[chunk >> 5] |= 1 << (chunk & 31);
  }

  private collect(chunks: number): ShareRuns {
    const starts = [0];
    const holders = [0];
    let count = 0;
    for (let word = 0; word <= chunks >> 5; word++) {
      for (let bits = this.touched[word]; bits !== 0; bits &= bits - 1) {
        const chunk = (word << 5) + 31 - Math.clz32(bits & -bits);
        const changed = this.steps[chunk] !== 0 || this.fingerA[chunk] !== 0 || this.fingerB[chunk] !== 0;
        count += this.steps[chunk];
        this.steps[chunk] = this.fingerA[chunk] = this.fingerB[chunk] = 0;
        if (!changed || chunk === chunks) continue;
        if (chunk === 0) holders[0] = count;
        else {
          starts.push(chunk);
          holders.push(count);
        }
      }
      this.touched[word] = 0;
    }
    return { starts: Uint32Array.from(starts), holders: Uint32Array.from(holders) };
  }

  private grow(chunks: number): void {
    if (this.steps.length > chunks) return;
    this.steps = new Int32Array(chunks + 1);
    this.fingerA = new Int32Array(chunks + 1);
    this.fingerB = new Int32Array(chunks + 1);
    this.touched = new Int32Array((chunks >> 5) + 1);
  }
}

/** Spreads a leaf's bits over a word. */
function mix(leaf: number, seed: number): number {
  let bits = Math.imul(leaf + 1, seed);
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return bits ^ (bits >>> 15);
}

/** The run that holds the chunk. */
export function runAt({ starts }: ShareRuns, chunk: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle] <= chunk) low = middle;
    else high = middle - 1;
  }
  return low;
}
