/** Bad input: each a typed error, nothing half-stored, memory bounded, and the store whole and serving afterwards. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HubError, isHubError } from "#lib/core/errors.ts";
import { compressChunk } from "#lib/core/xet/compress.ts";
import { CHUNK_MAX, SHARD_BYTES_MAX, XORB_CHUNKS_MAX } from "#lib/core/xet/constants.ts";
import { hashChunk, hashToHex, xorbHash } from "#lib/core/xet/hash.ts";
import { encodeShard, type ShardFileInput } from "#lib/core/xet/shard.ts";
import { encodeXorb, type PackedChunk } from "#lib/core/xet/xorb.ts";
import { createFileBlobs } from "../blobs/fs.ts";
import { openSnapshot } from "../db/scrub.ts";
import type { CasAccess } from "./cas.ts";
import {
  accessOf,
  addBucket,
  addNamespace,
  bodyOf,
  makeBytes,
  makeFile,
  makeShard,
  makeXorb,
  openTestStore,
  type TestStore,
} from "./fixture.ts";
import { scrub } from "./scrub.ts";
import { createWorkers } from "./workers.ts";

const MIB = 1024 * 1024;
const TABLES = ["xorbs", "xorb_tables", "xorb_uploaders", "files", "file_proofs", "file_heads", "chunk_index"] as const;

let store: TestStore;
let access: CasAccess;
let xorb: ReturnType<typeof makeXorb>;
let file: ReturnType<typeof makeFile>;

beforeAll(async () => {
  store = await openTestStore();
  const user = await addNamespace(store.db, "ann");
  access = accessOf(await addBucket(store.db, user, "a"), user);
  xorb = makeXorb(makeBytes(700_000, 1, "text"));
  file = makeFile([{ xorb }]);
  await store.cas.putXorb(access, xorb.hash, bodyOf(xorb.bytes));
  await store.cas.putShard(access, bodyOf(makeShard([file.entry], [xorb])));
});

/** All that the store holds: rows by table, files by folder. */
async function inventory(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of TABLES) {
    const { count } = await store.db.read
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    counts[table] = Number(count);
  }
  for (const folder of ["blobs", "tmp"]) {
    const entries = await readdir(join(store.dir, folder), { recursive: true, withFileTypes: true });
    counts[folder] = entries.filter((entry) => entry.isFile()).length;
  }
  return counts;
}

