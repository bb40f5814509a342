/** The queue with a line in the same thread, against a started server. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type TestServer } from "#e2e/server.ts";
import { randomBytes } from "#lib/core/xet/vectors/generate.ts";
import { type FoundFile, readFiles } from "./drop.ts";
import type { JobSnapshot } from "./job.ts";
import type { KeptUpload, UploadJournal } from "./kept.ts";
import { createUploadQueue, type UploadQueue, type UploadWorker } from "./queue.ts";
import { createRunner } from "./runner.ts";
import { fetchTransport, type Transport } from "./wire.ts";

let server: TestServer;
let token = "";
let made = 0;

beforeAll(async () => {
  server = await startServer({ pages: false });
  await server.admin(["user", "create", "ann"]);
  token = await server.admin(["token", "create", "ann", "--role", "write"]);
}, 120_000);
afterAll(() => server?.stop());

async function newBucket(): Promise<string> {
  const bucket = `ann/queue-${++made}`;
  await fetch(`${server.url}/api/buckets/${bucket}`, { method: "POST", headers: { Authorization: `Bearer ${token}` } });
  return bucket;
}

function openQueue(transport: Transport = fetchTransport(), journal: UploadJournal | null = null): UploadQueue {
  return createUploadQueue({
    noticeMs: 20,
    journal,
    createWorker() {
      const take = createRunner({
        hub: { origin: server.url, headers: { Authorization: `Bearer ${token}` } },
        transport,
        post: (data) => queueMicrotask(() => worker.onmessage?.({ data })),
        line: { pauses: { first: 20, most: 100 }, xorbBytes: 1_000_000 },
      });
      const worker: UploadWorker = {
        onmessage: null,
        onerror: null,
        postMessage: (order) => queueMicrotask(() => take(order)),
      };
      return worker;
    },
  });
}

function fileOf(path: string, bytes: Uint8Array<ArrayBuffer>): FoundFile {
  return { path, file: new File([bytes], path.split("/").at(-1)!, { lastModified: 1_700_000_000_000 }) };
}

function until(queue: UploadQueue, job: number, condition: (job: JobSnapshot) => boolean): Promise<JobSnapshot> {
  return new Promise((resolve) => {
    const look = () => {
      const found = queue.getSnapshot().jobs.find(({ id }) => id === job);
      if (found === undefined || !condition(found)) return;
      stop();
      resolve(found);
    };
    const stop = queue.subscribe(look);
    look();
  });
}

/** A line that takes its time. */
const slowXorbs: Transport = async (request) => {
  if (request.url.includes("/xorbs/")) await new Promise((resolve) => setTimeout(resolve, 150));
  return fetchTransport()(request);
};

const finished = ({ state }: JobSnapshot) => state === "finished";

test("a drop is filtered, sent, told of and receipted", async () => {
  const bucket = await newBucket();
  const queue = openQueue();
  const landed: string[] = [];
  queue.onLanded((news) => landed.push(...news.paths));
  const found = [
    fileOf("run/.git/config", randomBytes(10, 1)),
    fileOf("run/.DS_Store", randomBytes(10, 1)),
    fileOf("run/a.bin", randomBytes(2_500_000, 2)),
    fileOf("run/b.txt", randomBytes(10, 3)),
  ];
  const before = queue.getSnapshot();
  const job = queue.add({ bucket, prefix: "top", files: found, name: "run" });
  expect(queue.getSnapshot()).not.toBe(before);
  const end = await until(queue, job, finished);
  expect(end).toMatchObject({ name: "run", filtered: 2, collecting: false, prefix: "top", reason: null });
  expect(end.totals).toMatchObject({ files: 2, size: 2_500_010, read: 2_500_010, fresh: 2_500_010, ended: 2_500_010 });
  expect(end.totals.sent).toBe(end.totals.packed);
  expect(landed.toSorted()).toEqual(["top/run/a.bin", "top/run/b.txt"]);
  expect(queue.files(job)).toBe(queue.files(job));
  expect(queue.getSnapshot()).toBe(queue.getSnapshot());
  expect(queue.getSnapshot().busy).toBe(false);
  const receipt = queue.receipt(job);
  expect(receipt.saving).toBeLessThan(0.01);
  expect(receipt.files.map(({ path, state }) => [path, state])).toEqual([
    ["top/run/a.bin", "done"],
    ["top/run/b.txt", "done"],
  ]);

  // The same folder again: nothing to do.
  const again = queue.add({ bucket, prefix: "top", files: found });
  expect((await until(queue, again, finished)).totals.states).toMatchObject({ unchanged: 2, done: 0 });
  queue.dismiss(job);
  expect(queue.getSnapshot().jobs.map(({ id }) => id)).toEqual([again]);
});

