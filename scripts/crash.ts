/**
 * `npm run crash -- --kills 200 [--seed 1] [--clients 3]`: kill -9 at random moments while clients upload, copy and delete
 * (`--what plans`: while plans run, see crash-plans.ts; `--what gc`: while content is collected, see crash-gc.ts).
 * After each restart everything acknowledged must be whole, byte for byte, what was under way applied as a whole or not at
 * all, everything else absent, and the scrub must find nothing.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { copyFiles, createRepo, deleteFiles, uploadFiles } from "@huggingface/hub";
import { randomBytes } from "#e2e/bytes.ts";
import { createPeople } from "#e2e/people.ts";
import { freePort, removeData, runScript, startServer, type TestServer } from "#e2e/server.ts";
import { crashGc } from "./crash-gc.ts";
import { crashPlans } from "./crash-plans.ts";

/** What a path holds; null: nothing. */
type Content = { sha256: string; size: number } | null;
/** `bucket path` -> content. */
type Files = Record<string, Content>;

/** One request that changes a bucket: all of `after`, or none of it. */
interface Change {
  kind: "put" | "copy" | "delete";
  after: Files;
}

interface ToClient {
  hubUrl: string;
  accessToken: string;
  files: Files;
}
type FromClient = { type: "begin"; change: Change } | { type: "done" } | { type: "failed"; message: string };

const BUCKETS = 2;
const PATHS_PER_CLIENT = 30;

/** mulberry32: the same run for the same seed, as far as timing allows. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/* ---- a client: one process that changes its own paths, one request after the other, until one fails ---- */

async function beClient(client: number, seed: number): Promise<void> {
  const random = randomFrom(seed);
  const send = (message: FromClient) => void process.send!(message);
  let content = seed * 1_000_003;

  process.on("disconnect", () => process.exit());
  process.on("message", async ({ hubUrl, accessToken, files }: ToClient) => {
    const hub = { hubUrl, accessToken };
    try {
      for (;;) {
        const bucket = `ada/crash-${Math.floor(random() * BUCKETS)}`;
        const repo = { type: "bucket" as const, name: bucket };
        const held = Object.keys(files).filter((key) => files[key] !== null && key.startsWith(`${bucket} `));
        const some = held.filter(() => random() < 0.2).slice(0, 6);
        const newPath = () =>
          `client-${client}/d${Math.floor(random() * 3)}/f${Math.floor(random() * PATHS_PER_CLIENT)}`;
        const roll = random();
        let change: Change;
        let work: () => Promise<unknown>;
        if (roll < 0.2 && some.length > 0) {
          change = { kind: "delete", after: Object.fromEntries(some.map((key) => [key, null])) };
          work = () => deleteFiles({ ...hub, repo, paths: some.map(pathOf) });
        } else if (roll < 0.35 && some.length > 0) {
          const targets = new Map(some.map((key) => [newPath(), key]));
          change = {
            kind: "copy",
            after: Object.fromEntries([...targets].map(([path, key]) => [`${bucket} ${path}`, files[key]!])),
          };
          const copies = [...targets].map(([path, key]) => ({
            source: { repo, path: pathOf(key) },
            destinationPath: path,
          }));
          work = () => copyFiles({ ...hub, destination: repo, files: copies });
        } else {
          const puts = new Map<string, Uint8Array<ArrayBuffer>>();
          for (let n = 1 + Math.floor(random() * 5); n > 0; n--)
            puts.set(newPath(), randomBytes(sizeOf(random), content++));
          change = {
            kind: "put",
            after: Object.fromEntries([...puts].map(([path, bytes]) => [`${bucket} ${path}`, contentOf(bytes)])),
          };
          const uploads = [...puts].map(([path, bytes]) => ({ path, content: new Blob([bytes]) }));
          work = () => uploadFiles({ ...hub, repo, files: uploads });
        }
        send({ type: "begin", change });
        await work();
        Object.assign(files, change.after);
        send({ type: "done" });
      }
    } catch (error) {
      send({ type: "failed", message: String(error) });
    }
  });
}

