/**
 * Listings of small and of huge buckets over HTTP, and how fast they are filled by batches of 1000. `BENCH_TREE=1000,5000000` chooses the
 * sizes (default 1k, 100k, 1M; 5M takes some minutes and 8 GB of disk), `BENCH_TREE_SHAPES=flat` one of the two shapes. A page's p95 is held against the same page at the smallest size.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "#lib/server/db/sqlite.ts";
import { readEnv } from "#lib/server/env.ts";
import { formatCursor } from "#lib/server/hub/cursor.ts";
import { proveContents } from "#lib/server/hub/fixture.ts";
import { startApi } from "#lib/server/start.ts";
import { type BenchResult, percentile } from "./measure.ts";

const SIZES = (process.env.BENCH_TREE ?? "1000,100000,1000000").split(",").map(Number);
const SHAPES = (process.env.BENCH_TREE_SHAPES ?? "flat,folders").split(",") as Shape[];
const BATCH = 1000;
const FOLDER_FILES = 1000;
/** Requests per page and size. */
const ROUNDS = 60;
const LOAD_SECONDS_5M = 15 * 60;

type Shape = "flat" | "folders";
interface Loaded {
  id: string;
  size: number;
  shape: Shape;
}

export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "cooperage-bench-tree-"));
  const started = await startApi(readEnv({ DATA_DIR: folder, LOG_LEVEL: "error" }));
  const server = createServer(started.listener).listen(0, "127.0.0.1");
  try {
    const account = await started.services.accounts.createUser("bench");
    const { token } = await started.services.accounts.issueToken(account, {});
    const client = createClient(server, token);
    const results: BenchResult[] = [];
    const loaded: Loaded[] = [];
    for (const size of SIZES) {
      for (const shape of SHAPES) {
        const bucket = { id: `bench/${shape}-${size}`, size, shape };
        results.push(await load(client, join(folder, "cooperage.db"), bucket));
        loaded.push(bucket);
      }
    }
    return [...results, ...(await measurePages(client, loaded))];
  } finally {
    server.close();
    await started.close();
    await rm(folder, { recursive: true });
  }
}

interface Client {
  post(path: string, body: string): Promise<void>;
  /** Milliseconds from asking to the last byte. */
  time(path: string): Promise<number>;
}

function createClient(server: Server, token: string): Client {
  const agent = new Agent({ keepAlive: true });
  const { port } = server.address() as AddressInfo;
  const send = (method: string, path: string, body?: string) =>
    new Promise<number>((resolve, reject) => {
      const began = performance.now();
      const headers = { authorization: `Bearer ${token}` };
      request({ port, host: "127.0.0.1", agent, method, path, headers }, (response) => {
        let text = "";
        response.on("data", (piece) => {
          if (response.statusCode! >= 300) text += piece;
        });
        response.on("end", () => {
          if (response.statusCode! >= 300) reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
          else resolve(performance.now() - began);
        });
      })
        .on("error", reject)
        .end(body);
    });
  return {
    post: async (path, body) => void (await send("POST", path, body)),
    time: (path) => send("GET", path),
  };
}

function pathOf(shape: Shape, n: number): string {
  const name = `shard-${String(n).padStart(7, "0")}.parquet`;
  return shape === "flat" ? `data/${name}` : `run-${String(Math.floor(n / FOLDER_FILES)).padStart(4, "0")}/${name}`;
}

/** Spread over sizes and names, and the same in every run. */
function contentOf(shape: Shape, n: number) {
  const digest = createHash("sha1").update(`${shape} ${n}`).digest();
  return { xetHash: digest.toString("hex").padEnd(64, "5"), size: 1 + (digest.readUInt32LE(0) % 2 ** 30) };
}

/** Every file has content of its own. Proofs stand for the shards that clients send before; the time is that of the batches. */
async function load(client: Client, file: string, { id, size, shape }: Loaded): Promise<BenchResult> {
  await client.post(`/api/buckets/${id}`, "{}");
  const db = await openDatabase({ file });
  let seconds = 0;
  for (let start = 0; start < size; start += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, size - start) }, (_, at) => start + at);
    const contents = numbers.map((n) => contentOf(shape, n));
    await proveContents(db, id, contents, [1 + start]);
    const lines = numbers.map((n, at) =>
      JSON.stringify({ type: "addFile", path: pathOf(shape, n), xetHash: contents[at]!.xetHash, mtime: 1.7e12 + n }),
    );
    const began = performance.now();
    await client.post(`/api/buckets/${id}/batch`, lines.join("\n"));
    seconds += (performance.now() - began) / 1000;
  }
  await db.close();
  const result: BenchResult = { name: `load ${size} files, ${shape}`, unit: "files/s", ours: size / seconds };
  if (size < 5_000_000) return result;
  return { ...result, ratio: seconds / LOAD_SECONDS_5M, goal: { most: 1 }, met: seconds <= LOAD_SECONDS_5M };
}

