/**
 * `npm run crash -- --what gc [--minutes 10] [--clients 20] [--seed 1]`: garbage collection again and again, with a short grace and with none,
 * beside clients that upload, copy, delete and download, with kill -9 at random moments. No acknowledged file is ever unreadable, the
 * scrub finds nothing, and in the end the blobs hold the bytes that entries need and not one more.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createRepo } from "@huggingface/hub";
import { createPeople } from "#e2e/people.ts";
import { freePort, removeData, runScript, startServer, type TestServer } from "#e2e/server.ts";
import { formatSize } from "#lib/core/format.ts";
import { createOperator } from "#lib/server/operator.ts";
import type { Counts, Place } from "./crash-gc/client.ts";
import { type Files, randomFrom, same } from "./crash-gc/contents.ts";
import { JsClient } from "./crash-gc/js-client.ts";
import { findLeftOver } from "./crash-gc/left-over.ts";
import type { FromProcess, Start, ToProcess } from "./crash-gc/process.ts";
import { ensureVenv, NoPython } from "./python/venv.ts";

const BUCKETS = ["ada/gc-0", "ada/gc-1", "ada/gc-2", "guild/gc-3"];
/** Clients in a process. */
const TOGETHER = 5;
const SECRET = "a secret of the test suites only";
/** The server's own runs have a grace that is about as long as an upload takes under load. */
const GC = { GC_REWRITE_SHARE: "0.9", SESSION_SECRET: SECRET };
const graceOf = (ms: number) => (ms < 120_000 ? "5s" : "20s");

interface Options {
  ms: number;
  clients: number;
  seed: number;
}

/** A process with clients in it. */
class Group {
  readonly ended: Promise<Files[]>;
  counts: Counts[] = [];
  fault: string | null = null;
  private readonly child: ChildProcess;

  constructor(start: Start) {
    this.child = fork(join(import.meta.dirname, "crash-gc/process.ts"));
    this.ended = new Promise((resolve, reject) => {
      this.child.on("exit", (code) => reject(new Error(`a process of clients ended with ${code}`)));
      this.child.on("message", (message: FromProcess) => {
        if (message.type === "fault") {
          this.fault = message.message;
          reject(new Error(message.message));
        } else {
          this.counts = message.counts;
          if (message.type === "ended") resolve(message.files);
        }
      });
    });
    this.ended.catch((error) => {
      this.fault ??= String(error);
    });
    this.tell({ type: "start", start });
  }

  stop(): void {
    this.tell({ type: "stop" });
  }

  end(): void {
    this.child.kill("SIGKILL");
  }

  private tell(message: ToProcess): void {
    this.child.send(message);
  }
}

/** Real `hf` commands by one client in ten; none where there is no Python. */
async function startGroups(place: Place, { clients, seed }: Options, home: string): Promise<Group[]> {
  const names = Array.from({ length: clients }, (_, number) => `client-${number}`);
  const real = names.splice(0, Math.max(1, Math.floor(clients / 10)));
  const groups: Group[] = [];
  try {
    const { bin } = await ensureVenv("newest");
    groups.push(new Group({ place, seed: seed * 10, clients: real, hf: { hf: join(bin, "hf"), home } }));
  } catch (error) {
    if (!(error instanceof NoPython)) throw error;
    console.log(`No hf command here, so all clients are JavaScript: ${error.message}`);
    names.push(...real);
  }
  for (let at = 0; at < names.length; at += TOGETHER) {
    groups.push(
      new Group({ place, seed: seed * 10 + groups.length, clients: names.slice(at, at + TOGETHER), hf: null }),
    );
  }
  return groups;
}

