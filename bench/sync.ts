/**
 * `hf buckets sync` of 1 GiB up and down through a production server of its own: CPU seconds of server and client, and the time
 * that a person waits. Fresh data folder, bucket and client caches each round, so that every byte travels. The client's
 * own price is its CPU; the server may take no more than that.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "#e2e/server.ts";
import { bf16Weights, randomBytes } from "#lib/core/xet/vectors/generate.ts";
import { clientEnv, ensureVenv } from "../scripts/python/venv.ts";
import { type BenchResult, compare, median } from "./measure.ts";

const MIB = 1024 * 1024;
const FILES = 8;
const FILE_BYTES = 128 * MIB;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
/** Clock ticks a second in /proc/PID/stat (USER_HZ, the same on every Linux). */
const TICKS = 100;

interface Run {
  clientCpu: number;
  serverCpu: number;
  wall: number;
}

/** Half incompressible, half bf16 weights: made once, kept beside the benchmark. */
async function sourceFolder(): Promise<string> {
  const folder = join(import.meta.dirname, ".data/sync");
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < FILES; index++) {
    const path = join(folder, `model-${index}.safetensors`);
    if (existsSync(path)) continue;
    const file = await open(path, "w");
    const make = index % 2 === 0 ? randomBytes : bf16Weights;
    for (let piece = 0; piece < FILE_BYTES / (16 * MIB); piece++)
      await file.write(make(16 * MIB, index * 1000 + piece));
    await file.close();
  }
  return folder;
}

/** User and system seconds of a process and all its threads so far. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Runs a command under Python's resource accounting, which Node does not offer for its children. */
async function timed(
  python: string,
  command: string[],
  env: Record<string, string>,
): Promise<{ cpu: number; wall: number }> {
  const program = `
import json, resource, subprocess, sys, time
start = time.time()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
if done.returncode: sys.exit(done.stderr.decode())
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "wall": time.time() - start}))`;
  const child = spawn(python, ["-c", program, ...command], { env: { ...process.env, ...env } as NodeJS.ProcessEnv });
  let [out, errors] = ["", ""];
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${command.join(" ")} failed: ${errors}`);
  return JSON.parse(out);
}

export async function run(): Promise<BenchResult[]> {
  const venv = await ensureVenv("newest");
  const source = await sourceFolder();
  const runs: Record<"up" | "down", Run[]> = { up: [], down: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const home = await mkdtemp(join(tmpdir(), "cooperage-bench-"));
    const server = await startServer({ pages: false });
    try {
      await server.admin(["user", "create", "bench"]);
      const token = await server.admin(["token", "create", "bench", "--role", "write"]);
      const hf = join(venv.bin, "hf");
      const bucket = "hf://buckets/bench/sync";
      const python = join(venv.bin, "python");
      const env = (cache: string) => clientEnv(join(home, cache), server.url, token);
      await timed(python, [hf, "buckets", "create", "bench/sync"], env("up"));
      for (const [side, command] of [
        ["up", [hf, "buckets", "sync", source, bucket]],
        ["down", [hf, "buckets", "sync", bucket, join(home, "copy")]],
      ] as const) {
        const before = await cpuSeconds(server.pid);
        const { cpu, wall } = await timed(python, [...command], env(side));
        runs[side].push({ clientCpu: cpu, serverCpu: (await cpuSeconds(server.pid)) - before, wall });
      }
    } finally {
      await server.stop();
      await rm(home, { recursive: true, force: true });
    }
  }
  const of = (side: "up" | "down", figure: keyof Run) => median(runs[side].map((one) => one[figure]));
  return (["up", "down"] as const).flatMap((side) => [
    compare(
      { name: `sync ${side} 1 GiB: CPU of server / client`, unit: "s", goal: { most: 1 } },
      of(side, "serverCpu"),
      of(side, "clientCpu"),
    ),
    compare({ name: `sync ${side} 1 GiB: wall`, unit: "s" }, of(side, "wall")),
  ]);
}