test("a forecast becomes an upload", async () => {
  const bucket = await newBucket();
  const queue = openQueue();
  const job = queue.add({ bucket, prefix: "", files: [fileOf("a", randomBytes(300_000, 5))], mode: "forecast" });
  expect((await until(queue, job, finished)).totals).toMatchObject({ fresh: 300_000, sent: 0 });
  queue.send(job);
  const end = await until(queue, job, (now) => finished(now) && now.mode === "upload");
  expect(end.totals.sent).toBeGreaterThan(299_000);
});

test("pause, resume, cancel and retry, of jobs and of files", async () => {
  const bucket = await newBucket();
  const queue = openQueue(slowXorbs);
  const files = Array.from({ length: 6 }, (_, i) => fileOf(`f${i}`, randomBytes(1_500_000, 50 + i)));
  const first = queue.add({ bucket, prefix: "one", files });
  const second = queue.add({ bucket, prefix: "two", files: [fileOf("late", randomBytes(1000, 60))] });
  await until(queue, first, ({ collecting }) => !collecting);
  queue.pause(first, [5]);
  queue.cancel(first, [4]);
  await until(queue, first, ({ totals }) => totals.sent > 0);
  queue.pause(first);
  expect((await until(queue, first, ({ state }) => state === "paused")).reason).toBeNull();
  // The next one does not wait for a paused one.
  await until(queue, second, finished);
  queue.resume(first);
  const end = await until(queue, first, finished);
  expect(end.totals.states).toMatchObject({ done: 5, cancelled: 1 });
  queue.retry(first);
  expect((await until(queue, first, finished)).totals.states).toMatchObject({ done: 6 });

  const third = queue.add({ bucket, prefix: "three", files });
  queue.cancel(third);
  expect(
    (await until(queue, third, ({ state }) => state === "cancelled")).totals.states.cancelled,
  ).toBeGreaterThanOrEqual(0);
  expect(queue.getSnapshot().busy).toBe(false);
});

test("a server that is killed and started again is waited for", async () => {
  const own = await startServer({ pages: false, dataDir: `${server.dataDir}-restart` });
  try {
    await own.admin(["user", "create", "bob"]);
    const bobs = await own.admin(["token", "create", "bob", "--role", "write"]);
    const headers = { Authorization: `Bearer ${bobs}` };
    await fetch(`${own.url}/api/buckets/bob/b`, { method: "POST", headers });
    const queue = createUploadQueue({
      noticeMs: 20,
      createWorker() {
        const take = createRunner({
          hub: { origin: own.url, headers },
          transport: slowXorbs,
          post: (data) => worker.onmessage?.({ data }),
          line: { xorbBytes: 1_000_000, pauses: { first: 50, most: 300 } },
        });
        const worker: UploadWorker = { onmessage: null, onerror: null, postMessage: take };
        return worker;
      },
    });
    const model = randomBytes(20_000_000, 90);
    const job = queue.add({ bucket: "bob/b", prefix: "", files: [fileOf("model.bin", model)] });
    await until(queue, job, ({ totals }) => totals.sent > 2_000_000);
    await own.kill();
    const retrying = await until(queue, job, ({ state }) => state === "retrying");
    expect(retrying.reason).toBe("offline");
    const again = await startServer({ pages: false, dataDir: own.dataDir, port: own.port });
    try {
      const end = await until(queue, job, finished);
      expect(end.totals.states.done).toBe(1);
      const answer = await fetch(`${again.url}/buckets/bob/b/resolve/model.bin`, { headers });
      expect(Buffer.compare(new Uint8Array(await answer.arrayBuffer()), model)).toBe(0);
    } finally {
      await again.stop();
    }
  } finally {
    const { removeData } = await import("#e2e/server.ts");
    await removeData(own.dataDir);
  }
}, 120_000);

test("a hundred thousand files neither block nor pile up", async () => {
  const queue = openQueue(async () => {
    throw new TypeError("nothing is to be sent");
  });
  async function* many(): AsyncGenerator<FoundFile> {
    const file = new File(["x"], "x");
    for (let i = 0; i < 100_000; i++) yield { path: `folder/${i % 100}/${i}.txt`, file };
  }
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 0);
  const job = queue.add({ bucket: "ann/none", prefix: "", files: many() });
  const end = await until(queue, job, ({ collecting, totals }) => !collecting && totals.files === 100_000);
  clearInterval(timer);
  expect(end.totals.files).toBe(100_000);
  queue.cancel(job);
  expect(queue.getSnapshot().jobs[0].totals.states.cancelled).toBe(100_000);
  expect(turns).toBeGreaterThan(100);
});

