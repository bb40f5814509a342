import { Blake3Hasher } from "@napi-rs/blake-hash";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compress as peerCompress,
  decompress as peerDecompress,
} from "../../../node_modules/@huggingface/hub/src/vendor/lz4js/index.ts";
import { hash as xxh32 } from "../../../node_modules/@huggingface/hub/src/vendor/lz4js/xxh32.ts";
import { isHubError } from "../errors.ts";
import { chunkBytes } from "./chunk.ts";
import { compressChunk, decompressChunk, viewDecompressed } from "./compress.ts";
import { CHUNK_MAX, DATA_KEY, SCHEME_BG4_LZ4, SCHEME_LZ4, SCHEME_NONE } from "./constants.ts";
import { hashChunk, hashToHex } from "./hash.ts";
import vectors from "./vectors/chunking.json" with { type: "json" };
import { bf16Weights, ramp, randomBytes, seededRandom, splitmix64 } from "./vectors/generate.ts";

const nativeHash = (bytes: Uint8Array) => Blake3Hasher.newKeyed(Buffer.from(DATA_KEY)).update(bytes).digest("hex");

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
  [
    "64-bit counters from the middle of one",
    new Uint8Array(BigInt64Array.from({ length: 8001 }, (_, index) => BigInt(index)).buffer, 4),
  ],
  [
    "weights, then noise, then weights",
    Buffer.concat([40_000, 30_001, 50_000].map((size, n) => (n === 1 ? randomBytes : bf16Weights)(size, n))),
  ],
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

/** Start of the last match, and length of the last literals, of a frame of one block. */
function blockEnd(data: Uint8Array): { lastMatch: number; lastLiterals: number } {
  let at = 11;
  const more = (length: number) => {
    for (let byte = 255; length >= 15 && byte === 255; ) length += byte = data[at++];
    return length;
  };
  for (let out = 0, lastMatch = 0; ; ) {
    const token = data[at++];
    const literals = more(token >> 4);
    at += literals;
    out += literals;
    if (at >= data.length - 4) return { lastMatch, lastLiterals: literals };
    at += 2;
    lastMatch = out;
    out += more(token & 15) + 4;
  }
}

