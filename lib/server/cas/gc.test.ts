import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { hmacHash } from "#lib/core/xet/hash.ts";
import { decodeShardFooter, walkShard } from "#lib/core/xet/shard.ts";
import { XorbWalker } from "#lib/core/xet/xorb.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { createFileBlobs } from "../blobs/fs.ts";
import { openSnapshot } from "../db/scrub.ts";
import {
  accessOf,
  addBucket,
  addNamespace,
  bodyOf,
  enterFile,
  leaveFile,
  type MadeXorb,
  makeBytes,
  makeFile,
  makeShard,
  makeXorb,
  openTestStore,
  type TermSpec,
  type TestStore,
} from "./fixture.ts";
import { type Finding, scrub } from "./scrub.ts";
import { createWorkers } from "./workers.ts";

const ORIGIN = "http://hub.test";
const DAY = 24 * 3600 * 1000;
const ALL = { grace: 0, share: 1 };
const code = (expected: string) => expect.objectContaining({ code: expected });
const workers = createWorkers({ threads: 1 });
afterAll(() => workers.close());

let store: TestStore;
let ann: number;
let bucket: number;
let now: number;
/** Called before each change of the blobs; a test puts its own here. */
let onBlob: (verb: "put" | "delete", key: string) => Promise<void>;
/** Called after it. */
let afterBlob: typeof onBlob;
const access = () => accessOf(bucket, ann);

function around(blobs: BlobStore): BlobStore {
  return {
    ...blobs,
    async put(key, body) {
      await onBlob("put", key);
      await blobs.put(key, body);
      await afterBlob("put", key);
    },
    async delete(key) {
      await onBlob("delete", key);
      await blobs.delete(key);
      await afterBlob("delete", key);
    },
  };
}

beforeEach(async () => {
  now = Date.now();
  onBlob = async () => {};
  afterBlob = async () => {};
  store = await openTestStore({ clock: () => now, threads: 1, around });
  ann = await addNamespace(store.db, "ann");
  bucket = await addBucket(store.db, ann, "a");
});
afterEach(() => store.close());

interface TestFile {
  made: ReturnType<typeof makeFile>;
  terms: TermSpec[];
}

async function putXorb(xorb: MadeXorb): Promise<void> {
  await store.cas.putXorb(access(), xorb.hash, bodyOf(xorb.bytes));
}

/** Registers a file of these runs; `enter`: also as an entry of the bucket. */
async function putFile(terms: TermSpec[], { enter = true } = {}): Promise<TestFile> {
  const made = makeFile(terms);
  await store.cas.putShard(access(), bodyOf(makeShard([made.entry])));
  if (enter) await enterFile(store.db, bucket, Buffer.from(made.entry.hash));
  return { made, terms };
}

const leave = ({ made }: TestFile) => leaveFile(store.db, bucket, Buffer.from(made.entry.hash), now);

async function read(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** Of makeXorb's content: the plain bytes of chunks. */
function plainOf(data: Uint8Array, { xorb, start = 0, end = xorb.lengths.length }: TermSpec): Uint8Array {
  const at = (chunk: number) => xorb.lengths.subarray(0, chunk).reduce((sum, length) => sum + length, 0);
  return data.subarray(at(start), at(end));
}

async function expectReadable(file: TestFile, data: Map<MadeXorb, Uint8Array>): Promise<void> {
  const expected = Buffer.concat(file.terms.map((term) => plainOf(data.get(term.xorb)!, term)));
  const { hash, size } = file.made;
  expect((await read(await store.cas.readFile(bucket, hash, { start: 0, end: size }))).equals(expected)).toBe(true);
  const some = { start: Math.floor(size / 3), end: Math.floor((2 * size) / 3) + 1 };
  const part = await read(await store.cas.readFile(bucket, hash, some));
  expect(part.equals(expected.subarray(some.start, some.end))).toBe(true);
}

/** What the URLs of a reconstruction give, checked by their lengths. */
async function fetchAll({ fetches }: Awaited<ReturnType<TestStore["cas"]["reconstruct"]>>): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for (const { xorbHash, url, byteStart: start, byteEnd: end } of fetches) {
    const [piece] = await store.cas.openXorb(xorbHash, new URL(url).searchParams, [{ start, end }]);
    const bytes = await read(piece!.body);
    expect(bytes.length).toBe(end - start);
    all.push(bytes);
  }
  return all;
}