/** Staged files go a moment after a stream was given up. */
async function settled(): Promise<Record<string, number>> {
  for (let tries = 0; tries < 200; tries++) {
    const now = await inventory();
    if (now.tmp === 0) return now;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return inventory();
}

async function faults(): Promise<string[]> {
  const workers = createWorkers({ threads: 1 });
  const open = () => openSnapshot(join(store.dir, "cooperage.db"));
  const blobs = createFileBlobs({ dir: join(store.dir, "blobs"), tmp: join(store.dir, "tmp") });
  const found: string[] = [];
  for await (const { text } of scrub({ open, blobs, workers })) found.push(text);
  await workers.close();
  return found;
}

afterAll(async () => {
  expect(await faults()).toEqual([]);
  const pieces: Uint8Array[] = [];
  for await (const piece of await store.cas.readFile(access.bucketId, file.hash, { start: 0, end: file.size }))
    pieces.push(piece);
  expect(Buffer.concat(pieces).length).toBe(file.size);
  await store.close();
});

describe("refused, and nothing kept", () => {
  let before: Record<string, number>;
  beforeEach(async () => {
    before = await inventory();
  });
  afterEach(async () => {
    expect(await settled()).toEqual(before);
  });

  const refuse = async (work: Promise<unknown>, code: string, message: RegExp) => {
    const error = await work.then(
      () => null,
      (reason) => reason,
    );
    expect(error).toMatchObject({ name: "HubError", code });
    expect(error.message).toMatch(message);
  };
  const other = makeXorb(makeBytes(400_000, 2));
  const put = (bytes: Uint8Array, hash = other.hash) => store.cas.putXorb(access, hash, bodyOf(bytes));
  const pack = (data: Uint8Array): PackedChunk => ({ ...compressChunk(data), length: data.length });

  describe("xorbs", () => {
    test("no hash, an empty body, a label of other bytes", async () => {
      await refuse(put(other.bytes, "zz"), "BadRequest", /64 lowercase hex/);
      await refuse(put(new Uint8Array(0)), "BadRequest", /no chunk/);
      await refuse(put(other.bytes, "1".repeat(64)), "BadRequest", /The bytes are xorb/);
      await refuse(put(other.bytes, xorb.hash), "BadRequest", /The bytes are xorb/);
    });

    test("cut off anywhere", async () => {
      for (const length of [1, 7, 8, 9, 1000, other.bytes.length - 1]) {
        await refuse(put(other.bytes.subarray(0, length)), "BadRequest", /ends inside/);
      }
      // At the end of a chunk it is a xorb, but not this one.
      const [first] = other.lengths;
      await refuse(put(other.bytes.subarray(0, first + 8)), "BadRequest", /The bytes are xorb/);
    });

    test("one bit flipped", async () => {
      for (const at of [1, 4, 5, 6, 8, 5000, other.bytes.length - 1]) {
        const flipped = other.bytes.slice();
        flipped[at] ^= 0x10;
        await refuse(put(flipped), "BadRequest", /./);
      }
    });

    test("a body that stops half way, or fails", async () => {
      async function* broken(error: Error) {
        yield* bodyOf(other.bytes.subarray(0, 300_000));
        throw error;
      }
      await refuse(
        store.cas.putXorb(access, other.hash, broken(new HubError("BadRequest", "The body stopped."))),
        "BadRequest",
        /stopped/,
      );
      await expect(store.cas.putXorb(access, other.hash, broken(new Error("socket")))).rejects.toThrow("socket");
    });

    test("too many bytes, chunks, or too long a footer", async () => {
      async function* endless() {
        const piece = encodeXorb(
          Array.from({ length: 8 }, () => ({ scheme: 0 as const, data: new Uint8Array(CHUNK_MAX), length: CHUNK_MAX })),
        );
        while (true) yield piece;
      }
      await refuse(store.cas.putXorb(access, other.hash, endless()), "PayloadTooLarge", /may (take|have)/);
      async function* footer() {
        yield other.bytes;
        yield Buffer.from("XETBLOB\x01");
        while (true) yield new Uint8Array(65536);
      }
      await refuse(store.cas.putXorb(access, other.hash, footer()), "BadRequest", /footer/);
      const tiny = pack(Uint8Array.of(1));
      await refuse(put(encodeXorb(Array.from({ length: 8193 }, () => tiny))), "BadRequest", /more than 8192/);
    });

    test("5 MB that unpack to 1 GiB, under a wrong label: memory stays flat", async () => {
      const bomb = encodeXorb(Array.from({ length: XORB_CHUNKS_MAX }, () => pack(new Uint8Array(CHUNK_MAX))));
      expect(bomb.length).toBeLessThan(8 * MIB);
      const idle = process.memoryUsage.rss();
      let most = 0;
      const timer = setInterval(() => {
        most = Math.max(most, process.memoryUsage.rss());
      }, 20);
      await refuse(put(bomb), "BadRequest", /The bytes are xorb/);
      clearInterval(timer);
      expect(most - idle).toBeLessThan(100 * MIB);
    });
  });

  describe("shards", () => {
    const send = (bytes: Uint8Array) => store.cas.putShard(access, bodyOf(bytes));
    const half = () => makeFile([{ xorb, end: 5 }]).entry;
    const change = (make: (entry: ShardFileInput) => ShardFileInput) => send(makeShard([make(half())]));
    const firstSegment = (more: object) =>
      change((entry) => ({ ...entry, segments: [{ ...entry.segments[0], ...more }] }));

    test("no shard at all, cut off, of another version", async () => {
      const good = makeShard([half()]);
      await refuse(send(new Uint8Array(0)), "BadRequest", /too short/);
      await refuse(send(makeBytes(5000, 3)), "BadRequest", /tag/);
      for (const length of [50, 100, 150, good.length - 1]) {
        await refuse(send(good.subarray(0, length)), "BadRequest", /too short|past the end/);
      }
      const version = good.slice();
      version[32] = 3;
      await refuse(send(version), "BadRequest", /version/);
    });

    test("4 billion segments or chunks announced", async () => {
      const shard = makeShard([half()], [xorb]);
      new DataView(shard.buffer).setUint32(48 + 36, 0xffffffff, true);
      await refuse(send(shard), "BadRequest", /past the end/);
      const chunks = makeShard([], [xorb]);
      new DataView(chunks.buffer).setUint32(96 + 36, 0xffffffff, true);
      await refuse(send(chunks), "BadRequest", /past the end/);
    });

    test("larger than a shard may be", async () => {
      async function* endless() {
        yield makeShard([half()]).subarray(0, 48);
        while (true) yield new Uint8Array(MIB);
      }
      await refuse(store.cas.putShard(access, endless()), "PayloadTooLarge", new RegExp(String(SHARD_BYTES_MAX)));
    });

    test("a body that stops after much", async () => {
      async function* broken() {
        for (let i = 0; i < 40; i++) yield new Uint8Array(65536);
        throw new HubError("BadRequest", "The body stopped.");
      }
      await refuse(store.cas.putShard(access, broken()), "BadRequest", /stopped/);
    });

    test("a xorb that was not uploaded", async () => {
      await refuse(send(makeShard([makeFile([{ xorb: other }]).entry])), "BadRequest", /was not uploaded/);
    });

    test("terms outside their xorb, empty, of a wrong length", async () => {
      await refuse(firstSegment({ chunkEnd: xorb.lengths.length + 1 }), "BadRequest", /ends at chunk/);
      await refuse(firstSegment({ chunkStart: 0xffffffff, chunkEnd: 0xffffffff }), "BadRequest", /is empty/);
      await refuse(firstSegment({ chunkStart: 3, chunkEnd: 3 }), "BadRequest", /is empty/);
      await refuse(firstSegment({ chunkStart: 4, chunkEnd: 2 }), "BadRequest", /is empty/);
      await refuse(firstSegment({ bytes: 17 }), "BadRequest", /not 17/);
    });

    test("wrong verification, wrong file hash, an empty file with a hash", async () => {
      const wrong = hashChunk(Uint8Array.of(1));
      await refuse(
        change((entry) => ({ ...entry, verification: [wrong] })),
        "BadRequest",
        /verification/,
      );
      await refuse(
        change((entry) => ({ ...entry, hash: wrong })),
        "BadRequest",
        /do not give file/,
      );
      await refuse(
        send(makeShard([{ hash: wrong, segments: [], verification: [] }])),
        "BadRequest",
        /do not give file/,
      );
      const unverified = { ...half(), verification: undefined };
      await refuse(send(makeShard([half(), unverified])), "BadRequest", /some of its files/);
    });

    test("one wrong file among right ones", async () => {
      const right = Array.from({ length: 5 }, (_, i) => makeFile([{ xorb, start: i, end: i + 2 }]).entry);
      await refuse(
        send(makeShard([...right, { ...half(), hash: hashChunk(Uint8Array.of(2)) }])),
        "BadRequest",
        /do not give/,
      );
    });

    test("xorb info that is not the stored xorb's", async () => {
      const hashes = xorb.hashes.slice();
      hashes[40] ^= 1;
      await refuse(send(encodeShard([], [{ ...xorb.entry, hashes }])), "BadRequest", /another hash/);
      const shorter = { ...xorb.entry, hashes: xorb.hashes.subarray(32), lengths: xorb.lengths.subarray(1) };
      await refuse(send(encodeShard([], [shorter])), "BadRequest", /does not have/);
    });
  });
});

describe("fuzz, fixed seed", () => {
  const changes = (length: number) =>
    fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("set" as const), at: fc.nat(length - 1), value: fc.nat(255) }),
        fc.record({ kind: fc.constant("flip" as const), at: fc.nat(length - 1), value: fc.nat(7) }),
        fc.record({ kind: fc.constant("cut" as const), at: fc.nat(length - 1), value: fc.nat(64) }),
        fc.record({ kind: fc.constant("repeat" as const), at: fc.nat(length - 1), value: fc.nat(64) }),
      ),
      { minLength: 1, maxLength: 4 },
    );

  function mutate(bytes: Uint8Array, all: { kind: string; at: number; value: number }[]): Uint8Array {
    let now = Buffer.from(bytes);
    for (const { kind, at: place, value } of all) {
      const at = place % Math.max(1, now.length);
      if (kind === "set") now[at] = value;
      else if (kind === "flip") now[at] ^= 1 << value;
      else if (kind === "cut") now = Buffer.concat([now.subarray(0, at), now.subarray(at + value)]);
      else now = Buffer.concat([now.subarray(0, at + value), now.subarray(at)]);
    }
    return new Uint8Array(now);
  }

  /** Refused with a name, or taken because what it says is true all the same. */
  async function survives(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!isHubError(error, "BadRequest") && !isHubError(error, "PayloadTooLarge")) throw error;
    }
  }

  test("thousands of mutated xorbs", { timeout: 120_000 }, async () => {
    const chunks = [
      makeBytes(900, 5),
      new Uint8Array(3000).fill(9),
      makeBytes(700, 6, "text"),
      makeBytes(2000, 7, "text"),
    ];
    const bytes = encodeXorb(chunks.map((data) => ({ ...compressChunk(data), length: data.length })));
    const hash = hashToHex(
      xorbHash(
        new Uint8Array(Buffer.concat(chunks.map((data) => hashChunk(data)))),
        chunks.map(({ length }) => length),
      ),
    );
    await fc.assert(
      fc.asyncProperty(changes(bytes.length), fc.integer({ min: 1, max: 3000 }), async (all, piece) => {
        await survives(store.cas.putXorb(access, hash, bodyOf(mutate(bytes, all), piece)));
      }),
      { seed: 20261120, numRuns: 2000 },
    );
    expect((await settled()).tmp).toBe(0);
  });

  test("thousands of mutated shards", { timeout: 120_000 }, async () => {
    const files = Array.from(
      { length: 4 },
      (_, i) =>
        makeFile([
          { xorb, start: i, end: i + 3 },
          { xorb, end: 2 },
        ]).entry,
    );
    const shard = makeShard(files, [xorb]);
    // Most mutations should hit what the files say, which stands in front.
    const front = 48 + 4 * 48 * 5;
    await fc.assert(
      fc.asyncProperty(fc.oneof(changes(front), changes(shard.length)), async (all) => {
        await survives(store.cas.putShard(access, bodyOf(mutate(shard, all))));
      }),
      { seed: 20261120, numRuns: 2000 },
    );
    const { files: rows } = await inventory();
    // Whatever was taken is one of the files that the shard truly names.
    expect(rows).toBeLessThanOrEqual(1 + files.length);
  });
});
