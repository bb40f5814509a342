/** Which files hold bytes of which: exact figures over the wire, and never a word of what may not be read. */
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Sharing } from "#lib/core/bucket/sharing.ts";
import { hexToHash } from "#lib/core/xet/hash.ts";
import { makeBytes, makeFile, makeShard, makeXorb, type TermSpec } from "../cas/fixture.ts";
import { findBucket } from "../db/buckets.ts";
import { registerFiles } from "../db/content.ts";
import { PackedTerms } from "../db/terms.ts";
import { insertXorb } from "../db/xorbs.ts";
import { type ApiServer, openApiServer } from "../fixture.ts";
import { contentOf, openHubFixture } from "./fixture.ts";
import { lines } from "./hub.contract.ts";
import { createSharingVerbs } from "./sharing.ts";

let server: ApiServer;
let ann: string;
let bob: string;
const one = makeXorb(makeBytes(2_000_000, 1));
const two = makeXorb(makeBytes(1_000_000, 2));
const bytesOf = (lengths: Uint32Array) => lengths.reduce((sum, length) => sum + length, 0);

beforeAll(async () => {
  server = await openApiServer();
  [ann, bob] = [await server.user("ann"), await server.user("bob")];
  for (const [token, id, visibility] of [
    [ann, "ann/a", "private"],
    [ann, "ann/b", "private"],
    [bob, "bob/hidden", "private"],
    [bob, "bob/open", "public"],
  ] as const) {
    const answer = await server.ask(`/api/buckets/${id}`, { method: "POST", token, body: { visibility } });
    expect(answer.status, answer.text).toBe(200);
  }
  // The public file is first: what Ann sends later lies in the same xorb, because she may use it.
  await put(bob, "bob/open", "seen by all", [{ xorb: one, start: 0, end: 3 }]);
  await put(ann, "ann/a", "whole", [{ xorb: one }]);
  await put(ann, "ann/a", "part", [{ xorb: one, start: 2, end: 7 }]);
  await put(ann, "ann/a", "both", [{ xorb: two }, { xorb: one, start: 5 }]);
  await put(ann, "ann/a", "alone", [{ xorb: makeXorb(makeBytes(300_000, 3)) }]);
  await put(ann, "ann/b", "deep/copy of whole", [{ xorb: one }]);
  await put(bob, "bob/hidden", "secret", [{ xorb: one, start: 1 }]);
  await put(ann, "ann/a", "twice", [
    { xorb: two, start: 0, end: 2 },
    { xorb: two, start: 0, end: 2 },
  ]);
  await put(ann, "ann/a", "empty", []);
});
afterAll(() => server.close());

/** As a client does, the xorbs sent by its own account each time. */
async function put(token: string, bucket: string, path: string, terms: TermSpec[]): Promise<void> {
  const xet = (await server.ask(`/api/buckets/${bucket}/xet-write-token`, { token })).json;
  const cas = new URL(xet.casUrl).pathname;
  const post = async (url: string, body: Uint8Array) => {
    const answer = await server.ask(cas + url, { method: "POST", token: xet.accessToken, body });
    expect(answer.status, answer.text).toBe(200);
  };
  const xorbs = [...new Set(terms.map(({ xorb }) => xorb))];
  for (const { hash, bytes } of xorbs) await post(`/v1/xorbs/default/${hash}`, bytes);
  const file = makeFile(terms);
  if (terms.length > 0) await post("/v1/shards", makeShard([file.entry], xorbs));
  const xetHash = terms.length > 0 ? file.hash : "0".repeat(64);
  const body = JSON.stringify({ type: "addFile", path, xetHash });
  const answer = await server.ask(`/api/buckets/${bucket}/batch`, { method: "POST", token, body });
  expect(answer.status, answer.text).toBe(200);
}

async function sharing(token: string | null, path: string, query = ""): Promise<Sharing> {
  const answer = await server.ask(`/api/buckets/${path.split("/", 2).join("/")}/sharing/${rest(path)}${query}`, {
    token,
  });
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}

const rest = (path: string) => path.split("/").slice(2).map(encodeURIComponent).join("/");
const found = ({ files }: Sharing) =>
  files.map(({ bucket, path, shared, identical }) => [bucket, path, shared, identical]);

test("names every file that holds some of the bytes, with exact figures", async () => {
  const all = await sharing(ann, "ann/a/whole");
  expect(found(all)).toEqual([
    ["ann/b", "deep/copy of whole", 2_000_000, true],
    ["ann/a", "both", bytesOf(one.lengths.subarray(5)), false],
    ["ann/a", "part", bytesOf(one.lengths.subarray(2, 7)), false],
    ["bob/open", "seen by all", bytesOf(one.lengths.subarray(0, 3)), false],
  ]);
  expect(all).toMatchObject({ path: "whole", size: 2_000_000, more: false, capped: false });
  expect(all.files[0]!.size).toBe(2_000_000);
  // Seen from the other side, the same bytes.
  const part = await sharing(ann, "ann/a/part");
  expect(found(part)).toEqual([
    ["ann/a", "whole", bytesOf(one.lengths.subarray(2, 7)), false],
    ["ann/b", "deep/copy of whole", bytesOf(one.lengths.subarray(2, 7)), false],
    ["ann/a", "both", bytesOf(one.lengths.subarray(5, 7)), false],
    ["bob/open", "seen by all", bytesOf(one.lengths.subarray(2, 3)), false],
  ]);
});

