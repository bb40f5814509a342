import { createHash } from "node:crypto";
import { fileHash as referenceFileHash, xorbHash as referenceXorbHash } from "@huggingface/xetchunk-wasm";
import { Blake3Hasher } from "@napi-rs/blake-hash";
import { afterEach, describe, expect, test } from "vitest";
import { chunkBytes } from "./chunk.ts";
import { DATA_KEY, HASH_BYTES, NODE_KEY, VERIFICATION_KEY, ZERO_HASH } from "./constants.ts";
import {
  fileHash,
  hashChunk,
  hashToHex,
  hexToHash,
  hmacHash,
  isDedupEligible,
  isHash,
  keyedHash,
  setHashEngine,
  verificationHash,
  xorbHash,
} from "./hash.ts";
import { ramp, randomBytes, seededRandom } from "./vectors/generate.ts";
import vectors from "./vectors/hashes.json" with { type: "json" };
import merkle from "./vectors/merkle-hashes.json" with { type: "json" };

afterEach(() => setHashEngine(null));

const pack = (hashes: string[]) => Buffer.concat(hashes.map(hexToHash));
const native = (key: Uint8Array, bytes: Uint8Array) =>
  Blake3Hasher.newKeyed(Buffer.from(key)).update(bytes).digest("hex");

describe("text form", () => {
  test("follows the vector both ways", () => {
    for (const { bytes, hex } of vectors.hex_conversion) {
      expect(hashToHex(Uint8Array.from(bytes))).toBe(hex);
      expect([...hexToHash(hex)]).toEqual(bytes);
      expect(hashToHex(Uint8Array.from([9, 9, ...bytes, 9]), 2)).toBe(hex);
    }
  });

  test("random hashes come back", () => {
    for (let seed = 0; seed < 100; seed++) {
      const bytes = randomBytes(HASH_BYTES, seed);
      expect(hexToHash(hashToHex(bytes))).toEqual(bytes);
    }
  });

  test("refuses what is not one", () => {
    for (const text of ["", "0".repeat(63), "0".repeat(65), "A".repeat(64), "g".repeat(64), `${"0".repeat(63)}\n`]) {
      expect(isHash(text)).toBe(false);
      expect(() => hexToHash(text)).toThrow(expect.objectContaining({ code: "BadRequest" }));
    }
    expect(isHash(`${ZERO_HASH}\n`)).toBe(false);
    expect(() => hashToHex(new Uint8Array(40), 9)).toThrow(RangeError);
  });
});

test("the keys are the published ones", () => {
  expect([...DATA_KEY]).toEqual(vectors.keys.data_key);
  expect([...NODE_KEY]).toEqual(vectors.keys.internal_node_key);
  expect([...VERIFICATION_KEY]).toEqual(vectors.keys.verification_key);
});

describe("keyed BLAKE3", () => {
  const block = randomBytes(4 * 1024 * 1024, 1);

  test("agrees with the native one around every edge of blocks, leaves and lanes", () => {
    const lengths = new Set([
      0, 1, 63, 64, 65, 127, 128, 1023, 1024, 1025, 2047, 2048, 2049, 8191, 8192, 8193, 65536, 131072,
    ]);
    const random = seededRandom(2);
    for (let leaves = 1; leaves <= 40; leaves++) {
      for (const more of [-1, 0, 1, 700]) lengths.add(1024 * leaves + more);
    }
    for (let n = 0; n < 60; n++) lengths.add(Math.floor(random() * 140_000));
    for (const length of lengths) {
      const from = Math.floor(random() * 1000);
      const bytes = block.subarray(from, from + length);
      expect(Buffer.from(hashChunk(bytes)).toString("hex"), `${length} bytes`).toBe(native(DATA_KEY, bytes));
    }
  });

  test("agrees on inputs larger than the kernel's window", () => {
    for (const length of [1024 * 1024, 1024 * 1024 + 1, 2 * 1024 * 1024, 3_000_001, 4 * 1024 * 1024]) {
      const bytes = block.subarray(0, length);
      expect(Buffer.from(keyedHash(NODE_KEY, bytes)).toString("hex"), `${length} bytes`).toBe(native(NODE_KEY, bytes));
    }
  });

  test("takes any key, of 32 bytes", () => {
    const key = randomBytes(32, 3);
    expect(Buffer.from(keyedHash(key, block.subarray(0, 5000))).toString("hex")).toBe(
      native(key, block.subarray(0, 5000)),
    );
    expect(() => keyedHash(new Uint8Array(31), block)).toThrow(RangeError);
  });
});

