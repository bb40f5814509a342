/** A store of the naive fixture in the form that the sums read: for the tests alone. */
import { foldersOf, type NaiveStore, type NaiveTerm } from "./naive.fixture.ts";
import type { OutsideLabels } from "./outside.ts";
import { ScopeTree } from "./scope-tree.ts";
import { outsideLeaf, type XorbUses } from "./uses.ts";
import type { ChunkWeights } from "./weights.ts";

export interface PackedStore {
  folders: string[];
  tree: ScopeTree;
  labels: OutsideLabels;
  xorbs: { uses: XorbUses; weights: ChunkWeights }[];
}

/** `shuffled`: uses in no order, instead of the order of the files. */
export function pack(store: NaiveStore, shuffled = false): PackedStore {
  const folders = foldersOf(store.files);
  const parent = (path: string) => folders.indexOf(path.split("/").slice(0, -1).join("/"));
  const parents = Int32Array.from(folders, (folder) => (folder === "" ? -1 : parent(folder)));
  const tree = new ScopeTree(
    parents,
    Int32Array.from(store.files, ({ path }) => parent(path)),
  );
  const waiting = store.outside.flatMap(({ waits }, label) => (waits ? [label] : []));
  const holders = [
    ...store.files.map(({ terms }, leaf) => ({ leaf, terms })),
    ...store.outside.map(({ terms }, label) => ({ leaf: outsideLeaf(label), terms })),
  ];
  const xorbs = store.xorbs.map((chunks, xorb) => ({ uses: usesOf(holders, xorb, shuffled), weights: weigh(chunks) }));
  return { folders, tree, labels: { count: store.outside.length, waiting }, xorbs };
}

export function usesOf(holders: { leaf: number; terms: NaiveTerm[] }[], xorb: number, shuffled = false): XorbUses {
  const uses = holders.flatMap(({ leaf, terms }) =>
    terms.filter((term) => term.xorb === xorb).map(({ start, end }) => ({ leaf, start, end })),
  );
  // Some order that is not theirs.
  if (shuffled)
    uses.sort(
      (a, b) => ((a.start * 31 + a.end * 17 + a.leaf * 7) % 11) - ((b.start * 31 + b.end * 17 + b.leaf * 7) % 11),
    );
  return {
    count: uses.length,
    // Longer than what counts, as views into larger arrays are.
    starts: Uint32Array.from([...uses.map(({ start }) => start), 9]),
    ends: Uint32Array.from([...uses.map(({ end }) => end), 12]),
    leaves: Int32Array.from([...uses.map(({ leaf }) => leaf), 3]),
  };
}

function weigh(chunks: { unpacked: number; stored: number }[]): ChunkWeights {
  const prefix = (sizes: number[]) => {
    const sums = new Uint32Array(sizes.length + 1);
    for (const [at, size] of sizes.entries()) sums[at + 1] = sums[at] + size;
    return sums;
  };
  return {
    count: chunks.length,
    unpacked: prefix(chunks.map(({ unpacked }) => unpacked)),
    stored: prefix(chunks.map(({ stored }) => stored)),
  };
}