/** Names and bytes of all blobs of xorbs. */
async function blobsOf(): Promise<Map<string, number>> {
  const folder = join(store.dir, "blobs/xorbs");
  const found = new Map<string, number>();
  for (const part of await readdir(folder).catch(() => [])) {
    for (const name of await readdir(join(folder, part))) {
      found.set(name, (await stat(join(folder, part, name))).size);
    }
  }
  return found;
}

const sizeOf = (blobs: Map<string, number>) => [...blobs.values()].reduce((sum, bytes) => sum + bytes, 0);

async function findings(): Promise<Finding[]> {
  const found: Finding[] = [];
  const blobs = createFileBlobs({ dir: join(store.dir, "blobs"), tmp: join(store.dir, "tmp") });
  const open = () => openSnapshot(join(store.dir, "cooperage.db"));
  for await (const finding of scrub({ open, blobs, workers })) found.push(finding);
  // These tests make no entries.
  return found.filter(({ text }) => !text.startsWith("a file's count in a bucket"));
}

function storedOf(xorb: MadeXorb): number[] {
  return [...new XorbWalker().push(xorb.bytes)].map(({ start, end }) => end - start);
}

test("removes what no bucket holds, its rows and its blob; a second run finds nothing", async () => {
  const data = [makeBytes(900_000, 1), makeBytes(700_000, 2)];
  const xorbs = data.map((bytes) => makeXorb(bytes));
  for (const xorb of xorbs) await putXorb(xorb);
  const [kept, gone] = [await putFile([{ xorb: xorbs[0]! }]), await putFile([{ xorb: xorbs[1]! }])];
  await leave(gone);
  now += 1;
  const expected = { bytes: xorbs[1]!.bytes.length, files: 1, removed: 1, thinned: 0 };
  expect((await store.cas.gc.preview(ALL)).now).toEqual(expected);
  expect(await store.cas.gc.run(ALL)).toMatchObject({
    files: 1,
    removed: 1,
    thinned: 0,
    freedBytes: xorbs[1]!.bytes.length,
    orphans: 0,
  });
  expect([...(await blobsOf()).keys()]).toEqual([xorbs[0]!.hash]);
  await expectReadable(kept, new Map([[xorbs[0]!, data[0]!]]));
  await expect(store.cas.readFile(bucket, gone.made.hash, { start: 0, end: 1 })).rejects.toEqual(code("NotFound"));
  for (const table of ["xorbs", "xorb_tables", "xorb_uploaders", "files", "file_proofs", "file_heads"] as const) {
    expect(await store.db.read.selectFrom(table).selectAll().execute()).toHaveLength(1);
  }
  expect(await store.db.read.selectFrom("xorb_waste").selectAll().execute()).toEqual([]);
  expect(await findings()).toEqual([]);
  expect(await store.cas.gc.run(ALL)).toMatchObject({ files: 0, removed: 0, thinned: 0, freedBytes: 0 });
  expect(await store.cas.gc.state()).toMatchObject({ freedBytes: xorbs[1]!.bytes.length });
});

