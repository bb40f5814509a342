import { afterEach, expect, test, vi } from "vitest";
import { computeLocalPlan } from "./compute.ts";
import { createHashRunner } from "./hash-runner.ts";
import { Hasher, type HashWorker } from "./hasher.ts";

afterEach(() => vi.unstubAllGlobals());

function localHasher(): Hasher {
  const take = createHashRunner((data) => setTimeout(() => worker.onmessage?.({ data }), 0));
  const worker: HashWorker = { postMessage: take, onmessage: null, onerror: null, terminate() {} };
  return new Hasher(() => worker);
}

const NOW = Date.UTC(2026, 10, 20, 14, 4, 0);
const file = (text: string, lastModified = NOW) => new File([text], "x", { lastModified });

interface Entry {
  type: string;
  path: string;
  size: number;
  mtime: string;
  xetHash: string;
}

/** A bucket's listing in pages of two. */
function serve(entries: Entry[]): void {
  vi.stubGlobal("fetch", async (url: string) => {
    const at = Number(new URL(url, "http://hub").searchParams.get("cursor") ?? 0);
    const next =
      at + 2 < entries.length
        ? { Link: `<${url.replace(/&cursor=\d+/, "")}&cursor=${at + 2}>; rel="next"` }
        : undefined;
    return Response.json(entries.slice(at, at + 2), { headers: next });
  });
}

async function compute(files: Map<string, File>, change: Partial<Parameters<typeof computeLocalPlan>[0]> = {}) {
  const hasher = localHasher();
  const plan = await computeLocalPlan({
    files,
    source: "./runs",
    dest: "hf://buckets/ada/box/runs",
    place: { bucket: "ada/box", prefix: "runs" },
    byContent: false,
    delete: true,
    include: [],
    exclude: [],
    hasher,
    now: NOW,
    ...change,
  });
  const lines = (await plan.body.text()).trimEnd().split("\n");
  return { ...plan, header: lines[0], operations: lines.slice(1).map((line) => JSON.parse(line)) };
}

test("the file that the client would write", async () => {
  const hash = await localHasher().hash(file("abc"));
  const entry = (path: string, size: number, ago: number) => ({
    type: "file",
    path,
    size,
    mtime: new Date(NOW - ago).toISOString(),
    xetHash: hash,
  });
  serve([
    { ...entry("runs/a", 3, 0), type: "file" },
    entry("runs/b", 3, 60_000),
    entry("runs/gone", 5, 0),
    entry("runs/left.log", 5, 0),
    entry("runs-beside/a", 3, 0),
  ]);
  const files = new Map([
    ["new", file("xyz")],
    ["b", file("abd")],
    ["a", file("abc")],
    ["x.log", file("no")],
  ]);
  const plan = await compute(files, { exclude: ["*.log"] });
  expect(plan.header).toBe(
    '{"type": "header", "source": "./runs", "dest": "hf://buckets/ada/box/runs", "timestamp": "2026-11-20T14:04:00+00:00", "summary": {"uploads": 2, "downloads": 0, "deletes": 1, "skips": 1, "total_size": 6}}',
  );
  expect(plan.operations.map(({ action, path, reason }) => [action, path, reason])).toEqual([
    ["skip", "a", "identical"],
    ["upload", "b", "local newer"],
    ["delete", "gone", "not in source (--delete)"],
    ["upload", "new", "new file"],
  ]);
  expect(plan.totals).toMatchObject({
    add: { count: 1, bytes: 3 },
    overwrite: { count: 1, bytes: 3 },
    delete: { count: 1, bytes: 5 },
    skip: { count: 1 },
  });
  expect(plan.operations.some((operation) => "xet_hash" in operation)).toBe(false);
});

test("by content: times do not matter, and hashes ride along", async () => {
  const hash = await localHasher().hash(file("abc"));
  const stored = (path: string) => ({
    type: "file",
    path: `runs/${path}`,
    size: 3,
    mtime: new Date(NOW - 60_000).toISOString(),
    xetHash: hash,
  });
  serve([stored("changed"), stored("same")]);
  const files = new Map([
    ["same", file("abc")],
    ["changed", file("abd", NOW - 90_000)],
  ]);
  let hashed = 0;
  const plan = await compute(files, {
    byContent: true,
    onProgress: (progress) => {
      hashed = progress.hashed;
    },
  });
  expect(plan.operations.map(({ action, path, reason, xet_hash }) => [action, path, reason, xet_hash])).toEqual([
    ["upload", "changed", "content differs", await localHasher().hash(file("abd"))],
    ["skip", "same", "identical", hash],
  ]);
  expect(hashed).toBe(6);
});

test("stopped", async () => {
  serve([]);
  const stop = new AbortController();
  stop.abort();
  await expect(compute(new Map([["a", file("a")]]), { signal: stop.signal })).rejects.toThrow();
});
