/** The figures over the wire, against a plain book of sets. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  CHECKPOINTS_MAX,
  type CheckpointRuns,
  DEDUP_SORTS,
  type DedupEntry,
  type DedupPage,
  type DedupSummary,
  type FileMap,
  type FileRangeSharing,
  type RankedFiles,
  type SharingMatrix,
  type StoreFigures,
} from "#lib/core/bucket/dedup/figures.ts";
import { makeBytes, makeXorb } from "../cas/fixture.ts";
import { type ApiServer, openApiServer } from "../fixture.ts";
import { Book } from "./fixture.ts";

let server: ApiServer;
let ann: string;
let book: Book;
const one = makeXorb(makeBytes(2_000_000, 1));
const two = makeXorb(makeBytes(1_500_000, 2, "text"));
const A = "ann/a";
const RUN = "ann/run";
/** Of three checkpoints, beside what they share. */
const steps = [11, 12, 13].map((seed) => makeXorb(makeBytes(700_000, seed)));

beforeAll(async () => {
  server = await openApiServer();
  ann = await server.user("ann");
  book = new Book(server);
  await book.make(ann, A);
  await book.put(ann, A, "top", [{ xorb: one, start: 0, end: 4 }]);
  await book.put(ann, A, "d/x", [{ xorb: one, start: 2, end: 8 }]);
  await book.put(ann, A, "d/e/y", [{ xorb: two }]);
  await book.put(ann, A, "d/e/z", [
    { xorb: two, start: 1 },
    { xorb: one, start: 7, end: 9 },
  ]);
  await book.put(ann, A, "d-e", [{ xorb: one, start: 12 }]);
  await book.put(ann, A, "f/y again", [{ xorb: two }]);
  await book.put(ann, A, "f/twice", [
    { xorb: two, start: 0, end: 2 },
    { xorb: two, start: 0, end: 2 },
  ]);
  await book.put(ann, A, "empty", []);
  await book.make(ann, RUN);
  for (const [at, own] of steps.entries()) {
    await book.put(ann, RUN, `out/checkpoint-${10 * (at + 1)}/w`, [{ xorb: one }, { xorb: own }]);
  }
});
// The figures of other buckets may come a moment later than what a test before this one did to them.
beforeEach(() => server.services.dedup.idle());
afterAll(() => server.close());

async function ask<T>(path: string, token: string | null = ann, options = {}): Promise<T> {
  const answer = await server.ask(path, { token, ...options });
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}
const url = (bucket: string, rest = "") => `/api/buckets/${bucket}/dedup${rest}`;

test("a bucket, its folders and its files, to the byte", async () => {
  await server.services.dedup.idle();
  for (const path of ["", "d", "d/e", "f", "top", "d/x", "d/e/y", "d/e/z", "d-e", "f/y again", "f/twice", "empty"]) {
    const answer = await ask<object>(url(A, `?path=${encodeURIComponent(path)}`));
    const type = path === "" ? "bucket" : ["d", "d/e", "f"].includes(path) ? "folder" : "file";
    expect(answer, path).toMatchObject({ bucket: A, type, path, pending: false, figures: book.figures(A, [path]) });
  }
});

test("a folder's entries, in every order, page by page", async () => {
  const folders = ["d", "f"];
  for (const sort of DEDUP_SORTS) {
    for (const direction of ["asc", "desc"]) {
      const items: DedupEntry[] = [];
      let cursor: string | null = null;
      do {
        const query: string = `/entries?sort=${sort}&direction=${direction}&limit=2${cursor === null ? "" : `&cursor=${cursor}`}`;
        const page: DedupPage = await ask<DedupPage>(url(A, query));
        expect(page.items.length).toBeLessThanOrEqual(2);
        items.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== null);
      const figure = (path: string) => (sort === "name" ? path : book.figures(A, [path])[sort]);
      const ordered = folders.toSorted((a, b) => (figure(a) < figure(b) ? -1 : 1));
      if (direction === "desc") ordered.reverse();
      expect(items.map(({ path }) => path)).toEqual([...ordered, "d-e", "top", "empty"]);
      for (const { path, figures, nested } of items) {
        expect(figures, path).toEqual(book.figures(A, [path]));
        expect(nested).toBe(path === "d");
      }
    }
  }
  const other = await server.ask(url(A, "/entries?sort=name&cursor=abc"), { token: ann });
  expect(other.status).toBe(400);
});

