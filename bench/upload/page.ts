/** The page of the upload benchmark: both clients in one browser, on the file that was picked. Called by bench/upload.ts. */
import { uploadFiles } from "@huggingface/hub";
import { createUploadQueue, type JobSnapshot, type UploadQueue, type UploadWorker } from "#lib/browser/upload/queue.ts";
import type { CutSetup, WorkerSetup } from "./worker.ts";

export interface Target {
  origin: string;
  token: string;
  bucket: string;
  path: string;
}

export interface Upload {
  /** ms. */
  wall: number;
  /** Bytes of new chunks, compressed, as the client has it; null where it does not say. */
  packed: number | null;
  /** ms between turns of the main thread that asks for one every 4 ms: the 99th of a hundred, and the longest. */
  gap99: number;
  longest: number;
}

function pickedFile(): File {
  const file = document.querySelector("input")?.files?.[0];
  if (!file) throw new Error("no file was picked");
  return file;
}

function startWorker(setup: WorkerSetup): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: JSON.stringify(setup) });
}

async function watched(work: () => Promise<number | null>): Promise<Upload> {
  const gaps: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }, 4);
  const start = performance.now();
  const packed = await work();
  const wall = performance.now() - start;
  clearInterval(timer);
  gaps.sort((a, b) => a - b);
  return { wall, packed, gap99: gaps[Math.floor(gaps.length * 0.99)] ?? 0, longest: gaps.at(-1) ?? 0 };
}

/** One queue and worker for the tab, as the app has it; another address needs another. */
const queues = new Map<string, UploadQueue>();

function queueOf({ origin, token }: Target): UploadQueue {
  const name = `${origin} ${token}`;
  let queue = queues.get(name);
  if (queue === undefined) {
    queue = createUploadQueue({
      createWorker: () => startWorker({ kind: "upload", origin, token }) as unknown as UploadWorker,
    });
    queues.set(name, queue);
  }
  return queue;
}

/** As the page does it: queue, worker, line. */
function ours(target: Target): Promise<Upload> {
  return watched(async () => {
    const { bucket, path } = target;
    const queue = queueOf(target);
    const id = queue.add({ bucket, prefix: "", files: [{ path, file: pickedFile() }] });
    const end = await new Promise<JobSnapshot>((resolve, reject) => {
      const stop = queue.subscribe(() => {
        const now = queue.getSnapshot().jobs.find((job) => job.id === id);
        if (now === undefined || (now.state !== "paused" && now.state !== "finished")) return;
        stop();
        if (now.state === "finished") resolve(now);
        else reject(new Error(`${now.reason}: ${now.message}`));
      });
    });
    const [file] = queue.files(id);
    if (file.state !== "done" && file.state !== "unchanged") {
      throw new Error(`${file.state} ${file.reason} ${file.message}`);
    }
    return end.totals.packed;
  });
}

function theirs({ origin, token, bucket, path }: Target): Promise<Upload> {
  return watched(async () => {
    await uploadFiles({
      hubUrl: origin,
      accessToken: token,
      repo: { type: "bucket", name: bucket },
      files: [{ path, content: pickedFile() }],
    });
    return null;
  });
}

/** Cutting and hashing alone, in a worker. ms. */
function cut(setup: CutSetup["engine"]): Promise<number> {
  const worker = startWorker({ kind: "cut", engine: setup });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(pickedFile());
  });
}

export type BenchPage = { ours: typeof ours; theirs: typeof theirs; cut: typeof cut };

Object.assign(window, { bench: { ours, theirs, cut } });
