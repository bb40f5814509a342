/** The answer for range edits, held against the published client's own arithmetic; the whole journey is e2e/hub-js.test.ts. */
import { hexToBytes, hmac, MerkleHashSubtree, hashToHex as npmHex } from "@huggingface/xetchunk-wasm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chunkBytes } from "#lib/core/xet/chunk.ts";
import { fileHash, hashToHex } from "#lib/core/xet/hash.ts";
import type { ByteRange, CasAccess } from "./cas.ts";
import {
  accessOf,
  addBucket,
  addNamespace,
  bodyOf,
  makeBytes,
  makeFile,
  makeShard,
  makeXorb,
  openTestStore,
  type TestStore,
} from "./fixture.ts";

const MIB = 1024 * 1024;
let store: TestStore;
let access: CasAccess;
const data = makeBytes(24 * MIB, 77);
/** Cut where the chunker cuts, so that the parts have the chunks that the whole has. */
const cuts = [0];
for (let at = 0, i = 0, { lengths } = chunkBytes(data); i < lengths.length; i++) {
  at += lengths[i];
  if (at - cuts.at(-1)! >= 8 * MIB || i === lengths.length - 1) cuts.push(at);
}
const xorbs = cuts.slice(1).map((end, i) => makeXorb(data.subarray(cuts[i], end)));
const file = makeFile(
  xorbs.flatMap((xorb) => [
    { xorb, end: 40 },
    { xorb, start: 40 },
  ]),
);

beforeAll(async () => {
  store = await openTestStore();
  const user = await addNamespace(store.db, "ann");
  access = accessOf(await addBucket(store.db, user, "a"), user);
  for (const xorb of xorbs) await store.cas.putXorb(access, xorb.hash, bodyOf(xorb.bytes));
  await store.cas.putShard(access, bodyOf(makeShard([file.entry], xorbs)));
});
afterAll(() => store.close());

type Json = Parameters<typeof MerkleHashSubtree.fromJSON>[0];

/** The new file's hash as a client finds it: summaries of the gaps, fresh chunks of the windows. */
function compose(edited: Uint8Array, answer: Awaited<ReturnType<TestStore["cas"]["chunkHashes"]>>): string {
  const gaps = answer.hashRanges.map((json) => (json === null ? null : MerkleHashSubtree.fromJSON(json as Json)));
  const parts: MerkleHashSubtree[] = [];
  for (const [i, { dirtyByteRange }] of answer.windows.entries()) {
    const gap = gaps[i];
    if (gap) parts.push(gap);
    const { hashes, lengths, count } = chunkBytes(edited.subarray(...dirtyByteRange));
    const chunks = Array.from({ length: count }, (_, at) => ({
      hash: hashes.subarray(at * 32, at * 32 + 32),
      length: lengths[at],
    }));
    parts.push(
      MerkleHashSubtree.fromChunks(
        i === 0 && gaps[0] === null,
        chunks,
        i === answer.windows.length - 1 && gaps.at(-1) === null,
      ),
    );
  }
  const last = gaps.at(-1);
  if (last) parts.push(last);
  return npmHex(hmac(MerkleHashSubtree.merge(parts).finalHash()!, new Uint8Array(32)));
}

test("windows and summaries give the hash of the edited file, wherever it was overwritten", {
  timeout: 120_000,
}, async () => {
  const range = fc
    .tuple(fc.nat(data.length - 1), fc.integer({ min: 1, max: 300_000 }))
    .map(([start, length]): ByteRange => ({ start, end: Math.min(data.length, start + length) }));
  await fc.assert(
    fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 4 }), fc.nat(), async (dirty, seed) => {
      const answer = await store.cas.chunkHashes(access, file.hash, dirty);
      const edited = data.slice();
      for (const { start, end } of dirty) edited.set(makeBytes(end - start, seed + 3), start);
      // A window begins and ends where the original has chunk borders, and covers every dirty byte.
      for (const { start, end } of dirty) {
        expect(answer.windows.some(({ dirtyByteRange: [from, to] }) => from <= start && end <= to)).toBe(true);
      }
      const { hashes, lengths } = chunkBytes(edited);
      expect(compose(edited, answer)).toBe(hashToHex(fileHash(hashes, lengths)));
      expect(answer.fileSize).toBe(data.length);
      expect(answer.hashRanges).toHaveLength(answer.windows.length + 1);
    }),
    { seed: 20261120, numRuns: 20 },
  );
});

test("each term that no window touches comes with its verification hash", async () => {
  const first = file.entry.segments[0].bytes;
  const { windows, gapVerification, hashRanges } = await store.cas.chunkHashes(access, file.hash, [
    { start: first + 5, end: first + 6 },
  ]);
  expect(windows).toHaveLength(1);
  const [, end] = windows[0].dirtyByteRange;
  let at = 0;
  const untouched = file.entry.segments.flatMap(({ bytes }, i) => {
    const start = at;
    at += bytes;
    return start >= end || at <= windows[0].dirtyByteRange[0] ? [hashToHex(file.entry.verification![i])] : [];
  });
  expect(gapVerification).toEqual(untouched);
  expect(hexToBytes((hashRanges[0] as Json).nodes[0].hash)).toHaveLength(32);
});

test("nothing of the file named: refused", async () => {
  await expect(
    store.cas.chunkHashes(access, file.hash, [{ start: data.length, end: data.length + 9 }]),
  ).rejects.toMatchObject({ code: "BadRequest" });
});
