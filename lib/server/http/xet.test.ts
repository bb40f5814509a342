/** The routes of the content store over a socket: spellings, statuses, headers and bodies that clients rely on (xet-protocol 6, 10). */
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { XorbWalker } from "#lib/core/xet/xorb.ts";
import {
  accessOf,
  addBucket,
  addNamespace,
  makeBytes,
  makeFile,
  makeShard,
  makeXorb,
  openTestStore,
  SECRET,
  SILENT,
  type TestStore,
} from "../cas/fixture.ts";
import { createSigner } from "../cas/token.ts";
import { provideServices, type Services } from "../services.ts";
import { createListener } from "./listener.ts";
import { loadRoutes } from "./router.ts";
import { shardProgress } from "./xet.ts";

let store: TestStore;
let server: Server;
let base: string;
let write: Record<string, string>;
let read: Record<string, string>;
const data = makeBytes(3_000_000, 1);
const xorbs = [makeXorb(data.subarray(0, 1_500_000)), makeXorb(data.subarray(1_500_000))];
const file = makeFile(xorbs.map((xorb) => ({ xorb })));

beforeAll(async () => {
  store = await openTestStore();
  const user = await addNamespace(store.db, "ann");
  const access = accessOf(await addBucket(store.db, user, "a"), user);
  const metrics = { request() {}, received() {}, text: async () => ({ body: "", contentType: "" }) };
  provideServices({ env: {}, log: SILENT, cas: store.cas, metrics } as unknown as Services);
  const router = await loadRoutes(join(import.meta.dirname, "../../../app"));
  server = createServer(createListener({ router, log: SILENT, metrics }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/cas`;
  const bearer = (scope: "read" | "write") => ({
    Authorization: `Bearer ${store.cas.createToken({ ...access, scope }).accessToken}`,
  });
  write = bearer("write");
  read = bearer("read");
  for (const xorb of xorbs) {
    const answer = await post(`/v1/xorbs/default/${xorb.hash}`, xorb.bytes);
    expect(await answer.json()).toEqual({ was_inserted: true });
  }
  expect(await (await post("/v1/shards", makeShard([file.entry], xorbs))).json()).toEqual({ result: 1 });
});
afterAll(async () => {
  provideServices(undefined);
  server.closeAllConnections();
  server.close();
  await store.close();
});

const post = (path: string, body: Uint8Array, headers = write) =>
  fetch(base + path, { method: "POST", headers, body: body as BodyInit });
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(base + path, { headers: { ...write, ...headers } });

describe("uploads", () => {
  test("a known xorb, and a known shard in each spelling", async () => {
    expect(await (await post(`/xorbs/default/${xorbs[0].hash}`, xorbs[0].bytes)).json()).toEqual({
      was_inserted: false,
    });
    for (const path of ["/v1/shards", "/shards"]) {
      expect(await (await post(path, makeShard([file.entry]))).json()).toEqual({ result: 0 });
    }
    const answer = await post("/v2/shards", makeShard([file.entry]));
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(await answer.text()).toBe('{"type":"result","result":0}\n');
  });

  test("who may: 401 without, with a wrong or a Hub token, 403 for reading", async () => {
    const path = `/v1/xorbs/default/${xorbs[0].hash}`;
    expect((await post(path, xorbs[0].bytes, {})).status).toBe(401);
    expect((await post(path, xorbs[0].bytes, { Authorization: "Bearer hf_abc" })).status).toBe(401);
    const refused = await post(path, xorbs[0].bytes, read);
    expect(refused.status).toBe(403);
    expect(refused.headers.get("x-error-code")).toBe("Forbidden");
    expect(refused.headers.get("x-request-id")).toBeTruthy();
  });

  test("errors are typed: 400 for bad bytes and bad hashes, 413 before the body when it announces too much", async () => {
    expect((await post(`/v1/xorbs/default/${"1".repeat(64)}`, xorbs[0].bytes)).status).toBe(400);
    expect((await post("/v1/xorbs/default/xyz", xorbs[0].bytes)).status).toBe(400);
    expect((await post(`/v1/xorbs/other/${xorbs[0].hash}`, xorbs[0].bytes)).status).toBe(400);
    expect((await post("/v2/shards", new Uint8Array(10))).status).toBe(400);
    for (const path of ["/v1/shards", `/v1/xorbs/default/${xorbs[0].hash}`]) {
      const outgoing = httpRequest(base + path, { method: "POST", headers: { ...write, "Content-Length": 1e9 } });
      outgoing.on("error", () => {});
      outgoing.write(new Uint8Array(1000));
      const [answer] = await once(outgoing, "response");
      expect(answer.statusCode).toBe(413);
      outgoing.destroy();
    }
  });

  test("a client that goes away in the middle leaves nothing", async () => {
    const fresh = makeXorb(makeBytes(900_000, 9));
    const headers = { ...write, "Content-Length": String(fresh.bytes.length) };
    const outgoing = httpRequest(`${base}/v1/xorbs/default/${fresh.hash}`, { method: "POST", headers });
    outgoing.on("error", () => {});
    outgoing.write(fresh.bytes.subarray(0, 600_000));
    const staged = () => readdir(join(store.dir, "tmp"));
    await expect.poll(staged).toHaveLength(1);
    outgoing.destroy();
    await expect.poll(staged).toHaveLength(0);
    expect((await fetch(`${base}/v1/xorbs/default/${fresh.hash}`, { method: "HEAD", headers: write })).status).toBe(
      404,
    );
  });

  test("slow work of a v2 shard: frames, then the result or the error", async () => {
    const lines = async (work: Parameters<typeof shardProgress>[0]) =>
      (await (await shardProgress(work)).text())
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    const slowly = () => new Promise((resolve) => setTimeout(resolve, 1300));
    const good = lines(async (onProgress) => {
      onProgress({ verified: 3, total: 9 });
      await slowly();
      return { result: 1 };
    });
    const bad = lines(async () => {
      await slowly();
      throw new Error("secret detail");
    });
    expect(await good).toEqual([
      { type: "validating", verified: 3, total: 9 },
      { type: "result", result: 1 },
    ]);
    expect(await bad).toEqual([
      { type: "validating", verified: 0, total: 0 },
      { type: "error", message: expect.not.stringContaining("secret"), retryable: true },
    ]);
  });
});

describe("reconstructions", () => {
  test("v2, v1 and the old spelling agree; ranges are clamped; past the end 416", async () => {
    const v2 = await (await get(`/v2/reconstructions/${file.hash}`)).json();
    const v1 = await (await get(`/v1/reconstructions/${file.hash}`)).json();
    expect(await (await get(`/reconstructions/${file.hash}`)).json()).toEqual(v1);
    expect(v1.terms).toEqual(v2.terms);
    expect(Object.keys(v2.xorbs)).toEqual(xorbs.map(({ hash }) => hash));
    expect(v2.xorbs[xorbs[0].hash][0].ranges[0].bytes).toEqual(v1.fetch_info[xorbs[0].hash][0].url_range);
    for (const range of [
      "bytes=0-",
      "bytes=0-99999999999999",
      "bytes=0-18446744073709551615",
      `bytes=-${data.length}`,
    ]) {
      expect((await (await get(`/v2/reconstructions/${file.hash}`, { Range: range })).json()).terms).toEqual(v2.terms);
    }
    const past = await get(`/v2/reconstructions/${file.hash}`, { Range: `bytes=${data.length}-${data.length + 5}` });
    expect(past.status).toBe(416);
    expect(past.headers.get("content-range")).toBe(`bytes */${data.length}`);
    expect((await get(`/v2/reconstructions/${file.hash}`, { Range: "bytes=5-1" })).status).toBe(400);
    expect((await get(`/v2/reconstructions/${"2".repeat(64)}`)).status).toBe(404);
    expect(await (await get(`/v2/reconstructions/${ZERO_HASH}`, { Range: "bytes=0-100" })).json()).toEqual({
      offset_into_first_range: 0,
      terms: [],
      xorbs: {},
    });
  });

  test("batches, by GET and by POST", async () => {
    const other = makeFile([{ xorb: xorbs[0], start: 2, end: 5 }]);
    await post("/v1/shards", makeShard([other.entry]));
    const asked = await (await get(`/v1/reconstructions?file_id=${file.hash}&file_id=${other.hash}`)).json();
    expect(Object.keys(asked.files)).toEqual([file.hash, other.hash]);
    expect(asked.files[other.hash]).toHaveLength(1);
    expect(asked.fetch_info[xorbs[0].hash].map(({ range }: { range: unknown }) => range)).toEqual([
      { start: 0, end: xorbs[0].lengths.length },
      { start: 2, end: 5 },
    ]);
    const body = Buffer.from(JSON.stringify([{ prefix: "default", hash: file.hash }]));
    expect(Object.keys((await (await post("/v1/reconstructions", body)).json()).files)).toEqual([file.hash]);
  });

  test("HEAD of a file is its size, of a xorb its bytes", async () => {
    const head = (path: string) => fetch(base + path, { method: "HEAD", headers: write });
    expect((await head(`/v1/files/${file.hash}`)).headers.get("content-length")).toBe(String(data.length));
    expect((await head(`/v1/xorbs/default/${xorbs[1].hash}`)).headers.get("content-length")).toBe(
      String(xorbs[1].bytes.length),
    );
    expect((await head(`/v1/files/${"3".repeat(64)}`)).status).toBe(404);
  });
});

describe("xorb URLs", () => {
  const urlOf = async () => {
    const { xorbs: entries } = await (
      await get(`/v2/reconstructions/${file.hash}`, { Range: "bytes=200000-700000" })
    ).json();
    const [{ url, ranges }] = entries[xorbs[0].hash];
    return { url, start: ranges[0].bytes.start as number, last: ranges[0].bytes.end as number };
  };

  test("206 with exactly the signed bytes, without a token; 200 with them when no Range is sent", async () => {
    const { url, start, last } = await urlOf();
    const answer = await fetch(url, { headers: { Range: `bytes=${start}-${last}` } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(`bytes ${start}-${last}/${xorbs[0].bytes.length}`);
    expect(answer.headers.get("content-length")).toBe(String(last - start + 1));
    expect(answer.headers.get("cache-control")).toContain("immutable");
    const expected = Buffer.from(xorbs[0].bytes.subarray(start, last + 1));
    expect(expected.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true);
    const plain = await fetch(url);
    expect(plain.status).toBe(200);
    expect(expected.equals(Buffer.from(await plain.arrayBuffer()))).toBe(true);
  });

  test("403 for other bytes, a changed or an expired signature", async () => {
    const { url, start, last } = await urlOf();
    expect((await fetch(url, { headers: { Range: `bytes=${start}-${last + 1}` } })).status).toBe(403);
    expect((await fetch(url.replace(/signature=./, "signature=!"))).status).toBe(403);
    expect((await fetch(url.replace(/expires=\d+/, "expires=9999999999"))).status).toBe(403);
    expect((await fetch(url.split("?")[0])).status).toBe(403);
    const old = createSigner({ secret: SECRET, clock: () => Date.now() - 3 * 3600_000 });
    const query = old.signRanges(xorbs[0].hash, { xorbId: 1, layout: 0, ranges: [{ start, end: last + 1 }] });
    expect((await fetch(`${base}/v1/xorbs/default/${xorbs[0].hash}?${query}`)).status).toBe(403);
  });

  test("several signed ranges: multipart/byteranges", async () => {
    const signer = createSigner({ secret: SECRET, clock: Date.now });
    const chunks = [...new XorbWalker().push(xorbs[0].bytes)];
    const ranges = [
      { start: chunks[0].start, end: chunks[0].end },
      { start: chunks[2].start, end: chunks[3].end },
    ];
    const query = signer.signRanges(xorbs[0].hash, { xorbId: 1, layout: 0, ranges });
    const answer = await fetch(`${base}/v1/xorbs/default/${xorbs[0].hash}?${query}`, {
      headers: { Range: `bytes=${ranges.map(({ start, end }) => `${start}-${end - 1}`).join(",")}` },
    });
    expect(answer.status).toBe(206);
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(answer.headers.get("content-type")!)![1];
    const body = Buffer.from(await answer.arrayBuffer());
    expect(body.length).toBe(Number(answer.headers.get("content-length")));
    const parts = body.toString("latin1").split(`\r\n--${boundary}`);
    expect(parts[0]).toBe("");
    expect(parts.at(-1)).toBe("--\r\n");
    for (const [i, { start, end }] of ranges.entries()) {
      const [head, content] = parts[i + 1].split("\r\n\r\n");
      expect(head).toContain(`Content-Range: bytes ${start}-${end - 1}/${xorbs[0].bytes.length}`);
      expect(Buffer.from(content, "latin1").equals(xorbs[0].bytes.subarray(start, end))).toBe(true);
    }
  });
});

test("the dedup query in both prefixes and both spellings, 404 for a miss", async () => {
  const first = hashToHex(xorbs[0].hashes);
  for (const path of ["/v1/chunks/default/", "/v1/chunks/default-merkledb/", "/chunks/default/"]) {
    const answer = await get(path + first);
    expect(answer.status).toBe(200);
    expect((await answer.arrayBuffer()).byteLength).toBe(Number(answer.headers.get("content-length")));
  }
  expect((await get(`/v1/chunks/default/${"4".repeat(64)}`)).status).toBe(404);
});

test("file-chunk-hashes wants its header, and answers in camel case", async () => {
  expect((await get(`/v2/file-chunk-hashes/${file.hash}`)).status).toBe(400);
  const answer = await (
    await get(`/v2/file-chunk-hashes/${file.hash}`, { "X-Range-Dirty": "bytes=5-9,2000000-2000001" })
  ).json();
  expect(Object.keys(answer)).toEqual(["totalChunks", "fileSize", "windows", "hashRanges", "gapVerification"]);
  expect(answer.windows).toHaveLength(2);
});

test("telemetry is accepted", async () => {
  expect((await post("/v1/telemetry", Buffer.from('{"event":"x"}'), read)).status).toBe(200);
});