describe("thinning", () => {
  const data = makeBytes(900_000, 7, "text");
  const xorb = makeXorb(data);
  const contents = new Map([[xorb, data]]);
  const count = xorb.lengths.length;
  const stored = storedOf(xorb);
  const bytesIn = (chunks: Iterable<number>) => [...chunks].reduce((sum, chunk) => sum + stored[chunk]!, 0);

  test("any set of chunks may stay: they are read as before, take just their bytes, and old URLs go on", async () => {
    expect(count).toBeGreaterThan(8);
    await putXorb(xorb);
    let state = 12345;
    const random = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state / 2 ** 32;
    };
    // From all chunks down to few: each round drops some more, so that layouts follow on each other.
    let files: TestFile[] = [];
    for (let chunk = 0; chunk < count; chunk++) files.push(await putFile([{ xorb, start: chunk, end: chunk + 1 }]));
    files.push(await putFile([{ xorb }]), await putFile([{ xorb, start: 2, end: count - 2 }]));
    const urls = new Map<TestFile, { made: number; bytes: Buffer[]; answer: Awaited<ReturnType<typeof locate>> }[]>();
    const locate = ({ made }: TestFile) => store.cas.reconstruct(access(), made.hash, null, ORIGIN);
    const remember = async (round: number) => {
      for (const file of files) {
        const answer = await locate(file);
        urls.set(file, [...(urls.get(file) ?? []), { made: round, answer, bytes: await fetchAll(answer) }]);
      }
    };
    await remember(0);
    for (let round = 1; files.length > 1; round++) {
      const leaving = files.filter((file, at) => at > 0 && (file.terms[0]!.end ?? count) > 1 && random() < 0.35);
      if (leaving.length === 0) leaving.push(files.at(-1)!);
      files = files.filter((file) => !leaving.includes(file));
      for (const file of leaving) await leave(file);
      now += 1;
      const live = new Set(
        files.flatMap(({ terms: [{ start = 0, end = count }] }) =>
          Array.from({ length: end - start }, (_, i) => start + i),
        ),
      );
      const before = sizeOf(await blobsOf());
      const foreseen = await store.cas.gc.preview(ALL);
      const { freedBytes } = await store.cas.gc.run(ALL);
      expect(foreseen.now.bytes).toBe(freedBytes);
      expect(foreseen.later).toEqual([]);
      const blobs = await blobsOf();
      expect(blobs.size).toBe(1);
      expect(sizeOf(blobs)).toBe(bytesIn(live));
      expect(before - freedBytes).toBe(sizeOf(blobs));
      for (const file of files) {
        await expectReadable(file, contents);
        for (const { answer, bytes } of urls.get(file)!) {
          expect(Buffer.concat(await fetchAll(answer)).equals(Buffer.concat(bytes))).toBe(true);
        }
      }
      // URLs of what is gone give nothing else.
      for (const file of leaving) {
        const { start = 0, end = count } = file.terms[0]!;
        const all = Array.from({ length: end - start }, (_, i) => live.has(start + i)).every(Boolean);
        if (all) continue;
        await expect(fetchAll(urls.get(file)![0]!.answer)).rejects.toEqual(code("NotFound"));
      }
      await remember(round);
      expect(await findings()).toEqual([]);
    }
    const { layout, dropped } = await store.db.read.selectFrom("xorbs").selectAll().executeTakeFirstOrThrow();
    expect(layout).toBeGreaterThan(2);
    expect(dropped).toBe(count - 1);
    // When no URL of them is good any more, old layouts are forgotten.
    now += 3 * 3600_000;
    await store.cas.gc.run(ALL);
    expect(await store.db.read.selectFrom("xorb_layouts").selectAll().execute()).toEqual([]);
  });

  async function thinTo(start: number, end: number): Promise<TestFile> {
    await putXorb(xorb);
    const [whole, part] = [await putFile([{ xorb }]), await putFile([{ xorb, start, end }])];
    await leave(whole);
    now += 1;
    expect((await store.cas.gc.run(ALL)).thinned).toBe(1);
    return part;
  }

  test("a file of dropped chunks is refused like one of a xorb that was never sent", async () => {
    await thinTo(2, 5);
    const never = makeXorb(makeBytes(200_000, 99));
    const message = async (terms: TermSpec[]) => {
      const error = await putFile(terms, { enter: false }).catch((caught) => caught);
      expect(error).toEqual(code("BadRequest"));
      return (error as Error).message.replace(/[0-9a-f]{64}/, "HASH");
    };
    const unknown = await message([{ xorb: never }]);
    for (const [start, end] of [
      [0, count],
      [1, 3],
      [4, 6],
      [count - 1, count],
    ] as const) {
      expect(await message([{ xorb, start, end }])).toBe(unknown);
    }
    await putFile([{ xorb, start: 2, end: 4 }]);
    expect(await findings()).toEqual([]);
  });

  test("sending the xorb again restores it, also in another compression; HEAD says that it must be", async () => {
    const part = await thinTo(2, 5);
    await expect(store.cas.headXorb(access(), xorb.hash)).rejects.toEqual(code("NotFound"));
    const old = await store.cas.reconstruct(access(), part.made.hash, null, ORIGIN);
    const bytes = await fetchAll(old);
    expect(await store.cas.putXorb(access(), xorb.hash, bodyOf(xorb.bytes))).toEqual({ wasInserted: false });
    expect(await store.cas.headXorb(access(), xorb.hash)).toBe(xorb.bytes.length);
    await expectReadable(await putFile([{ xorb, start: 1, end: count }]), contents);
    await expectReadable(part, contents);
    expect(await fetchAll(old)).toEqual(bytes);
    expect(sizeOf(await blobsOf())).toBe(xorb.bytes.length);
    expect(await findings()).toEqual([]);
  });

  test("a URL for other bytes than there are now is refused as expired", async () => {
    const part = await thinTo(2, 5);
    const old = await store.cas.reconstruct(access(), part.made.hash, null, ORIGIN);
    // The same chunks, not compressed.
    const plain = Buffer.concat(
      Array.from(xorb.lengths, (length, chunk) => {
        const head = Buffer.from([
          0,
          length & 255,
          (length >> 8) & 255,
          length >> 16,
          0,
          length & 255,
          (length >> 8) & 255,
          length >> 16,
        ]);
        return Buffer.concat([head, plainOf(data, { xorb, start: chunk, end: chunk + 1 })]);
      }),
    );
    await store.cas.putXorb(access(), xorb.hash, bodyOf(plain));
    await expectReadable(part, contents);
    await expect(fetchAll(old)).rejects.toEqual(code("Forbidden"));
  });

  test("dedup answers offer no chunk that is dropped, nor one that is about to be", async () => {
    const offered = async () => {
      const shard = await store.cas.queryDedup(access(), { chunks: [], files: [], recent: true });
      const { hmacKey } = decodeShardFooter(shard)!;
      const names = new Set<string>();
      for (const item of walkShard(shard)) {
        if (item.kind !== "xorb") continue;
        for (let i = 0; i < item.chunks; i++) names.add(Buffer.from(item.chunk(i).hash).toString("hex"));
      }
      return Array.from({ length: count }, (_, chunk) => chunk).filter((chunk) =>
        names.has(Buffer.from(hmacHash(hmacKey, xorb.hashes.slice(32 * chunk, 32 * chunk + 32))).toString("hex")),
      );
    };
    await putXorb(xorb);
    const [whole] = [await putFile([{ xorb }]), await putFile([{ xorb, start: 2, end: 5 }])];
    expect(await offered()).toHaveLength(count);
    await leave(whole);
    now += 14 * DAY - 1000;
    const query = () => offered();
    await store.cas.gc.run();
    // Not "recent" any more; asked for by its first chunk instead.
    await store.db.write((tx) => tx.updateTable("xorbs").set({ created_at: now }).execute());
    expect(await query()).toHaveLength(count);
    now += 2000;
    await store.cas.gc.run();
    expect(await query()).toEqual([2, 3, 4]);
    expect(sizeOf(await blobsOf())).toBe(xorb.bytes.length);
    await putFile([{ xorb, start: 6, end: 7 }]);
    await store.cas.gc.run(ALL);
    expect(await query()).toEqual([2, 3, 4, 6]);
    expect(sizeOf(await blobsOf())).toBe(bytesIn([2, 3, 4, 6]));
  });
});

