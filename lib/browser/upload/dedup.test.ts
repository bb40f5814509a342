import { expect, test } from "vitest";
import { hashToHex, isDedupEligible, xorbHash } from "#lib/core/xet/hash.ts";
import { encodeDedupShard } from "#lib/core/xet/shard.ts";
import { randomBytes } from "#lib/core/xet/vectors/generate.ts";
import type { DedupQuestion } from "./cas.ts";
import { ChunkTable } from "./chunk-table.ts";
import { Dedup } from "./dedup.ts";
import { XorbRef } from "./xorb.ts";

const HASHES = randomBytes(32 * 6000, 4);
const hashAt = (i: number) => HASHES.subarray(32 * i, 32 * i + 32);
const eligible = Array.from({ length: 6000 }, (_, i) => i).find((i) => isDedupEligible(hashAt(i)))!;

/** Chunks `[from, to)` as xorbs of a hundred. */
function answerOf(from: number, to: number): Uint8Array {
  const xorbs = [];
  for (let at = from; at < to; at += 100) {
    const hashes = HASHES.slice(32 * at, 32 * Math.min(to, at + 100));
    const lengths = new Uint32Array(hashes.length / 32).fill(1000);
    xorbs.push({ hash: xorbHash(hashes, lengths), hashes, lengths, storedBytes: 1 });
  }
  return encodeDedupShard(xorbs, { hmacKey: randomBytes(32, from + 1), createdAt: 1, expiresAt: 2 });
}

