import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isHubError } from "#lib/core/errors.ts";
import { compressChunk, decompressChunk } from "./compress.ts";
import { ChunkOffsets, encodeXorb, type PackedChunk, XorbWalker } from "./xorb.ts";

const pack = (data: Uint8Array): PackedChunk => ({ ...compressChunk(data), length: data.length });

/** Walks `bytes` cut at the given places; the chunks unpacked. */
function walk(bytes: Uint8Array, cuts: number[] = []): { chunks: Uint8Array[]; walker: XorbWalker } {
  const walker = new XorbWalker();
  const chunks: Uint8Array[] = [];
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let at = 0;
  for (const end of ends) {
    for (const { scheme, data, length } of walker.push(bytes.slice(at, end))) {
      chunks.push(Uint8Array.from(decompressChunk(scheme, data, length)));
    }
    at = end;
  }
  walker.finish();
  return { chunks, walker };
}

const chunkData = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 300 }),
  fc
    .tuple(fc.integer({ min: 1, max: 131072 }), fc.uint8Array({ minLength: 1, maxLength: 9 }))
    .map(([length, seed]) => Uint8Array.from({ length }, (_, i) => seed[i % seed.length])),
);

describe("XorbWalker", () => {
  test("gives back what encodeXorb wrote, in pieces of any size", () => {
    fc.assert(
      fc.property(
        fc.array(chunkData, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (data, cuts) => {
          const bytes = encodeXorb(data.map(pack));
          const { chunks, walker } = walk(bytes, cuts);
          expect(chunks).toEqual(data);
          expect(walker.chunks).toBe(data.length);
          expect(walker.serializedBytes).toBe(bytes.length);
          expect(walker.unpackedBytes).toBe(data.reduce((sum, { length }) => sum + length, 0));
        },
      ),
      { seed: 20261120, numRuns: 60 },
    );
  });

  test("tolerates a footer wherever it is cut, and does not count it", () => {
    const xorb = encodeXorb([pack(new Uint8Array(5000).fill(3)), pack(Uint8Array.of(1, 2, 3))]);
    const footer = Uint8Array.from([...Buffer.from("XETBLOB"), 1, ...new Uint8Array(200)]);
    const whole = Uint8Array.from([...xorb, ...footer]);
    for (let cut = xorb.length - 3; cut < xorb.length + 20; cut++) {
      const { chunks, walker } = walk(whole, [cut]);
      expect(chunks).toHaveLength(2);
      expect(walker.serializedBytes).toBe(xorb.length);
    }
    const endless = new Uint8Array(2 * 1024 * 1024);
    endless.set(whole);
    expect(() => walk(endless)).toThrow(/footer/);
  });

  test("refuses what no reader would take", () => {
    const good = encodeXorb([pack(Uint8Array.of(1, 2, 3, 4))]);
    const broken = (change: (bytes: Uint8Array) => void) => {
      const bytes = good.slice();
      change(bytes);
      return () => walk(bytes);
    };
    expect(broken((b) => b.set([1], 0))).toThrow(/version/);
    expect(broken((b) => b.set([3], 4))).toThrow(/compression/);
    expect(broken((b) => b.set([0xff, 0xff, 0xff], 1))).toThrow(/compressed bytes/);
    expect(broken((b) => b.set([1, 0, 2], 5))).toThrow(/announces 131073 bytes/);
    expect(broken((b) => b.set([0, 0, 0], 5))).toThrow(/empty/);
    expect(broken((b) => b.set([3, 0, 0], 5))).toThrow();
    expect(() => walk(good.slice(0, -1))).toThrow(/ends inside/);
    expect(() => walk(good.slice(0, 5))).toThrow(/ends inside/);
    expect(() => walk(new Uint8Array(0))).toThrow(/no chunk/);
  });

  test("refuses more chunks than a xorb may have", () => {
    const many = encodeXorb(Array.from({ length: 8193 }, () => pack(Uint8Array.of(7))));
    expect(() => walk(many)).toThrow(/more than 8192/);
  });

  test("any mutation is read or refused as BadRequest", () => {
    const bytes = encodeXorb([
      pack(new Uint8Array(70000).fill(5)),
      pack(Uint8Array.from({ length: 900 }, (_, i) => i * i)),
    ]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const mutated = bytes.slice();
          for (const [at, value] of changes) mutated[at] = value;
          try {
            walk(mutated, [changes[0][0]]);
          } catch (error) {
            expect(isHubError(error, "BadRequest")).toBe(true);
          }
        },
      ),
      { seed: 20261120, numRuns: 2000 },
    );
  });
});

test("ChunkOffsets knows both ends of every chunk", () => {
  const offsets = ChunkOffsets.decode(new ChunkOffsets(Uint32Array.of(18, 10, 30, 100)).encode());
  expect([offsets.count, offsets.byteAt(0), offsets.byteAt(1), offsets.byteAt(2)]).toEqual([2, 0, 18, 30]);
  expect([offsets.unpackedAt(1), offsets.unpackedAt(2), offsets.lengthOf(0), offsets.lengthOf(1)]).toEqual([
    10, 100, 10, 90,
  ]);
});