interface PageKind {
  name: string;
  shape: Shape;
  /** The page's query, at a random place when `deep`. */
  path(bucket: Loaded, deep: boolean): string;
  /** Pages that only large buckets have. */
  least?: number;
}

const random = (below: number) => Math.floor(Math.random() * below);

function level(shape: Shape, folder: string | ((bucket: Loaded) => string), sort: string, direction: string): PageKind {
  return {
    name: `${shape}: ${sort} ${direction}`.trim(),
    shape,
    path(bucket, deep) {
      const inside = typeof folder === "string" ? folder : folder(bucket);
      const query = new URLSearchParams({ recursive: "false", limit: "1000" });
      if (direction !== "") {
        query.set("sort", sort);
        query.set("direction", direction);
      }
      if (deep) query.set("cursor", deepCursor(bucket, sort, direction));
      return `/api/buckets/${bucket.id}/tree/${inside}?${query}`;
    },
  };
}

/** A place with 1000 entries after it, as the server itself would name it. */
function deepCursor({ size, shape }: Loaded, sort: string, direction: string): string {
  // From the middle half, so that a whole page lies beyond in either direction.
  const path = pathOf(shape, Math.floor(size / 4) + random(Math.floor(size / 2)));
  if (sort === "recursive") return formatCursor("all", [path]);
  if (sort === "size") return formatCursor(`size-${direction}`, [2 ** 28 + random(2 ** 29), path, 1]);
  if (direction === "") return formatCursor("mixed", [path, 1]);
  return formatCursor(`name-${direction}`, [1, path]);
}

const DIRECTIONS = ["asc", "desc"];
const oneRun = (bucket: Loaded) => `run-${String(random(bucket.size / FOLDER_FILES)).padStart(4, "0")}`;
const KINDS: PageKind[] = [
  level("flat", "data", "path", ""),
  ...["name", "size", "uploaded"].flatMap((sort) =>
    DIRECTIONS.map((direction) => level("flat", "data", sort, direction)),
  ),
  ...["name", "size", "uploaded"].flatMap((sort) =>
    DIRECTIONS.map((direction) => level("folders", oneRun, sort, direction)),
  ),
  { ...level("folders", "", "name", "asc"), name: "folders: the root, by name", least: 1_000_000 },
  { ...level("folders", "", "size", "desc"), name: "folders: the root, by size", least: 1_000_000 },
  ...(["flat", "folders"] as const).map((shape) => ({
    name: `${shape}: recursive`,
    shape,
    path: (bucket: Loaded, deep: boolean) =>
      `/api/buckets/${bucket.id}/tree?limit=1000${deep ? `&cursor=${deepCursor(bucket, "recursive", "")}` : ""}`,
  })),
];

/** All sizes take turns, so that what disturbs the machine disturbs them alike. */
async function measurePages(client: Client, loaded: Loaded[]): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  const smallest = Math.min(...SIZES);
  for (const kind of KINDS.filter(({ shape }) => SHAPES.includes(shape))) {
    // Uploaded has no cursor that can be made up here; its first page and its others are the same walk.
    const deep =
      !/uploaded|root|run/.test(kind.name) && !(kind.shape === "folders" && !kind.name.includes("recursive"));
    const buckets = loaded.filter(({ shape, size }) => shape === kind.shape && size >= (kind.least ?? 0));
    const base = loaded.find(({ size }) => size === smallest)!;
    const series = new Map<string, number[]>();
    const note = (key: string, ms: number) => series.set(key, [...(series.get(key) ?? []), ms]);
    const reference = kind.least === undefined ? buckets.find(({ size }) => size === smallest)! : base;
    const referencePath = (bucket: Loaded) =>
      bucket === base ? KINDS[0]!.path(bucket, false) : kind.path(bucket, false);
    for (let round = -5; round < ROUNDS; round++) {
      const keep = (key: string, ms: number) => round >= 0 && note(key, ms);
      keep(
        "base",
        await client.time(kind.least === undefined ? kind.path(reference, false) : referencePath(reference)),
      );
      for (const bucket of buckets.filter(({ size }) => size > smallest)) {
        keep(`first ${bucket.size}`, await client.time(kind.path(bucket, false)));
        if (deep) keep(`deep ${bucket.size}`, await client.time(kind.path(bucket, true)));
      }
    }
    const peer = percentile(series.get("base")!, 0.95);
    for (const [key, times] of series) {
      if (key === "base") continue;
      const ours = percentile(times, 0.95);
      const name = `${kind.name}, ${key} (p50 ${percentile(times, 0.5).toFixed(1)})`;
      results.push({
        name,
        unit: "ms p95",
        ours,
        peer,
        ratio: ours / peer,
        goal: { most: 1.3 },
        met: ours / peer <= 1.3,
      });
    }
  }
  return results;
}