describe("grace", () => {
  test("bytes go when nothing has referred to them for that long, and the preview says when", async () => {
    const data = makeBytes(600_000, 3);
    const xorb = makeXorb(data);
    await putXorb(xorb);
    const file = await putFile([{ xorb }]);
    now += 100 * DAY;
    await leave(file);
    const due = new Date(now + 21 * DAY).toISOString().slice(0, 10);
    expect(await store.cas.gc.preview()).toMatchObject({
      now: { bytes: 0, files: 0 },
      later: [{ day: due, bytes: xorb.bytes.length }],
    });
    for (let hours = 0; hours < 21 * 24; hours += 6) {
      expect((await store.cas.gc.run()).freedBytes).toBe(0);
      now += 6 * 3600_000;
    }
    // Found to be waste at a run of day 14, which is seven days ago.
    expect((await store.cas.gc.preview()).now.bytes).toBe(xorb.bytes.length);
    expect((await store.cas.gc.run()).freedBytes).toBe(xorb.bytes.length);
    expect(await blobsOf()).toEqual(new Map());
  });

  test("a xorb that is sent again, or a file that is registered again, waits anew", async () => {
    const data = makeBytes(600_000, 3);
    const xorb = makeXorb(data);
    await putXorb(xorb);
    const file = await putFile([{ xorb }]);
    await leave(file);
    now += 20 * DAY;
    await store.cas.gc.run();
    await putXorb(xorb);
    await putFile([{ xorb }], { enter: false });
    now += 2 * DAY;
    await store.cas.gc.run();
    await enterFile(store.db, bucket, Buffer.from(file.made.entry.hash));
    now += 100 * DAY;
    expect((await store.cas.gc.run()).freedBytes).toBe(0);
    await expectReadable(file, new Map([[xorb, data]]));
  });

  test("what was never entered goes too", async () => {
    const [xorb, other] = [makeXorb(makeBytes(300_000, 4)), makeXorb(makeBytes(300_000, 5))];
    await putXorb(xorb);
    await putXorb(other);
    await putFile([{ xorb }], { enter: false });
    now += 14 * DAY + 1;
    await store.cas.gc.run();
    now += 7 * DAY;
    expect(await store.cas.gc.run()).toMatchObject({ files: 1, removed: 2 });
  });

  test("what was offered yesterday waits, though its grace is over", async () => {
    const xorb = makeXorb(makeBytes(900_000, 8));
    const count = xorb.lengths.length;
    await putXorb(xorb);
    const [first, second] = [
      await putFile([{ xorb, start: 0, end: 3 }]),
      await putFile([{ xorb, start: 3, end: count }]),
    ];
    await leave(first);
    now += 15 * DAY;
    await store.cas.gc.run();
    await leave(second);
    // No run for long: dedup answers went on to offer the second file's chunks.
    now += 22 * DAY;
    expect(await store.cas.gc.run()).toMatchObject({ files: 2, freedBytes: 0 });
    now += 7 * DAY;
    expect((await store.cas.gc.run()).freedBytes).toBe(xorb.bytes.length);
  });

  test("thins only below the share", async () => {
    const xorb = makeXorb(makeBytes(900_000, 8));
    const count = xorb.lengths.length;
    await putXorb(xorb);
    const whole = await putFile([{ xorb }]);
    await putFile([{ xorb, start: 0, end: count - 2 }]);
    await leave(whole);
    now += 1;
    const { now: free, kept } = await store.cas.gc.preview({ grace: 0 });
    expect(free.bytes).toBe(0);
    expect(kept).toBeGreaterThan(0);
    expect((await store.cas.gc.run({ grace: 0 })).freedBytes).toBe(0);
    expect((await store.cas.gc.run(ALL)).freedBytes).toBe(kept);
  });
});

