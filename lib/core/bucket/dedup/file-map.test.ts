import fc from "fast-check";
import { expect, test } from "vitest";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { type FileTerms, mapFile, piecesOf } from "./file-map.ts";
import { RangeHolderSums, rangePieces, termsIn } from "./file-range.ts";
import { chunksOf, type NaiveStore, type NaiveTerm, storeArbitrary } from "./naive.fixture.ts";
import { usesOf } from "./packed.fixture.ts";
import { ShareRunner } from "./share-runs.ts";

function offsetsOf(store: NaiveStore): ChunkOffsets[] {
  return store.xorbs.map((chunks) => {
    const ends = new Uint32Array(2 * chunks.length);
    for (const [at, { unpacked, stored }] of chunks.entries()) {
      ends[2 * at] = (at === 0 ? 0 : ends[2 * at - 2]) + stored;
      ends[2 * at + 1] = (at === 0 ? 0 : ends[2 * at - 1]) + unpacked;
    }
    return new ChunkOffsets(ends);
  });
}

function packTerms(terms: NaiveTerm[]): FileTerms {
  return {
    count: terms.length,
    xorbs: terms.map(({ xorb }) => xorb),
    starts: terms.map(({ start }) => start),
    ends: terms.map(({ end }) => end),
  };
}

/** The file byte by byte: its chunk, and the place of the chunk in the file. */
function bytesOf(store: NaiveStore, terms: NaiveTerm[]): { chunk: string; place: number; xorb: number }[] {
  let place = 0;
  return terms.flatMap(({ xorb, start, end }) =>
    Array.from({ length: end - start }, (_, at) => start + at).flatMap((index) => {
      const byte = { chunk: `${xorb}:${index}`, place: place++, xorb };
      return Array.from({ length: store.xorbs[xorb][index].unpacked }, () => byte);
    }),
  );
}

function naiveClass(others: number) {
  return others > 3 ? "wide" : others > 0 ? "few" : "own";
}

/** One file of a store, mapped. */
function mapped(store: NaiveStore, self: number, shuffled: boolean) {
  const offsets = offsetsOf(store);
  const runner = new ShareRunner();
  const others = store.files.flatMap(({ terms }, leaf) => (leaf === self ? [] : [{ leaf, terms }]));
  const usesIn = (xorb: number) => usesOf(others, xorb, shuffled);
  const xorbs = offsets.map((one, xorb) => ({ offsets: one, runs: runner.runsOf(usesIn(xorb), one.count) }));
  const sets = store.files.map(({ terms }) => chunksOf(terms));
  const holdersOf = (chunk: string) => [...sets.keys()].filter((leaf) => leaf !== self && sets[leaf].has(chunk));
  return { offsets, xorbs, usesIn, holdersOf, terms: packTerms(store.files[self].terms) };
}

const someFile = fc
  .tuple(storeArbitrary, fc.nat(), fc.boolean())
  .filter(([store]) => store.files.length > 0)
  .map(([store, pick, shuffled]) => ({ store, self: pick % store.files.length, shuffled }));

test("cells hold what the file's bytes say one by one", () => {
  fc.assert(
    fc.property(someFile, fc.integer({ min: 1, max: 40 }), ({ store, self, shuffled }, cells) => {
      const { xorbs, holdersOf, terms } = mapped(store, self, shuffled);
      const map = mapFile(terms, xorbs, cells);
      const bytes = bytesOf(store, store.files[self].terms);
      const kinds = new Map(
        [...new Set(bytes.map(({ chunk }) => chunk))].map((chunk) => [chunk, naiveClass(holdersOf(chunk).length)]),
      );
      const naive = (part: typeof bytes) => ({
        own: part.filter(({ chunk }) => kinds.get(chunk) === "own").length,
        few: part.filter(({ chunk }) => kinds.get(chunk) === "few").length,
        wide: part.filter(({ chunk }) => kinds.get(chunk) === "wide").length,
        chunks: new Set(part.map(({ place }) => place)).size,
        xorbs: new Set(part.map(({ xorb }) => xorb)).size,
      });
      const { cells: drawn, ...total } = map;
      expect(total).toEqual({ ...naive(bytes), size: bytes.length, terms: terms.count });
      expect(drawn).toHaveLength(Math.min(cells, bytes.length));
      let at = 0;
      for (const { start, end, ...rest } of drawn) {
        expect(start).toBe(at);
        expect(Math.abs(end - start - bytes.length / drawn.length)).toBeLessThan(1);
        expect(rest).toEqual(naive(bytes.slice(start, end)));
        at = end;
      }
      expect(at).toBe(bytes.length);
    }),
    { numRuns: 150 },
  );
});

