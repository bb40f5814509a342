/** The figures over the wire, against a plain book of sets. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEDUP_SORTS, type DedupEntry, type DedupPage } from "#lib/core/bucket/dedup/figures.ts";
import { makeBytes, makeXorb } from "../cas/fixture.ts";
import { type ApiServer, openApiServer } from "../fixture.ts";
import { Book } from "./fixture.ts";

let server: ApiServer;
let ann: string;
let book: Book;
const one = makeXorb(makeBytes(2_000_000, 1));
const two = makeXorb(makeBytes(1_500_000, 2, "text"));
const A = "ann/a";

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
});
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
