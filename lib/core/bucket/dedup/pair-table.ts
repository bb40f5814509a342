/** Sums by pair of leaves in flat arrays: an open hash table that grows, and that forgets the smaller half when it is full. */
const EMPTY = -1;

export class PairTable {
  private readonly leaves: number;
  private readonly pairsMax: number;
  private keys = new Float64Array(1024).fill(EMPTY);
  private sums = new Float64Array(1024);
  private size = 0;

  constructor(leaves: number, pairsMax: number) {
    this.leaves = leaves;
    this.pairsMax = pairsMax;
  }

  /** Answers false if pairs had to be forgotten. */
  add(a: number, b: number, amount: number): boolean {
    const key = a * this.leaves + b;
    const slot = this.slotOf(key);
    this.sums[slot] += amount;
    if (this.keys[slot] !== EMPTY) return true;
    this.keys[slot] = key;
    this.size++;
    if (this.size > this.pairsMax) {
      this.rebuild(this.keys.length, this.median());
      return false;
    }
    if (this.size * 2 > this.keys.length) this.rebuild(this.keys.length * 2, 0);
    return true;
  }

  *entries(): Generator<[a: number, b: number, sum: number]> {
    for (let slot = 0; slot < this.keys.length; slot++) {
      const key = this.keys[slot];
      if (key !== EMPTY) yield [Math.floor(key / this.leaves), key % this.leaves, this.sums[slot]];
    }
  }

  private slotOf(key: number): number {
    const { keys } = this;
    const mask = keys.length - 1;
    const low = (key % 0x100000000) | 0;
    const high = (key / 0x100000000) | 0;
    let hash = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & mask;
    while (keys[slot] !== key && keys[slot] !== EMPTY) slot = (slot + 1) & mask;
    return slot;
  }

  private median(): number {
    const sums = new Float64Array(this.size);
    let count = 0;
    for (let slot = 0; slot < this.keys.length; slot++) if (this.keys[slot] !== EMPTY) sums[count++] = this.sums[slot];
    return sums.sort()[count >> 1];
  }

  /** Keeps sums over `above`: at the most half of them after a median. */
  private rebuild(slots: number, above: number): void {
    const { keys, sums } = this;
    this.keys = new Float64Array(slots).fill(EMPTY);
    this.sums = new Float64Array(slots);
    this.size = 0;
    for (let old = 0; old < keys.length; old++) {
      if (keys[old] === EMPTY || (above > 0 && sums[old] <= above)) continue;
      const slot = this.slotOf(keys[old]);
      this.keys[slot] = keys[old];
      this.sums[slot] = sums[old];
      this.size++;
    }
  }
}