test("bytes that the file has twice count twice, those of the other file once", async () => {
  const run = bytesOf(two.lengths.subarray(0, 2));
  expect(found(await sharing(ann, "ann/a/twice"))).toEqual([["ann/a", "both", 2 * run, false]]);
  const both = await sharing(ann, "ann/a/both");
  expect(both.files.find(({ path }) => path === "twice")?.shared).toBe(run);
});

test("nothing shared, and nothing at all", async () => {
  for (const path of ["ann/a/alone", "ann/a/empty"]) {
    expect(await sharing(ann, path)).toMatchObject({ files: [], more: false, capped: false });
  }
});

test("answers only with what the asker may read", async () => {
  const nobody = await sharing(null, "bob/open/seen by all");
  expect(found(nobody)).toEqual([]);
  expect(nobody).toMatchObject({ more: false, capped: false });
  expect(found(await sharing(bob, "bob/open/seen by all"))).toEqual([
    ["bob/hidden", "secret", bytesOf(one.lengths.subarray(1, 3)), false],
  ]);
  expect(JSON.stringify(await sharing(ann, "bob/open/seen by all"))).not.toContain("hidden");
  const { accounts } = server.services;
  const issued = await accounts.issueToken(await accounts.findUser("ann"), { role: "read", scope: "ann/b" });
  expect(found(await sharing(issued.token, "ann/b/deep/copy of whole"))).toEqual([]);
  expect((await server.ask("/api/buckets/ann/a/sharing/whole", { token: bob })).status).toBe(404);
  expect((await server.ask("/api/buckets/ann/a/sharing/whole")).status).toBe(401);
});

test("deleted files are not found", async () => {
  await put(ann, "ann/b", "short lived", [{ xorb: one, start: 0, end: 1 }]);
  expect((await sharing(ann, "ann/a/whole")).files.map(({ path }) => path)).toContain("short lived");
  const body = JSON.stringify({ type: "deleteFile", path: "short lived" });
  await server.ask("/api/buckets/ann/b/batch", { method: "POST", token: ann, body });
  expect((await sharing(ann, "ann/a/whole")).files.map(({ path }) => path)).not.toContain("short lived");
});

test("a limit says that there are more, and a file that is not there is not found", async () => {
  const short = await sharing(ann, "ann/a/whole", "?limit=2");
  expect(short.files.map(({ path }) => path)).toEqual(["deep/copy of whole", "both"]);
  expect(short.more).toBe(true);
  expect((await server.ask("/api/buckets/ann/a/sharing/nope", { token: ann })).status).toBe(404);
});

test("work is bounded, and what is left out is told", async () => {
  const { db, hub, user, close } = await openHubFixture();
  try {
    const actor = await user("ann");
    await hub.createBucket(actor, "ann/a", {});
    const bucket = (await findBucket(db.read, "ann", "a"))!;
    const contents = Array.from({ length: 30 }, (_, i) => contentOf(`file ${i}`, 100));
    await db.write(async (tx) => {
      const offsets = new Uint8Array(Uint32Array.from([90, 60, 120, 100]).buffer);
      const made = {
        hash: new Uint8Array(32).fill(7),
        chunks: 2,
        unpackedBytes: 100,
        storedBytes: 120,
        layout: 0,
        createdAt: 0,
      };
      const xorbId = await insertXorb(tx, { ...made, hashes: new Uint8Array(64), offsets });
      const terms = new PackedTerms(1);
      terms.set(0, { xorbId, chunkStart: 0, chunkEnd: 2, unpackedLength: 100 });
      const files = contents.map(({ xetHash }) => ({
        hash: hexToHash(xetHash),
        size: 100,
        terms: terms.bytes,
        head: null,
      }));
      const registrar = { bucketId: bucket.id, readable: sql`0`, usable: async () => new Set<number>() };
      await registerFiles(tx, registrar, files, 0);
    });
    const adds = contents.map(({ xetHash }, i) => ({ type: "addFile" as const, path: `f${i}`, xetHash }));
    await hub.applyBatch(actor, "ann/a", lines(...adds));
    const ample = { xorbs: 10, rows: 1000, files: 100, termBytes: 10_000 };
    const ask = (budget: object) =>
      createSharingVerbs({ db }, { ...ample, ...budget }).findSharing(actor, "ann/a", "f0", { limit: 50 });
    const whole = await ask({});
    expect(whole).toMatchObject({ more: false, capped: false });
    expect(whole.files).toHaveLength(29);
    expect(whole.files.every(({ shared, identical }) => shared === 100 && !identical)).toBe(true);
    for (const budget of [{ rows: 10 }, { files: 10 }, { termBytes: 160 }, { xorbs: 0 }]) {
      const part = await ask(budget);
      expect(part.capped, JSON.stringify(budget)).toBe(true);
      expect(part.files.length).toBeLessThan(12);
    }
  } finally {
    await close();
  }
});