/** What a browser keeps, in memory; `kept` lives on in the next queue. */
class Kept implements UploadJournal {
  readonly uploads = new Map<string, KeptUpload>();
  readonly given = new Map<string, readonly FileSystemHandle[]>();
  readonly came = new Map<string, string[]>();
  put = (upload: KeptUpload) => void this.uploads.set(upload.key, structuredClone(upload));
  putHandles = (key: string, handles: readonly FileSystemHandle[]) => void this.given.set(key, handles);
  putLanded = (key: string, paths: readonly string[]) =>
    void this.came.set(key, [...(this.came.get(key) ?? []), ...paths]);
  remove = (key: string) => void this.uploads.delete(key);
  watch: UploadJournal["watch"] = (found) => {
    for (const upload of [...this.uploads.values()]) found({ upload, handles: this.given.has(upload.key) });
  };
  handles = async (key: string) => (this.given.has(key) ? [...this.given.get(key)!] : null);
  landed = async (key: string) => new Set(this.came.get(key));
}

const handleOf = (name: string, bytes: Uint8Array<ArrayBuffer>) =>
  ({ kind: "file", name, getFile: async () => new File([bytes], name, { lastModified: 1 }) }) as FileSystemFileHandle;

test("what could not be had fails alone, and a folder among it is never sent as a file", async () => {
  const bucket = await newBucket();
  const queue = openQueue(fetchTransport());
  const bytes = randomBytes(1000, 302);
  const fault = { reason: "vanished" as const, message: "gone" };
  const id = queue.add({
    bucket,
    prefix: "",
    files: [
      { path: "a.bin", file: new File([bytes], "a.bin") },
      { path: "back.bin", file: new File([], "back.bin"), fault, open: async () => new File([bytes], "back.bin") },
      { path: "locked", file: new File([], "locked"), fault: { reason: "unreadable" as const, message: "no" } },
    ],
  });
  const states = () => queue.files(id).map(({ path, state, reason }) => `${path} ${state} ${reason}`);
  await until(queue, id, finished);
  expect(states()).toEqual(["a.bin done null", "back.bin failed vanished", "locked failed unreadable"]);
  expect(queue.retryable(id, [1, 2])).toEqual([1]);
  queue.retry(id);
  await until(queue, id, ({ state, totals }) => state === "finished" && totals.states.done === 2);
  expect(states()).toEqual(["a.bin done null", "back.bin done null", "locked failed unreadable"]);
});

test("what a page leaves behind is taken up by the next", async () => {
  const bucket = await newBucket();
  const kept = new Kept();
  const { promise: never } = Promise.withResolvers<never>();
  const gone = openQueue((request) => (request.url.endsWith("/batch") ? never : fetchTransport()(request)), kept);
  const bytes = randomBytes(700_000, 301);
  const handles = async () => [handleOf("a.bin", bytes)];
  const files = { ...readFiles([new File([bytes], "a.bin")]), handles };
  const first = gone.add({ bucket, prefix: "in", files, exclude: ["*.tmp"], conflict: "changed" });
  await until(gone, first, ({ totals }) => totals.states.sending === 1);

  const queue = openQueue(fetchTransport(), kept);
  queue.restore();
  const [found] = queue.getSnapshot().jobs;
  expect(found).toMatchObject({ state: "interrupted", name: "a.bin", prefix: "in", conflict: "changed" });
  expect(found.totals).toMatchObject({ files: 1, size: 700_000 });
  expect(found.kept).toEqual({ handles: true });
  expect(queue.getSnapshot().busy).toBe(false);
  expect(await queue.goOn(found.id)).toBe(true);
  const end = await until(queue, found.id, finished);
  expect(end).toMatchObject({ kept: null, totals: { sent: 0, fresh: 0, states: { done: 1 } } });

  // Over: the next page has the receipt, until it is closed.
  const later = openQueue(fetchTransport(), kept);
  later.restore();
  expect(later.getSnapshot().jobs).toMatchObject([{ state: "finished", name: "a.bin" }]);
  const { id } = later.getSnapshot().jobs[0];
  expect(later.receipt(id).files).toMatchObject([{ path: "in/a.bin", state: "done" }]);
  expect(later.files(id)).toMatchObject([{ id: 0, path: "in/a.bin", read: 700_000 }]);
  later.dismiss(id);
  expect(kept.uploads.size).toBe(0);
});

