/** Garbage collection against what the dedup figures foretold: bytes of the data folder, to the byte. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeBytes, makeFile, makeShard, makeXorb } from "./cas/fixture.ts";
import { type ApiServer, openApiServer } from "./fixture.ts";

const A = "ann/a";
const B = "ann/b";
const ALL = { grace: 0, share: 1 };
const FILES = 300;

let server: ApiServer;
let ann: string;
const random = randomFrom(20);

/** mulberry32 */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Apparent bytes of a folder and all below, but for the database, whose pages come and go. */
async function bytesOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await bytesOf(path);
    else if (!entry.name.startsWith("cooperage.db")) bytes += (await stat(path)).size;
  }
  return bytes;
}

async function batch(bucket: string, lines: object[]): Promise<void> {
  const body = lines.map((line) => JSON.stringify(line)).join("\n");
  const answer = await server.ask(`/api/buckets/${bucket}/batch`, { method: "POST", token: ann, body });
  expect(answer.status, answer.text).toBe(200);
}

/** Files that take runs of chunks from one another's xorbs, under nested folders; some in both buckets, some twice. */
async function fill(): Promise<void> {
  const xet = (await server.ask(`/api/buckets/${A}/xet-write-token`, { token: ann })).json;
  const send = async (path: string, body: Uint8Array) => {
    const answer = await server.ask(`/api/cas/v1/${path}`, { method: "POST", token: xet.accessToken, body });
    expect(answer.status, answer.text).toBe(200);
  };
  const kinds = ["random", "text"] as const;
  const xorbs = Array.from({ length: 16 }, (_, at) =>
    makeXorb(makeBytes(300_000 + random(1_500_000), 100 + at, kinds[at % 2])),
  );
  for (const xorb of xorbs) await send(`xorbs/default/${xorb.hash}`, xorb.bytes);
  const files = Array.from({ length: FILES }, () =>
    makeFile(
      Array.from({ length: 1 + random(3) }, () => {
        const xorb = xorbs[random(xorbs.length)]!;
        const start = random(xorb.lengths.length);
        return { xorb, start, end: start + 1 + random(Math.min(5, xorb.lengths.length - start)) };
      }),
    ),
  );
  await send(
    "shards",
    makeShard(
      files.map(({ entry }) => entry),
      xorbs,
    ),
  );
  const add = (path: string, { hash: xetHash }: { hash: string }) => ({ type: "addFile", path, xetHash });
  const folders = ["", "x/", "x/y/"];
  for (let i = 0; i < 12; i++) folders.push(`d${i}/`, `run/checkpoint-${i}/`);
  await batch(
    A,
    files.flatMap((file, at) => {
      const path = `${folders[random(folders.length)]}f${at}`;
      return random(5) === 0 ? [add(path, file), add(`again/f${at}`, file)] : [add(path, file)];
    }),
  );
  await batch(
    B,
    files.filter(() => random(6) === 0).map((file, at) => add(`f${at}`, file)),
  );
}

beforeAll(async () => {
  server = await openApiServer();
  ann = await server.user("ann");
  for (const bucket of [A, B]) await server.ask(`/api/buckets/${bucket}`, { method: "POST", token: ann, body: {} });
  await fill();
});
afterAll(() => server.close());

async function listFiles(bucket: string): Promise<string[]> {
  const { json } = await server.ask(`/api/buckets/${bucket}/tree?recursive=true`, { token: ann });
  return json.filter(({ type }: { type: string }) => type === "file").map(({ path }: { path: string }) => path);
}

/** Some files; now and then a folder with all below it. */
function choose(paths: string[]): { files: string[]; folders: string[] } {
  const share = 5 + random(30);
  const files = paths.filter(() => random(share) === 0);
  const folders = paths.flatMap((path) => /^(?:x|x\/y|d\d+|run\/checkpoint-\d+)(?=\/)/.exec(path)?.[0] ?? []);
  return { files, folders: random(2) === 0 ? [folders[random(folders.length)]!] : [] };
}

test("20 random selections: deleting each shrinks the data folder by what was said, to the byte", async () => {
  const { gc, dedup } = server.services;
  // What was sent and never entered, or is too much to be entered, goes first.
  await gc.run(ALL);
  let deleted = 0;
  let freed = 0;
  for (let round = 0; round < 20; round++) {
    const paths = await listFiles(A);
    const selection = choose(paths);
    if (selection.files.length + selection.folders.length === 0) selection.files = [paths[0]!];
    await dedup.idle();
    const said = await server.ask(`/api/buckets/${A}/dedup/selection`, { method: "POST", token: ann, body: selection });
    expect(said.status, said.text).toBe(200);
    expect(said.json.pending).toBe(false);
    const before = await bytesOf(server.dataDir);
    const gone = await server.ask(`/api/buckets/${A}/delete-paths`, { method: "POST", token: ann, body: selection });
    expect(gone.status, gone.text).toBe(200);
    // Until garbage collection comes, it waits.
    expect(await bytesOf(server.dataDir)).toBe(before);
    const run = await gc.run(ALL);
    const after = await bytesOf(server.dataDir);
    expect(before - after, `round ${round}: ${JSON.stringify(selection)}`).toBe(said.json.figures.freed);
    expect(run.freedBytes).toBe(said.json.figures.freed);
    deleted += said.json.figures.files;
    freed += said.json.figures.freed;
  }
  // It proved something: many files went, and every byte that is left is of one that is there.
  expect(deleted).toBeGreaterThan(40);
  expect(freed).toBeGreaterThan(1_000_000);
  await dedup.idle();
  const figuresOf = async (bucket: string) =>
    (await server.ask(`/api/buckets/${bucket}/dedup`, { token: ann })).json.figures;
  const stored = (await figuresOf(A)).stored + (await figuresOf(B)).freed;
  expect(await bytesOf(join(server.dataDir, "blobs"))).toBe(stored);
});

test("an entry is never acknowledged for content that goes at the same moment", async () => {
  const { gc } = server.services;
  const counts = { entered: 0, refused: 0 };
  for (let round = 0; round < 12; round++) {
    const bytes = makeBytes(50_000 + round, 900 + round);
    const xetHash = await server.upload(A, ann, bytes);
    const line = JSON.stringify({ type: "addFile", path: `race/${round}`, xetHash });
    const enter = async () => {
      // At another moment of the run each time.
      await new Promise((resolve) => setTimeout(resolve, round));
      return server.ask(`/api/buckets/${A}/batch`, { method: "POST", token: ann, body: line });
    };
    const [answer] = await Promise.all([enter(), gc.run(ALL)]);
    if (answer.status === 200) {
      counts.entered += 1;
      await gc.run(ALL);
      const read = await server.ask(`/buckets/${A}/resolve/race/${round}`, { token: ann });
      expect(read.body.equals(Buffer.from(bytes))).toBe(true);
    } else {
      counts.refused += 1;
      expect(answer.status).toBe(422);
      expect(answer.text).toContain("upload it first");
      // Doing as it says helps.
      await server.put(A, ann, `race/${round}`, bytes);
    }
  }
  expect(counts.entered + counts.refused).toBe(12);
});
