/**
 * Bytes of content that reach the server for the same file against the same state, from our line in Chromium and from `hf_xet`:
 * each side has a server of its own, prepared alike by `hf`. `hf_xet` keeps what it remembers of that; the tab remembers nothing.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "#e2e/server.ts";
import { bf16Weights, randomBytes, seededRandom } from "#lib/core/xet/vectors/generate.ts";
import { clientEnv, ensureVenv } from "../../scripts/python/venv.ts";
import { type BenchResult, compare } from "../measure.ts";
import { type CountingProxy, startCountingProxy } from "./counting-proxy.ts";
import type { Target } from "./page.ts";

const MIB = 1024 * 1024;
const FOLDER = join(import.meta.dirname, "../.data/bytes");
const FILE_BYTES = 128 * MIB;
const LAYERS = 40;
const LAYER_BYTES = 6 * MIB;
/** One in ten layers is trained on. */
const TRAINED = (layer: number) => layer % 10 === 7;

interface Kind {
  name: string;
  file: () => Promise<string>;
  /** What the store holds already. */
  before?: () => Promise<string>;
}

const KINDS: Kind[] = [
  {
    name: "random",
    file: () =>
      made(
        "random.bin",
        pieces((seed) => randomBytes(16 * MIB, seed)),
      ),
  },
  {
    name: "bf16 weights",
    file: () =>
      made(
        "weights.bin",
        pieces((seed) => bf16Weights(16 * MIB, seed)),
      ),
  },
  {
    name: "JSON lines",
    file: () =>
      made(
        "log.jsonl",
        pieces((seed) => jsonLines(16 * MIB, seed)),
      ),
  },
  { name: "safetensors, 90 % frozen", file: () => made("step-2.safetensors", checkpoint(2)), before: firstCheckpoint },
  { name: "JSON lines, appended to", file: () => made("log-2.jsonl", appended()), before: () => KINDS[2].file() },
  { name: "the same again", file: firstCheckpoint, before: firstCheckpoint },
];

/** Sends the file from Chromium to `target`. */
export type Send = (file: string, target: Target) => Promise<void>;

export async function bytesSent(send: Send): Promise<BenchResult[]> {
  const { bin } = await ensureVenv("newest");
  const hf = join(bin, "hf");
  const results: BenchResult[] = [];
  for (const kind of KINDS) {
    const file = await kind.file();
    const before = await kind.before?.();
    const side = (work: (side: Side) => Promise<void>) =>
      onFreshServer(async (side) => {
        if (before) await copy(hf, side, before, "before.bin");
        side.proxy.take();
        await work(side);
        const { xorbs, shards } = side.proxy.take();
        return xorbs + shards;
      });
    const theirs = await side((side) => copy(hf, side, file, "file.bin"));
    const ours = await side(({ proxy, token }) =>
      send(file, { origin: proxy.url, token, bucket: "bench/bytes", path: "file.bin" }),
    );
    const name = `bytes sent / hf_xet's: ${kind.name}`;
    results.push(compare({ name, unit: "B", goal: { most: 1.01 } }, ours, theirs));
  }
  return results;
}

interface Side {
  proxy: CountingProxy;
  token: string;
  /** Homes and caches of the Python client. */
  env: Record<string, string>;
}

async function onFreshServer<T>(work: (side: Side) => Promise<T>): Promise<T> {
  const server = await startServer({ pages: false });
  const proxy = await startCountingProxy(server.url);
  const home = await mkdtemp(join(tmpdir(), "cooperage-bench-"));
  try {
    await server.admin(["user", "create", "bench"]);
    const token = await server.admin(["token", "create", "bench", "--role", "write"]);
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch(`${server.url}/api/buckets/bench/bytes`, { method: "POST", headers });
    if (!answer.ok) throw new Error(`no bucket: ${await answer.text()}`);
    return await work({ proxy, token, env: clientEnv(home, proxy.url, token) });
  } catch (error) {
    throw new Error(`The side broke. Its server wrote:\n${server.output()}`, { cause: error });
  } finally {
    await proxy.close();
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** `hf buckets cp`. */
async function copy(hf: string, { env }: Side, file: string, path: string): Promise<void> {
  const child = spawn(hf, ["buckets", "cp", file, `hf://buckets/bench/bytes/${path}`], {
    env: { ...process.env, ...env } as NodeJS.ProcessEnv,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`hf buckets cp ended with ${code}: ${errors}`);
}

/** Made once, kept beside the benchmark. */
async function made(name: string, content: Iterable<Uint8Array>): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, name);
  if (existsSync(path)) return path;
  const file = await open(path, "w");
  for (const piece of content) await file.write(piece);
  await file.close();
  return path;
}

function* pieces(make: (seed: number) => Uint8Array): Generator<Uint8Array> {
  for (let piece = 0; piece < FILE_BYTES / (16 * MIB); piece++) yield make(piece + 1);
}

function firstCheckpoint(): Promise<string> {
  return made("step-1.safetensors", checkpoint(1));
}

/** A safetensors file: length of the header, header, layers one after another. */
function* checkpoint(step: number): Generator<Uint8Array> {
  const tensors = Array.from({ length: LAYERS }, (_, layer) => [
    `model.layers.${layer}.weight`,
    {
      dtype: "BF16",
      shape: [LAYER_BYTES / 2048, 1024],
      data_offsets: [layer * LAYER_BYTES, (layer + 1) * LAYER_BYTES],
    },
  ]);
  const header = Buffer.from(JSON.stringify({ __metadata__: { step: String(step) }, ...Object.fromEntries(tensors) }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  yield Buffer.concat([length, header]);
  for (let layer = 0; layer < LAYERS; layer++) {
    yield bf16Weights(LAYER_BYTES, 1000 + layer + (TRAINED(layer) ? 100_000 * step : 0));
  }
}

function jsonLines(size: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const lines: string[] = [];
  for (let length = 0; length < size; length += lines.at(-1)!.length) {
    const step = Math.floor(random() * 1e6);
    const tokens = Array.from({ length: 12 }, () => Math.floor(random() ** 4 * 50_000));
    lines.push(
      `${JSON.stringify({ step, loss: random() * 3, lr: 3e-4, tokens, split: step % 9 ? "train" : "test" })}\n`,
    );
  }
  return Buffer.from(lines.join("").slice(0, size));
}

function* appended(): Generator<Uint8Array> {
  yield* pieces((seed) => jsonLines(16 * MIB, seed));
  yield jsonLines(8 * MIB, 77);
}