describe("published hashes", () => {
  test("xorb and file hash of data", () => {
    for (const { size, a, b, xorb_hash, file_hash } of vectors.data_hash) {
      const { hashes, lengths } = chunkBytes(ramp(size, a, b));
      expect(hashToHex(xorbHash(hashes, lengths))).toBe(xorb_hash);
      expect(hashToHex(fileHash(hashes, lengths))).toBe(file_hash);
    }
  });

  test("all Merkle lists", () => {
    for (const { chunks, xorb_hash, salted_file_hashes } of merkle.cases) {
      const hashes = pack(chunks.map(([hash]) => hash));
      const lengths = chunks.map(([, length]) => Number(length));
      expect(hashToHex(xorbHash(hashes, lengths))).toBe(xorb_hash);
      for (const { salt, file_hash } of salted_file_hashes) {
        if (salt === ZERO_HASH) expect(hashToHex(fileHash(hashes, lengths))).toBe(file_hash);
        else if (chunks.length > 0) {
          expect(hashToHex(keyedHash(hexToHash(salt), xorbHash(hashes, lengths)))).toBe(file_hash);
        }
      }
    }
  });

  test("an empty file", () => {
    expect(hashToHex(fileHash(new Uint8Array(0), []))).toBe(vectors.empty_file_hash);
  });

  test("verification and HMAC", () => {
    for (const { chunk_hashes, result } of vectors.verification_hash) {
      expect(hashToHex(verificationHash(pack(chunk_hashes)))).toBe(result);
    }
    for (const { hash, key, result } of vectors.hmac) {
      expect(hashToHex(hmacHash(hexToHash(key), hexToHash(hash)))).toBe(result);
    }
  });
});

describe("Merkle roots", () => {
  test("agree with the reference for lists longer than the kernel's window, and lengths past 4 GiB", () => {
    for (const count of [2, 3, 9, 10, 11, 8191, 8192, 8193, 8200, 20_000]) {
      const hashes = randomBytes(count * HASH_BYTES, count);
      const lengths = Array.from({ length: count }, (_, index) => (index % 7 === 0 ? 5_000_000_000 + index : 65_536));
      const list = lengths.map((length, index) => ({
        hash: hashes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES),
        length,
      }));
      expect(xorbHash(hashes, lengths), `${count} chunks`).toEqual(referenceXorbHash(list));
      expect(fileHash(hashes, lengths), `${count} chunks`).toEqual(referenceFileHash(list));
    }
  });

  test("leave their input alone", () => {
    const hashes = randomBytes(20 * HASH_BYTES, 5);
    const before = createHash("sha256").update(hashes).digest("hex");
    xorbHash(hashes, new Array(20).fill(65_536));
    const one = hashes.subarray(0, HASH_BYTES);
    xorbHash(one, [1]).fill(0);
    expect(createHash("sha256").update(hashes).digest("hex")).toBe(before);
  });

  test("refuse lists of different lengths", () => {
    expect(() => xorbHash(new Uint8Array(64), [1])).toThrow(RangeError);
  });
});

test("dedup eligibility is the last word modulo 1024", () => {
  for (let seed = 0; seed < 3000; seed++) {
    const hash = randomBytes(HASH_BYTES, seed);
    const word = new DataView(hash.buffer).getBigUint64(24, true);
    expect(isDedupEligible(hash)).toBe(word % 1024n === 0n);
  }
  const eligible = new Uint8Array(64).fill(255);
  eligible.fill(0, 56, 58);
  expect(isDedupEligible(eligible, 32)).toBe(true);
  expect(isDedupEligible(eligible, 0)).toBe(false);
});

test("another engine takes the kernel's place and gives it back", () => {
  const answer = new Uint8Array(HASH_BYTES).fill(7);
  setHashEngine({ keyedHash: () => answer });
  expect(hashChunk(new Uint8Array(3))).toBe(answer);
  setHashEngine(null);
  expect(Buffer.from(hashChunk(new Uint8Array(3))).toString("hex")).toBe(native(DATA_KEY, new Uint8Array(3)));
});
