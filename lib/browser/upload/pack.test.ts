import { expect, test } from "vitest";
import { chunkBytes } from "#lib/core/xet/chunk.ts";
import { decompressChunk } from "#lib/core/xet/compress.ts";
import { hashChunk, hashToHex, xorbHash } from "#lib/core/xet/hash.ts";
import { bf16Weights, randomBytes } from "#lib/core/xet/vectors/generate.ts";
import { XorbWalker } from "#lib/core/xet/xorb.ts";
import { type PackedXorb, Packer } from "./pack.ts";

test("xorbs hold what was added, in order, under their hash, and end at their limit", async () => {
  const closed: PackedXorb[] = [];
  const packer = new Packer((xorb) => closed.push(xorb), { limit: 6_000_000 });
  const added: { hash: string; index: number; ref: unknown; bytes: Uint8Array }[] = [];
  let stored = 0;
  for (const bytes of [randomBytes(9_000_000, 1), bf16Weights(9_000_000, 2), new Uint8Array(300_000)]) {
    chunkBytes(bytes, (chunk, hash) => {
      const place = packer.add(chunk, hash, false);
      stored += place.stored;
      added.push({ hash: hashToHex(hash), index: place.index, ref: place.xorb, bytes: chunk.slice() });
    });
  }
  packer.close();
  packer.close();
  expect(closed.length).toBeGreaterThanOrEqual(4);
  let at = 0;
  let bytes = 0;
  for (const { ref, body, weight, entry } of closed) {
    expect(weight.byteLength).toBe(body.size);
    const walker = new XorbWalker();
    let index = 0;
    for (const chunk of walker.push(new Uint8Array(await body.arrayBuffer()))) {
      const expected = added[at++];
      expect([expected.ref, expected.index]).toEqual([ref, index++]);
      const unpacked = decompressChunk(chunk.scheme, chunk.data, chunk.length);
      expect(hashToHex(hashChunk(unpacked))).toBe(expected.hash);
    }
    walker.finish();
    expect(walker.unpackedBytes).toBeLessThanOrEqual(6_000_000);
    expect(walker.serializedBytes).toBe(entry.storedBytes);
    expect(hashToHex(ref.hash!)).toBe(hashToHex(xorbHash(entry.hashes, entry.lengths)));
    bytes += body.size;
  }
  expect(at).toBe(added.length);
  expect(bytes).toBe(stored);
});

test("8192 chunks fill a xorb; a forecast keeps nothing", () => {
  const closed: PackedXorb[] = [];
  const packer = new Packer((xorb) => closed.push(xorb));
  const chunk = randomBytes(10, 1);
  for (let i = 0; i < 8193; i++) packer.add(chunk, hashChunk(chunk), i === 0);
  expect(closed.map(({ entry }) => entry.lengths.length)).toEqual([8192]);
  expect([...closed[0].entry.offered!]).toContain(0);
  const forecast = new Packer((xorb) => closed.push(xorb), { keep: false });
  expect(forecast.add(chunk, hashChunk(chunk), true).stored).toBe(18);
  forecast.close();
  expect(closed.length).toBe(1);
});

test("what is packed waits for what leaves, and goes on when that was taken over", async () => {
  const packer = new Packer(() => {});
  const chunk = randomBytes(131_072, 1);
  let added = 0;
  while (!packer.crowded && added < 1000) {
    packer.add(chunk, hashChunk(chunk), false);
    added += 1;
  }
  expect(packer.crowded).toBe(true);
  expect(added * chunk.length).toBeLessThan(8 * 1024 * 1024);
  await packer.room();
  expect(packer.crowded).toBe(false);
});