describe("beside others", () => {
  const data = makeBytes(900_000, 9);
  const xorb = makeXorb(data);
  const count = xorb.lengths.length;
  const contents = new Map([[xorb, data]]);

  /** The whole file is left, a part of it stays: the next run thins. */
  async function prepare(): Promise<TestFile> {
    await putXorb(xorb);
    const [whole, part] = [await putFile([{ xorb }]), await putFile([{ xorb, start: 0, end: 3 }])];
    await leave(whole);
    now += 1;
    return part;
  }

  test("a file that is registered while a xorb is thinned keeps its chunks", async () => {
    const part = await prepare();
    let late: TestFile | undefined;
    onBlob = async (verb, key) => {
      if (verb === "put" && key.endsWith("-1")) late = await putFile([{ xorb, start: 2, end: count }]);
    };
    expect((await store.cas.gc.run(ALL)).thinned).toBe(0);
    await expectReadable(late!, contents);
    await expectReadable(part, contents);
    expect(await blobsOf()).toEqual(new Map([[xorb.hash, xorb.bytes.length]]));
    onBlob = async () => {};
    // The next run looks again.
    await store.cas.gc.run(ALL);
    expect(await findings()).toEqual([]);
  });

  test("a file that is registered just before its xorb would go keeps it", async () => {
    await putXorb(xorb);
    now += 1;
    const { write } = store.db;
    let late: TestFile | undefined;
    store.db.write = async (work) => {
      const waste = await store.db.read.selectFrom("xorb_waste").select("xorb_id").execute();
      if (waste.length > 0 && late === undefined) {
        store.db.write = write;
        late = await putFile([{ xorb }]);
      }
      return write(work);
    };
    expect(await store.cas.gc.run(ALL)).toMatchObject({ removed: 0, thinned: 0 });
    await expectReadable(late!, contents);
    expect(await findings()).toEqual([]);
  });

  test("a shard whose xorb is removed between its check and its registration is refused", async () => {
    await putXorb(xorb);
    const { write } = store.db;
    let runs = 0;
    store.db.write = async (work) => {
      if (runs++ === 0) {
        now += 1;
        await store.cas.gc.run(ALL);
      }
      return write(work);
    };
    await expect(putFile([{ xorb }], { enter: false })).rejects.toEqual(code("BadRequest"));
    expect(runs).toBeGreaterThan(1);
    store.db.write = write;
    expect(await store.db.read.selectFrom("files").selectAll().execute()).toEqual([]);
    expect(await findings()).toEqual([]);
  });

  test("a xorb that is sent while it goes is there in the end", async () => {
    await putXorb(xorb);
    now += 1;
    let sent: Promise<void> | undefined;
    onBlob = async (verb) => {
      if (verb === "delete") sent ??= putXorb(xorb);
    };
    expect((await store.cas.gc.run(ALL)).removed).toBe(1);
    await sent;
    await expectReadable(await putFile([{ xorb }]), contents);
    expect((await blobsOf()).size).toBe(1);
    expect(await findings()).toEqual([]);
  });

  test("a xorb that is sent again before its turn comes stays", async () => {
    const next = makeXorb(makeBytes(400_000, 12));
    await putXorb(xorb);
    await putXorb(next);
    now += 1;
    onBlob = async (verb, key) => {
      if (verb !== "delete" || !key.endsWith(xorb.hash)) return;
      now += 1;
      await putXorb(next);
    };
    expect((await store.cas.gc.run(ALL)).removed).toBe(1);
    expect([...(await blobsOf()).keys()]).toEqual([next.hash]);
    expect(await findings()).toEqual([]);
  });

  test("a download goes on at its chunk when the blob it was about to open is gone", async () => {
    await putXorb(xorb);
    const large = makeBytes(14_000_000, 10);
    const other = makeXorb(large);
    await putXorb(other);
    const [whole, file] = [await putFile([{ xorb }]), await putFile([{ xorb: other }, { xorb, start: 4, end: 7 }])];
    const url = await store.cas.reconstruct(access(), file.made.hash, null, ORIGIN);
    const expected = await fetchAll(url);
    const opened = [];
    for (const { xorbHash, url: address } of url.fetches) {
      opened.push(...(await store.cas.openXorb(xorbHash, new URL(address).searchParams, null)));
    }
    const body = await store.cas.readFile(bucket, file.made.hash, { start: 0, end: file.made.size });
    const pieces = body[Symbol.asyncIterator]();
    // It has learned where all chunks lie, and is far from the second xorb.
    const first = Buffer.from((await pieces.next()).value!);
    await leave(whole);
    now += 1;
    expect((await store.cas.gc.run(ALL)).thinned).toBe(1);
    const contentsOfBoth = new Map([...contents, [other, large]]);
    const plain = Buffer.concat(file.terms.map((term) => plainOf(contentsOfBoth.get(term.xorb)!, term)));
    const rest = await read({ [Symbol.asyncIterator]: () => pieces });
    expect(Buffer.concat([first, rest]).equals(plain)).toBe(true);
    for (const [at, { body: bytes }] of opened.entries()) expect((await read(bytes)).equals(expected[at]!)).toBe(true);
  });
});

