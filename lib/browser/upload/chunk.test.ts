import { expect, test } from "vitest";
import { chunkBytes } from "#lib/core/xet/chunk.ts";
import { fileHash, hashToHex } from "#lib/core/xet/hash.ts";
import { randomBytes } from "#lib/core/xet/vectors/generate.ts";
import { FileCutter, FileRoot } from "./chunk.ts";
import { PieceReader, ReadFailure } from "./source.ts";

const NEVER = new AbortController().signal;

async function cut(cutter: FileCutter, bytes: Uint8Array<ArrayBuffer>) {
  const lengths: number[] = [];
  const hashes: string[] = [];
  const see = (chunk: Uint8Array, hash: Uint8Array) => {
    lengths.push(chunk.length);
    hashes.push(hashToHex(hash));
  };
  const walk = cutter.cut(new Blob([bytes]), see, NEVER);
  let read = 0;
  while (true) {
    const step = await walk.next();
    if (step.done) return { lengths, hashes, read, file: hashToHex(step.value) };
    read += step.value;
  }
}

for (const reading of ["byob", "fallback"] as const) {
  test(`a file is cut as a whole would be (${reading})`, async () => {
    const cutter = new FileCutter(reading);
    for (const size of [0, 1, 5000, 131072, 1 << 20, 3_456_789]) {
      const bytes = randomBytes(size, size + 1);
      const expected = chunkBytes(bytes);
      const got = await cut(cutter, bytes);
      expect(got.read).toBe(size);
      expect(got.lengths).toEqual([...expected.lengths]);
      expect(got.file).toBe(hashToHex(fileHash(expected.hashes, expected.lengths)));
    }
  });
}

test("the root of very many chunks is that of all at once", () => {
  const root = new FileRoot();
  for (const count of [1, 2, 3, 8191, 8192, 8193, 70_000]) {
    const hashes = randomBytes(count * 32, count);
    const lengths = Array.from({ length: count }, (_, i) => 8192 + (i % 1000));
    root.reset();
    for (let i = 0; i < count; i++) root.push(hashes.subarray(i * 32, i * 32 + 32), lengths[i]);
    expect(hashToHex(root.finish())).toBe(hashToHex(fileHash(hashes, lengths)));
  }
});

test("small files that were read before their turn are the same, and as strictly looked at", async () => {
  const reader = new PieceReader();
  let asked = 0;
  const source = (size: number, really: number) => {
    const blob = new Blob([randomBytes(really, 3)]);
    return {
      size,
      stream: () => blob.stream(),
      arrayBuffer() {
        asked += 1;
        return blob.arrayBuffer();
      },
    };
  };
  const read = async (from: ReturnType<typeof source>) => {
    const pieces: Buffer[] = [];
    for await (const piece of reader.read(from, NEVER)) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces);
  };
  const small = [source(0, 0), source(1000, 1000), source(1 << 20, 1 << 20)];
  for (const each of small) {
    reader.prepare(each);
    reader.prepare(each);
  }
  expect(asked).toBe(3);
  for (const each of small) expect(await read(each)).toEqual(Buffer.from(randomBytes(each.size, 3)));
  reader.prepare(source((1 << 20) + 1, (1 << 20) + 1));
  expect(asked).toBe(3);
  for (const really of [999, 1001, 2_000_000]) {
    const changed = source(1000, really);
    reader.prepare(changed);
    await expect(read(changed)).rejects.toMatchObject({ reason: "changed" });
  }
  const gone = {
    ...source(10, 10),
    arrayBuffer: () => Promise.reject<ArrayBuffer>(new DOMException("gone", "NotFoundError")),
  };
  reader.prepare(gone);
  await expect(read(gone)).rejects.toMatchObject({ reason: "vanished" });
});

test("a file that has another length than it had is refused as changed", async () => {
  const read = async (size: number) => {
    const blob = new Blob([randomBytes(3_000_000, 1)]);
    for await (const _ of new PieceReader().read({ size, stream: () => blob.stream() }, NEVER));
  };
  await read(3_000_000);
  for (const size of [2_999_999, 3_000_001]) {
    await expect(read(size)).rejects.toMatchObject({ name: "ReadFailure", reason: "changed" });
  }
});

test("what the browser says of an unreadable file becomes a reason", async () => {
  const read = async (name: string, after: number) => {
    const stream = () =>
      new ReadableStream<Uint8Array<ArrayBuffer>>({
        start(controller) {
          if (after > 0) controller.enqueue(randomBytes(after, 1));
        },
        pull: (controller) => controller.error(new DOMException("no", name)),
      });
    for await (const _ of new PieceReader().read({ size: 10, stream }, NEVER));
  };
  await expect(read("NotFoundError", 0)).rejects.toMatchObject({ reason: "vanished" });
  await expect(read("NotReadableError", 0)).rejects.toMatchObject({ reason: "unreadable" });
  await expect(read("NotReadableError", 5)).rejects.toBeInstanceOf(ReadFailure);
  await expect(read("NotReadableError", 5)).rejects.toMatchObject({ reason: "changed" });
});
