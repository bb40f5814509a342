/**
 * Plans of a million operations (`BENCH_PLANS=1000,1000000` for others): how long the file takes to come in and what memory that costs, how long the
 * page's data takes to open against a plan of a thousand, and filters under their budget. The client's own loader reads the same file
 * as the yardstick of the import: it checks nothing, writes nothing, and holds all of it in memory.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { startServer, type TestServer } from "#e2e/server.ts";
import { formatHeader, formatOperation } from "#lib/core/plan/codec.ts";
import { addToSummary, emptySummary } from "#lib/core/plan/kind.ts";
import type { PlanOperation } from "#lib/core/plan/plan.ts";
import { openDatabase } from "#lib/server/db/sqlite.ts";
import { proveContents } from "#lib/server/hub/fixture.ts";
import { ensureVenv, NoPython } from "../scripts/python/venv.ts";
import { type BenchResult, compare, percentile } from "./measure.ts";
import { watchMemory } from "./process/memory.ts";

const SIZES = (process.env.BENCH_PLANS ?? "1000,1000000").split(",").map(Number);
/** Files that stand in the bucket before, and are deleted or overwritten by the large plan. */
const STANDING = 50_000;
const IMPORT_SECONDS = 60;
const IMPORT_MIB = 300;
const OPEN_SECONDS = 2;
const ROUNDS = 60;
const MIB = 1024 * 1024;
/** Clock ticks a second in /proc/PID/stat (USER_HZ, the same on every Linux). */
const TICKS = 100;

export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "cooperage-bench-plans-"));
  const server = await startServer({ dataDir: join(folder, "data"), pages: false });
  try {
    await server.admin(["user", "create", "bench"]);
    const token = await server.admin(["token", "create", "bench", "--role", "write"]);
    const client = createClient(server, token);
    await client.json("POST", "/api/buckets/bench/plans", "{}");
    await stand(server, client);
    const results: BenchResult[] = [];
    const plans: { size: number; id: number }[] = [];
    for (const size of SIZES) {
      const file = join(folder, `${size}.jsonl`);
      await writePlan(file, size);
      plans.push({ size, id: await load(server, client, file, size, results) });
    }
    return [...results, ...(await measurePages(client, plans))];
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

/** Runs of checkpoints of shards: 100 files a folder, 100 folders a run. */
function pathOf(n: number): string {
  const part = (value: number, digits: number) => String(value).padStart(digits, "0");
  return `run-${part(Math.floor(n / 10_000), 4)}/checkpoint-${part(Math.floor(n / 100) % 100, 3)}/shard-${part(n % 100, 5)}.safetensors`;
}

function operationOf(n: number): PlanOperation {
  const localMtime = (1_760_000_000_000 + n * 1000) * 1000;
  const size = 1 + ((n * 7919) % 5_000_000_000);
  if (n % 5 === 0)
    return { action: "delete", path: pathOf(n), reason: "not in source (--delete)", size, remoteMtime: localMtime };
  if (n % 5 === 1)
    return { action: "skip", path: pathOf(n), reason: "identical", size, localMtime, remoteMtime: localMtime };
  return { action: "upload", path: pathOf(n), reason: "new file", size, localMtime };
}

async function writePlan(file: string, size: number): Promise<void> {
  const summary = emptySummary();
  for (let n = 0; n < size; n++) addToSummary(summary, operationOf(n));
  const header = {
    source: "./runs",
    dest: "hf://buckets/bench/plans/runs",
    timestamp: "2026-11-20T14:04:00+00:00",
    summary,
  };
  await pipeline(function* () {
    yield `${formatHeader(header)}\n`;
    for (let n = 0; n < size; ) {
      let text = "";
      for (const end = Math.min(size, n + 1000); n < end; n++) text += `${formatOperation(operationOf(n))}\n`;
      yield text;
    }
  }, createWriteStream(file));
}

/** Fills the bucket with files at every twentieth path of the plan. */
async function stand(server: TestServer, client: Client): Promise<void> {
  const db = await openDatabase({ file: join(server.dataDir, "cooperage.db") });
  for (let start = 0; start < STANDING; start += 1000) {
    const numbers = Array.from({ length: 1000 }, (_, at) => (start + at) * 20);
    const hash = (n: number) => createHash("sha256").update(String(n)).digest("hex");
    await proveContents(
      db,
      "bench/plans",
      numbers.map((n) => ({ xetHash: hash(n), size: 1 + (n % 1000) })),
    );
    const lines = numbers.map((n) =>
      JSON.stringify({ type: "addFile", path: `runs/${pathOf(n)}`, xetHash: hash(n), mtime: 1_700_000_000_000 }),
    );
    await client.json("POST", "/api/buckets/bench/plans/batch", lines.join("\n"));
  }
  await db.close();
}

/** User and system seconds of a process and all its threads so far. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

async function load(
  server: TestServer,
  client: Client,
  file: string,
  size: number,
  results: BenchResult[],
): Promise<number> {
  const memory = await watchMemory(server.pid);
  let watching = true;
  // Others go on meanwhile: how long a small request waits.
  const waits: number[] = [];
  const others = (async () => {
    while (watching) {
      const began = performance.now();
      await client.json("POST", "/api/buckets/bench/plans/batch", '{"type":"deleteFile","path":"not-there"}');
      waits.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  const cpu = await cpuSeconds(server.pid);
  const began = performance.now();
  const plan = await client.json("POST", "/api/plans", createReadStream(file, { highWaterMark: MIB }));
  const seconds = (performance.now() - began) / 1000;
  const worked = (await cpuSeconds(server.pid)) - cpu;
  watching = false;
  const [most] = await Promise.all([memory.end(), others]);
  if (plan.operations !== size) throw new Error(`${plan.operations} of ${size} operations came in`);
  const added = (most - memory.idle) / MIB;
  const large = size >= 1_000_000;
  const peer = await loadByClient(file);
  const { size: bytes } = await stat(file);
  results.push({
    ...compare({ name: `import ${size} operations (${(bytes / 1e6).toFixed(0)} MB)`, unit: "s" }, seconds, peer?.wall),
    ...(large && { goal: { most: IMPORT_SECONDS }, met: seconds <= IMPORT_SECONDS }),
  });
  results.push(compare({ name: `import ${size} operations, CPU`, unit: "s" }, worked, peer?.cpu));
  results.push({
    name: `memory over idle (${(memory.idle / MIB).toFixed(0)} MiB) while ${size} come in`,
    unit: "MiB",
    ours: added,
    ...(large && { goal: { most: IMPORT_MIB }, met: added <= IMPORT_MIB }),
  });
  results.push({ name: `a batch meanwhile, ${size}`, unit: "ms p95", ours: percentile(waits, 0.95) });
  return plan.id;
}

/** Seconds that the client's own loader takes; undefined where there is no Python. */
async function loadByClient(file: string): Promise<{ wall: number; cpu: number } | undefined> {
  let bin: string;
  try {
    bin = (await ensureVenv("newest")).bin;
  } catch (error) {
    if (error instanceof NoPython) return undefined;
    throw error;
  }
  const program =
    "import json, sys, time\nfrom huggingface_hub._buckets import _load_plan\nbegan, used = time.time(), time.process_time()\n_load_plan(sys.argv[1])\nprint(json.dumps({'wall': time.time() - began, 'cpu': time.process_time() - used}))";
  const child = spawn(join(bin, "python"), ["-c", program, file], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error("the client could not load the plan");
  return JSON.parse(out);
}

interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the route answers.
  json(method: string, path: string, body?: string | NodeJS.ReadableStream): Promise<any>;
}

function createClient(server: TestServer, token: string): Client {
  const agent = new Agent({ keepAlive: true });
  return {
    json: (method, path, body) =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}` };
        const sent = request(`${server.url}${path}`, { agent, method, headers }, (response) => {
          let text = "";
          response.on("data", (piece) => {
            text += piece;
          });
          response.on("end", () => {
            if (response.statusCode! < 300) resolve(text === "" ? null : JSON.parse(text));
            else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 500)}`));
          });
        });
        sent.on("error", reject);
        if (typeof body === "object") pipeline(body, sent).catch(reject);
        else sent.end(body);
      }),
  };
}