function sizeOf(random: () => number): number {
  const roll = random();
  if (roll < 0.05) return 0;
  if (roll < 0.9) return Math.floor(random() * 200_000);
  return Math.floor(random() * 8_000_000);
}

function contentOf(bytes: Uint8Array): Content {
  return { sha256: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
}

function pathOf(key: string): string {
  return key.slice(key.indexOf(" ") + 1);
}

/* ---- the parent: starts, kills, compares ---- */

interface Client {
  process: ChildProcess;
  /** Acknowledged. */
  files: Files;
  underWay: Change | null;
  acknowledged: number;
  /** Resolves when its last request has failed. */
  stopped: Promise<void>;
  go(server: TestServer, accessToken: string): void;
}

function startClient(number: number, seed: number): Client {
  const child = fork(import.meta.filename, ["--client", String(number), "--seed", String(seed)]);
  const client: Client = {
    process: child,
    files: {},
    underWay: null,
    acknowledged: 0,
    stopped: Promise.resolve(),
    go(server, accessToken) {
      client.acknowledged = 0;
      client.stopped = new Promise((resolve, reject) => {
        child.removeAllListeners("message").removeAllListeners("exit");
        child.once("exit", (code) => reject(new Error(`client ${number} ended with ${code}`)));
        child.on("message", (message: FromClient) => {
          if (message.type === "begin") client.underWay = message.change;
          if (message.type === "failed") resolve();
          if (message.type !== "done") return;
          Object.assign(client.files, client.underWay!.after);
          client.underWay = null;
          client.acknowledged += 1;
        });
      });
      client.stopped.catch(() => {});
      const message: ToClient = { hubUrl: server.url, accessToken, files: client.files };
      child.send(message);
    },
  };
  return client;
}

/** What the server holds now, every byte read through resolve. */
async function readBuckets(server: TestServer, accessToken: string): Promise<Files> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const found: Files = {};
  for (let number = 0; number < BUCKETS; number++) {
    const bucket = `ada/crash-${number}`;
    let next: string | undefined = `${server.url}/api/buckets/${bucket}/tree`;
    const entries: { path: string; size: number }[] = [];
    while (next !== undefined) {
      const answer: Response = await fetch(next, { headers });
      if (!answer.ok) throw new Error(`${next}: ${answer.status}`);
      entries.push(...((await answer.json()) as { path: string; size: number }[]));
      next = /<([^>]+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    for (const { path, size } of entries) {
      const answer = await fetch(`${server.url}/buckets/${bucket}/resolve/${path}`, { headers });
      if (!answer.ok) throw new Error(`${bucket}/${path}: ${answer.status} ${await answer.text()}`);
      const content = contentOf(new Uint8Array(await answer.arrayBuffer()));
      if (content!.size !== size) throw new Error(`${bucket}/${path}: listed with ${size} bytes, has ${content!.size}`);
      found[`${bucket} ${path}`] = content;
    }
    const info = await (await fetch(`${server.url}/api/buckets/${bucket}`, { headers })).json();
    const size = entries.reduce((sum, entry) => sum + entry.size, 0);
    if (info.size !== size || info.totalFiles !== entries.length) {
      throw new Error(
        `${bucket}: says ${info.size} bytes in ${info.totalFiles} files; has ${size} in ${entries.length}`,
      );
    }
  }
  return found;
}

function same(a: Content | undefined, b: Content | undefined): boolean {
  return (a?.sha256 ?? null) === (b?.sha256 ?? null);
}

/** Takes over what of the changes under way was applied; throws for anything that should not be. */
function settle(clients: Client[], found: Files): { applied: number; absent: number } {
  const counts = { applied: 0, absent: 0 };
  for (const client of clients) {
    const change = client.underWay;
    client.underWay = null;
    if (change === null) continue;
    const keys = Object.keys(change.after);
    const applied = keys.filter((key) => same(found[key], change.after[key])).length;
    const absent = keys.filter((key) => same(found[key], client.files[key])).length;
    if (applied === keys.length) Object.assign(client.files, change.after);
    else if (absent !== keys.length) throw new Error(`a ${change.kind} was applied in part: ${JSON.stringify(change)}`);
    counts[applied === keys.length ? "applied" : "absent"] += 1;
  }
  const expected: Files = Object.assign({}, ...clients.map((client) => client.files));
  for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    if (!same(expected[key], found[key])) {
      throw new Error(`${key}: expected ${JSON.stringify(expected[key])}, found ${JSON.stringify(found[key])}`);
    }
  }
  return counts;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function main(kills: number, seed: number, clientCount: number): Promise<void> {
  const random = randomFrom(seed);
  const dataDir = await mkdtemp(join(tmpdir(), "cooperage-crash-"));
  const port = await freePort();
  const start = () => startServer({ dataDir, port, pages: false });
  let server = await start();
  const { owner } = await createPeople(server);
  for (let number = 0; number < BUCKETS; number++) {
    const repo = { type: "bucket" as const, name: `ada/crash-${number}` };
    await createRepo({ hubUrl: server.url, accessToken: owner.token, repo });
  }
  const clients = Array.from({ length: clientCount }, (_, number) => startClient(number, seed * 100 + number));
  let acknowledged = 0;
  try {
    for (let kill = 1; kill <= kills; kill++) {
      for (const client of clients) client.go(server, owner.token);
      const moment = Math.round(30 + random() ** 2 * 2_500);
      await Promise.race([pause(moment), ...clients.map((client) => client.stopped)]);
      const early = clients.filter((client) => client.process.exitCode !== null);
      if (early.length > 0) throw new Error("a client ended by itself");
      await server.kill();
      await Promise.all(clients.map((client) => client.stopped));
      // One start in ten is killed too, while it recovers.
      if (random() < 0.1) await start().then((half) => half.kill());
      server = await start();
      const found = await readBuckets(server, owner.token);
      const counts = settle(clients, found);
      const round = clients.reduce((sum, client) => sum + client.acknowledged, 0);
      acknowledged += round;
      await runScript("scripts/scrub.ts", [], { env: { DATA_DIR: dataDir } });
      console.log(
        `kill ${kill}/${kills} after ${moment} ms: ${round} acknowledged; under way: ${counts.applied} applied, ` +
          `${counts.absent} absent; ${Object.keys(found).length} files whole; scrub clean`,
      );
    }
    if (acknowledged < kills) throw new Error(`only ${acknowledged} changes were acknowledged: this proved little`);
    await server.stop();
    await removeData(dataDir);
    console.log(`${kills} kills, ${acknowledged} changes acknowledged, nothing lost and nothing halved.`);
  } catch (error) {
    console.error(`${error}\nThe data is kept in ${dataDir}; seed ${seed}.\n${server.output()}`);
    await server.kill();
    process.exitCode = 1;
  } finally {
    for (const client of clients) client.process.kill("SIGKILL");
  }
}

const { values } = parseArgs({
  options: {
    what: { type: "string", default: "batches" },
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    clients: { type: "string" },
    minutes: { type: "string", default: "10" },
    client: { type: "string" },
  },
});
if (values.client !== undefined) await beClient(Number(values.client), Number(values.seed));
else if (values.what === "plans") await crashPlans(Number(values.kills), randomFrom(Number(values.seed)));
else if (values.what === "gc") {
  const [minutes, clients] = [Number(values.minutes), Number(values.clients ?? "20")];
  await crashGc({ ms: minutes * 60_000, clients, seed: Number(values.seed) });
} else if (values.what !== "batches") throw new Error("--what batches, --what plans, or --what gc.");
else await main(Number(values.kills), Number(values.seed), Number(values.clients ?? "3"));