function ask(answers: Record<number, Uint8Array>, gathered = false) {
  const questions: DedupQuestion[] = [];
  const release: (() => void)[] = [];
  const dedup = new Dedup(
    async (question) => {
      questions.push(question);
      await new Promise<void>((resolve) => release.push(resolve));
      const shards = question.chunks.flatMap((hash) => {
        const i = Object.keys(answers).find((key) => hashToHex(hashAt(Number(key))) === hash);
        return i === undefined ? [] : [answers[Number(i)]];
      });
      return { shards, gathered };
    },
    () => {},
  );
  const settle = async () => {
    for (const go of release.splice(0)) go();
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { dedup, questions, settle };
}

test("an answered chunk brings its neighbours, under any key", async () => {
  const { dedup, settle } = ask({ 0: answerOf(0, 500), 1000: answerOf(1000, 1500) });
  for (const start of [0, 1000]) {
    expect(dedup.find(hashAt(start))).toBeNull();
    expect(dedup.consider(hashAt(start), true, null, start)).toBe(true);
    expect(dedup.oldest()).toBe(start);
    await settle();
    expect(dedup.oldest()).toBeNull();
  }
  for (const i of [0, 1, 99, 100, 499, 1000, 1499, 250, 1250]) {
    const found = dedup.find(hashAt(i))!;
    expect([found.own, found.index]).toEqual([false, i % 100]);
  }
  expect(dedup.find(hashAt(700))).toBeNull();
});

test("one question a chunk, and only for chunks that may be asked about", async () => {
  const { dedup, questions, settle } = ask({});
  expect(dedup.consider(hashAt(eligible + 1), false, null, 0)).toBe(false);
  expect(dedup.consider(hashAt(eligible), false, null, 1)).toBe(true);
  expect(dedup.consider(hashAt(eligible), false, null, 2)).toBe(false);
  // What comes while a question is on its way travels together.
  for (let i = 10; i < 300; i++) dedup.consider(hashAt(i), true, null, i);
  await settle();
  await settle();
  await settle();
  expect(questions.length).toBeLessThanOrEqual(5);
  expect(questions.flatMap(({ chunks }) => chunks).length).toBe(291);
});

test("what is likely to occur is asked for with the first chunk, once", async () => {
  const { dedup, questions, settle } = ask({ 0: answerOf(0, 500) });
  dedup.hint(["f1", "f2"], true);
  dedup.hint(["f2"], false);
  expect(questions).toEqual([]);
  dedup.consider(hashAt(0), true, null, 0);
  dedup.consider(hashAt(eligible), false, null, 1);
  await settle();
  expect(questions).toEqual([
    { chunks: [hashToHex(hashAt(0))], files: ["f1", "f2"], recent: true },
    { chunks: [hashToHex(hashAt(eligible))], files: [], recent: false },
  ]);
  await settle();
  // A first chunk that is known needs no answer, but what may occur after it is still asked for.
  dedup.hint(["f3"], false);
  expect(dedup.consider(hashAt(0), true, dedup.find(hashAt(0)), 2)).toBe(false);
  expect(questions.at(-1)!.files).toEqual(["f3"]);
});

test("what the first answer tells is not asked for once more", async () => {
  const start = eligible - (eligible % 100);
  for (const told of [true, false]) {
    const { dedup, questions, settle } = ask({ [start]: answerOf(start, start + 200), 0: answerOf(0, 100) }, true);
    dedup.consider(hashAt(told ? start : 0), true, null, 0);
    dedup.consider(hashAt(eligible), false, null, 1);
    expect(questions.length).toBe(1);
    expect(dedup.oldest()).toBe(0);
    await settle();
    expect(dedup.oldest()).toBe(told ? null : 1);
    expect(questions.length).toBe(told ? 1 : 2);
    expect(dedup.find(hashAt(eligible)) !== null).toBe(told);
  }
});

test("where known chunks run out the next ones are asked for ahead, unless nothing can follow", async () => {
  const start = eligible - (eligible % 100);
  for (const gathered of [false, true]) {
    const { dedup, questions, settle } = ask({ [start]: answerOf(start, start + 200) }, gathered);
    dedup.consider(hashAt(start), true, null, 0);
    await settle();
    const found = dedup.find(hashAt(eligible));
    expect(found).not.toBeNull();
    expect(dedup.consider(hashAt(eligible), false, found, 1)).toBe(false);
    expect(questions.length).toBe(gathered ? 1 : 2);
  }
});

test("a question that nobody answers stops holding chunks", async () => {
  let now = 0;
  const dedup = new Dedup(
    () => new Promise(() => {}),
    () => {},
    { clock: () => now, patience: 100 },
  );
  dedup.consider(hashAt(0), true, null, 7);
  expect(dedup.oldest()).toBe(7);
  now = 101;
  expect(dedup.oldest()).toBeNull();
});

test("what the store lost is not found any more", async () => {
  const { dedup, settle } = ask({ 0: answerOf(0, 200) });
  dedup.consider(hashAt(0), true, null, 0);
  await settle();
  const { xorb } = dedup.find(hashAt(5))!;
  dedup.forget([hashToHex(xorb.hash!)]);
  expect(dedup.find(hashAt(5))).toBeNull();
  expect(dedup.find(hashAt(105))).not.toBeNull();
});

test("chunks of the job are known at once, the older half only up to a limit", () => {
  const { dedup } = ask({});
  const ref = new XorbRef(null);
  dedup.add(hashAt(3), { xorb: ref, index: 9 });
  expect(dedup.find(hashAt(3))).toEqual({ xorb: ref, index: 9, own: true });

  const table = new ChunkTable(16, 1000);
  const refs = Array.from({ length: 40 }, () => new XorbRef(null));
  for (let i = 0; i < 4000; i++) table.add(HASHES, 32 * i, refs[Math.floor(i / 100)], i % 100);
  expect(table.count).toBeLessThanOrEqual(1000);
  for (let i = 3600; i < 4000; i++) {
    expect(table.place(table.find(hashAt(i)))).toEqual({ xorb: refs[Math.floor(i / 100)], index: i % 100 });
  }
  expect(table.find(hashAt(0))).toBe(-1);
});

test("a table of many chunks takes some 25 bytes each, and finds them after it forgot others", () => {
  const table = new ChunkTable(16, 5000);
  const refs = Array.from({ length: 60 }, () => new XorbRef(null));
  for (let i = 0; i < 5000; i++) table.add(HASHES, 32 * i, refs[Math.floor(i / 100)], i % 100);
  expect(table.bytes).toBeLessThan(36 * 5000);
  for (let i = 5000; i < 6000; i++) table.add(HASHES, 32 * i, refs[Math.floor(i / 100)], i % 100);
  expect(table.count).toBe(3500);
  for (let i = 0; i < 6000; i++) {
    const entry = table.find(hashAt(i));
    const place = entry < 0 ? null : table.place(entry);
    expect(place).toEqual(i < 2500 ? null : { xorb: refs[Math.floor(i / 100)], index: i % 100 });
  }
  expect(table.xorbsAfter(table.find(hashAt(5700)))).toBe(2);
});

test("thousands of equal chunks cost no more than one", () => {
  const table = new ChunkTable(16);
  const ref = new XorbRef(null);
  for (let i = 0; i < 60_000; i++) table.add(HASHES, 0, ref, i);
  expect(table.place(table.find(hashAt(0)))).toEqual({ xorb: ref, index: 0 });
  expect(table.place(table.find(hashAt(0), 41))).toEqual({ xorb: ref, index: 41 });
});
