import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { hashToHex, hmacHash } from "#lib/core/xet/hash.ts";
import { decodeShardFooter, type ShardFileInput, walkShard } from "#lib/core/xet/shard.ts";
import type { CasAccess, DedupQuestion } from "./cas.ts";
import {
  accessOf,
  addBucket,
  addNamespace,
  bodyOf,
  enterFile,
  makeBytes,
  makeFile,
  makeShard,
  makeXorb,
  openTestStore,
  type TestStore,
} from "./fixture.ts";

const MIB = 1024 * 1024;
const ORIGIN = "http://hub.test";
const code = (expected: string) => expect.objectContaining({ code: expected });

let store: TestStore;
let ann: number;
let bob: number;
let org: number;
let annA: number;
let annB: number;
let bobs: number;
let orgs: number;
let open: number;

beforeAll(async () => {
  store = await openTestStore();
  const { db } = store;
  [ann, bob, org] = [
    await addNamespace(db, "ann"),
    await addNamespace(db, "bob"),
    await addNamespace(db, "team", "org"),
  ];
  [annA, annB, bobs, orgs, open] = [
    await addBucket(db, ann, "a"),
    await addBucket(db, ann, "b"),
    await addBucket(db, bob, "b"),
    await addBucket(db, org, "o"),
    await addBucket(db, bob, "open", "public"),
  ];
  await db.write((tx) => tx.insertInto("members").values({ org_id: org, user_id: ann, role: "read" }).execute());
});
afterAll(() => store.close());

