import { hexToBytes, MerkleHashSubtree, hashToHex as npmHex, xorbHash as npmRoot } from "@huggingface/xetchunk-wasm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fileHash, hashToHex, xorbHash } from "./hash.ts";
import { buildSubtree, MerkleAccumulator, type MerkleNode } from "./merkle.ts";

/** Deterministic pseudo-random chunk hashes. */
function chunksOf(count: number, seed: number): MerkleNode[] {
  let state = seed | 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  return Array.from({ length: count }, () => ({
    hash: Uint8Array.from({ length: 32 }, next),
    length: 8192 + next() * 400,
  }));
}

const pack = (nodes: MerkleNode[]) => Uint8Array.from(nodes.flatMap(({ hash }) => [...hash]));

describe("MerkleAccumulator", () => {
  test("gives the root and the file hash of any number of chunks", () => {
    for (const count of [0, 1, 2, 3, 8, 9, 10, 11, 17, 82, 83, 500, 5000]) {
      const chunks = chunksOf(count, count + 7);
      const lengths = chunks.map(({ length }) => length);
      const fill = () => {
        const tree = new MerkleAccumulator();
        for (const { hash, length } of chunks) tree.push(hash, length);
        return tree;
      };
      expect(hashToHex(fill().root())).toBe(hashToHex(xorbHash(pack(chunks), lengths)));
      expect(hashToHex(fill().fileHash())).toBe(hashToHex(fileHash(pack(chunks), lengths)));
      if (count > 0) expect(hashToHex(fill().root())).toBe(npmHex(npmRoot(chunks)));
    }
  });
});

describe("buildSubtree", () => {
  test("a file in any parts merges, by the published client, to the file's root", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 900 }),
        fc.integer(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
        (count, seed, cuts) => {
          const chunks = chunksOf(count, seed);
          const ends = [...cuts.map((cut) => Math.floor(cut * count)).sort((a, b) => a - b), count];
          let from = 0;
          const parts = ends.flatMap((end) => {
            const part = buildSubtree(chunks.slice(from, end), from === 0, end === count);
            from = end;
            return part === null ? [] : [MerkleHashSubtree.fromJSON(part)];
          });
          expect(npmHex(MerkleHashSubtree.merge(parts).finalHash()!)).toBe(npmHex(npmRoot(chunks)));
        },
      ),
      { seed: 20261120, numRuns: 150 },
    );
  });

  test("is the published client's own form, byte for byte, and small", () => {
    for (const [atStart, atEnd] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const chunks = chunksOf(3000, 99);
      const part = buildSubtree(chunks, atStart, atEnd)!;
      expect(part).toEqual(MerkleHashSubtree.fromChunks(atStart, chunks, atEnd).toJSON());
      expect(part.nodes.length).toBeLessThan(400);
      expect(hexToBytes(part.nodes[0].hash)).toHaveLength(32);
    }
    expect(buildSubtree([], true, false)).toBeNull();
  });
});