/** Runs without grace that rewrite all there is to, now and then; those that a kill cuts off are none. */
async function collectNowAndThen(
  hubUrl: string,
  { ms, seed }: Options,
  signal: AbortSignal,
): Promise<{ begun: number; ended: number }> {
  const random = randomFrom(seed + 1);
  const operator = createOperator({ secret: SECRET, clock: Date.now });
  const counts = { begun: 0, ended: 0 };
  while (!signal.aborted) {
    await pause(1000 + random(Math.min(16_000, ms / 8)), undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    try {
      const answer = await fetch(`${hubUrl}/api/gc`, {
        method: "POST",
        headers: { authorization: `Bearer ${operator.createToken()}`, "content-type": "application/json" },
        body: JSON.stringify({ grace: 0, share: 1 }),
      });
      if (answer.ok) counts.begun += 1;
      const text = await answer.text();
      const last = JSON.parse(text.trimEnd().split("\n").at(-1)!);
      if (!answer.ok || last.type === "error") throw new Error(`garbage collection failed: ${text}`);
      if (last.type === "result") counts.ended += 1;
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
    }
  }
  return counts;
}

function sumOf(groups: Group[]): Counts {
  const sum: Counts = { changes: 0, reads: 0, refused: 0, applied: 0, absent: 0 };
  for (const { counts } of groups) {
    for (const each of counts) for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += each[key];
  }
  return sum;
}

async function checkFiles(place: Place, files: Files): Promise<number> {
  const reader = new JsClient("the end", place, randomFrom(1));
  let present = 0;
  for (const [key, content] of Object.entries(files)) {
    const found = await reader.readSurely(key);
    if (!same(found, content))
      throw new Error(`${key} should be ${JSON.stringify(content)}, is ${JSON.stringify(found)}`);
    if (content !== null) present += 1;
  }
  return present;
}

export async function crashGc(options: Options): Promise<void> {
  const random = randomFrom(options.seed);
  const dataDir = await mkdtemp(join(tmpdir(), "cooperage-crash-gc-"));
  const home = await mkdtemp(join(tmpdir(), "cooperage-crash-gc-hf-"));
  const port = await freePort();
  // Every other start by chance, its own runs follow each other nearly without a break; else those without grace have it to themselves.
  const start = () => {
    const env = { ...GC, GC_GRACE: graceOf(options.ms), GC_EVERY: random(2) === 0 ? "1s" : "off" };
    return startServer({ dataDir, port, pages: false, env });
  };
  let server: TestServer = await start();
  const { owner } = await createPeople(server);
  const place = { hubUrl: server.url, accessToken: owner.token, buckets: BUCKETS };
  for (const name of BUCKETS) await createRepo({ ...place, repo: { type: "bucket", name } });
  const groups = await startGroups(place, options, home);
  const closing = new AbortController();
  const collecting = collectNowAndThen(server.url, options, closing.signal);
  let fault: string | null = null;
  collecting.catch((error) => {
    fault = String(error);
  });
  let kills = 0;
  try {
    const until = Date.now() + options.ms;
    const check = () => {
      fault ??= groups.find((group) => group.fault !== null)?.fault ?? null;
      if (fault !== null) throw new Error(fault);
    };
    while (Date.now() < until) {
      const longest = Math.min(25_000, options.ms / 4);
      const moment = Math.min(500 + random(longest), Math.max(0, until - Date.now()));
      for (const end = Date.now() + moment; Date.now() < end; await pause(50)) check();
      await server.kill();
      kills += 1;
      // One start in eight is killed too, while it recovers.
      if (random(8) === 0) {
        await start().then((half) => half.kill());
        kills += 1;
      }
      server = await start();
      const { changes, reads, refused, applied, absent } = sumOf(groups);
      console.log(
        `kill ${kills} after ${moment} ms: so far ${changes} changes acknowledged, ${reads} reads, ${refused} refused and made ` +
          `again; cut off: ${applied} applied, ${absent} absent`,
      );
    }
    for (const group of groups) group.stop();
    const files: Files = Object.assign({}, ...(await Promise.all(groups.map(({ ended }) => ended))).flat());
    closing.abort();
    const { begun, ended } = await collecting;
    check();
    const present = await checkFiles(place, files);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const all = Number(/^cooperage_gc_freed_bytes (\S+)$/m.exec(metrics)?.[1]);
    await runScript("scripts/gc.ts", ["--grace", "0", "--rewrite-share", "1"], {
      env: { DATA_DIR: dataDir, SESSION_SECRET: SECRET },
    });
    await server.stop();
    await runScript("scripts/scrub.ts", [], { env: { DATA_DIR: dataDir } });
    const { problems, bytes } = await findLeftOver(dataDir);
    if (problems.length > 0) throw new Error(`after the last run: ${problems.join("; ")}`);
    server = await start();
    await checkFiles(place, files);
    await server.stop();
    const { changes, reads, refused } = sumOf(groups);
    if (changes < options.clients || reads === 0 || begun === 0 || !(all > 0)) {
      throw new Error(`only ${changes} changes, ${reads} reads, ${all} bytes freed meanwhile: this proved little`);
    }
    await removeData(dataDir);
    await removeData(home);
    console.log(
      `${Math.round(options.ms / 1000)} s, ${options.clients} clients, ${kills} kills: ${changes} changes acknowledged, ${reads} files read ` +
        `meanwhile, ${refused} uploads refused and made again, ${formatSize(all)} freed meanwhile by the server's own runs and ` +
        `${begun} without grace (${ended} to their end); all ${present} files whole, scrub clean, blobs hold their ${formatSize(bytes)} and nothing else.`,
    );
  } catch (error) {
    console.error(`${error}\nThe data is kept in ${dataDir}; seed ${options.seed}.\n${server.output()}`);
    closing.abort();
    await server.kill();
    process.exitCode = 1;
  } finally {
    for (const group of groups) group.end();
  }
}
