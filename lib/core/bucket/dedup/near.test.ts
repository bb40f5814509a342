import fc from "fast-check";
import { expect, test } from "vitest";
import { chunksOf, figuresOf, type NaiveStore, overlapOf, storeArbitrary } from "./naive.fixture.ts";
import { type NearLimits, type NearPair, NearPairs, nearestOf } from "./near.ts";
import { pack } from "./packed.fixture.ts";
import { PairSums } from "./pair-sums.ts";
import { PairTable } from "./pair-table.ts";

function contentOf(store: NaiveStore): Int32Array {
  const contents = store.files.map(({ terms }) => JSON.stringify(terms));
  return Int32Array.from(contents, (content) => contents.indexOf(content));
}

function uniqueOf(store: NaiveStore): Float64Array {
  return Float64Array.from(store.files, (_, leaf) => figuresOf(store, (_, other) => other === leaf).unique);
}

function naiveNear(store: NaiveStore): NearPair[] {
  const first = contentOf(store);
  const unique = uniqueOf(store);
  const pairs: NearPair[] = [];
  for (let a = 0; a < store.files.length; a++) {
    for (let b = a + 1; b < store.files.length; b++) {
      if (first[a] !== a || first[b] !== b) continue;
      const shared = overlapOf(store, chunksOf(store.files[a].terms), chunksOf(store.files[b].terms));
      if (shared > 0 && shared >= Math.min(unique[a], unique[b]) / 2) pairs.push({ a, b, shared });
    }
  }
  return pairs.toSorted((x, y) => y.shared - x.shared || x.a - y.a || x.b - y.b);
}

function fastNear(store: NaiveStore, limits: NearLimits) {
  const near = new NearPairs(contentOf(store), limits);
  const { xorbs } = pack(store);
  for (const { uses, weights } of xorbs) near.add(uses, weights);
  const { pairs, capped } = near.candidates(uniqueOf(store));
  const sums = new PairSums(pairs);
  for (const { uses, weights } of xorbs) sums.add(uses, weights);
  const measured = pairs.map((pair, at) => ({ ...pair, shared: sums.shared[at] }));
  return { near, pairs, measured, capped, nearest: nearestOf(measured, uniqueOf(store), 1000) };
}

test("within its limits it finds exactly the pairs of expanded sets", () => {
  fc.assert(
    fc.property(storeArbitrary, (store) => {
      const { near, pairs, measured, capped, nearest } = fastNear(store, { holdersMax: 30 });
      expect([near.exact, capped]).toEqual([true, false]);
      expect(measured).toEqual(pairs);
      expect(nearest).toEqual(naiveNear(store));
    }),
    { numRuns: 150 },
  );
});

test("beyond its limits it says so, and what it tells is right", () => {
  let incomplete = 0;
  fc.assert(
    fc.property(
      storeArbitrary,
      fc.record({ holdersMax: fc.integer({ min: 1, max: 5 }), pairsMax: fc.nat(20), stepsMax: fc.nat(2000) }),
      (store, limits) => {
        const { capped, nearest } = fastNear(store, limits);
        const naive = naiveNear(store);
        for (const pair of nearest) expect(naive).toContainEqual(pair);
        if (nearest.length < naive.length) {
          expect(capped).toBe(true);
          incomplete++;
        }
      },
    ),
    { numRuns: 150 },
  );
  expect(incomplete).toBeGreaterThan(0);
});

/** Files of 100 chunks of one byte: what several hold, then the rest of their own. */
function filesOf(held: { start: number; end: number }[][]): NaiveStore {
  const chunks = 100 * held.length;
  const sizes = (ranges: { start: number; end: number }[]) =>
    ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  return {
    xorbs: [Array.from({ length: 2 * chunks }, () => ({ unpacked: 1, stored: 1 }))],
    outside: [],
    files: held.map((ranges, at) => {
      const own = { start: chunks + 100 * at, end: chunks + 100 * at + 100 - sizes(ranges) };
      return { path: `f${at}`, uploadedAt: 0, terms: [...ranges, own].map((range) => ({ xorb: 0, ...range })) };
    }),
  };
}

test("wide stretches that matter little hide nothing", () => {
  const wide = { start: 0, end: 20 };
  // The outer two of three share narrow bytes without being neighbours, too few without the wide ones.
  const three = [wide, { start: 20, end: 55 }];
  const { near, capped, nearest } = fastNear(filesOf([three, three, three, [wide], [wide]]), { holdersMax: 3 });
  expect([near.exact, capped]).toEqual([false, false]);
  expect(nearest).toEqual([
    { a: 0, b: 1, shared: 55 },
    { a: 0, b: 2, shared: 55 },
    { a: 1, b: 2, shared: 55 },
  ]);
});

test("wide stretches that matter are called capped", () => {
  const wide = { start: 0, end: 26 };
  const { capped } = fastNear(filesOf([[wide], [wide], [wide], [wide]]), { holdersMax: 3 });
  expect(capped).toBe(true);
});

test("a full table forgets the smaller half", () => {
  const table = new PairTable(1000, 10);
  for (let at = 0; at < 10; at++) expect(table.add(at, at + 1, 100 + at)).toBe(true);
  expect(table.add(3, 4, 1000)).toBe(true);
  expect(table.add(500, 900, 5000)).toBe(false);
  const kept = [...table.entries()];
  expect(kept).toHaveLength(5);
  expect(kept).toContainEqual([3, 4, 1103]);
  expect(kept).toContainEqual([500, 900, 5000]);
});

test("the table sums like a map", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(60), fc.nat(60), fc.nat(9)), { size: "max", maxLength: 3000 }), (adds) => {
      const table = new PairTable(70_000_000, 1 << 20);
      const map = new Map<string, number>();
      for (const [a, b, amount] of adds) {
        // Far apart, so that keys need more than 32 bits.
        table.add(a * 1_000_000, b * 1_000_000, amount);
        map.set(`${a}-${b}`, (map.get(`${a}-${b}`) ?? 0) + amount);
      }
      const sums = [...table.entries()].map(([a, b, sum]) => [`${a / 1_000_000}-${b / 1_000_000}`, sum] as const);
      expect(new Map(sums)).toEqual(map);
    }),
    { numRuns: 20 },
  );
});