test("a selection is a union", async () => {
  for (const [files, folders] of [
    [["top", "d/x"], []],
    [["d/e/y", "f/y again"], []],
    [["d/e/z"], ["f"]],
    [["top"], ["d"]],
    [[], [""]],
    [[], []],
  ]) {
    const answer = await ask<object>(url(A, "/selection"), ann, { method: "POST", body: { files, folders } });
    expect(answer).toMatchObject({ figures: book.figures(A, [...files, ...folders]), missing: [], pending: false });
  }
  const answer = await ask<{ missing: string[] }>(url(A, "/selection"), ann, {
    method: "POST",
    body: { files: ["top", "nope"], folders: ["d/x", "d/e"] },
  });
  expect(answer.missing).toEqual(["nope", "d/x"]);
});

test("a matrix of folders and files", async () => {
  const paths = ["d", "d/e/y", "f", "top"];
  const answer = await ask<{ overlap: number[][]; scopes: DedupEntry[] }>(
    url(A, `/matrix?${paths.map((path) => `path=${path}`).join("&")}`),
  );
  expect(answer.scopes.map(({ path }) => path)).toEqual(paths);
  for (const [i, a] of paths.entries()) {
    for (const [j, b] of paths.entries()) expect(answer.overlap[i]![j], `${a} ${b}`).toBe(book.shared([A, a], [A, b]));
  }
  expect(answer).toMatchObject({ common: 0, union: book.figures(A, paths).unique, runs: [] });
});

test("a small bucket's figures follow its batches", async () => {
  await book.make(ann, "ann/live");
  for (let step = 0; step < 4; step++) {
    await book.put(ann, "ann/live", `s${step}/w`, [{ xorb: one, start: step, end: step + 5 }]);
    // No waiting for the computation but what the answer itself does.
    let answer = await ask<DedupSummary>(url("ann/live"));
    while (answer.pending) answer = await ask<DedupSummary>(url("ann/live"));
    expect(answer.figures).toEqual(book.figures("ann/live", [""]));
  }
  // A copy of content, and a rename: a copy and a delete in one.
  const [{ xetHash }] = await ask<{ xetHash: string }[]>("/api/buckets/ann/live/paths-info", ann, {
    method: "POST",
    body: { paths: ["s0/w"] },
  });
  const copy = { type: "copyFile", path: "t/w", xetHash, sourceRepoType: "bucket", sourceRepoId: "ann/live" };
  await book.send(ann, "ann/live", copy);
  const files = book.buckets.get("ann/live")!;
  files.set("t/w", files.get("s0/w")!);
  await server.services.dedup.idle();
  for (const path of ["", "t", "s0", "t/w"]) {
    const { figures } = await ask<DedupSummary>(url("ann/live", `?path=${path}`));
    expect(figures, path).toEqual(book.figures("ann/live", [path]));
  }
  expect((await ask<DedupSummary>(url("ann/live", "?path=t/w"))).figures.freed).toBe(0);
  await book.remove(ann, "ann/live", "s0/w");
  await server.services.dedup.idle();
  for (const path of ["", "t", "s1"]) {
    const { figures } = await ask<DedupSummary>(url("ann/live", `?path=${path}`));
    expect(figures, path).toEqual(book.figures("ann/live", [path]));
  }
  const gone = await server.ask(url("ann/live", "?path=s0"), { token: ann });
  expect([gone.status, gone.json.code]).toEqual([404, "EntryNotFound"]);
  const { points } = await ask<{ points: { files: number }[] }>(url("ann/live", "/history"));
  expect(points.at(-1)).toMatchObject({ files: 4, unique: book.figures("ann/live", [""]).unique });
});

test("what was deleted waits, until it is there again", async () => {
  await book.make(ann, "ann/waits");
  const own = makeXorb(makeBytes(900_000, 5, "text"));
  await book.put(ann, "ann/waits", "keep", [{ xorb: own, start: 0, end: 3 }]);
  await book.put(ann, "ann/waits", "go", [{ xorb: own, start: 1 }]);
  await server.services.dedup.idle();
  const before = await ask<DedupSummary>(url("ann/waits"));
  expect(before.waiting).toEqual({ bytes: 0, files: 0, since: null, freedAt: null });
  const { figures } = await ask<DedupSummary>(url("ann/waits", "?path=go"));
  const start = Date.now();
  await book.remove(ann, "ann/waits", "go");
  await server.services.dedup.idle();
  const { waiting } = await ask<DedupSummary>(url("ann/waits"));
  expect(waiting).toMatchObject({ bytes: figures.freed, files: 1 });
  expect(waiting!.since).toBeGreaterThanOrEqual(start);
  expect(waiting!.freedAt! - waiting!.since!).toBe(21 * 24 * 3600 * 1000);
  await book.put(ann, "ann/waits", "again", [{ xorb: own, start: 1 }]);
  await server.services.dedup.idle();
  expect((await ask<DedupSummary>(url("ann/waits"))).waiting).toEqual(before.waiting);
});

