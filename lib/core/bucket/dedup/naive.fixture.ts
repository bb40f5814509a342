/**
 * The dedup figures once more, the slow way, for the tests alone: every term is expanded into a set of "xorb:chunk", and sets are compared. It
 * knows paths instead of trees and shares nothing with what it checks.
 */
import fc from "fast-check";

export interface NaiveTerm {
  xorb: number;
  start: number;
  end: number;
}

export interface NaiveFile {
  path: string;
  terms: NaiveTerm[];
  uploadedAt: number;
}

export interface NaiveStore {
  /** By xorb: the bytes of each chunk. */
  xorbs: { unpacked: number; stored: number }[][];
  /** In byte order of path. */
  files: NaiveFile[];
  /** By label. */
  outside: { waits: boolean; terms: NaiveTerm[] }[];
}

export interface NaiveFigures {
  unique: number;
  stored: number;
  exclusive: number;
  freed: number;
}

export function chunksOf(...lists: NaiveTerm[][]): Set<string> {
  const chunks = new Set<string>();
  for (const { xorb, start, end } of lists.flat()) for (let at = start; at < end; at++) chunks.add(`${xorb}:${at}`);
  return chunks;
}

export function weigh(store: NaiveStore, chunks: Iterable<string>): { unpacked: number; stored: number } {
  let unpacked = 0;
  let stored = 0;
  for (const chunk of chunks) {
    const [xorb, index] = chunk.split(":").map(Number);
    unpacked += store.xorbs[xorb][index].unpacked;
    stored += store.xorbs[xorb][index].stored;
  }
  return { unpacked, stored };
}

/** Of all files that `chosen` takes, together. */
export function figuresOf(store: NaiveStore, chosen: (file: NaiveFile, leaf: number) => boolean): NaiveFigures {
  const inside = chunksOf(...store.files.filter((file, leaf) => chosen(file, leaf)).map(({ terms }) => terms));
  const others = chunksOf(
    ...store.files.filter((file, leaf) => !chosen(file, leaf)).map(({ terms }) => terms),
    ...store.outside.filter(({ waits }) => !waits).map(({ terms }) => terms),
  );
  const all = weigh(store, inside);
  const own = weigh(store, inside.difference(others));
  return { unique: all.unpacked, stored: all.stored, exclusive: own.unpacked, freed: own.stored };
}

/** Bytes that both of two sets hold. */
export function overlapOf(store: NaiveStore, a: Set<string>, b: Set<string>): number {
  return weigh(store, a.intersection(b)).unpacked;
}

export function below(folder: string): (file: NaiveFile) => boolean {
  return ({ path }) => folder === "" || path.startsWith(`${folder}/`);
}

/** Folders of the paths, parents first; "" is the root. */
export function foldersOf(files: readonly { path: string }[]): string[] {
  const folders = new Set([""]);
  for (const { path } of files) {
    const names = path.split("/");
    for (let depth = 1; depth < names.length; depth++) folders.add(names.slice(0, depth).join("/"));
  }
  return [...folders].toSorted((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1));
}

// "a-" and "a." sort before "a/", "a0" after it.
const name = fc.constantFrom("a", "a-", "a.", "a0", "b", "c");
const path = fc.oneof(
  { weight: 8, arbitrary: fc.array(name, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(name, { minLength: 10, maxLength: 30 }) },
);

const chunk = fc.record({ unpacked: fc.integer({ min: 1, max: 50 }), stored: fc.integer({ min: 8, max: 60 }) });

function termsOver(xorbs: { length: number }[], maxLength: number): fc.Arbitrary<NaiveTerm[]> {
  const term = fc.integer({ min: 0, max: xorbs.length - 1 }).chain((xorb) => {
    const bound = fc.integer({ min: 0, max: xorbs[xorb].length });
    return fc.tuple(bound, bound).map(([a, b]) => ({ xorb, start: Math.min(a, b), end: Math.max(a, b) }));
  });
  // A file often holds a whole xorb, or what another file holds.
  const whole = fc
    .integer({ min: 0, max: xorbs.length - 1 })
    .map((xorb) => ({ xorb, start: 0, end: xorbs[xorb].length }));
  return fc.array(fc.oneof(term, term, whole), { maxLength });
}

/** Random trees, terms that overlap and repeat within a file, copies, empty files, other buckets and deleted files. */
export const storeArbitrary: fc.Arbitrary<NaiveStore> = fc
  .array(fc.array(chunk, { minLength: 1, maxLength: 70, size: "max" }), { minLength: 1, maxLength: 3 })
  .chain((xorbs) =>
    fc.record({
      xorbs: fc.constant(xorbs),
      files: filesOver(xorbs),
      outside: fc.array(fc.record({ waits: fc.boolean(), terms: termsOver(xorbs, 4) }), { maxLength: 4 }),
    }),
  );

function filesOver(xorbs: { length: number }[]): fc.Arbitrary<NaiveFile[]> {
  const file = fc.record({
    names: path,
    terms: termsOver(xorbs, 6),
    uploadedAt: fc.integer({ min: 0, max: 5 }),
    copies: fc.nat(9),
  });
  return fc.array(file, { maxLength: 24, size: "max" }).map((drafts) => {
    const files = new Map<string, NaiveFile>();
    for (const [at, { names, terms, uploadedAt, copies }] of drafts.entries()) {
      const source = copies < 2 && at > 0 ? drafts[copies % at].terms : terms;
      files.set(names.join("/"), { path: names.join("/"), terms: source, uploadedAt });
    }
    // A path is a file or a folder.
    const folders = new Set(foldersOf([...files.values()]));
    return [...files.values()]
      .filter((one) => !folders.has(one.path))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  });
}
