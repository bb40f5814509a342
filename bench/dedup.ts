/**
 * Dedup figures of a bucket of 1,000,000 files, 50,000 folders and 10 million terms (`BENCH_DEDUP=0.01` for a hundredth): how long the server
 * takes to work them all out, whether others notice, and how long the answers take, against a bucket of 1,000 files. The store is made once and kept
 * under bench/.data; its figures are known by construction and are compared. The yardstick of the recomputation is plain sets
 * (`peers/naive-dedup.ts`) over one run's checkpoints, by the term.
 */
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runScript, startServer, type TestServer } from "#e2e/server.ts";
import type { DedupFigures, DedupSummary } from "#lib/core/bucket/dedup/figures.ts";
import { openConnection } from "#lib/server/db/statements.ts";
import { type Client, createClient } from "./dedup/client.ts";
import { openDedupPage } from "./dedup/page.ts";
import { askAll, dedup } from "./dedup/questions.ts";
import { ensureStore, type KnownBucket, type KnownStore, OWNER } from "./dedup/store.ts";
import { type BenchResult, compare, percentile } from "./measure.ts";
import { naiveFigures } from "./peers/naive-dedup.ts";
import { watchMemory } from "./process/memory.ts";

const SCALE = Number(process.env.BENCH_DEDUP ?? 1);
const KEPT = join(import.meta.dirname, ".data", SCALE === 1 ? "dedup" : `dedup-${SCALE}`);
const RECOMPUTE_SECONDS = 60;
const LOOP_MS = 20;
const MIB = 1024 * 1024;