test("without kept files the same ones have to be given, and keeping both does not double what came", async () => {
  const bucket = await newBucket();
  const kept = new Kept();
  const files = [new File(["one"], "one.txt"), new File(["two"], "two.txt")];
  const before = openQueue(fetchTransport(), kept);
  await until(before, before.add({ bucket, prefix: "", files: readFiles(files), name: "x" }), finished);
  kept.uploads.clear();
  let batches = 0;
  const { promise: never } = Promise.withResolvers<never>();
  const gone = openQueue(
    (request) => (request.url.endsWith("/batch") && batches++ > 0 ? never : fetchTransport()(request)),
    kept,
  );
  const changed = [new File(["one!"], "one.txt"), new File(["two!"], "two.txt")];
  async function* slowly(): AsyncGenerator<FoundFile> {
    yield { path: "one.txt", file: changed[0] };
    await new Promise((resolve) => setTimeout(resolve, 2500));
    yield { path: "two.txt", file: changed[1] };
  }
  const job = gone.add({ bucket, prefix: "", files: slowly(), name: "x", conflict: "keep-both" });
  await until(gone, job, ({ totals }) => totals.states.done === 1 && totals.states.sending === 1);
  await expect.poll(() => [...kept.came.values()].flat(), { timeout: 10_000 }).toEqual(["one.txt"]);

  const queue = openQueue(fetchTransport(), kept);
  queue.restore();
  const { id } = queue.getSnapshot().jobs[0];
  expect(await queue.goOn(id)).toBe(false);
  expect(await queue.goOn(id, readFiles(changed))).toBe(true);
  await until(queue, id, finished);
  expect(queue.files(id).map(({ path }) => path)).toEqual(["two (2).txt"]);
}, 30_000);

test("a receipt that is kept is cut, those that failed first", async () => {
  const bucket = await newBucket();
  const kept = new Kept();
  const queue = openQueue(fetchTransport(), kept);
  const files = Array.from({ length: 1200 }, (_, i) =>
    fileOf(i === 1100 ? "bad\u0000name" : `f${i}`, randomBytes(1, i)),
  );
  const job = queue.add({ bucket, prefix: "", files, name: "many" });
  await until(queue, job, finished);
  const [{ receipt, state }] = [...kept.uploads.values()];
  expect(state).toBe("finished");
  expect(receipt).toMatchObject({ omitted: 200 });
  expect(receipt!.files).toHaveLength(1000);
  expect(receipt!.files[0]).toMatchObject({ state: "failed", reason: "bad-path" });
  expect(queue.receipt(job).files).toHaveLength(1200);
});

test("a file that changed is opened anew when it is tried again", async () => {
  const bucket = await newBucket();
  const queue = openQueue();
  const stale = Object.defineProperty(new File(["old"], "log"), "size", { value: 2 });
  const open = async () => new File(["newer"], "log");
  const job = queue.add({ bucket, prefix: "", files: [{ path: "log", file: stale, open }], name: "log" });
  await until(queue, job, finished);
  expect(queue.files(job)).toMatchObject([{ state: "failed", reason: "changed" }]);
  expect(queue.retryable(job, [0])).toEqual([0]);
  queue.retry(job, [0]);
  const end = await until(queue, job, (now) => finished(now) && now.totals.states.done === 1);
  expect(end.totals.size).toBe(5);
});

test("a worker that could not be loaded is awaited with the network", async () => {
  const bucket = await newBucket();
  let loads = 0;
  const queue = createUploadQueue({
    noticeMs: 20,
    createWorker() {
      loads += 1;
      const take = createRunner({
        hub: { origin: server.url, headers: { Authorization: `Bearer ${token}` } },
        transport: fetchTransport(),
        post: (data) => queueMicrotask(() => worker.onmessage?.({ data })),
      });
      const works = loads > 1;
      const worker: UploadWorker = { onmessage: null, onerror: null, postMessage: (order) => works && take(order) };
      if (!works) setTimeout(() => worker.onerror?.({}), 10);
      return worker;
    },
  });
  const job = queue.add({ bucket, prefix: "", files: [fileOf("a", randomBytes(10, 1))] });
  expect((await until(queue, job, ({ state }) => state === "retrying")).reason).toBe("offline");
  queue.resume(job);
  await until(queue, job, finished);
  expect(loads).toBe(2);
});
