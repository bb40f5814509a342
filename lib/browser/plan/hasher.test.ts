import { expect, test } from "vitest";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { seededRandom } from "#lib/core/xet/vectors/generate.ts";
import { FileCutter } from "../upload/chunk.ts";
import { createHashRunner } from "./hash-runner.ts";
import { Hasher, type HashWorker } from "./hasher.ts";

/** The worker's own code on this thread. */
function localWorker(): HashWorker {
  const take = createHashRunner((data) => setTimeout(() => worker.onmessage?.({ data }), 0));
  const worker: HashWorker = { postMessage: take, onmessage: null, onerror: null, terminate() {} };
  return worker;
}

function bytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const next = seededRandom(seed);
  return Uint8Array.from({ length }, () => next() * 256);
}

async function expected(file: File): Promise<string> {
  const pieces = new FileCutter().cut(file, () => {}, new AbortController().signal);
  let step = await pieces.next();
  while (!step.done) step = await pieces.next();
  return hashToHex(step.value);
}

test("files get the hashes that an upload would give them", async () => {
  const hasher = new Hasher(localWorker);
  const files = [bytes(3_000_000, 1), bytes(1, 2), new Uint8Array(0)].map((data, at) => new File([data], `f${at}`));
  let read = 0;
  const hashes = await Promise.all(
    files.map((file) =>
      hasher.hash(file, (count) => {
        read += count;
      }),
    ),
  );
  expect(hashes).toEqual(await Promise.all(files.map(expected)));
  expect(hashes[2]).toBe("0".repeat(64));
  expect(read).toBe(3_000_001);
});

test("one that can not be read fails alone", async () => {
  const hasher = new Hasher(localWorker);
  const broken = Object.assign(new File(["abc"], "broken"), {
    stream: () => {
      throw new DOMException("It is gone.", "NotFoundError");
    },
  });
  const good = new File(["abc"], "good");
  await expect(hasher.hash(broken)).rejects.toThrow("It is gone.");
  expect(await hasher.hash(good)).toBe(await expected(good));
});

test("stopping gives up what waits, and nothing else", async () => {
  const hasher = new Hasher(localWorker);
  const stop = new AbortController();
  const long = hasher.hash(new File([bytes(2_000_000, 3)], "long"), () => {}, stop.signal);
  const after = new File(["after"], "after");
  const hash = hasher.hash(after);
  stop.abort();
  await expect(long).rejects.toThrow();
  expect(await hash).toBe(await expected(after));
});
