import { expect, test } from "vitest";
import { randomBytes } from "#lib/core/xet/vectors/generate.ts";
import { type HeldChunk, Window } from "./window.ts";

const CHUNK = randomBytes(131_072, 1);

function chunk(seq: number, length: number): HeldChunk<string> {
  const bytes = CHUNK.slice(0, length);
  bytes[0] = seq;
  return { file: "a", seq, first: false, hash: bytes, length, bytes, found: null };
}

test("chunks leave in order, with their bytes, as far as they are decided", () => {
  const window = new Window<string>();
  const given: HeldChunk<string>[] = [];
  let next = 0;
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 50; i++) {
      const held = chunk(given.length, 8192 + ((given.length * 7919) % 122_000));
      given.push(held);
      window.push(held);
    }
    const oldest = given.length - 20;
    for (let held = window.take(oldest); held !== null; held = window.take(oldest)) {
      expect(held.seq).toBe(next);
      expect(Buffer.compare((held as HeldChunk<string>).bytes!, given[next].bytes!)).toBe(0);
      next += 1;
    }
    expect(next).toBe(oldest);
  }
  window.push({ file: "a", seq: given.length, end: true });
  let last = window.take(null);
  while (!window.empty) last = window.take(null);
  expect(last).toMatchObject({ end: true });
});

test("it is full at 16 MiB, and what was known weighs nothing", () => {
  const window = new Window<string>();
  for (let i = 0; i < 1000; i++) window.push({ ...chunk(i, 8192), length: 131_072, bytes: null });
  expect(window.full).toBe(false);
  for (let i = 0; i < 128; i++) window.push(chunk(1000 + i, 131_072));
  expect(window.full).toBe(false);
  window.push(chunk(2000, 8192));
  expect(window.full).toBe(true);
});