test("of very many checkpoints the latest are listed", async () => {
  const eve = await server.user("eve");
  await book.make(eve, "eve/many");
  const xetHash = await book.put(eve, "eve/many", "a/step-1/w", [{ xorb: two }]);
  await book.send(eve, "eve/many", { type: "addFile", path: "a/step-2/w", xetHash });
  const lines = Array.from({ length: CHECKPOINTS_MAX - 1 }, (_, at) => `b/step-${at}/w`);
  await book.send(eve, "eve/many", ...lines.map((path) => ({ type: "addFile", path, xetHash })));
  await server.services.dedup.idle();
  const { runs, earlier } = await ask<CheckpointRuns>(url("eve/many", "/checkpoints"), eve);
  expect(runs.map(({ path, checkpoints }) => [path, checkpoints.length])).toEqual([
    ["b", CHECKPOINTS_MAX - 1],
    ["a", 1],
  ]);
  expect(runs[1]!.checkpoints[0]!.path).toBe("a/step-2");
  expect(earlier).toBe(1);
  // Not in the book: these lines went past it.
  book.buckets.delete("eve/many");
});

test("checkpoints: what each brought, and what they share", async () => {
  await server.services.dedup.idle();
  const { runs } = await ask<CheckpointRuns>(url(RUN, "/checkpoints"));
  expect(runs.map(({ path }) => path)).toEqual(["out"]);
  const bytes = (xorb: { lengths: Uint32Array }) => xorb.lengths.reduce((sum, length) => sum + length, 0);
  expect(runs[0]!.checkpoints.map(({ step, newBytes }) => [step, newBytes])).toEqual([
    [10, bytes(one) + bytes(steps[0]!)],
    [20, bytes(steps[1]!)],
    [30, bytes(steps[2]!)],
  ]);
  for (const { path, figures } of runs[0]!.checkpoints) expect(figures).toEqual(book.figures(RUN, [path]));
  for (const query of ["/matrix", "/matrix?run=out"]) {
    const matrix = await ask<SharingMatrix>(url(RUN, query));
    expect(matrix.scopes.map(({ path }) => path)).toEqual([10, 20, 30].map((step) => `out/checkpoint-${step}`));
    expect(matrix).toMatchObject({ common: bytes(one), runs: ["out"] });
    expect(matrix.overlap[0]).toEqual([bytes(one) + bytes(steps[0]!), bytes(one), bytes(one)]);
  }
  expect((await server.ask(url(RUN, "/matrix?run=nope"), { token: ann })).status).toBe(404);
  const ranked = await ask<RankedFiles>(url(RUN, "/files"));
  expect(ranked.exclusive.map(({ path }) => path)).toHaveLength(3);
  expect(ranked.near).toHaveLength(3);
  expect(ranked.near[0]!.shared).toBe(bytes(one));
});

test("duplicates by the bytes that they name twice", async () => {
  await server.services.dedup.idle();
  const ranked = await ask<RankedFiles>(url(A, "/files"));
  expect(ranked.duplicates.map(({ count, paths }) => [count, paths])).toEqual([[2, ["d/e/y", "f/y again"]]]);
  for (const { path, figures } of ranked.exclusive) expect(figures).toEqual(book.figures(A, [path]));
});

