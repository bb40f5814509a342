/** What every blob store must do; each adapter's test calls this with a maker of fresh stores. */
import { writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { isHubError } from "#lib/core/errors.ts";
import type { BlobRange, BlobStore } from "./blob-store.ts";

const MIB = 1024 * 1024;

async function* pieces(...all: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all;
}

async function read(store: BlobStore, key: string, range: BlobRange): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of store.get(key, range)) {
    expect(piece.length).toBeLessThanOrEqual(MIB);
    all.push(piece);
  }
  return Buffer.concat(all);
}

export function blobStoreContract(name: string, create: () => Promise<BlobStore>): void {
  describe(`${name} as a blob store`, () => {
    const data = Buffer.from(Uint8Array.from({ length: 2.5 * MIB }, (_, i) => (i * 31) >> 3));
    let store: BlobStore;
    beforeEach(async () => {
      store = await create();
      await store.discardStaged();
    });

    test("gives back any range of what was put", async () => {
      await store.put("xorbs/abcd", pieces(data.subarray(0, 7), data.subarray(7)));
      expect((await store.head("xorbs/abcd"))?.bytes).toBe(data.length);
      for (const [start, end] of [
        [0, data.length],
        [0, 1],
        [MIB - 1, MIB + 1],
        [MIB, 2 * MIB],
        [data.length - 1, data.length],
        [5, 5],
      ]) {
        expect((await read(store, "xorbs/abcd", { start, end })).equals(data.subarray(start, end))).toBe(true);
      }
    });

    test("recycled pieces are right while they last", async () => {
      await store.put("xorbs/abcd", pieces(data));
      for (let round = 0; round < 3; round++) {
        let at = 0;
        for await (const piece of store.get("xorbs/abcd", { start: 0, end: data.length }, { recycle: true })) {
          expect(data.subarray(at, at + piece.length).equals(piece)).toBe(true);
          at += piece.length;
        }
        expect(at).toBe(data.length);
      }
    });

    test("takes over a staged file", async () => {
      const path = store.stage();
      await writeFile(path, data);
      await store.put("xorbs/staged", { path });
      expect((await read(store, "xorbs/staged", { start: 0, end: data.length })).equals(data)).toBe(true);
    });

    test("a missing blob: head null, get NotFound, delete nothing", async () => {
      expect(await store.head("xorbs/none")).toBeNull();
      await expect(read(store, "xorbs/none", { start: 0, end: 1 })).rejects.toSatisfy((e) => isHubError(e, "NotFound"));
      await store.delete("xorbs/none");
    });

    test("a range past the end fails rather than giving less", async () => {
      await store.put("xorbs/short", pieces(data.subarray(0, 10)));
      await expect(read(store, "xorbs/short", { start: 5, end: 11 })).rejects.toSatisfy((e) =>
        isHubError(e, "NotFound"),
      );
    });

    test("a body that fails leaves nothing, and an older blob as it was", async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield data.subarray(0, 100);
        throw new Error("the body stopped");
      }
      await expect(store.put("xorbs/half", broken())).rejects.toThrow("the body stopped");
      expect(await store.head("xorbs/half")).toBeNull();
      await store.put("xorbs/half", pieces(data.subarray(0, 3)));
      await expect(store.put("xorbs/half", broken())).rejects.toThrow("the body stopped");
      expect((await store.head("xorbs/half"))?.bytes).toBe(3);
    });

    test("replaces, deletes, and lists one kind", async () => {
      await store.put("xorbs/aa1", pieces(data.subarray(0, 5)));
      await store.put("xorbs/aa1", pieces(data.subarray(0, 9)));
      await store.put("xorbs/bb2", pieces(data.subarray(0, 2)));
      await store.put("plans/cc3", pieces(data.subarray(0, 1)));
      await store.put("xorbs/gone", pieces(data));
      await store.delete("xorbs/gone");
      const listed = new Map<string, number>();
      for await (const { key, bytes, modifiedAt } of store.list("xorbs")) {
        listed.set(key, bytes);
        expect(modifiedAt).toBeGreaterThan(0);
      }
      expect(listed).toEqual(
        new Map([
          ["xorbs/aa1", 9],
          ["xorbs/bb2", 2],
        ]),
      );
    });

    test("a reader who leaves early holds nothing open", async () => {
      await store.put("xorbs/early", pieces(data));
      for await (const piece of store.get("xorbs/early", { start: 0, end: data.length })) {
        expect(piece.length).toBe(MIB);
        break;
      }
      await store.delete("xorbs/early");
    });
  });
}