async function read(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Uploads `data` as one xorb and one file. */
async function upload(access: ReturnType<typeof accessOf>, data: Uint8Array) {
  const xorb = makeXorb(data);
  const file = makeFile([{ xorb }]);
  await store.cas.putXorb(access, xorb.hash, bodyOf(xorb.bytes));
  await store.cas.putShard(access, bodyOf(makeShard([file.entry], [xorb])));
  return { xorb, file };
}

describe("xorbs", () => {
  test("inserted once, known the second time, also when both come at once in different compressions", async () => {
    const data = makeBytes(3 * MIB, 1, "text");
    const xorb = makeXorb(data);
    const access = accessOf(annA, ann);
    const answers = await Promise.all(
      [1, 7777, 65536].map((piece) => store.cas.putXorb(access, xorb.hash, bodyOf(xorb.bytes, Math.max(piece, 999)))),
    );
    expect(answers.map(({ wasInserted }) => wasInserted).sort()).toEqual([false, false, true]);
    expect(await store.cas.headXorb(access, xorb.hash)).toBe(xorb.bytes.length);
    expect(await readdir(join(store.dir, "tmp"))).toEqual([]);
  });

  test("a footer is tolerated and not kept", async () => {
    const xorb = makeXorb(makeBytes(100_000, 2));
    const access = accessOf(annA, ann);
    const footer = Buffer.concat([Buffer.from("XETBLOB\x01"), Buffer.alloc(500, 7)]);
    await store.cas.putXorb(access, xorb.hash, bodyOf(Buffer.concat([xorb.bytes, footer]), 1000));
    expect(await store.cas.headXorb(access, xorb.hash)).toBe(xorb.bytes.length);
  });

  test("a lost blob is restored by the next upload", async () => {
    const access = accessOf(annA, ann);
    const data = makeBytes(200_000, 3);
    const { xorb, file } = await upload(access, data);
    await rm(join(store.dir, "blobs/xorbs", xorb.hash.slice(0, 2), xorb.hash));
    await expect(read(await store.cas.readFile(annA, file.hash, { start: 0, end: 10 }))).rejects.toEqual(
      code("NotFound"),
    );
    expect(await store.cas.putXorb(access, xorb.hash, bodyOf(xorb.bytes))).toEqual({ wasInserted: false });
    expect((await read(await store.cas.readFile(annA, file.hash, { start: 0, end: file.size }))).equals(data)).toBe(
      true,
    );
  });

  test("HEAD tells nobody else of it", async () => {
    const xorb = makeXorb(makeBytes(1000, 4));
    await store.cas.putXorb(accessOf(annA, ann), xorb.hash, bodyOf(xorb.bytes));
    await expect(store.cas.headXorb(accessOf(bobs, bob), xorb.hash)).rejects.toEqual(code("NotFound"));
  });
});

describe("files", () => {
  const data = makeBytes(9 * MIB, 10);
  let hash: string;
  let xorbs: ReturnType<typeof makeXorb>[];
  const access = () => accessOf(annA, ann);

  beforeAll(async () => {
    xorbs = [makeXorb(data.subarray(0, 4 * MIB)), makeXorb(data.subarray(4 * MIB))];
    const file = makeFile(xorbs.map((xorb) => ({ xorb })));
    hash = file.hash;
    for (const xorb of xorbs) await store.cas.putXorb(access(), xorb.hash, bodyOf(xorb.bytes));
    expect(await store.cas.putShard(access(), bodyOf(makeShard([file.entry], xorbs)))).toEqual({ result: 1 });
    expect(await store.cas.putShard(access(), bodyOf(makeShard([file.entry])))).toEqual({ result: 0 });
  });

  test("read back whole and in any part", async () => {
    for (const [start, end] of [
      [0, data.length],
      [0, 1],
      [data.length - 1, data.length],
      [4 * MIB - 5, 4 * MIB + 5],
      [12345, 5_000_001],
      [77, 77],
    ]) {
      expect((await read(await store.cas.readFile(annA, hash, { start, end }))).equals(data.subarray(start, end))).toBe(
        true,
      );
    }
    await expect(store.cas.readFile(annA, hash, { start: 0, end: data.length + 1 })).rejects.toEqual(
      code("RangeNotSatisfiable"),
    );
  });

  test("a reader who stops early is no burden", async () => {
    for (let i = 0; i < 5; i++) {
      for await (const piece of await store.cas.readFile(annA, hash, { start: i, end: data.length })) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
    }
    expect(await store.cas.headFile(access(), hash)).toBe(data.length);
  });

  test("reconstruction: whole, clamped, past the end, and its URLs give the bytes", async () => {
    const whole = await store.cas.reconstruct(access(), hash, null, ORIGIN);
    expect(whole.terms.map(({ xorbHash, unpackedLength }) => [xorbHash, unpackedLength])).toEqual([
      [xorbs[0].hash, 4 * MIB],
      [xorbs[1].hash, 5 * MIB],
    ]);
    expect(await store.cas.reconstruct(access(), hash, { start: 0, end: 1e12 }, ORIGIN)).toEqual(whole);
    await expect(
      store.cas.reconstruct(access(), hash, { start: data.length, end: data.length + 1 }, ORIGIN),
    ).rejects.toEqual(code("RangeNotSatisfiable"));
    const part = await store.cas.reconstruct(access(), hash, { start: 3 * MIB, end: 6 * MIB }, ORIGIN);
    expect(part.fetches).toHaveLength(2);
    for (const fetch of part.fetches) {
      const url = new URL(fetch.url);
      const range = { start: fetch.byteStart, end: fetch.byteEnd };
      const [piece] = await store.cas.openXorb(fetch.xorbHash, url.searchParams, [range]);
      const bytes = xorbs.find((xorb) => xorb.hash === fetch.xorbHash)!.bytes;
      expect((await read(piece.body)).equals(bytes.subarray(range.start, range.end))).toBe(true);
      const other = { ...range, end: range.end - 1 };
      await expect(store.cas.openXorb(fetch.xorbHash, url.searchParams, [other])).rejects.toEqual(code("Forbidden"));
      url.searchParams.set("bytes", "0-10");
      await expect(store.cas.openXorb(fetch.xorbHash, url.searchParams, null)).rejects.toEqual(code("Forbidden"));
    }
  });

  test("only through a bucket that holds it, or was sent it and may be written", async () => {
    await expect(store.cas.headFile(accessOf(annB, ann), hash)).rejects.toEqual(code("NotFound"));
    await expect(store.cas.headFile(accessOf(annA, ann, { scope: "read" }), hash)).rejects.toEqual(code("NotFound"));
    await enterFile(store.db, annB, Buffer.from(makeFile(xorbs.map((xorb) => ({ xorb }))).entry.hash));
    expect(await store.cas.headFile(accessOf(annB, null, { scope: "read" }), hash)).toBe(data.length);
    await expect(store.cas.headFile(accessOf(bobs, bob), hash)).rejects.toEqual(code("NotFound"));
  });

  test("the empty file", async () => {
    const shard = makeShard([{ hash: new Uint8Array(32), segments: [], verification: [] }]);
    await store.cas.putShard(access(), bodyOf(shard));
    expect(await store.cas.headFile(access(), ZERO_HASH)).toBe(0);
    expect(await store.cas.reconstruct(access(), ZERO_HASH, null, ORIGIN)).toEqual({
      offsetIntoFirstRange: 0,
      terms: [],
      fetches: [],
    });
    expect(await read(await store.cas.readFile(annA, ZERO_HASH, { start: 0, end: 0 }))).toHaveLength(0);
  });
});

describe("possession", () => {
  type Xorb = ReturnType<typeof makeXorb>;
  /** Names the xorb and proves nothing. */
  const bare = (xorb: Xorb) => bodyOf(makeShard([{ ...makeFile([{ xorb }]).entry, verification: undefined }]));
  const proving = (xorb: Xorb) => bodyOf(makeShard([makeFile([{ xorb }]).entry]));
  const refused = (xorb: Xorb) =>
    expect.objectContaining({ message: `Invalid shard: xorb ${xorb.hash} was not uploaded.` });

  test("naming a xorb gives nothing; sending its bytes, or reading a bucket that refers to it, does", async () => {
    const { xorb, file } = await upload(accessOf(bobs, bob), makeBytes(300_000, 20));
    await expect(store.cas.putShard(accessOf(annA, ann), bare(xorb))).rejects.toEqual(refused(xorb));
    // The same words as for a xorb that nobody has.
    const nobodys = makeXorb(makeBytes(5, 21));
    await expect(store.cas.putShard(accessOf(annA, ann), bare(nobodys))).rejects.toEqual(refused(nobodys));
    // Bob's own, in his other bucket.
    expect(await store.cas.putShard(accessOf(open, bob), bare(xorb))).toEqual({ result: 0 });
    // Public now.
    await enterFile(store.db, open, Buffer.from(file.entry.hash));
    expect(await store.cas.putShard(accessOf(annA, ann), bare(xorb))).toEqual({ result: 0 });
  });

  /** A bucket of Bob's that was open when Ann asked about the xorb, and is not any more. */
  async function lend(xorb: Xorb, entry: ShardFileInput): Promise<void> {
    const lent = await addBucket(store.db, bob, `lent-${xorb.hash.slice(0, 8)}`, "public");
    await store.cas.putShard(accessOf(lent, bob), bodyOf(makeShard([entry])));
    await enterFile(store.db, lent, Buffer.from(entry.hash));
    await store.cas.queryChunk(accessOf(annA, ann), hashToHex(xorb.hashes));
    await store.db.write((tx) =>
      tx.updateTable("buckets").set({ visibility: "private" }).where("id", "=", lent).execute(),
    );
  }

  test("the right verification hash proves nothing of what the server has never named", async () => {
    const { xorb } = await upload(accessOf(bobs, bob), makeBytes(600_000, 29));
    await expect(store.cas.putShard(accessOf(annA, ann), proving(xorb))).rejects.toEqual(refused(xorb));
  });

  test("it does of what a dedup answer named; whatever else is wrong, the answer tells nothing", async () => {
    const { xorb, file: sent } = await upload(accessOf(bobs, bob), makeBytes(600_000, 24));
    await lend(xorb, sent.entry);
    await expect(store.cas.putShard(accessOf(annA, ann), bare(xorb))).rejects.toEqual(refused(xorb));
    await expect(store.cas.putShard(accessOf(annA, ann, { reach: "bucket" }), proving(xorb))).rejects.toEqual(
      refused(xorb),
    );
    const { entry } = makeFile([{ xorb }]);
    const segment = entry.segments[0];
    const wrong: ShardFileInput[] = [
      { ...entry, verification: [new Uint8Array(32).fill(1)] },
      { ...entry, segments: [{ ...segment, chunkEnd: segment.chunkEnd + 1 }] },
      { ...entry, segments: [{ ...segment, chunkEnd: segment.chunkStart }] },
      { ...entry, segments: [{ ...segment, bytes: segment.bytes + 1 }] },
    ];
    const broken = { ...makeFile([{ xorb: (await upload(accessOf(annA, ann), makeBytes(90_000, 25))).xorb }]).entry };
    broken.hash = new Uint8Array(32).fill(9);
    for (const file of wrong) {
      // Also not when another file of the shard is wrong before it.
      await expect(store.cas.putShard(accessOf(annA, ann), bodyOf(makeShard([broken, file])))).rejects.toEqual(
        refused(xorb),
      );
    }
    // New to her, whoever else has registered it.
    expect(await store.cas.putShard(accessOf(annA, ann), proving(xorb))).toEqual({ result: 1 });
    expect(await store.cas.putShard(accessOf(annA, ann), proving(xorb))).toEqual({ result: 0 });
    expect(await store.cas.headFile(accessOf(annA, ann), makeFile([{ xorb }]).hash)).toBe(600_000);
  });

  test("a xorb of one chunk is named by that chunk's hash, so its verification hash proves nothing", async () => {
    const { xorb, file } = await upload(accessOf(bobs, bob), makeBytes(500, 26));
    await lend(xorb, file.entry);
    await expect(store.cas.putShard(accessOf(annA, ann), proving(xorb))).rejects.toEqual(refused(xorb));
  });

  test("sending a xorb that a stranger has sent before answers as if it were new", async () => {
    const { xorb } = await upload(accessOf(bobs, bob), makeBytes(300_000, 27));
    const send = () => store.cas.putXorb(accessOf(annA, ann), xorb.hash, bodyOf(xorb.bytes));
    expect(await send()).toEqual({ wasInserted: true });
    expect(await send()).toEqual({ wasInserted: false });
  });

  test("and it is kept as it was sent, so that nobody sees how the stranger packed it", async () => {
    const data = makeBytes(300_000, 28, "text");
    const theirs = makeXorb(data);
    const hers = makeXorb(data, { compress: false });
    expect(hers.hash).toBe(theirs.hash);
    expect(hers.bytes.length).toBeGreaterThan(theirs.bytes.length);
    const file = makeFile([{ xorb: hers }]);
    for (const [access, xorb] of [
      [accessOf(bobs, bob), theirs],
      [accessOf(annA, ann), hers],
      // Another token of hers that may lean on nothing outside its bucket: new to it, and yet there once.
      [accessOf(annB, ann, { reach: "bucket" }), theirs],
    ] as const) {
      expect(await store.cas.putXorb(access, xorb.hash, bodyOf(xorb.bytes))).toEqual({ wasInserted: true });
      await store.cas.putShard(access, bodyOf(makeShard([file.entry], [xorb])));
    }
    const folder = await readdir(join(store.dir, "blobs/xorbs", hers.hash.slice(0, 2)));
    expect(folder.filter((name) => name.startsWith(hers.hash))).toHaveLength(2);
    for (const [access, { bytes }] of [
      [accessOf(bobs, bob), theirs],
      [accessOf(annA, ann), hers],
      [accessOf(annB, ann, { reach: "bucket" }), hers],
    ] as const) {
      expect(await store.cas.headXorb(access, hers.hash)).toBe(bytes.length);
      const { fetches } = await store.cas.reconstruct(access, file.hash, null, ORIGIN);
      expect(fetches[0]).toMatchObject({ byteStart: 0, byteEnd: bytes.length });
      const [opened] = await store.cas.openXorb(hers.hash, new URL(fetches[0]!.url).searchParams, null);
      expect((await read(opened!.body)).equals(bytes)).toBe(true);
    }
  });

  test("a member may lean on what the organization's buckets hold, a stranger not", async () => {
    const carol = await addNamespace(store.db, "carol");
    const { xorb, file } = await upload(accessOf(orgs, carol), makeBytes(300_000, 22));
    await expect(store.cas.putShard(accessOf(annA, ann), bare(xorb))).rejects.toEqual(refused(xorb));
    await enterFile(store.db, orgs, Buffer.from(file.entry.hash));
    await store.cas.putShard(accessOf(annA, ann), bare(xorb));
    await expect(store.cas.putShard(accessOf(bobs, bob), bare(xorb))).rejects.toEqual(refused(xorb));
  });

  test("a token limited to a bucket or a namespace does not reach what its account reaches", async () => {
    const { xorb } = await upload(accessOf(annA, ann), makeBytes(300_000, 23));
    await expect(store.cas.putShard(accessOf(annB, ann, { reach: "bucket" }), bare(xorb))).rejects.toEqual(
      refused(xorb),
    );
    await expect(store.cas.putShard(accessOf(orgs, ann, { reach: "namespace" }), bare(xorb))).rejects.toEqual(
      refused(xorb),
    );
    await store.cas.putShard(accessOf(annB, ann, { reach: "namespace" }), bare(xorb));
    await store.cas.putShard(accessOf(annA, ann, { reach: "bucket" }), bare(xorb));
  });
});

describe("the same content of several accounts", () => {
  const xorbsOf = async (access: CasAccess, hash: string) =>
    (await store.cas.reconstruct(access, hash, null, ORIGIN)).terms.map(({ xorbHash }) => xorbHash);

  test("each reads what it sent itself, packed as it did; the bucket that holds it decides", async () => {
    const data = makeBytes(3 * MIB, 60);
    const whole = makeXorb(data);
    const file = makeFile([{ xorb: whole }]);
    // The same chunks in the same order, and so the same file, cut into xorbs elsewhere.
    const at = whole.lengths.slice(0, 9).reduce((sum, length) => sum + length, 0);
    const parts = [makeXorb(data.subarray(0, at)), makeXorb(data.subarray(at))];
    const split = makeFile(parts.map((xorb) => ({ xorb })));
    expect(split.hash).toBe(file.hash);
    const send = async (access: CasAccess, xorbs: typeof parts, entry: ShardFileInput) => {
      for (const xorb of xorbs) await store.cas.putXorb(access, xorb.hash, bodyOf(xorb.bytes));
      return (await store.cas.putShard(access, bodyOf(makeShard([entry], xorbs)))).result;
    };
    expect(await send(accessOf(annA, ann), [whole], file.entry)).toBe(1);
    expect(await send(accessOf(bobs, bob), parts, split.entry)).toBe(1);
    expect(await send(accessOf(bobs, bob), [whole], file.entry)).toBe(0);
    expect(await xorbsOf(accessOf(annA, ann), file.hash)).toEqual([whole.hash]);
    expect(await xorbsOf(accessOf(bobs, bob), file.hash)).toEqual(parts.map(({ hash }) => hash));
    // Another bucket of hers takes what she sent to the first.
    expect(await send(accessOf(annB, ann), parts, split.entry)).toBe(0);
    await enterFile(store.db, annB, Buffer.from(file.entry.hash));
    expect(await xorbsOf(accessOf(annB, ann), file.hash)).toEqual([whole.hash]);
    for (const bucket of [annA, bobs]) {
      const bytes = await read(await store.cas.readFile(bucket, file.hash, { start: at - 10, end: at + 10 }));
      expect(bytes.equals(data.subarray(at - 10, at + 10))).toBe(true);
    }
  });
});

describe("the dedup query", () => {
  test("a file's first chunk gives all its xorbs, by HMAC, to who may read it", async () => {
    const data = makeBytes(6 * MIB, 30);
    const xorbs = [0, 1, 2].map((i) => makeXorb(data.subarray(i * 2 * MIB, (i + 1) * 2 * MIB)));
    const file = makeFile(xorbs.map((xorb) => ({ xorb })));
    const access = accessOf(annA, ann);
    for (const xorb of xorbs) await store.cas.putXorb(access, xorb.hash, bodyOf(xorb.bytes));
    await store.cas.putShard(access, bodyOf(makeShard([file.entry], xorbs)));
    await enterFile(store.db, annA, Buffer.from(file.entry.hash));
    const first = hashToHex(xorbs[0].hashes);

    const answer = await store.cas.queryChunk(accessOf(annB, ann), first);
    const { hmacKey, createdAt, expiresAt } = decodeShardFooter(answer)!;
    expect(expiresAt - createdAt).toBe(7 * 24 * 3600);
    const found = new Map(
      [...walkShard(answer)].flatMap((item) => (item.kind === "xorb" ? [[hashToHex(item.hash), item] as const] : [])),
    );
    for (const xorb of xorbs) {
      const item = found.get(xorb.hash)!;
      expect(item.chunks).toBe(xorb.lengths.length);
      for (let i = 0; i < item.chunks; i++) {
        const plain = xorb.hashes.subarray(i * 32, i * 32 + 32);
        expect(hashToHex(item.chunk(i).hash)).toBe(hashToHex(hmacHash(hmacKey, plain)));
        expect(hashToHex(item.chunk(i).hash)).not.toBe(hashToHex(plain));
      }
    }
    await expect(store.cas.queryChunk(accessOf(bobs, bob), first)).rejects.toEqual(code("NotFound"));
    await expect(store.cas.queryChunk(accessOf(orgs, ann, { reach: "bucket" }), first)).rejects.toEqual(
      code("NotFound"),
    );
    await expect(store.cas.queryChunk(access, "1".repeat(64))).rejects.toEqual(code("NotFound"));
    expect(decodeShardFooter(await store.cas.queryChunk(access, first))!.hmacKey).not.toEqual(hmacKey);
  });
});

describe("many dedup questions at once", () => {
  const namesIn = (shard: Uint8Array) =>
    [...walkShard(shard)].flatMap((item) => (item.kind === "xorb" ? [hashToHex(item.hash)] : [])).sort();
  const ask = (access: CasAccess, question: Partial<DedupQuestion>) =>
    store.cas.queryDedup(access, { chunks: [], files: [], recent: false, ...question }).then(namesIn);

  test("chunks, files and what was sent lately, each xorb once; nothing to who may not use it", async () => {
    const access = accessOf(annA, ann);
    const { xorb, file } = await upload(access, makeBytes(700_000, 50));
    await enterFile(store.db, annA, Buffer.from(file.entry.hash));
    const pending = makeXorb(makeBytes(400_000, 51));
    await store.cas.putXorb(access, pending.hash, bodyOf(pending.bytes));
    const [first, hash] = [hashToHex(xorb.hashes), makeFile([{ xorb }]).hash];

    expect(await ask(access, { files: [hash] })).toEqual([xorb.hash]);
    expect(await ask(access, { chunks: [first, "1".repeat(64)], files: [hash, "2".repeat(64)] })).toContain(xorb.hash);
    expect(await ask(access, { recent: true })).toEqual(expect.arrayContaining([xorb.hash, pending.hash]));
    // Another bucket of hers knows nothing of what was sent to this one lately, and a stranger nothing at all.
    expect(await ask(accessOf(annB, ann), { recent: true })).not.toContain(pending.hash);
    expect(await ask(accessOf(bobs, bob), { chunks: [first], files: [hash], recent: true })).not.toContain(xorb.hash);
    expect(await ask(accessOf(annA, null), { recent: true })).toEqual([]);
  });
});

test("tokens and URLs: forged, expired, of the wrong scope", async () => {
  let now = Date.UTC(2026, 10, 20);
  const other = await openTestStore({ clock: () => now });
  const { cas } = other;
  const read = cas.createToken(accessOf(1, 2, { scope: "read", reach: "bucket" }));
  expect(await cas.authorize(read.accessToken, "read")).toEqual(accessOf(1, 2, { scope: "read", reach: "bucket" }));
  await expect(cas.authorize(read.accessToken, "write")).rejects.toEqual(code("Forbidden"));
  await expect(cas.authorize(null, "read")).rejects.toEqual(code("Unauthorized"));
  const [claims, signature] = read.accessToken.slice(4).split(".");
  const wider = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(claims, "base64url").toString()), scope: "write" }),
  );
  await expect(cas.authorize(`xet_${wider.toString("base64url")}.${signature}`, "write")).rejects.toEqual(
    code("Unauthorized"),
  );
  expect(read.exp).toBe(now / 1000 + 3600);
  now += 3_599_000;
  await cas.authorize(read.accessToken, "read");
  now += 1000;
  await expect(cas.authorize(read.accessToken, "read")).rejects.toEqual(code("Unauthorized"));
  await other.close();
});

test("a start wipes staged files and sweeps blobs without a row", async () => {
  const xorb = makeXorb(makeBytes(5000, 40));
  await store.cas.putXorb(accessOf(annA, ann), xorb.hash, bodyOf(xorb.bytes));
  const orphan = "ab".repeat(32);
  const folder = join(store.dir, "blobs/xorbs/ab");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, orphan), "left over");
  await writeFile(join(store.dir, "tmp/half"), "half");
  await new Promise((resolve) => setTimeout(resolve, 20));
  await store.restart();
  expect(await store.cas.swept).toBe(1);
  expect(await readdir(folder)).not.toContain(orphan);
  expect(await readdir(join(store.dir, "tmp"))).toEqual([]);
  expect(await store.cas.headXorb(accessOf(annA, ann), xorb.hash)).toBe(xorb.bytes.length);
});
