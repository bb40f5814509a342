/** Random stores of several owners: everyone gets the figures of what they can see, and not a byte's difference for what they cannot. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DedupEntry, DedupPage, DedupSummary, StoreFigures } from "#lib/core/bucket/dedup/figures.ts";
import { foldersOf } from "#lib/core/bucket/path.ts";
import { type MadeXorb, makeBytes, makeXorb, type TermSpec } from "../cas/fixture.ts";
import { type ApiServer, openApiServer } from "../fixture.ts";
import { Book } from "./fixture.ts";

let server: ApiServer;
/** Of a test's own: public buckets of other tests are in sight too. */
function makeXorbs(seed: number): MadeXorb[] {
  return [1, 2, 3].map((at) => makeXorb(makeBytes(1_000_000, 10 * seed + at, at === 2 ? "text" : "random")));
}

beforeAll(async () => {
  server = await openApiServer();
});
afterAll(() => server.close());

/** Reproducible numbers from 0 to `below`. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function someTerms(xorbs: MadeXorb[], roll: (below: number) => number): TermSpec[] {
  return Array.from({ length: 1 + roll(3) }, () => {
    const xorb = xorbs[roll(xorbs.length)]!;
    const start = roll(xorb.lengths.length);
    return { xorb, start, end: start + 1 + roll(xorb.lengths.length - start) };
  });
}

async function ask<T>(path: string, token: string, body?: object): Promise<T> {
  const answer = await server.ask(path, body === undefined ? { token } : { token, method: "POST", body });
  expect(answer.status, `${path} ${answer.text}`).toBe(200);
  return answer.json;
}

async function listAll(bucket: string, token: string, query: string): Promise<DedupEntry[]> {
  const items: DedupEntry[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page: DedupPage = await ask<DedupPage>(`/api/buckets/${bucket}/dedup/entries?${query}&limit=2${next}`, token);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return items;
}

/** Everything that the owner of `bucket` can ask is what the book says of the buckets in sight. */
async function expectFigures(book: Book, bucket: string, token: string, seen: string[], roll: (n: number) => number) {
  const files = [...book.buckets.get(bucket)!.keys()];
  const folders = [...new Set(files.flatMap(foldersOf))];
  for (const path of [...folders, ...files]) {
    const answer = await ask<DedupSummary>(`/api/buckets/${bucket}/dedup?path=${path}`, token);
    expect(answer.figures, `${bucket} ${path}`).toEqual(book.figures(bucket, [path], seen));
    if (path !== "") continue;
    const shared = seen.filter((other) => other !== bucket && book.shared([bucket, ""], [other, ""]) > 0);
    const named = answer.sharedWith.map((one) => [one.bucket, one.bytes]);
    expect(Object.fromEntries(named)).toEqual(
      Object.fromEntries(shared.map((other) => [other, book.shared([bucket, ""], [other, ""])])),
    );
  }
  for (const sort of ["freed", "exclusive", "unique"] as const) {
    for (const direction of ["asc", "desc"]) {
      const items = await listAll(bucket, token, `sort=${sort}&direction=${direction}`);
      for (const { path, figures } of items) expect(figures, path).toEqual(book.figures(bucket, [path], seen));
      const order = items.filter(({ type }) => type === "folder").map(({ figures }) => figures[sort]);
      expect(order).toEqual(order.toSorted((a, b) => (direction === "asc" ? a - b : b - a)));
      const names = new Set(files.map((path) => path.split("/")[0]));
      expect(new Set(items.map(({ path }) => path))).toEqual(names);
    }
  }
  for (let round = 0; round < 4; round++) {
    const selected = files.filter(() => roll(3) === 0);
    const whole = folders.filter((folder) => folder !== "" && roll(3) === 0);
    const body = { files: selected, folders: whole };
    const { figures } = await ask<DedupSummary>(`/api/buckets/${bucket}/dedup/selection`, token, body);
    expect(figures).toEqual(book.figures(bucket, [...selected, ...whole], seen));
  }
}

async function show(token: string, bucket: string, visibility: "public" | "private"): Promise<void> {
  const body = { visibility };
  const answer = await server.ask(`/api/buckets/${bucket}/settings`, { method: "PUT", token, body });
  expect(answer.status, answer.text).toBe(200);
}

test.each([1, 2])("figures are within sight, store %i", async (seed) => {
  const roll = dice(seed);
  const xorbs = makeXorbs(seed);
  const book = new Book(server);
  const names = ["ann", "bob"].map((name) => `${name}-${seed}`);
  const tokens = await Promise.all(names.map((name) => server.user(name)));
  const buckets = names.flatMap((name, owner) => [
    { id: `${name}/one`, owner, visibility: "private" as const },
    { id: `${name}/two`, owner, visibility: owner === 0 ? ("private" as const) : ("public" as const) },
  ]);
  for (const { id, owner } of buckets) await book.make(tokens[owner]!, id);
  const folders = ["", "a/", "a/b/", "a-c/", "d/"];
  for (let round = 0; round < 2; round++) {
    // Everyone may lean on what everyone can read: so it comes that buckets share what later is out of sight.
    for (const { id, owner } of buckets) await show(tokens[owner]!, id, "public");
    for (const { id, owner } of buckets) {
      for (let file = 0; file < 4; file++) {
        await book.put(tokens[owner]!, id, `${folders[roll(folders.length)]}f${roll(5)}`, someTerms(xorbs, roll));
      }
      const [first] = book.buckets.get(id)!.keys();
      if (round > 0) await book.remove(tokens[owner]!, id, first!);
    }
    for (const { id, owner, visibility } of buckets) await show(tokens[owner]!, id, visibility);
    await server.services.dedup.idle();
    for (const [owner, name] of names.entries()) {
      const seen = buckets.filter((one) => one.owner === owner || one.visibility === "public").map(({ id }) => id);
      for (const { id } of buckets.filter((one) => one.owner === owner)) {
        await expectFigures(book, id, tokens[owner]!, seen, roll);
      }
      const store = await ask<StoreFigures>("/api/dedup", tokens[owner]!);
      for (const one of store.buckets) expect(one.figures).toEqual(book.figures(one.bucket, [""], seen));
      expect(store.namespaces.map((one) => one.name)).toEqual([name]);
    }
  }
});