test("pieces of a range are whole chunks with one set of holders each, and as few as can be", () => {
  fc.assert(
    fc.property(someFile, fc.nat(), fc.nat(), ({ store, self, shuffled }, a, b) => {
      const { offsets, xorbs, holdersOf, terms } = mapped(store, self, shuffled);
      const bytes = bytesOf(store, store.files[self].terms);
      const [start, end] = [a % (bytes.length + 1), b % (bytes.length + 1)].toSorted((x, y) => x - y);
      const touched = termsIn(terms, (xorb) => offsets[xorb], { start, end });
      const { pieces, more } = rangePieces(terms, xorbs, touched, 1000);
      expect(more).toBe(false);
      const chunks = pieces.flatMap(({ xorb, chunkStart, chunkEnd }) =>
        Array.from({ length: chunkEnd - chunkStart }, (_, at) => `${xorb}:${chunkStart + at}`),
      );
      const places = [...new Map(bytes.slice(start, end).map(({ place, chunk }) => [place, chunk])).values()];
      expect(chunks).toEqual(places);
      let last = { xorb: -1, chunk: 0, holders: "" };
      for (const piece of pieces) {
        const held = chunksOf([{ xorb: piece.xorb, start: piece.chunkStart, end: piece.chunkEnd }]);
        const sets = [...held].map((chunk) => holdersOf(chunk).join());
        expect(new Set(sets).size).toBe(1);
        expect(piece.holders).toBe(sets[0] === "" ? 0 : sets[0].split(",").length);
        expect(piece.class).toBe(naiveClass(piece.holders));
        const own = store.xorbs[piece.xorb].slice(piece.chunkStart, piece.chunkEnd);
        expect(piece.stored).toBe(own.reduce((sum, { stored }) => sum + stored, 0));
        expect(bytes.slice(piece.start, piece.end).map(({ chunk }) => chunk)).toEqual(
          own.flatMap(({ unpacked }, at) =>
            Array.from({ length: unpacked }, () => `${piece.xorb}:${piece.chunkStart + at}`),
          ),
        );
        // Neighbours within a term differ; where terms meet they may be alike.
        if (last.xorb === piece.xorb && last.chunk === piece.chunkStart && last.holders === sets[0]) {
          expect(
            store.files[self].terms.some((term) => term.xorb === piece.xorb && term.start === piece.chunkStart),
          ).toBe(true);
        }
        last = { xorb: piece.xorb, chunk: piece.chunkEnd, holders: sets[0] };
      }
      const some = rangePieces(terms, xorbs, touched, 2);
      expect(some).toEqual({ pieces: pieces.slice(0, 2), more: pieces.length > 2 });
    }),
    { numRuns: 150 },
  );
});

test("holders of a range hold as many of its bytes as the bytes say one by one", () => {
  fc.assert(
    fc.property(someFile, fc.nat(), fc.nat(), ({ store, self, shuffled }, a, b) => {
      const { offsets, usesIn, holdersOf, terms } = mapped(store, self, shuffled);
      const bytes = bytesOf(store, store.files[self].terms);
      const [start, end] = [a % (bytes.length + 1), b % (bytes.length + 1)].toSorted((x, y) => x - y);
      const touched = termsIn(terms, (xorb) => offsets[xorb], { start, end });
      const sums = new RangeHolderSums(store.files.length);
      for (const xorb of new Set(touched.map(({ term }) => terms.xorbs[term]))) {
        const here = touched.filter(({ term }) => terms.xorbs[term] === xorb);
        sums.add(here, usesIn(xorb), offsets[xorb]);
      }
      const naive = store.files.map(() => 0);
      for (const { chunk } of bytes.slice(start, end)) for (const leaf of holdersOf(chunk)) naive[leaf]++;
      expect([...sums.bytes]).toEqual(naive);
    }),
    { numRuns: 150 },
  );
});

test("adjoining ranges of another file are one run", () => {
  const runs = new ShareRunner().runsOf(
    {
      count: 4,
      starts: Uint32Array.of(0, 5, 2, 8),
      ends: Uint32Array.of(5, 10, 8, 9),
      leaves: Int32Array.of(7, 7, 9, 9),
    },
    12,
  );
  expect(runs).toEqual({ starts: Uint32Array.of(0, 2, 9, 10), holders: Uint32Array.of(1, 2, 1, 0) });
});

test("an empty file has no cells", () => {
  expect(mapFile(packTerms([]), [], 320)).toEqual({
    size: 0,
    chunks: 0,
    xorbs: 0,
    terms: 0,
    cells: [],
    own: 0,
    few: 0,
    wide: 0,
  });
  expect([...piecesOf(packTerms([]), [])]).toEqual([]);
});

test("cells of 2 PB are exact", () => {
  // An odd size, so that products are not exact by luck.
  const chunks = 8191;
  const ends = new Uint32Array(2 * chunks);
  for (let at = 0; at < chunks; at++) ends.set([(at + 1) * 9, (at + 1) * 131_071], 2 * at);
  const xorb = { offsets: new ChunkOffsets(ends), runs: { starts: Uint32Array.of(0), holders: Uint32Array.of(2) } };
  const terms = 1_999_999;
  const map = mapFile(
    {
      count: terms,
      xorbs: new Uint8Array(terms),
      starts: new Uint8Array(terms),
      ends: new Uint16Array(terms).fill(chunks),
    },
    [xorb],
    320,
  );
  expect(map.size).toBe(terms * chunks * 131_071);
  expect(map.few).toBe(map.size);
  expect(map.cells.reduce((sum, { few }) => sum + few, 0)).toBe(map.size);
  expect(map.cells.map(({ end }) => end)).toEqual(
    map.cells.map((_, cell) => Number((BigInt(map.size) * BigInt(cell + 1)) / 320n)),
  );
});
