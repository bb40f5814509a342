/** What plans free and bring, over the wire, against a plain book of sets. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { formatHeader, formatOperation } from "#lib/core/plan/codec.ts";
import { addToSummary, emptySummary } from "#lib/core/plan/kind.ts";
import { type PlanOperation, SELECT_ALL, type Selection } from "#lib/core/plan/plan.ts";
import type { PlanWeight } from "#lib/core/plan/weight.ts";
import { makeBytes, makeXorb, type TermSpec } from "../cas/fixture.ts";
import { type ApiServer, openApiServer } from "../fixture.ts";
import { Book } from "./fixture.ts";

let server: ApiServer;
let ann: string;
let bob: string;
let book: Book;
const one = makeXorb(makeBytes(2_000_000, 31));
const two = makeXorb(makeBytes(1_500_000, 32, "text"));
const A = "ann/models";
const hashes = new Map<string, string>();

async function put(path: string, terms: TermSpec[], bucket = A, token = ann): Promise<void> {
  hashes.set(path, await book.put(token, bucket, path, terms));
}

beforeAll(async () => {
  server = await openApiServer();
  ann = await server.user("ann");
  bob = await server.user("bob");
  book = new Book(server);
  await book.make(ann, A);
  await book.make(bob, "bob/hidden");
  await book.make(bob, "bob/open", "public");
  await put("r/1/a", [{ xorb: one, start: 0, end: 8 }]);
  await put("r/1/b", [{ xorb: two, start: 0, end: 6 }]);
  await put("r/2/a", [{ xorb: one, start: 4, end: 12 }]);
  await put("r/2/b", [{ xorb: two, start: 0, end: 6 }]);
  await put("r/3/a", [
    { xorb: one, start: 10, end: 14 },
    { xorb: two, start: 8 },
  ]);
  await put("r/log", [{ xorb: two, start: 5, end: 9 }]);
  await put("kept", [{ xorb: one, start: 13 }]);
  await put("r/empty", []);
});
// The figures of other buckets may come a moment later than what a test before this one did to them.
beforeEach(() => server.services.dedup.idle());
afterAll(() => server.close());

const drop = (path: string): PlanOperation => ({ action: "delete", path, reason: "", size: 1 });
const upload = (path: string, size: number, xetHash?: string): PlanOperation => ({
  action: "upload",
  path,
  reason: "new file",
  size,
  localMtime: 1_700_000_000_000_000,
  ...(xetHash && { xetHash }),
});

async function submit(operations: PlanOperation[]): Promise<number> {
  const summary = emptySummary();
  for (const operation of operations) addToSummary(summary, operation);
  const dest = `hf://buckets/${A}`;
  const header = formatHeader({ source: "./local", dest, timestamp: "2026-03-01T12:00:00+00:00", summary });
  const body = [header, ...operations.map(formatOperation), ""].join("\n");
  const answer = await server.ask("/api/plans", { method: "POST", token: ann, body });
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
}

async function weigh(id: number, selection: Selection = SELECT_ALL): Promise<PlanWeight> {
  let weight: PlanWeight | null = null;
  await expect
    .poll(async () => {
      const answer = await server.ask(`/api/plans/${id}/weight`, { method: "POST", token: ann, body: { selection } });
      expect(answer.status, answer.text).toBe(200);
      weight = answer.json.weight;
      return answer.json.pending;
    })
    .toBe(false);
  return weight!;
}

/** Stored bytes of what these files hold and nothing else in sight does. */
const freedBy = (paths: string[], seen = [A]) => book.figures(A, paths, seen).freed;

test("deletes free what nothing else holds", async () => {
  const paths = [...book.buckets.get(A)!.keys()];
  for (let round = 0; round < 20; round++) {
    const chosen = paths.filter((_, at) => ((round * 2654435761) >>> (at + 3)) % 2 === 1);
    if (chosen.length === 0) continue;
    const weight = await weigh(await submit(chosen.map(drop)));
    expect(weight, chosen.join(" ")).toEqual({ freed: freedBy(chosen), known: 0, unknown: 0 });
  }
  expect(freedBy(["r/1/a", "r/2/a"])).toBeGreaterThan(freedBy(["r/1/a"]) + freedBy(["r/2/a"]));
});