const PAGES: { name: string; path(id: number): string; goal?: boolean }[] = [
  { name: "details", path: (id) => `/api/plans/${id}`, goal: true },
  { name: "tree, the root", path: (id) => `/api/plans/${id}/tree?limit=200`, goal: true },
  { name: "tree, a folder", path: (id) => `/api/plans/${id}/tree?folder=run-0000/checkpoint-003/&limit=200` },
  { name: "list, deletes", path: (id) => `/api/plans/${id}/operations?kinds=delete&limit=200` },
  { name: "list, over 4.9 GB", path: (id) => `/api/plans/${id}/operations?min=4900000000&limit=200` },
  { name: "list, a glob that fits nothing", path: (id) => `/api/plans/${id}/operations?match=*.nothing&limit=200` },
];

async function measurePages(client: Client, plans: { size: number; id: number }[]): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const page of PAGES) {
    const times = new Map<number, number[]>(plans.map(({ size }) => [size, []]));
    for (let round = -3; round < ROUNDS; round++) {
      for (const { size, id } of plans) {
        const began = performance.now();
        await client.json("GET", page.path(id));
        if (round >= 0) times.get(size)!.push(performance.now() - began);
      }
    }
    const smallest = Math.min(...SIZES);
    for (const { size } of plans) {
      if (size === smallest && plans.length > 1) continue;
      const ours = percentile(times.get(size)!, 0.95);
      const result = compare(
        { name: `${page.name}, ${size}`, unit: "ms p95" },
        ours,
        percentile(times.get(smallest)!, 0.95),
      );
      // A tenth of what the page may take in all.
      const met = ours <= (OPEN_SECONDS * 1000) / 10;
      results.push(page.goal ? { ...result, goal: { most: (OPEN_SECONDS * 1000) / 10 }, met } : result);
    }
  }
  return results;
}
