import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type ChunkBatch, Chunker, chunkBytes, joinBatches } from "./chunk.ts";
import { CHUNK_MASK, CHUNK_MAX, CHUNK_MIN, HASH_BYTES } from "./constants.ts";
import { hashChunk, hashToHex } from "./hash.ts";
import vectors from "./vectors/chunking.json" with { type: "json" };
import gear from "./vectors/gearhash-table.json" with { type: "json" };
import { bf16Weights, randomBytes, seededRandom, splitmix64, triggering } from "./vectors/generate.ts";

const boundaries = ({ lengths }: ChunkBatch) => {
  let end = 0;
  return Array.from(lengths, (length) => {
    end += length;
    return end;
  });
};
const hexes = ({ hashes, count }: ChunkBatch) =>
  Array.from({ length: count }, (_, index) => hashToHex(hashes, index * HASH_BYTES));

/** The rule as the reference writes it, byte by byte. */
function plainBoundaries(bytes: Uint8Array): number[] {
  const table = gear.table.map((word) => BigInt(`0x${word}`));
  const ends: number[] = [];
  let h = 0n;
  let size = 0;
  for (const [index, byte] of bytes.entries()) {
    h = BigInt.asUintN(64, (h << 1n) + table[byte]);
    size++;
    if (size < CHUNK_MIN) continue;
    if (size < CHUNK_MAX && (h & CHUNK_MASK) !== 0n) continue;
    ends.push(index + 1);
    h = 0n;
    size = 0;
  }
  if (size > 0) ends.push(bytes.length);
  return ends;
}

describe("the published vectors", () => {
  test("1 MB of SplitMix64: boundaries and hashes", () => {
    const { size, seed, sha256, boundaries: ends, chunk_hashes } = vectors.splitmix64_1MB_seed0;
    const data = splitmix64(size, seed);
    expect(createHash("sha256").update(data).digest("hex")).toBe(sha256);
    const batch = chunkBytes(data);
    expect(boundaries(batch)).toEqual(ends);
    expect(hexes(batch)).toEqual(chunk_hashes);
  });

  test("a constant", () => {
    const { size, value, boundaries: ends } = vectors.constant_1MB;
    expect(boundaries(chunkBytes(new Uint8Array(size).fill(value)))).toEqual(ends);
  });

  test("all triggering patterns: the smallest size is kept", () => {
    const { size, pattern, cases } = vectors.triggering_64KiB;
    expect(cases).toHaveLength(128);
    for (const { padding, byte_at_11111, boundaries: ends } of cases) {
      const data = triggering(size, pattern, padding);
      expect(data[11111]).toBe(byte_at_11111);
      expect(boundaries(chunkBytes(data)), `padding ${padding}`).toEqual(ends);
    }
  });
});

describe("the rule, byte by byte", () => {
  test("on random bytes, weights and repeating data", () => {
    const { pattern } = vectors.triggering_64KiB;
    const repeating = Array.from({ length: 24 }, (_, index) => triggering(40_000, pattern, 37 * index + 1));
    for (const data of [
      randomBytes(1_500_000, 4),
      bf16Weights(1_000_000, 5),
      new Uint8Array(Buffer.concat(repeating)),
    ]) {
      expect(boundaries(chunkBytes(data))).toEqual(plainBoundaries(data));
    }
  });

  test("around the limits", () => {
    for (const size of [0, 1, 8127, 8128, 8191, 8192, 8193, 131_071, 131_072, 131_073, 262_144]) {
      const data = new Uint8Array(size);
      expect(boundaries(chunkBytes(data)), `${size} bytes`).toEqual(plainBoundaries(data));
    }
  });
});

describe("streams", () => {
  const data = randomBytes(3_300_000, 6);
  const whole = chunkBytes(data);

  test("give the same chunks however they are cut into pieces", () => {
    const random = seededRandom(7);
    for (const most of [1, 100, 8192, 70_000, 500_000, 3_000_000]) {
      const chunker = new Chunker();
      const batches: ChunkBatch[] = [];
      const end = most === 1 ? 200_000 : data.length;
      for (let from = 0; from < end; ) {
        const to = Math.min(end, from + 1 + Math.floor(random() * most));
        batches.push(chunker.push(data.subarray(from, to)));
        from = to;
      }
      batches.push(chunker.finish());
      const expected = end === data.length ? whole : chunkBytes(data.subarray(0, end));
      expect(joinBatches(batches)).toEqual(expected);
    }
  });

  test("show each chunk to a visitor, whole", () => {
    const seen: string[] = [];
    const pieces: Uint8Array[] = [];
    const batch = chunkBytes(data, (bytes, hash) => {
      pieces.push(bytes.slice());
      seen.push(hashToHex(hash));
      expect(hashChunk(bytes)).toEqual(hash);
    });
    expect(seen).toEqual(hexes(batch));
    expect(pieces.map(({ length }) => length)).toEqual([...batch.lengths]);
    expect(Buffer.concat(pieces).equals(data)).toBe(true);
  });

  test("may take turns", () => {
    const chunkers = [new Chunker(), new Chunker(), new Chunker()];
    const batches: ChunkBatch[][] = [[], [], []];
    for (let from = 0; from < data.length; from += 50_000) {
      for (const [index, chunker] of chunkers.entries()) {
        batches[index].push(chunker.push(data.subarray(from, from + 50_000)));
      }
    }
    for (const [index, chunker] of chunkers.entries()) {
      batches[index].push(chunker.finish());
      expect(joinBatches(batches[index])).toEqual(whole);
    }
  });

  test("follow one another in one chunker", () => {
    const chunker = new Chunker();
    chunker.push(data.subarray(0, 777_777));
    chunker.finish();
    expect(joinBatches([chunker.push(data), chunker.finish()])).toEqual(whole);
    chunker.push(data.subarray(0, 12_345));
    chunker.reset();
    expect(joinBatches([chunker.push(data), chunker.finish()])).toEqual(whole);
    expect(chunker.finish().count).toBe(0);
  });
});
