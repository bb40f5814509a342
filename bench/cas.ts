/** Xorbs in and out of the whole server (listener, route, workers, disk, database) against plain node:http doing the same work. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPeople } from "#e2e/people.ts";
import { startServer } from "#e2e/server.ts";
import { chunkBytes } from "../lib/core/xet/chunk.ts";
import { compressChunk } from "../lib/core/xet/compress.ts";
import { hashToHex, xorbHash } from "../lib/core/xet/hash.ts";
import { bf16Weights, randomBytes } from "../lib/core/xet/vectors/generate.ts";
import { encodeXorb } from "../lib/core/xet/xorb.ts";
import { makeFile, makeShard, makeXorb } from "../lib/server/cas/fixture.ts";
import { type BenchResult, measure } from "./measure.ts";

const MIB = 1024 * 1024;
/** One round sends this many xorbs of this size, some at a time: `hf_xet` begins with two and goes up to 64. */
const XORBS = 8;
const XORB_BYTES = 32 * MIB;
const AT_ONCE = 4;
const ROUNDS = 5;
/** A round of reads: ranges of 8 MiB, as reconstructions give. */
const RANGE_BYTES = 8 * MIB;
const READS = 48;

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

interface Answer {
  status: number;
  bytes: number;
  text: string;
}

async function call(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: Uint8Array[],
): Promise<Answer> {
  const length = body?.reduce((sum, piece) => sum + piece.length, 0);
  const outgoing = request(url, {
    method,
    agent,
    headers: { ...headers, ...(length !== undefined && { "Content-Length": String(length) }) },
  });
  const answered = once(outgoing, "response");
  for (const piece of body ?? []) {
    for (let at = 0; at < piece.length; at += MIB) {
      if (!outgoing.write(piece.subarray(at, at + MIB))) await once(outgoing, "drain");
    }
  }
  outgoing.end();
  const [response] = await answered;
  let bytes = 0;
  let text = "";
  for await (const piece of response) {
    bytes += piece.length;
    if (bytes < 10_000) text += piece;
  }
  return { status: response.statusCode, bytes, text };
}

async function inTurns<T>(items: T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** New xorbs of the same bytes, as many as are asked for: the same chunks in another order have another hash. */
function xorbSource(data: Uint8Array) {
  const { hashes, lengths, count } = chunkBytes(data);
  const packed: Uint8Array[] = [];
  for (let i = 0, at = 0; i < count; at += lengths[i], i++) {
    const part = data.subarray(at, at + lengths[i]);
    packed.push(encodeXorb([{ ...compressChunk(part), length: part.length }]));
  }
  const bytes = packed.reduce((sum, chunk) => sum + chunk.length, 0);
  let turn = 0;
  const next = () => {
    turn += 1;
    const order = Array.from({ length: count }, (_, i) => (i + turn) % count);
    const root = xorbHash(
      new Uint8Array(Buffer.concat(order.map((i) => hashes.subarray(i * 32, i * 32 + 32)))),
      order.map((i) => lengths[i]),
    );
    return { hash: hashToHex(root), body: order.map((i) => packed[i]) };
  };
  return { bytes, next };
}

async function startPeer(folder: string): Promise<{ url: string; child: ChildProcess }> {
  const script = fileURLToPath(new URL("peers/cas-server.ts", import.meta.url));
  const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout!, "data");
  return { url: `http://127.0.0.1:${String(line).trim()}`, child };
}

export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "cooperage-bench-"));
  const server = await startServer({ dataDir: join(folder, "data"), pages: false });
  const peer = await startPeer(folder);
  const results: BenchResult[] = [];
  try {
    const { owner } = await createPeople(server);
    const bearer = { Authorization: `Bearer ${owner.token}` };
    const bucket = `${server.url}/api/buckets/${owner.name}/bench`;
    await call(bucket, "POST", { ...bearer, "Content-Type": "application/json" }, [Buffer.from("{}")]);
    const { accessToken } = JSON.parse((await call(`${bucket}/xet-write-token`, "GET", bearer)).text);
    const token = { Authorization: `Bearer ${accessToken}` };

    for (const [name, data] of [
      ["random", randomBytes(XORB_BYTES, 1)],
      ["bf16 weights", bf16Weights(XORB_BYTES, 2)],
    ] as const) {
      const source = xorbSource(data);
      const send = async (base: string, headers: Record<string, string>) => {
        const xorbs = Array.from({ length: XORBS }, () => source.next());
        await inTurns(xorbs, AT_ONCE, async ({ hash, body }) => {
          const { status, text } = await call(`${base}/${hash}`, "POST", headers, body);
          if (status !== 200 || !text.includes('"was_inserted":true')) throw new Error(`${status} ${text}`);
        });
      };
      results.push(
        await measure({
          name: `xorb intake, ${name}`,
          bytes: XORBS * source.bytes,
          rounds: ROUNDS,
          goal: { least: 0.75 },
          ours: () => send(`${server.url}/api/cas/v1/xorbs/default`, token),
          peer: () => send(`${peer.url}/xorb`, {}),
        }),
      );
    }
    results.push(await measureReads(server.url, token, peer.url, folder));
  } finally {
    agent.destroy();
    peer.child.kill("SIGTERM");
    await once(peer.child, "exit");
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return results;
}

async function measureReads(
  base: string,
  token: Record<string, string>,
  peer: string,
  folder: string,
): Promise<BenchResult> {
  const xorb = makeXorb(randomBytes(48 * MIB, 3));
  const file = makeFile([{ xorb }]);
  await call(`${base}/api/cas/v1/xorbs/default/${xorb.hash}`, "POST", token, [xorb.bytes]);
  await call(`${base}/api/cas/v1/shards`, "POST", token, [makeShard([file.entry], [xorb])]);
  await writeFile(join(folder, "xorb"), xorb.bytes);
  const urls: { url: string; range: string; bytes: number }[] = [];
  for (let i = 0; i < READS; i++) {
    const start = (i % 5) * RANGE_BYTES;
    const { text } = await call(`${base}/api/cas/v2/reconstructions/${file.hash}`, "GET", {
      ...token,
      Range: `bytes=${start}-${start + RANGE_BYTES - 1}`,
    });
    const [{ url, ranges }] = JSON.parse(text).xorbs[xorb.hash];
    const { start: first, end: last } = ranges[0].bytes;
    urls.push({ url, range: `bytes=${first}-${last}`, bytes: last - first + 1 });
  }
  const read = (urlOf: (item: (typeof urls)[number]) => string) =>
    inTurns(urls, AT_ONCE, async (item) => {
      const { status, bytes } = await call(urlOf(item), "GET", { Range: item.range });
      if (status !== 206 || bytes !== item.bytes) throw new Error(`${status}, ${bytes} bytes`);
    });
  return measure({
    name: "xorb range reads",
    bytes: urls.reduce((sum, { bytes }) => sum + bytes, 0),
    rounds: ROUNDS,
    goal: { least: 0.75 },
    ours: () => read(({ url }) => url),
    peer: () => read(() => `${peer}/xorb`),
  });
}