test("an overwrite takes the old content away, and brings at most its size", async () => {
  const id = await submit([upload("r/3/a", 900_000), upload("new", 70_000), drop("r/1/a")]);
  expect(await weigh(id)).toEqual({ freed: freedBy(["r/3/a", "r/1/a"]), known: 0, unknown: 970_000 });
});

test("content that is put elsewhere by the same plan stays, and is not new", async () => {
  const moved = await submit([drop("r/3/a"), upload("r/4/a", 500_000, hashes.get("r/3/a"))]);
  expect(await weigh(moved)).toEqual({ freed: 0, known: 500_000, unknown: 0 });
  const swapped = await submit([upload("r/3/a", 400_000, hashes.get("r/1/a")), drop("r/1/a"), drop("r/2/a")]);
  expect(await weigh(swapped)).toEqual({ freed: freedSwapped(), known: 400_000, unknown: 0 });
});

/** Of r/3/a and r/2/a, with the content of r/1/a still in place. */
function freedSwapped(): number {
  const kept = new Set(book.buckets.get(A)!.get("r/1/a"));
  const others = new Set(
    [...book.buckets.get(A)!].flatMap(([path, chunks]) => (["r/3/a", "r/2/a"].includes(path) ? [] : chunks)),
  );
  const gone = new Set([...book.buckets.get(A)!.get("r/3/a")!, ...book.buckets.get(A)!.get("r/2/a")!]);
  return [...gone].reduce((sum, chunk) => sum + (kept.has(chunk) || others.has(chunk) ? 0 : chunk.stored), 0);
}

test("only what is checked counts", async () => {
  const id = await submit([drop("r/1/a"), drop("r/2/a"), drop("r/3/a"), upload("x", 10)]);
  const selection = [
    { path: "/", include: true },
    { path: "r/2/", include: false },
  ];
  expect(await weigh(id, selection)).toEqual({ freed: freedBy(["r/1/a", "r/3/a"]), known: 0, unknown: 10 });
  expect(await weigh(id, [{ path: "r/1/a", include: true }])).toEqual({
    freed: freedBy(["r/1/a"]),
    known: 0,
    unknown: 0,
  });
});

test("what went out of date is left out, and a change of the bucket is followed", async () => {
  await put("r/5/a", [{ xorb: one, start: 20, end: 24 }]);
  await put("r/5/b", [{ xorb: one, start: 22, end: 26 }]);
  const id = await submit([drop("r/5/a"), drop("r/5/b")]);
  expect((await weigh(id)).freed).toBe(freedBy(["r/5/a", "r/5/b"]));
  await put("r/5/a", [{ xorb: one, start: 21, end: 23 }]);
  expect((await weigh(id)).freed).toBe(freedBy(["r/5/b"]));
  await put("r/5/c", [{ xorb: one, start: 22, end: 26 }]);
  expect((await weigh(id)).freed).toBe(0);
});

test("a bucket in sight keeps what it holds too, one out of sight tells nothing", async () => {
  await put("r/6/a", [{ xorb: two, start: 12, end: 16 }]);
  const id = await submit([drop("r/6/a"), upload("y", 5, "ab".repeat(32))]);
  const alone = await weigh(id);
  expect(alone).toEqual({ freed: freedBy(["r/6/a"]), known: 0, unknown: 5 });
  await book.put(bob, "bob/hidden", "same", [{ xorb: two, start: 12, end: 16 }]);
  expect(await weigh(id)).toEqual(alone);
  await book.put(bob, "bob/open", "same", [{ xorb: two, start: 12, end: 14 }]);
  expect((await weigh(id)).freed).toBe(freedBy(["r/6/a"], [A, "bob/open"]));
});

test("content of a bucket in sight is known, of one out of sight it is not", async () => {
  const hidden = await book.put(bob, "bob/hidden", "only here", [{ xorb: one, start: 0, end: 3 }]);
  const open = await book.put(bob, "bob/open", "only there", [{ xorb: one, start: 0, end: 2 }]);
  const id = await submit([upload("p", 30, hidden), upload("q", 20, open)]);
  expect(await weigh(id)).toEqual({ freed: 0, known: 20, unknown: 30 });
});

test("who may not read the bucket hears nothing of its plans", async () => {
  const id = await submit([drop("kept")]);
  const body = { selection: SELECT_ALL };
  expect((await server.ask(`/api/plans/${id}/weight`, { method: "POST", token: bob, body })).status).toBe(404);
  expect((await server.ask(`/api/plans/${id}/weight`, { method: "POST", body })).status).toBe(401);
});