export async function run(): Promise<BenchResult[]> {
  const known = await ensureStore(KEPT, SCALE);
  await runScript("scripts/build.ts", []);
  const dataDir = `${KEPT}-run`;
  await rm(dataDir, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true });
  await copyFile(join(KEPT, "cooperage.db"), join(dataDir, "cooperage.db"));
  const started = performance.now();
  const server = await startServer({ dataDir });
  try {
    const token = await server.admin(["token", "create", OWNER, "--role", "write"]);
    const client = createClient(server, token);
    const results: BenchResult[] = [];
    await recompute(server, client, known, started, results);
    await check(client, known);
    results.push(...(await askAll(client, known)));
    results.push(...(await openDedupPage(server, known)));
    return results;
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Milliseconds by `monitorEventLoopDelay` since the last time it was asked; 10 of them are its own resolution. */
async function loopDelay(client: Client): Promise<{ p99: number; max: number }> {
  const { answer } = await client.ask<string>("/metrics");
  const value = (name: string) =>
    1000 * Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)`, "m").exec(answer)?.[1]);
  return { p99: value("p99"), max: value("max") };
}

/** Waits until the figures are those of the bucket as it stands; how long each question took meanwhile, ms. */
async function settle(client: Client, bucket: KnownBucket, since: number): Promise<number[]> {
  const waits: number[] = [];
  for (;;) {
    const asked = await client.ask<DedupSummary>(dedup(bucket)).catch((error: Error) => {
      // There are none yet.
      if (error.message.includes(": 503 ")) return null;
      throw error;
    });
    if (asked !== null) waits.push(asked.ms);
    if (asked !== null && !asked.answer.pending && asked.answer.asOf >= since) return waits;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The same questions, with nothing to wait for. */
async function askFor(ms: number, client: Client, bucket: KnownBucket): Promise<void> {
  for (const until = performance.now() + ms; performance.now() < until; ) {
    await client.ask(dedup(bucket));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** From the start of the process, which has no figures of anything yet; then after a change of one file. */
async function recompute(
  server: TestServer,
  client: Client,
  known: KnownStore,
  started: number,
  results: BenchResult[],
): Promise<void> {
  const memory = await watchMemory(server.pid);
  // Up to here it counts what starting took.
  await loopDelay(client);
  await settle(client, known.large, 0);
  const seconds = (performance.now() - started) / 1000;
  const loop = await loopDelay(client);
  const most = await memory.end();
  const { files, terms, folders } = known.large;
  results.push({
    ...compare(
      { name: `figures of ${files} files, ${folders} folders, ${terms} terms; plain sets, by the term`, unit: "s" },
      seconds,
      (await bySets(known)) * terms,
    ),
    goal: { most: RECOMPUTE_SECONDS },
    met: seconds <= RECOMPUTE_SECONDS,
  });
  results.push({
    name: `memory over idle (${(memory.idle / MIB).toFixed(0)} MiB) meanwhile`,
    unit: "MiB",
    ours: (most - memory.idle) / MIB,
  });
  // A bucket is not computed back to back: it rests for as long as that took, clearing up included.
  await askFor(2 * seconds * 1000, client, known.large);
  const rest = await loopDelay(client);
  results.push({
    ...compare({ name: "event loop meanwhile and at rest, 10 of it the clock's", unit: "ms p99" }, loop.p99, rest.p99),
    goal: { most: LOOP_MS },
    met: loop.p99 <= LOOP_MS,
  });
  results.push(compare({ name: "event loop meanwhile and at rest, the worst", unit: "ms" }, loop.max, rest.max));

  const changed = performance.now();
  const since = Date.now();
  const path = "traces/day-0000/host-00/session-000.jsonl";
  await client.ask(`/api/buckets/${known.large.id}/batch`, `{"type":"deleteFile","path":"${path}"}\n`);
  const waits = await settle(client, known.large, since);
  results.push({ name: "after a change of one file", unit: "s", ours: (performance.now() - changed) / 1000 });
  results.push({ name: "the bucket's figures asked for meanwhile", unit: "ms p95", ours: percentile(waits, 0.95) });
}

/** Seconds a term, over the first run, by the same rows. */
async function bySets(known: KnownStore): Promise<number> {
  const connection = openConnection({
    file: join(KEPT, "cooperage.db"),
    readOnly: true,
    cacheKib: 64 * 1024,
    busyMs: 1000,
  });
  try {
    const [bucket] = connection.run("select id from buckets where name = 'large'", []).rows as { id: number }[];
    const began = performance.now();
    const { figures, terms } = naiveFigures(connection, bucket!.id, "runs/run-0000");
    const seconds = (performance.now() - began) / 1000;
    const { path, figures: right } = known.large.checkpoints[1]!;
    if (figures.get(path)?.unique !== right.unique) throw new Error("plain sets came to other figures");
    return seconds / terms;
  } finally {
    connection.close();
  }
}

/** The figures are those that the store was made with. */
async function check(client: Client, known: KnownStore): Promise<void> {
  const wrong: string[] = [];
  const same = (where: string, said: DedupFigures, right: Partial<DedupFigures>) => {
    for (const [name, value] of Object.entries(right)) {
      const told = said[name as keyof DedupFigures];
      if (told !== value) wrong.push(`${where}: ${name} is ${told}, not ${value}`);
    }
  };
  const { unique, stored } = known.small;
  const small = (await client.ask<DedupSummary>(dedup(known.small))).answer.figures;
  same("small", small, {
    files: known.small.files,
    logical: known.small.logical,
    unique,
    exclusive: unique,
    stored,
    freed: stored,
  });
  const { answer: large } = await client.ask<DedupSummary>(dedup(known.large));
  // Less one small file that was deleted: what it held waits to be freed.
  same("large", large.figures, {
    files: known.large.files - 1,
    stored: known.large.stored - (large.waiting?.bytes ?? 0),
  });
  for (const bucket of [known.small, known.large]) {
    for (const { path, figures } of bucket.checkpoints) {
      const { answer } = await client.ask<DedupSummary>(`${dedup(bucket)}?path=${path}`);
      same(path, answer.figures, figures);
    }
  }
  if (wrong.length > 0) throw new Error(`${wrong.length} figures are wrong:\n${wrong.slice(0, 20).join("\n")}`);
}
