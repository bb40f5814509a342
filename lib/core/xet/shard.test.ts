import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isHubError } from "#lib/core/errors.ts";
import { hashToHex, hexToHash, hmacHash } from "./hash.ts";
import {
  decodeShardFooter,
  encodeDedupShard,
  encodeShard,
  type ShardFileInput,
  type ShardXorbInput,
  walkShard,
} from "./shard.ts";

const real = JSON.parse(readFileSync(new URL("./vectors/dedup-shard.json", import.meta.url), "utf8"));

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => {
  bytes[0] &= 0x7f; // not a bookend
  return bytes;
});
const u32 = fc.nat(0xffffffff);
const segment = fc.record({ xorbHash: hash, bytes: u32, chunkStart: u32, chunkEnd: u32 });
const file = (verified: boolean) =>
  fc
    .tuple(
      hash,
      fc.array(segment, { maxLength: 5 }),
      fc.option(hash, { nil: undefined }),
      fc.array(hash, { minLength: 5, maxLength: 5 }),
    )
    .map(
      ([fileHash, segments, sha256, ranges]): ShardFileInput => ({
        hash: fileHash,
        segments,
        verification: verified ? ranges.slice(0, segments.length) : undefined,
        sha256,
      }),
    );
const xorb = fc
  .tuple(hash, fc.array(fc.tuple(hash, fc.integer({ min: 1, max: 131072 }), fc.boolean()), { maxLength: 6 }), u32)
  .map(
    ([xorbHash, chunks, storedBytes]): ShardXorbInput => ({
      hash: xorbHash,
      hashes: Uint8Array.from(chunks.flatMap(([chunk]) => [...chunk])),
      lengths: chunks.map(([, length]) => length),
      storedBytes,
      offered: chunks.flatMap(([, , offered], i) => (offered ? [i] : [])),
    }),
  );
const footer = fc.record({ hmacKey: hash, createdAt: u32, expiresAt: u32 });
const shard = fc
  .boolean()
  .chain((verified) =>
    fc.tuple(
      fc.array(file(verified), { maxLength: 4 }),
      fc.array(xorb, { maxLength: 4 }),
      fc.option(footer, { nil: undefined }),
    ),
  );

/** Everything a walk gives, as the encoder's input. */
function decode(bytes: Uint8Array): { files: ShardFileInput[]; xorbs: ShardXorbInput[] } {
  const files: ShardFileInput[] = [];
  const xorbs: ShardXorbInput[] = [];
  for (const item of walkShard(bytes)) {
    if (item.kind === "file") {
      const indices = Array.from({ length: item.segments }, (_, i) => i);
      files.push({
        hash: item.hash,
        segments: indices.map((i) => item.segment(i)),
        verification: item.verification === null ? undefined : indices.map((i) => item.verification!(i)),
        sha256: item.sha256 ?? undefined,
      });
    } else {
      const chunks = Array.from({ length: item.chunks }, (_, i) => item.chunk(i));
      xorbs.push({
        hash: item.hash,
        hashes: Uint8Array.from(chunks.flatMap((chunk) => [...chunk.hash])),
        lengths: chunks.map(({ length }) => length),
        storedBytes: item.storedBytes,
        offered: chunks.flatMap(({ offered }, i) => (offered ? [i] : [])),
      });
    }
  }
  return { files, xorbs };
}

describe("encodeShard and walkShard", () => {
  test("are each other's inverse, with and without footer", () => {
    fc.assert(
      fc.property(shard, ([files, xorbs, end]) => {
        const bytes = encodeShard(files, xorbs, end);
        expect(decode(bytes)).toEqual({ files, xorbs });
        expect(decodeShardFooter(bytes)).toEqual(end ?? null);
      }),
      { seed: 20261120, numRuns: 300 },
    );
  });

  test("any mutation and any cut is read or refused, never anything else", () => {
    fc.assert(
      fc.property(
        shard,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
        fc.nat(),
        (input, changes, cut) => {
          const whole = encodeShard(...input);
          for (const [at, value] of changes) whole[at % whole.length] = value;
          for (const bytes of [whole, whole.slice(0, cut % whole.length)]) {
            try {
              decode(bytes);
            } catch (error) {
              expect(isHubError(error, "BadRequest")).toBe(true);
            }
          }
        },
      ),
      { seed: 20261120, numRuns: 3000 },
    );
  });

  test("counts that reach past the end are refused before anything is read", () => {
    const bytes = encodeShard([{ hash: new Uint8Array(32), segments: [], verification: [] }], []);
    new DataView(bytes.buffer).setUint32(48 + 36, 0xffffffff, true);
    expect(() => decode(bytes)).toThrow(/past the end/);
    const xorbs = encodeShard(
      [],
      [{ hash: new Uint8Array(32), hashes: new Uint8Array(0), lengths: [], storedBytes: 0 }],
    );
    new DataView(xorbs.buffer).setUint32(96 + 36, 0xffffffff, true);
    expect(() => decode(xorbs)).toThrow(/past the end/);
  });
});

describe("encodeDedupShard", () => {
  const key = hexToHash(real.hmac_check.hmac_key);
  const xorbs: ShardXorbInput[] = [
    {
      hash: hexToHash(real.xorbs[0].hash),
      hashes: hexToHash(real.hmac_check.chunk_hash),
      lengths: [44970],
      storedBytes: 0,
    },
  ];
  const bytes = encodeDedupShard(xorbs, {
    hmacKey: key,
    createdAt: real.footer.created,
    expiresAt: real.footer.expiry,
  });

  test("has the header, file section and footer of a real answer", () => {
    const hex = Buffer.from(bytes).toString("hex");
    expect(hex.slice(0, 96)).toBe(real.header_hex);
    expect(hex.slice(96, 192)).toBe(real.file_info_section_hex);
    // The same footer but for the offsets, which follow from the length, and the totals.
    const own = new DataView(bytes.buffer, bytes.length - 200);
    const theirs = new DataView(Uint8Array.from(Buffer.from(real.footer_hex, "hex")).buffer);
    const end = BigInt(bytes.length - 200);
    for (let at = 0; at < 168; at += 8) {
      const expected = [24, 40, 56].includes(at) ? end : theirs.getBigUint64(at, true);
      expect([at, own.getBigUint64(at, true)]).toEqual([at, expected]);
    }
    expect(own.getBigUint64(192, true)).toBe(end);
  });

  test("shows a chunk by its HMAC only", () => {
    const [only] = decode(bytes).xorbs;
    expect(hashToHex(only.hashes)).toBe(hashToHex(hmacHash(key, hexToHash(real.hmac_check.chunk_hash))));
    expect(hashToHex(only.hashes)).toBe(real.hmac_check.hmac);
  });
});
