/**
 * The Merkle tree over chunk hashes (reference/xet-protocol 1.3), built while the chunks pass by, and the summary of a part of
 * it that range edits are told (6.6). Used by the server's workers, where a file may have millions of chunks.
 */
import { HASH_BYTES, MERKLE_CHILDREN_MAX, MERKLE_MODULUS, NODE_KEY, ZERO_KEY } from "./constants.ts";
import { hashToHex, keyedHash } from "./hash.ts";

/** A chunk, or a group of nodes one level up. */
export interface MerkleNode {
  hash: Uint8Array;
  /** Unpacked bytes below. */
  length: number;
}

/** Groups have at least this many members (but for a last one). */
const CHILDREN_MIN = 2;

function isCut(hash: Uint8Array): boolean {
  return hash[HASH_BYTES - 8] % MERKLE_MODULUS === 0;
}

const encoder = new TextEncoder();

/** The node above `nodes[from..to)`: hash of one line `HEX : length\n` for each. */
function join(nodes: MerkleNode[], from = 0, to = nodes.length): MerkleNode {
  let text = "";
  let length = 0;
  for (let i = from; i < to; i++) {
    text += `${hashToHex(nodes[i].hash)} : ${nodes[i].length}\n`;
    length += nodes[i].length;
  }
  return { hash: keyedHash(NODE_KEY, encoder.encode(text)), length };
}

/** The root over any number of chunks, in memory that grows with the tree's height only. */
export class MerkleAccumulator {
  /** Per level, from the chunks up: the open group, and how many nodes the level has had. */
  private readonly levels: { open: MerkleNode[]; count: number }[] = [];

  /** Appends a chunk; `hash` is kept, so it must not change. */
  push(hash: Uint8Array, length: number): void {
    this.add(0, { hash, length });
  }

  private add(level: number, node: MerkleNode): void {
    if (level === this.levels.length) this.levels.push({ open: [], count: 0 });
    const row = this.levels[level];
    row.open.push(node);
    row.count += 1;
    const full = row.open.length === MERKLE_CHILDREN_MAX;
    if (full || (row.open.length > CHILDREN_MIN && isCut(node.hash))) this.close(level);
  }

  private close(level: number): void {
    const row = this.levels[level];
    const parent = join(row.open);
    row.open = [];
    this.add(level + 1, parent);
  }

  /** The root of all that was pushed: zeros for nothing, the chunk's own hash for one. Ends the accumulator. */
  root(): Uint8Array {
    for (let level = 0; level < this.levels.length; level++) {
      const row = this.levels[level];
      if (row.count === 1) return row.open[0]?.hash ?? new Uint8Array(HASH_BYTES);
      if (row.open.length > 0) this.close(level);
    }
    return new Uint8Array(HASH_BYTES);
  }

  /** The file hash: the keyed root; zeros for a file without chunks. Ends the accumulator. */
  fileHash(): Uint8Array {
    if (this.levels.length === 0) return new Uint8Array(HASH_BYTES);
    return keyedHash(ZERO_KEY, this.root());
  }
}

/** What is known of the tree over a run of chunks when its neighbours are not; the wire's own field names (6.6). */
export interface MerkleSubtree {
  nodes: { hash: string; size: number }[];
  /** Per level: nodes left and right of the part that was folded into the level above. */
  levels: [number, number][];
  at_start: boolean;
  at_end: boolean;
}

/** Distance between two cuts at which the second surely ends a group that begins after the first. */
function isSafeGap(gap: number): boolean {
  return gap > CHILDREN_MIN && gap < MERKLE_CHILDREN_MAX - 1;
}

/**
 * Where a group begins whatever stands outside `nodes`: behind the middle one of three successive cuts a safe gap apart. The
 * first such place from the left, or from the right; -1 when there is none.
 */
function findAnchor(nodes: MerkleNode[], from: number, side: "left" | "right"): number {
  const step = side === "left" ? 1 : -1;
  let outer = -1;
  let middle = -1;
  for (let i = side === "left" ? from : nodes.length - 1; i >= from && i < nodes.length; i += step) {
    if (!isCut(nodes[i].hash)) continue;
    if (outer !== -1 && isSafeGap(Math.abs(middle - outer)) && isSafeGap(Math.abs(i - middle))) return middle + 1;
    outer = middle;
    middle = i;
  }
  return -1;
}

/** Groups of `nodes[from..to)`, folded by the rule of 1.3. */
function fold(nodes: MerkleNode[], from: number, to: number): MerkleNode[] {
  const parents: MerkleNode[] = [];
  while (from < to) {
    const most = Math.min(to, from + MERKLE_CHILDREN_MAX);
    let end = from + CHILDREN_MIN;
    while (end < most && !isCut(nodes[end].hash)) end += 1;
    end = Math.min(end + 1, most);
    parents.push(join(nodes, from, end));
    from = end;
  }
  return parents;
}

/**
 * Folds a run of chunks as far as its unknown neighbours cannot change the outcome: at each level the certain middle goes
 * up, the rest stays left and right of it. `atStart`, `atEnd`: the run begins or ends the file. Null for an empty run.
 */
export function buildSubtree(chunks: MerkleNode[], atStart: boolean, atEnd: boolean): MerkleSubtree | null {
  if (chunks.length === 0) return null;
  const lefts: MerkleNode[][] = [];
  const rights: MerkleNode[][] = [];
  let nodes = chunks;
  // An end of the file is an end of every level above it as long as nothing was left behind on that side.
  let startKnown = atStart;
  let endKnown = atEnd;
  while (true) {
    let from = startKnown ? 0 : findAnchor(nodes, 0, "left");
    let to = from === -1 ? -1 : endKnown ? nodes.length : findAnchor(nodes, from, "right");
    if (nodes.length <= 1 || from === -1 || to <= from) from = to = nodes.length;
    const parents = fold(nodes, from, to);
    lefts.push(nodes.slice(0, from));
    rights.push(nodes.slice(to));
    startKnown &&= from === 0;
    endKnown &&= to === nodes.length;
    if (parents.length === 0) break;
    nodes = parents;
    if (nodes.length === 1) {
      lefts.push(nodes);
      rights.push([]);
      break;
    }
  }
  return {
    nodes: [...lefts.flat(), ...rights.toReversed().flat()].map(({ hash, length }) => ({
      hash: hashToHex(hash),
      size: length,
    })),
    levels: lefts.map((left, i) => [left.length, rights[i].length]),
    at_start: atStart,
    at_end: atEnd,
  };
}
