/** Thousands of damaged batches over the wire: each is refused whole or done whole, and never a fault of the server. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { type ApiServer, openApiServer } from "../fixture.ts";
import { ANONYMOUS } from "../hub/actor.ts";

const ID = "ann/fuzz";
const API = `/api/buckets/${ID}`;
let server: ApiServer;
let token: string;
let hash: string;

beforeAll(async () => {
  server = await openApiServer();
  token = await server.user("ann");
  await server.ask(API, { method: "POST", token, body: {} });
  hash = await server.put(ID, token, "kept", Buffer.from("some content"));
});
afterAll(() => server.close());

const name = fc.constantFrom("a", "a/b", "a/b/c", "kept", "ü/é", "x y");
const goodLine = fc.oneof(
  name.map((path) => ({ type: "addFile", path, xetHash: "HASH", mtime: 1_700_000_000_000, contentType: "text/plain" })),
  name.map((path) => ({ type: "addFile", path, xetHash: ZERO_HASH })),
  name.map((path) => ({ type: "copyFile", path, xetHash: "HASH", sourceRepoType: "bucket", sourceRepoId: ID })),
  name.map((path) => ({ type: "deleteFile", path })),
);
/** Whole bodies that are right, then a few wounds: bytes flipped, cut out, put in, or the end torn off. */
const wound = fc.record({
  kind: fc.constantFrom("flip", "cut", "insert", "tear", "none"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
});
const strange = fc.oneof(
  fc.json().map((text) => text.slice(0, 500)),
  fc
    .record({
      type: fc.constantFrom("addFile", "copyFile", "deleteFile", "x", null, 7),
      path: fc.anything(),
      xetHash: fc.anything(),
      mtime: fc.anything(),
    })
    .map((value) => {
      try {
        return JSON.stringify(value) ?? "null";
      } catch {
        return "{}";
      }
    }),
);

function damage(body: Buffer, { kind, at, bytes }: { kind: string; at: number; bytes: Uint8Array }): Buffer {
  const place = Math.floor(at * body.length);
  if (kind === "flip") {
    const copy = Buffer.from(body);
    if (copy.length > 0) copy[Math.min(place, copy.length - 1)]! ^= bytes[0]! || 1;
    return copy;
  }
  if (kind === "cut") return Buffer.concat([body.subarray(0, place), body.subarray(place + bytes.length)]);
  if (kind === "insert") return Buffer.concat([body.subarray(0, place), bytes, body.subarray(place)]);
  return kind === "tear" ? body.subarray(0, place) : body;
}

/** All that a batch could have changed, as the Hub itself has it. */
async function fingerprint(): Promise<string> {
  const { hub } = server.services;
  const tree = await hub.listTree(ANONYMOUS, ID, { prefix: "", recursive: true, limit: 1000 });
  return JSON.stringify([await hub.getBucket(ANONYMOUS, ID), tree]);
}

test("2000 damaged batches", async () => {
  let before = await fingerprint();
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(goodLine, { minLength: 1, maxLength: 6 }),
      fc.option(strange, { freq: 3 }),
      fc.array(wound, { maxLength: 3 }),
      async (good, odd, wounds) => {
        const text =
          good.map((line) => JSON.stringify(line).replace("HASH", hash)).join("\n") + (odd === null ? "" : `\n${odd}`);
        const body = wounds.reduce(damage, Buffer.from(text));
        const answer = await server.ask(`${API}/batch`, { method: "POST", token, body });
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        expect([200, 400, 422]).toContain(answer.status);
        const after = await fingerprint();
        if (answer.status !== 200) {
          expect(answer.json.error).toEqual(expect.any(String));
          expect(answer.headers["x-error-code"]).toBeTruthy();
          expect(after).toBe(before);
        } else {
          expect(answer.json).toMatchObject({ success: true, failed: [] });
        }
        before = after;
      },
    ),
    { seed: 20261120, numRuns: 2000 },
  );
  // The damage did reach both ends.
  expect(statuses.get(200)).toBeGreaterThan(100);
  expect(statuses.get(422)).toBeGreaterThan(100);
  const [info, tree] = [(await server.ask(API)).json, (await server.ask(`${API}/tree`)).json];
  expect(info.totalFiles).toBe(tree.length);
  expect(info.size).toBe(tree.reduce((sum: number, file: { size: number }) => sum + file.size, 0));
}, 120_000);