test("what another account holds in private changes no answer", async () => {
  const xorbs = makeXorbs(9);
  const [mia, noa] = [await server.user("mia"), await server.user("noa")];
  const book = new Book(server);
  await book.make(mia, "mia/own", "public");
  const terms = [{ xorb: xorbs[0]!, start: 0, end: 9 }];
  await book.put(mia, "mia/own", "run/checkpoint-1/w", terms);
  await book.put(mia, "mia/own", "run/checkpoint-2/w", [{ xorb: xorbs[0]!, start: 3 }]);
  await book.put(mia, "mia/own", "gone", [{ xorb: xorbs[1]! }]);
  // Of the same xorbs, which were in sight then.
  await book.make(noa, "noa/hidden");
  await book.put(noa, "noa/hidden", "same", terms);
  await book.put(noa, "noa/hidden", "part", [
    { xorb: xorbs[1]!, start: 1 },
    { xorb: xorbs[0]!, start: 2 },
  ]);
  await show(mia, "mia/own", "private");
  await book.remove(mia, "mia/own", "gone");
  const everything = async (token: string) => {
    await server.services.dedup.idle();
    const answers: unknown[] = [];
    for (const rest of [
      "",
      "?path=run/checkpoint-1",
      "/entries?sort=freed",
      "/matrix",
      "/checkpoints",
      "/history",
      "/files",
      "/map/run/checkpoint-1/w",
      "/range/run/checkpoint-1/w?start=0",
    ]) {
      answers.push(await ask(`/api/buckets/mia/own/dedup${rest}`, token));
    }
    const body = { files: ["run/checkpoint-1/w"], folders: [] };
    answers.push(await ask("/api/buckets/mia/own/dedup/selection", token, body));
    answers.push(await ask("/api/dedup?namespace=mia", token));
    return answers;
  };
  const { accounts } = server.services;
  const limits = { role: "read", scope: "mia/own" } as const;
  const limited = await accounts.issueToken(await accounts.findUser("mia"), limits);
  const beside = await everything(mia);
  // Seen, it counts; to a token of mia's bucket alone it does not.
  await show(noa, "noa/hidden", "public");
  const seen = await ask<DedupSummary>("/api/buckets/mia/own/dedup", mia);
  expect(seen.figures).toEqual(book.figures("mia/own", [""]));
  expect(seen.sharedWith.map(({ bucket }) => bucket)).toEqual(["noa/hidden"]);
  expect(seen.waiting!.bytes).toBe(book.chunksOf(xorbs[1]!)[0]!.stored);
  expect(await everything(limited.token)).toEqual(beside);
  await show(noa, "noa/hidden", "private");
  expect(await everything(mia)).toEqual(beside);
  // And without it.
  const deleted = await server.ask("/api/buckets/noa/hidden", { method: "DELETE", token: noa });
  expect(deleted.status).toBeLessThan(300);
  expect(await everything(mia)).toEqual(beside);
});

test("what a bucket left is forgotten in time, whoever else holds it", async () => {
  const [xorb] = makeXorbs(12);
  const [tom, una] = [await server.user("tom"), await server.user("una")];
  const book = new Book(server);
  await book.make(tom, "tom/open", "public");
  const xetHash = await book.put(tom, "tom/open", "w", [{ xorb: xorb! }]);
  await book.make(una, "una/hidden");
  const copy = { type: "copyFile", path: "w", xetHash, sourceRepoType: "bucket", sourceRepoId: "tom/open" };
  await book.send(una, "una/hidden", copy);
  await show(tom, "tom/open", "private");
  await book.remove(tom, "tom/open", "w");
  await server.services.dedup.idle();
  const waiting = async () => (await ask<DedupSummary>("/api/buckets/tom/open/dedup", tom)).waiting!;
  expect(await waiting()).toMatchObject({
    files: 1,
    bytes: book.chunksOf(xorb!).reduce((sum, one) => sum + one.stored, 0),
  });
  await server.services.gc.run({ grace: 0 });
  await server.services.dedup.idle();
  expect(await waiting()).toEqual({ bytes: 0, files: 0, since: null, freedAt: null });
  const again = JSON.stringify({ type: "addFile", path: "again", xetHash });
  const refused = await server.ask("/api/buckets/tom/open/batch", { method: "POST", token: tom, body: again });
  expect(refused.status).toBe(422);
  expect((await server.ask("/buckets/una/hidden/resolve/w", { token: una })).status).toBe(200);
});
