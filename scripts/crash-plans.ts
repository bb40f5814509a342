/**
 * `npm run crash -- --what plans --kills 50 [--seed 1]`: runs of plans on the server, killed (-9) at random moments, some of them while they
 * recover. Each goes on at the next start; in the end no operation has run twice, none is lost, none ran that was not approved.
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uploadFiles } from "@huggingface/hub";
import { createPeople, type People } from "#e2e/people.ts";
import { freePort, removeData, runScript, startServer, type TestServer } from "#e2e/server.ts";

/** Operations of a plan: several pieces of a run. */
const OPERATIONS = 4000;
const RUN_MS = 60_000;
/** Contents, told apart by their size: a listing shows which one a path holds. */
const CONTENTS = { old: 11, source: 22, client: 33 } as const;
type Content = keyof typeof CONTENTS;

type Random = () => number;
type Tree = Map<string, Content>;

interface Stage {
  server: TestServer;
  people: People;
  hashes: Record<Content, string>;
}

interface Run {
  state: string;
  done: number;
  total: number;
  message: string | null;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function ask<T>({ server }: Stage, token: string, method: string, path: string, body?: unknown): Promise<T> {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(`${server.url}${path}`, {
    method,
    body: text,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function makeBucket(stage: Stage, name: string): Promise<void> {
  const { server, people } = stage;
  await ask(stage, people.owner.token, "POST", `/api/buckets/${name}`, { private: false });
  const files = Object.entries(CONTENTS).map(([content, size]) => ({
    path: `seed/${content}`,
    content: new Blob([content.padEnd(size)]),
  }));
  const repo = { type: "bucket" as const, name };
  await uploadFiles({ hubUrl: server.url, accessToken: people.owner.token, repo, files });
  const tree = await ask<{ path: string; xetHash: string }[]>(
    stage,
    people.owner.token,
    "GET",
    `/api/buckets/${name}/tree`,
  );
  for (const { path, xetHash } of tree) stage.hashes[path.slice("seed/".length) as Content] = xetHash;
}

/** One batch; false when the server went away under it, so that it may have been applied or not. */
async function batch(stage: Stage, bucket: string, changes: Map<string, Content | null>): Promise<void> {
  const lines = [...changes].map(([path, content]) =>
    JSON.stringify(
      content === null
        ? { type: "deleteFile", path }
        : { type: "addFile", path, xetHash: stage.hashes[content], mtime: 1_700_000_000_000 },
    ),
  );
  await ask(stage, stage.people.owner.token, "POST", `/api/buckets/${bucket}/batch`, lines.join("\n"));
}

async function readTree(stage: Stage, bucket: string, folder: string): Promise<Tree> {
  const found: Tree = new Map();
  const bySize = new Map<number, Content>(
    Object.entries(CONTENTS).map(([content, size]) => [size, content as Content] as const),
  );
  let next: string | undefined = `${stage.server.url}/api/buckets/${bucket}/tree/${folder}?limit=5000`;
  while (next !== undefined) {
    const answer: Response = await fetch(next, { headers: { authorization: `Bearer ${stage.people.owner.token}` } });
    // Nothing is left of the folder.
    if (answer.status === 404) break;
    if (!answer.ok) throw new Error(`${next}: ${answer.status}`);
    for (const { path, size } of (await answer.json()) as { path: string; size: number }[]) {
      found.set(path, bySize.get(size)!);
    }
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  return found;
}

function pathsOf(folder: string): string[] {
  return Array.from({ length: OPERATIONS }, (_, at) => `${folder}/d${at % 8}/f${String(at).padStart(5, "0")}`);
}

interface Work {
  folder: string;
  plan: number;
  /** What the folder holds when the run is over. */
  expected: Tree;
  approved: number;
  /** Paths whose approved operation writes `source`. */
  written: string[];
}

/** Deletes of a client's plan, a random part of them approved. */
async function prepareDeletes(stage: Stage, bucket: string, folder: string, random: Random): Promise<Work> {
  const paths = pathsOf(folder);
  await batch(stage, bucket, new Map(paths.map((path) => [path, "old"])));
  const dest = `hf://buckets/${bucket}/${folder}`;
  const header = { type: "header", source: "./local", dest, timestamp: "2026-01-01T00:00:00+00:00" };
  const operations = paths.map((path) => ({
    type: "operation",
    action: "delete",
    path: path.slice(folder.length + 1),
    reason: "not in source (--delete)",
    size: CONTENTS.old,
  }));
  const body = [header, ...operations].map((line) => JSON.stringify(line)).join("\n");
  const { id } = await ask<{ id: number }>(stage, stage.people.owner.token, "POST", "/api/plans", body);
  const spared = new Set(paths.filter(() => random() < 0.05));
  const kept = [...new Set([...spared].map((path) => path.slice(folder.length + 1)))];
  await approve(stage, id, [{ path: "/", include: true }, ...kept.map((path) => ({ path, include: false }))]);
  return {
    folder,
    plan: id,
    expected: new Map([...spared].map((path) => [path, "old"])),
    approved: paths.length - spared.size,
    written: [],
  };
}

/** A copy from one folder to another: adds, overwrites and deletes; one of eight folders is not approved. */
async function prepareCopy(stage: Stage, bucket: string, folder: string, random: Random): Promise<Work> {
  const source = `${folder}-source`;
  const before: Tree = new Map();
  const wanted: Tree = new Map();
  for (const path of pathsOf(folder)) {
    const roll = random();
    if (roll < 0.75) before.set(path, "old");
    if (roll > 0.25) wanted.set(path, "source");
  }
  await batch(stage, bucket, before);
  await batch(stage, bucket, new Map([...wanted.keys()].map((path) => [path.replace(folder, source), "source"])));
  const { id } = await ask<{ id: number }>(stage, stage.people.owner.token, "POST", "/api/plans/compute", {
    source: `hf://buckets/${bucket}/${source}`,
    dest: `hf://buckets/${bucket}/${folder}`,
    delete: true,
    by: "content",
    filters: { include: [], exclude: [] },
  });
  const spared = `d${Math.floor(random() * 8)}/`;
  await approve(stage, id, [
    { path: "/", include: true },
    { path: spared, include: false },
  ]);
  const held = (path: string, tree: Tree) => tree.get(path) ?? null;
  const isSpared = (path: string) => path.startsWith(`${folder}/${spared}`);
  const expected: Tree = new Map();
  let approved = 0;
  const written: string[] = [];
  for (const path of pathsOf(folder)) {
    const content = isSpared(path) ? held(path, before) : held(path, wanted);
    if (content !== null) expected.set(path, content);
    if (isSpared(path) || held(path, before) === held(path, wanted)) continue;
    approved += 1;
    if (content !== null) written.push(path);
  }
  return { folder, plan: id, expected, approved, written };
}

async function approve(stage: Stage, plan: number, selection: { path: string; include: boolean }[]): Promise<void> {
  const token = stage.people.stranger.token;
  const { digest } = await ask<{ digest: string }>(stage, token, "GET", `/api/plans/${plan}`);
  await ask(stage, token, "POST", `/api/plans/${plan}/decision`, { verdict: "approve", digest, selection, note: "" });
}

async function runOf(stage: Stage, { plan }: Work): Promise<Run> {
  return (await ask<{ run: Run }>(stage, stage.people.owner.token, "GET", `/api/plans/${plan}`)).run;
}

/** A client rewrites some paths that the run has written already: a second run of theirs would undo that. */
async function rewrite(stage: Stage, bucket: string, work: Work): Promise<number> {
  const now = await readTree(stage, bucket, work.folder);
  const some = work.written.filter((path) => now.get(path) === "source").slice(0, 20);
  if (some.length > 0) await batch(stage, bucket, new Map(some.map((path) => [path, "client"])));
  for (const path of some) work.expected.set(path, "client");
  work.written = work.written.filter((path) => !some.includes(path));
  return some.length;
}

function compare(found: Tree, { expected, plan }: Work): void {
  for (const path of new Set([...found.keys(), ...expected.keys()])) {
    const [is, should] = [found.get(path), expected.get(path)];
    if (is !== should) throw new Error(`plan ${plan}: ${path} holds ${is ?? "nothing"}, not ${should ?? "nothing"}`);
  }
}

export async function crashPlans(kills: number, random: Random): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "cooperage-crash-plans-"));
  const port = await freePort();
  const start = () => startServer({ dataDir, port, pages: false });
  const bucket = "ada/crash-plans";
  const first = await start();
  const stage: Stage = {
    server: first,
    people: await createPeople(first),
    hashes: { old: "", source: "", client: "" },
  };
  const { owner, stranger } = stage.people;
  let [killed, round, halved] = [0, 0, 0];
  try {
    await makeBucket(stage, bucket);
    const rules = await ask<object>(stage, owner.adminToken, "GET", `/api/buckets/${bucket}/rules`);
    // Protected from outside the folders of copies, where a client rewrites what has been run.
    const demanded = { ...rules, people: [stranger.name], protect: ["deletes", "seed"] };
    await ask(stage, owner.adminToken, "PUT", `/api/buckets/${bucket}/rules`, demanded);
    while (killed < kills) {
      round += 1;
      const copy = round % 2 === 0;
      const folder = `${copy ? "copies" : "deletes"}/r${round}`;
      const work = await (copy ? prepareCopy : prepareDeletes)(stage, bucket, folder, random);
      await ask(stage, owner.token, "POST", `/api/plans/${work.plan}/run`);
      let [times, rewritten] = [0, 0];
      const partly: number[] = [];
      for (;;) {
        await pause(random() ** 2 * 700);
        if (copy) rewritten += await rewrite(stage, bucket, work);
        const run = await runOf(stage, work);
        if (run.state !== "running") break;
        await stage.server.kill();
        killed += 1;
        times += 1;
        partly.push(run.done);
        // Some starts are killed too, while they take the run up.
        if (random() < 0.2) {
          const half = await start();
          await pause(random() * 200);
          await half.kill();
          killed += 1;
        }
        stage.server = await start();
      }
      const deadline = Date.now() + RUN_MS;
      let run = await runOf(stage, work);
      while (run.state === "running" && Date.now() < deadline) {
        await pause(100);
        run = await runOf(stage, work);
      }
      if (run.state !== "done" || run.done !== work.approved || run.total !== work.approved) {
        throw new Error(`plan ${work.plan}: ${work.approved} approved, and the run says ${JSON.stringify(run)}`);
      }
      compare(await readTree(stage, bucket, folder), work);
      halved += partly.filter((done) => done > 0 && done < work.approved).length;
      console.log(
        `plan ${work.plan} (${copy ? "copy" : "deletes"}): ${times} kills${partly.length > 0 ? ` at ${partly.join(", ")} operations` : ""}; ` +
          `${run.done} of ${OPERATIONS} ran, ${rewritten} rewritten meanwhile; ${killed}/${kills} kills`,
      );
    }
    if (halved < kills / 10) throw new Error(`only ${halved} kills hit a run half way: this proved little`);
    await stage.server.stop();
    await runScript("scripts/scrub.ts", [], { env: { DATA_DIR: dataDir } });
    await removeData(dataDir);
    console.log(
      `${killed} kills of ${round} runs, ${halved} half way: nothing lost, nothing twice, nothing unapproved; scrub clean.`,
    );
  } catch (error) {
    console.error(`${error}\nThe data is kept in ${dataDir}.\n${stage.server.output()}`);
    await stage.server.kill();
    process.exitCode = 1;
  }
}
