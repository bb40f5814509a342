import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compress as peerCompress,
  decompress as peerDecompress,
} from "../../../node_modules/@huggingface/hub/src/vendor/lz4js/index.ts";
import { compressChunk, decompressChunk, viewDecompressed } from "./compress.ts";
import { CHUNK_MAX, SCHEME_BG4_LZ4, SCHEME_LZ4, SCHEME_NONE } from "./constants.ts";
import { hashChunk } from "./hash.ts";
import { bf16Weights, ramp, randomBytes, seededRandom } from "./vectors/generate.ts";

/** Byte grouping by its definition. */
function group(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([0, 1, 2, 3].flatMap((rest) => [...bytes].filter((_, index) => index % 4 === rest)));
}
function regroup(grouped: Uint8Array): Uint8Array {
  const order = group(Uint8Array.from({ length: grouped.length }, (_, index) => index & 255));
  const ends = [0, 1, 2, 3].map((rest) => Math.ceil((grouped.length - rest) / 4));
  expect(order.length).toBe(grouped.length);
  const out = new Uint8Array(grouped.length);
  let at = 0;
  for (const [rest, count] of ends.entries()) {
    for (let index = 0; index < count; index++) out[4 * index + rest] = grouped[at++];
  }
  return out;
}

const words = "the bucket holds a chunk of every xorb, and a shard names the terms of a file ".split(" ");
function prose(size: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  let text = "";
  while (text.length < size) text += `${words[Math.floor(random() * words.length)]} `;
  return Buffer.from(text.slice(0, size));
}

const samples: [string, Uint8Array][] = [
  ["zeros", new Uint8Array(65_536)],
  ["random", randomBytes(65_536, 1)],
  ["weights", bf16Weights(70_001, 2)],
  ["f32 steps", new Uint8Array(Float32Array.from({ length: 20_000 }, (_, index) => 1 + index / 1000).buffer)],
  ["prose", prose(131_072, 3)],
  ["ramp", ramp(100_000, 7, 13)],
  [
    "JSON",
    Buffer.from(JSON.stringify(Array.from({ length: 1500 }, (_, id) => ({ id, loss: 1 / (id + 1), split: "train" })))),
  ],
  [
    "periods 1 to 40",
    Buffer.concat(Array.from({ length: 40 }, (_, n) => Buffer.alloc(1000 + 37 * n, randomBytes(n + 1, n)))),
  ],
];

describe("round trips", () => {
  test.each(samples)("%s", (_, bytes) => {
    const { scheme, data } = compressChunk(bytes);
    expect(data.length).toBeLessThanOrEqual(bytes.length);
    expect(Buffer.from(decompressChunk(scheme, data, bytes.length)).equals(bytes)).toBe(true);
  });

  test("every short length, of data that compresses and data that does not", () => {
    for (let size = 1; size < 400; size++) {
      for (const bytes of [new Uint8Array(size), randomBytes(size, size), ramp(size, 1, 0), prose(size, size)]) {
        const { scheme, data } = compressChunk(bytes);
        expect(Buffer.from(decompressChunk(scheme, data, size)).equals(bytes), `${size} bytes`).toBe(true);
      }
    }
  });

  test("any bytes (property)", () => {
    const pieces = fc.array(
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 300 })),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    const property = fc.property(pieces, (list) => {
      const bytes = Buffer.concat(list.flatMap(([piece, times]) => Array(times).fill(piece))).subarray(0, CHUNK_MAX);
      const { scheme, data } = compressChunk(bytes);
      return Buffer.from(decompressChunk(scheme, data, bytes.length)).equals(bytes);
    });
    fc.assert(property, { seed: 20261120, numRuns: 400 });
  });

  test("tens of thousands of chunks in a row: nothing of an earlier one shines through", () => {
    const random = seededRandom(9);
    const source = prose(CHUNK_MAX, 10);
    for (let n = 0; n < 20_000; n++) {
      const from = Math.floor(random() * 100_000);
      const bytes = source.subarray(from, from + 1 + Math.floor(random() * 2000));
      const { scheme, data } = compressChunk(bytes);
      if (!Buffer.from(viewDecompressed(scheme, data, bytes.length)).equals(bytes)) expect.unreachable(`chunk ${n}`);
    }
  });

  test("into a buffer of the caller, and without a copy", () => {
    const bytes = prose(50_000, 4);
    const target = new Uint8Array(60_000).fill(1);
    const { scheme, data } = compressChunk(bytes, target.subarray(8));
    expect(data.byteOffset).toBe(8);
    const out = new Uint8Array(50_010).fill(9);
    expect(decompressChunk(scheme, data, 50_000, out).byteLength).toBe(50_000);
    expect(Buffer.from(out.subarray(0, 50_000)).equals(bytes)).toBe(true);
    expect([...out.subarray(50_000)]).toEqual(Array(10).fill(9));
    expect(hashChunk(viewDecompressed(scheme, data, 50_000))).toEqual(hashChunk(bytes));
  });

  test("what does not shrink is stored as it is", () => {
    const bytes = randomBytes(40_000, 5);
    expect(compressChunk(bytes)).toEqual({ scheme: SCHEME_NONE, data: bytes });
  });
});

describe("the JavaScript client", () => {
  test.each(samples)("reads our frames: %s", (_, bytes) => {
    const { scheme, data } = compressChunk(bytes);
    if (scheme === SCHEME_NONE) return expect(data).toBe(bytes);
    const decoded = peerDecompress(data, bytes.length);
    expect(Buffer.from(scheme === SCHEME_LZ4 ? decoded : regroup(decoded)).equals(bytes)).toBe(true);
  });

  test.each(samples)("writes frames that we read: %s", (_, bytes) => {
    const plain = peerCompress(bytes);
    expect(Buffer.from(decompressChunk(SCHEME_LZ4, plain, bytes.length)).equals(bytes)).toBe(true);
    const grouped = peerCompress(group(bytes));
    expect(Buffer.from(decompressChunk(SCHEME_BG4_LZ4, grouped, bytes.length)).equals(bytes)).toBe(true);
  });

  test.each(samples)("stores hardly less than we do: %s", (_, bytes) => {
    const theirs = Math.min(peerCompress(bytes).length, peerCompress(group(bytes)).length, bytes.length);
    expect(compressChunk(bytes).data.length).toBeLessThanOrEqual(theirs * 1.01 + 16);
  });
});