test("a file's map and who holds a range", async () => {
  const map = await ask<FileMap>(url(A, "/map/d/x?cells=16"));
  expect(map.cells).toHaveLength(16);
  expect(map.own + map.few + map.wide).toBe(map.size);
  const { figures } = map;
  expect(figures).toEqual(book.figures(A, ["d/x"]));
  // The run holds its chunks too, and others of ann's that tests made before this one.
  const seen = [...book.buckets.keys()].filter((bucket) => bucket !== A);
  expect(map.own).toBe(0);
  expect(map.wide).toBeGreaterThan(0);
  const range = await ask<FileRangeSharing>(url(A, `/range/d/x?start=0&end=${map.size}`));
  expect(range).toMatchObject({ start: 0, end: map.size, chunks: map.chunks, morePieces: false, moreHolders: false });
  const expected = [A, ...seen].flatMap((bucket) =>
    [...book.buckets.get(bucket)!.keys()].flatMap((path) => {
      const bytes = book.shared([A, "d/x"], [bucket, path]);
      return bytes === 0 || (bucket === A && path === "d/x") ? [] : [{ bucket, path, bytes }];
    }),
  );
  const byName = (a: { bucket: string; path: string }, b: { bucket: string; path: string }) =>
    `${a.bucket}/${a.path}` < `${b.bucket}/${b.path}` ? -1 : 1;
  expect(range.holders.toSorted(byName)).toEqual(expected.toSorted(byName));
  expect(range.pieces.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(map.size);
  const twice = await ask<FileMap>(url(A, "/map/f/twice"));
  expect(twice.terms).toBe(2);
  expect((await ask<FileMap>(url(A, "/map/empty"))).cells).toEqual([]);
  for (const bad of ["/map/nope", "/range/nope?start=0"]) {
    expect((await server.ask(url(A, bad), { token: ann })).json.code).toBe("EntryNotFound");
  }
  expect((await server.ask(url(A, "/range/d/x?start=9999999999"), { token: ann })).status).toBe(400);
});

test("all buckets together, each chunk once", async () => {
  await server.services.dedup.idle();
  const buckets = [...book.buckets.keys()];
  const store = await ask<StoreFigures>("/api/dedup");
  expect(store.buckets.map(({ bucket }) => bucket).sort()).toEqual(buckets.toSorted());
  for (const { bucket, figures } of store.buckets) {
    expect(figures, bucket).toEqual(book.figures(bucket, [""], buckets));
    // The bucket's own answer says the same.
    expect((await ask<DedupSummary>(url(bucket))).figures).toEqual(figures);
  }
  const chunks = new Set(buckets.flatMap((bucket) => [...book.buckets.get(bucket)!.values()].flat()));
  let unique = 0;
  for (const chunk of chunks) unique += chunk.unpacked;
  expect(store.figures).toMatchObject({ unique, exclusive: unique });
  expect(store.namespaces).toEqual([{ name: "ann", figures: store.figures }]);
  expect(await ask<StoreFigures>("/api/dedup?namespace=ann")).toMatchObject({ figures: store.figures });
  expect((await server.ask("/api/dedup?namespace=nobody", { token: ann })).status).toBe(404);
});

test("as text for curl", async () => {
  const headers = { "user-agent": "curl/8.5.0", accept: "*/*" };
  const answer = await server.ask(url(RUN), { token: ann, headers });
  expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(answer.text).toContain("hf://buckets/ann/run\nexact, as of ");
  expect(answer.text).toMatch(/^ {2}8\.10 MB {2}logical {4}what ls shows, 3 files$/m);
  expect(answer.text).toMatch(/^saving {3}\S+% = \S+% by deduplication \+ \S+% by compression$/m);
  expect(answer.text).toMatch(/ {2}3 files {2}out\/$/m);
  const json = await server.ask(url(RUN, "?format=json"), { token: ann, headers });
  expect(json.json.figures.files).toBe(3);
  expect((await server.ask(url(RUN, "?format=xml"), { token: ann })).status).toBe(400);
});

test("who may ask", async () => {
  const bob = await server.user("bob");
  for (const rest of ["", "/entries", "/matrix", "/checkpoints", "/history", "/files", "/map/top", "/range/top"]) {
    expect((await server.ask(url(A, rest), { token: bob })).status, rest).toBe(404);
    expect((await server.ask(url(A, rest))).status, rest).toBe(401);
  }
  const selection = { method: "POST", body: { files: ["top"] } };
  expect((await server.ask(url(A, "/selection"), { token: bob, ...selection })).status).toBe(404);
  const wrong = await server.ask(url(A, "/selection"), { token: ann, method: "POST", body: { files: [1] } });
  expect([wrong.status, wrong.json.code]).toEqual([400, "BadRequest"]);
  expect((await server.ask(url(A, "?path=../x"), { token: ann })).status).toBe(400);
});
