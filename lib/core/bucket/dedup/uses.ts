/** Who uses which chunks of one xorb, and the orders in which the sums visit them. */

/**
 * Chunk ranges `[starts, ends)` by leaf, in any order; one leaf may use a range twice, and its ranges may overlap. A negative leaf is
 * something outside the bucket: `-1 - label`. The arrays may be views into larger ones; the first `count` elements are read.
 */
export interface XorbUses {
  count: number;
  starts: Uint32Array;
  ends: Uint32Array;
  leaves: Int32Array;
}

/** The leaf that stands for the outside label. */
export function outsideLeaf(label: number): number {
  return -1 - label;
}

const INSERTION_MAX = 24;

/** Indices into the uses of a xorb, those inside the bucket apart from those outside. One instance serves many xorbs. */
export class UseOrder {
  inside = new Uint32Array(1024);
  insideCount = 0;
  outside = new Uint32Array(1024);
  outsideCount = 0;
  private keys = new Float64Array(0);

  /** Splits the uses and sorts those inside by leaf. Throws RangeError for a range that leaves the xorb or a leaf that is not there. */
  read({ count, starts, ends, leaves }: XorbUses, chunks: number, leafCount: number): void {
    if (this.inside.length < count) {
      this.inside = new Uint32Array(2 * count);
      this.outside = new Uint32Array(2 * count);
    }
    let insideCount = 0;
    let outsideCount = 0;
    let sorted = true;
    let previous = 0;
    for (let use = 0; use < count; use++) {
      if (ends[use] > chunks) throw new RangeError(`chunks ${starts[use]} to ${ends[use]} of a xorb of ${chunks}`);
      if (starts[use] >= ends[use]) continue;
      const leaf = leaves[use];
      if (leaf < 0) {
        this.outside[outsideCount++] = use;
        continue;
      }
      if (leaf >= leafCount) throw new RangeError(`leaf ${leaf} of ${leafCount}`);
      if (leaf < previous) sorted = false;
      previous = leaf;
      this.inside[insideCount++] = use;
    }
    this.insideCount = insideCount;
    this.outsideCount = outsideCount;
    if (!sorted) this.sort(this.inside, insideCount, leaves);
  }

  /** Sorts the uses inside by `rank[leaf]`. */
  sortInside({ leaves }: XorbUses, rank: Int32Array): void {
    const { inside, insideCount } = this;
    let sorted = true;
    for (let at = 1; at < insideCount; at++) {
      if (rank[leaves[inside[at]]] >= rank[leaves[inside[at - 1]]]) continue;
      sorted = false;
      break;
    }
    if (!sorted) this.sort(inside, insideCount, leaves, rank);
  }

  private sort(order: Uint32Array, count: number, leaves: Int32Array, rank?: Int32Array): void {
    if (this.keys.length < count) this.keys = new Float64Array(2 * count);
    const { keys } = this;
    // A key is rank and index in one exact integer: 2^31 leaves leave room for 2^22 uses, 2^28 for 2^25.
    let span = 1;
    for (let at = 0; at < count; at++) if (order[at] >= span) span = order[at] + 1;
    for (let at = 0; at < count; at++) {
      const leaf = leaves[order[at]];
      keys[at] = (rank === undefined ? leaf : rank[leaf]) * span + order[at];
    }
    if (count <= INSERTION_MAX) insertionSort(keys, count);
    else keys.subarray(0, count).sort();
    for (let at = 0; at < count; at++) order[at] = keys[at] % span;
  }
}

function insertionSort(keys: Float64Array, count: number): void {
  for (let at = 1; at < count; at++) {
    const key = keys[at];
    let to = at;
    for (; to > 0 && keys[to - 1] > key; to--) keys[to] = keys[to - 1];
    keys[to] = key;
  }
}