test.each(samples)("blocks end as strict decoders want it: %s", (_, bytes) => {
  for (let size = bytes.length - 40; size <= bytes.length; size++) {
    const { scheme, data } = compressChunk(bytes.subarray(0, size));
    if (scheme === SCHEME_NONE) continue;
    const { lastMatch, lastLiterals } = blockEnd(data);
    expect(lastLiterals).toBeGreaterThanOrEqual(5);
    expect(lastMatch).toBeLessThanOrEqual(size - 12);
  }
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

/** A frame written by hand, part by part. */
function frame({
  magic = 0x184d2204,
  flags = 0x60,
  descriptor = 0x40,
  contentSize = -1,
  blocks = [] as { bytes: Uint8Array; stored?: boolean; checksum?: number }[],
  headerChecksum = undefined as number | undefined,
  contentChecksum = undefined as number | undefined,
  end = true,
}) {
  const head = Buffer.alloc(contentSize >= 0 ? 10 : 2);
  head[0] = flags;
  head[1] = descriptor;
  if (contentSize >= 0) head.writeBigUInt64LE(BigInt(contentSize), 2);
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    return bytes;
  };
  const parts = [u32(magic), head, Buffer.of(headerChecksum ?? (xxh32(0, head, 0, head.length) >>> 8) & 0xff)];
  for (const { bytes, stored = false, checksum } of blocks) {
    parts.push(u32((stored ? 0x80000000 : 0) | bytes.length), Buffer.from(bytes));
    if (checksum !== undefined) parts.push(u32(checksum));
  }
  if (end) parts.push(u32(0));
  if (contentChecksum !== undefined) parts.push(u32(contentChecksum));
  return Buffer.concat(parts);
}

/** A block of one sequence and its last literals, both short. */
function block(literals: number[], offset: number, match: number, last: number[]): Uint8Array {
  const token = (literals.length << 4) | Math.min(15, match - 4);
  const more = match - 4 >= 15 ? [match - 19] : [];
  return Uint8Array.from([token, ...literals, offset & 255, offset >> 8, ...more, last.length << 4, ...last]);
}

const refused = expect.objectContaining({ name: "HubError", code: "BadRequest" });
const sum = (bytes: Uint8Array) => xxh32(0, bytes, 0, bytes.length) >>> 0;

describe("frames that others may write", () => {
  const abab = block([1, 2], 2, 8, [3, 3, 3, 3, 3]);
  const ababBytes = [1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 3, 3, 3, 3, 3];

  test("stored blocks, several blocks, an empty frame", () => {
    const data = frame({ blocks: [{ bytes: Uint8Array.of(7, 8), stored: true }, { bytes: abab }] });
    expect([...decompressChunk(1, data, 17)]).toEqual([7, 8, ...ababBytes]);
    expect([...decompressChunk(1, frame({}), 0)]).toEqual([]);
  });

  test("linked blocks reach back into earlier ones, independent ones must not", () => {
    const second = block([], 15, 15, [9, 9, 9, 9, 9]);
    const blocks = [{ bytes: abab }, { bytes: second }];
    expect([...decompressChunk(1, frame({ flags: 0x40, blocks }), 35)]).toEqual([
      ...ababBytes,
      ...ababBytes,
      9,
      9,
      9,
      9,
      9,
    ]);
    expect(() => decompressChunk(1, frame({ flags: 0x60, blocks }), 35)).toThrow(refused);
  });

  test("content size and all checksums", () => {
    const all = { flags: 0x7c, contentSize: 15, contentChecksum: sum(Uint8Array.from(ababBytes)) };
    const blocks = [{ bytes: abab, checksum: sum(abab) }];
    expect([...decompressChunk(1, frame({ ...all, blocks }), 15)]).toEqual(ababBytes);
    const wrong = [
      { ...all, blocks, contentSize: 16 },
      { ...all, blocks, contentChecksum: all.contentChecksum ^ 1 },
      { ...all, blocks: [{ bytes: abab, checksum: sum(abab) ^ 0x100 }] },
      { ...all, blocks, headerChecksum: 0 },
      { ...all, blocks, contentChecksum: undefined },
    ];
    for (const parts of wrong)
      expect(() => decompressChunk(1, frame(parts), 15), JSON.stringify(parts)).toThrow(refused);
  });
});

describe("hostile input", () => {
  const good = block([1, 2], 2, 8, [3, 3, 3, 3, 3]);
  const blocks = [{ bytes: good }];
  const bad: [string, Uint8Array, number][] = [
    ["nothing", new Uint8Array(0), 15],
    ["another magic number", frame({ magic: 0x184d2a50, blocks }), 15],
    ["version 2", frame({ flags: 0xa0, blocks }), 15],
    ["a dictionary", frame({ flags: 0x61, blocks }), 15],
    ["reserved flags", frame({ flags: 0x62, blocks }), 15],
    ["reserved descriptor bits", frame({ descriptor: 0x41, blocks }), 15],
    ["a block size that does not exist", frame({ descriptor: 0x30, blocks }), 15],
    ["no end mark", frame({ blocks, end: false }), 15],
    ["something after the end", Buffer.concat([frame({ blocks }), Buffer.of(0)]), 15],
    ["a second frame", Buffer.concat([frame({ blocks }), frame({ blocks })]), 30],
    ["less than announced", frame({ blocks }), 16],
    ["more than announced", frame({ blocks }), 14],
    ["a block larger than its kind", frame({ blocks: [{ bytes: new Uint8Array(65_537), stored: true }] }), 65_537],
    ["an offset of 0", frame({ blocks: [{ bytes: block([1, 2], 0, 8, [3]) }] }), 11],
    ["an offset before the start", frame({ blocks: [{ bytes: block([1, 2], 3, 8, [3]) }] }), 11],
    ["a block that ends with a match", frame({ blocks: [{ bytes: Uint8Array.of(0x24, 1, 2, 2, 0) }] }), 10],
    ["a block that ends in an offset", frame({ blocks: [{ bytes: Uint8Array.of(0x24, 1, 2, 2) }] }), 10],
    ["a literal length without end", frame({ blocks: [{ bytes: new Uint8Array(60_000).fill(255) }] }), 65_536],
    [
      "a match length without end",
      frame({ blocks: [{ bytes: Uint8Array.of(0x1f, 1, 1, 0, ...Array(999).fill(255)) }] }),
      131_072,
    ],
    [
      "4 GiB from 17 MiB in one block",
      frame({ blocks: [{ bytes: Uint8Array.of(0x1f, 1, 1, 0, ...Array(60_000).fill(255), 0, 0x10, 1) }] }),
      131_072,
    ],
  ];
  test.each(bad)("%s", (_, data, length) => {
    for (const scheme of [SCHEME_LZ4, SCHEME_BG4_LZ4]) {
      expect(() => decompressChunk(scheme, data, length)).toThrow(refused);
    }
  });

  test("lengths and schemes that cannot be", () => {
    const data = frame({ blocks });
    for (const length of [-1, 0.5, Number.NaN, CHUNK_MAX + 1, 2 ** 32 + 15]) {
      expect(() => decompressChunk(SCHEME_LZ4, data, length)).toThrow(refused);
    }
    for (const scheme of [3, 99, -1, 1.5]) expect(() => decompressChunk(scheme, data, 15)).toThrow(refused);
    expect(() => decompressChunk(SCHEME_NONE, data, data.length + 1)).toThrow(refused);
    expect(() => decompressChunk(SCHEME_LZ4, new Uint8Array(2 * CHUNK_MAX + 1), 15)).toThrow(refused);
    expect(() => compressChunk(new Uint8Array(CHUNK_MAX + 1))).toThrow(RangeError);
  });

  test("every cut of a frame is refused", () => {
    const { scheme, data } = compressChunk(prose(3000, 8));
    for (let size = 0; size < data.length; size++) {
      expect(() => decompressChunk(scheme, data.subarray(0, size), 3000)).toThrow(refused);
    }
  });

  /** Decodes, or is refused; what it gives must be what the definition gives; the kernel must be as good as before. */
  test("thousands of mutated frames (property)", () => {
    const frames = samples.map(([, bytes]) => {
      const some = bytes.subarray(0, 5000);
      return [peerCompress(some), some.length] as const;
    });
    const mutation = fc.record({
      frame: fc.nat(frames.length - 1),
      edits: fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("set", "flip", "cut", "insert")), {
        minLength: 1,
        maxLength: 6,
      }),
      scheme: fc.constantFrom(SCHEME_LZ4, SCHEME_BG4_LZ4),
      more: fc.constantFrom(0, 0, 0, 1, -1, 60_000),
    });
    const untouched = Buffer.alloc(70_000, 0xa5);
    let decoded = 0;
    const property = fc.property(mutation, ({ frame: index, edits, scheme, more }) => {
      const [whole, length] = frames[index];
      let data = whole.slice();
      for (const [at, value, kind] of edits) {
        // Half of the edits hit the header and the first sequences.
        const place = (at & 1 ? at : at % 40) % data.length;
        if (kind === "set") data[place] = value;
        if (kind === "flip") data[place] ^= 1 << (value & 7);
        if (kind === "cut" && data.length > 20) data = data.subarray(0, data.length - (value % 16));
        if (kind === "insert") data = Buffer.concat([data.subarray(0, place), Buffer.of(value), data.subarray(place)]);
      }
      const target = Buffer.alloc(length + 60_000 + 64, 0xa5);
      try {
        const out = decompressChunk(scheme, data, length + more, target);
        decoded++;
        if (out.length !== length + more) return false;
      } catch (error) {
        if (!isHubError(error, "BadRequest")) throw error;
        if (!target.equals(untouched.subarray(0, target.length))) return false;
      }
      const rest = target.subarray(length + Math.max(more, 0));
      return rest.equals(untouched.subarray(0, rest.length));
    });
    fc.assert(property, { seed: 2, numRuns: 6000 });
    expect(decoded).toBeGreaterThan(100);
    // The kernel's own tables are whole.
    const bytes = prose(50_000, 12);
    expect(Buffer.from(hashChunk(bytes)).toString("hex")).toBe(nativeHash(bytes));
    expect(hashToHex(chunkBytes(splitmix64(1_000_000, 0)).hashes)).toBe(vectors.splitmix64_1MB_seed0.chunk_hashes[0]);
  });
});
