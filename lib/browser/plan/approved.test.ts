import { afterEach, expect, test, vi } from "vitest";
import type { PlanOperation } from "#lib/core/plan/plan.ts";
import { checkFiles, filesBelow, readApproved } from "./approved.ts";
import { createHashRunner } from "./hash-runner.ts";
import { Hasher, type HashWorker } from "./hasher.ts";

afterEach(() => vi.unstubAllGlobals());

function localHasher(): Hasher {
  const take = createHashRunner((data) => setTimeout(() => worker.onmessage?.({ data }), 0));
  const worker: HashWorker = { postMessage: take, onmessage: null, onerror: null, terminate() {} };
  return new Hasher(() => worker);
}

const HEADER =
  '{"type": "header", "source": "./runs", "dest": "hf://buckets/ada/box/runs", "timestamp": "2026-11-20T14:04:00+00:00"}';
const line = (action: string, path: string) =>
  JSON.stringify({ type: "operation", action, path, reason: "new file", size: 3 });

test("the approved file is read over any cut", async () => {
  const text = [HEADER, line("upload", "a"), line("delete", "b"), line("upload", "c/日本"), ""].join("\n");
  const bytes = new TextEncoder().encode(text);
  for (const cut of [1, 7, 100, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += cut) controller.enqueue(bytes.subarray(at, at + cut));
        controller.close();
      },
    });
    vi.stubGlobal("fetch", async () => new Response(body));
    const approved = await readApproved(7);
    expect(approved?.uploads.map(({ path }) => path)).toEqual(["a", "c/日本"]);
    expect(approved?.deletes).toBe(1);
  }
});

test("nothing may run, or the server says no", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ error: "Nothing to run." }, { status: 409 }));
  expect(await readApproved(7)).toBeNull();
  vi.stubGlobal("fetch", async () => Response.json({ error: "No plan 7." }, { status: 404 }));
  await expect(readApproved(7)).rejects.toThrow("No plan 7.");
});

test("each file is held against what was approved", async () => {
  const hasher = localHasher();
  const file = (text: string, lastModified = 5_000_000) => new File([text], "x", { lastModified });
  const good = await hasher.hash(file("abc"));
  const upload = (path: string, more: Partial<PlanOperation> = {}): PlanOperation => ({
    action: "upload",
    path,
    reason: "new file",
    size: 3,
    localMtime: 5_000_000_000,
    ...more,
  });
  const uploads = [
    upload("same"),
    upload("gone"),
    upload("longer"),
    upload("other", { xetHash: good }),
    upload("proven", { xetHash: good }),
    upload("younger"),
    upload("a second off"),
    upload("no time", { localMtime: undefined }),
  ];
  const files = new Map([
    ["same", file("xyz")],
    ["longer", file("abcd")],
    ["other", file("abd")],
    ["proven", file("abc", 9_000_000)],
    ["younger", file("abc", 9_000_000)],
    ["a second off", file("abc", 5_001_000)],
    ["no time", file("abc", 1)],
    ["not in the plan", file("abc")],
  ]);
  const seen: number[] = [];
  const checked = await checkFiles(uploads, files, { hasher, onProgress: (done) => seen.push(done.files) });
  expect(checked.fits.map(({ operation }) => operation.path)).toEqual(["same", "proven", "a second off", "no time"]);
  expect(checked.misfits.map(({ operation, why }) => [operation.path, why])).toEqual([
    ["gone", "missing"],
    ["longer", "size"],
    ["other", "content"],
    ["younger", "time"],
  ]);
  expect(seen.at(-1)).toBe(uploads.length);
});

test("paths are those below the chosen folder", async () => {
  async function* found() {
    yield { path: "runs/a/b.txt", file: new File([], "b.txt") };
    yield { path: "runs/c", file: new File([], "c") };
  }
  expect([...(await filesBelow(found(), () => {}, expect.fail)).keys()]).toEqual(["a/b.txt", "c"]);
});

test("what cannot be read is told, and is no empty file", async () => {
  async function* found() {
    yield { path: "runs/c", file: new File([], "c") };
    yield {
      path: "runs/locked",
      file: new File([], "locked"),
      fault: { reason: "unreadable" as const, message: "no" },
    };
  }
  const faults: string[] = [];
  const files = await filesBelow(
    found(),
    () => {},
    (path, message) => faults.push(`${path}: ${message}`),
  );
  expect([...files.keys()]).toEqual(["c"]);
  expect(faults).toEqual(["runs/locked: no"]);
});