test.each([1, 2, 3])("random lives of files and xorbs (%i)", async (seed) => {
  let state = seed;
  const random = (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
  const data = Array.from({ length: 5 }, (_, at) =>
    makeBytes(200_000 + 90_000 * at, 60 + at, at % 2 ? "text" : "random"),
  );
  const xorbs = data.map((bytes) => makeXorb(bytes));
  const contents = new Map(xorbs.map((xorb, at) => [xorb, data[at]!]));
  const held = new Map<string, TestFile>();
  const registered = new Map<string, TestFile>();
  const register = async () => {
    const terms = Array.from({ length: 1 + random(3) }, () => {
      const xorb = xorbs[random(xorbs.length)]!;
      const start = random(xorb.lengths.length);
      return { xorb, start, end: start + 1 + random(xorb.lengths.length - start) };
    });
    const file = await putFile(terms, { enter: false }).catch((error) => {
      // Some xorb is gone, or lacks chunks: then all are sent again, and it must do.
      expect(error).toEqual(code("BadRequest"));
      return null;
    });
    if (file !== null) return file;
    for (const { xorb } of terms) await putXorb(xorb);
    return putFile(terms, { enter: false });
  };
  for (let step = 0; step < 120; step++) {
    now += random(2) === 0 ? 1 + random(1000) : random(4 * DAY);
    const roll = random(10);
    if (roll < 3) {
      const file = await register();
      registered.set(file.made.hash, file);
    } else if (roll < 6) {
      const [hash, file] = [...registered][random(registered.size)] ?? [];
      if (hash === undefined || held.has(hash)) continue;
      const known = await store.db.read
        .selectFrom("files")
        .select("id")
        .where("hash", "=", Buffer.from(file!.made.entry.hash))
        .execute();
      if (known.length === 0) registered.delete(hash);
      else {
        await enterFile(store.db, bucket, Buffer.from(file!.made.entry.hash));
        held.set(hash, file!);
      }
    } else if (roll < 8) {
      const [hash, file] = [...held][random(held.size)] ?? [];
      if (hash === undefined) continue;
      await leave(file!);
      held.delete(hash);
    } else if (roll < 9) {
      await store.cas.gc.run({ grace: [0, 1000, DAY, 10 * DAY, 21 * DAY][random(5)]!, share: [0, 0.5, 1][random(3)]! });
      for (const file of held.values()) await expectReadable(file, contents);
    } else await putXorb(xorbs[random(xorbs.length)]!);
  }
  expect(await findings()).toEqual([]);
  now += 1;
  const foreseen = await store.cas.gc.preview(ALL);
  expect((await store.cas.gc.run(ALL)).freedBytes).toBe(foreseen.now.bytes);
  const live = new Set(
    [...held.values()].flatMap(({ terms }) =>
      terms.flatMap(({ xorb, start = 0, end = 0 }) =>
        Array.from({ length: end - start }, (_, i) => `${xorbs.indexOf(xorb)} ${start + i}`),
      ),
    ),
  );
  const sizes = xorbs.map(storedOf);
  const bytes = [...live].reduce((sum, name) => {
    const [at, chunk] = name.split(" ").map(Number);
    return sum + sizes[at!]![chunk!]!;
  }, 0);
  expect(sizeOf(await blobsOf())).toBe(bytes);
  for (const file of held.values()) await expectReadable(file, contents);
  expect(await findings()).toEqual([]);
});

describe("killed", () => {
  const data = makeBytes(900_000, 11);
  const xorb = makeXorb(data);
  const contents = new Map([[xorb, data]]);
  const died = new Error("killed");

  test.each([
    ["before the new blob is there", "put", true, 0],
    ["between the new blob and the row", "put", false, 1],
    ["between the row and the old blob's end", "delete", true, 1],
    ["after the old blob's end", "delete", false, 0],
  ] as const)("while thinning, %s", async (_, verb, before, left) => {
    await putXorb(xorb);
    const [whole, part] = [await putFile([{ xorb }]), await putFile([{ xorb, start: 1, end: 3 }])];
    await leave(whole);
    now += 1;
    const die = async (called: string) => {
      if (called === verb) throw died;
    };
    if (before) onBlob = die;
    else afterBlob = die;
    await expect(store.cas.gc.run(ALL)).rejects.toBe(died);
    onBlob = afterBlob = async () => {};
    await expectReadable(part, contents);
    expect((await findings()).map(({ kind }) => kind)).toEqual(left === 1 ? ["note"] : []);
    now = Date.now() + 1000;
    await store.restart();
    expect(await store.cas.swept).toBe(left);
    await expectReadable(part, contents);
    await store.cas.gc.run(ALL);
    expect(sizeOf(await blobsOf())).toBe(storedOf(xorb)[1]! + storedOf(xorb)[2]!);
    expect(await findings()).toEqual([]);
  });

  test("while removing: the next run takes the blob that was left", async () => {
    await putXorb(xorb);
    now += 1;
    onBlob = async () => Promise.reject(died);
    await expect(store.cas.gc.run(ALL)).rejects.toBe(died);
    onBlob = async () => {};
    expect((await blobsOf()).size).toBe(1);
    expect(await store.cas.gc.run(ALL)).toMatchObject({ removed: 0, orphans: 1, orphanBytes: xorb.bytes.length });
    expect(await blobsOf()).toEqual(new Map());
    // As if it had never been here, but for URLs of then.
    await putXorb(xorb);
    await expectReadable(await putFile([{ xorb }]), contents);
    expect(await findings()).toEqual([]);
  });
});
