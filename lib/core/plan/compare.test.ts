import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePaths } from "../bucket/path-order.ts";
import {
  bucketTime,
  compareFile,
  compareTrees,
  optionsProblem,
  relativeEntries,
  type SyncEntry,
  type SyncOptions,
} from "./compare.ts";
import { createSyncFilter } from "./filter.ts";
import type { PlanOperation } from "./plan.ts";

const entry = (size: number, mtime: number, xetHash?: string): SyncEntry => ({
  path: "x",
  size,
  mtime,
  ...(xetHash && { xetHash }),
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

// Rows of the reference's table (section 9), for uploads.
test.each<[string, Partial<SyncOptions>, SyncEntry | null, SyncEntry | null, string | null, string?]>([
  ["new", {}, entry(1, 0), null, "upload", "new file"],
  ["new, existing only", { existing: true }, entry(1, 0), null, "skip", "new file (--existing)"],
  ["gone", {}, null, entry(1, 0), null],
  ["gone, delete", { delete: true }, null, entry(1, 0), "delete", "not in source (--delete)"],
  ["equal", {}, entry(1, 0), entry(1, 0), "skip", "identical"],
  ["a second newer", {}, entry(1, 1000), entry(1, 0), "skip", "identical"],
  ["more than a second newer", {}, entry(1, 1000.001), entry(1, 0), "upload", "local newer"],
  ["older", {}, entry(1, 0), entry(1, 9000), "skip", "identical"],
  ["older, other size", {}, entry(2, 0), entry(1, 9000), "upload", "size differs"],
  ["newer and other size", {}, entry(2, 9000), entry(1, 0), "upload", "size differs"],
  ["newer, times ignored", { ignoreTimes: true }, entry(1, 9000), entry(1, 0), "skip", "same size"],
  ["other size, times ignored", { ignoreTimes: true }, entry(2, 0), entry(1, 0), "upload", "size differs"],
  ["other size, sizes ignored", { ignoreSizes: true }, entry(2, 0), entry(1, 0), "skip", "same mtime"],
  ["newer, sizes ignored", { ignoreSizes: true }, entry(2, 9000), entry(1, 0), "upload", "local newer"],
  ["older, sizes ignored", { ignoreSizes: true }, entry(2, 0), entry(1, 9000), "skip", "remote newer"],
  [
    "there already",
    { ignoreExisting: true },
    entry(2, 9000),
    entry(1, 0),
    "skip",
    "exists on receiver (--ignore-existing)",
  ],
  ["newer, same bytes", { byContent: true }, entry(1, 9000, "a"), entry(1, 0, "a"), "skip", "identical"],
  ["older, other bytes", { byContent: true }, entry(1, 0, "a"), entry(1, 9000, "b"), "upload", "content differs"],
  ["bytes unknown", { byContent: true }, entry(1, 9000, "a"), entry(1, 0), "upload", "local newer"],
])("%s", (_, options, source, dest, action, reason) => {
  const made = compareFile(source, dest, { direction: "upload", ...options });
  expect(made === null ? null : [made.action, made.reason]).toEqual(action === null ? null : [action, reason]);
});

test("local and remote times follow the direction, and the size is the source's", () => {
  const [source, dest] = [
    { path: "x", size: 2, mtime: 5000 },
    { path: "x", size: 1, mtime: 1 },
  ];
  expect(compareFile(source, dest, { direction: "upload" })).toEqual({
    action: "upload",
    path: "x",
    reason: "size differs",
    size: 2,
    localMtime: 5_000_000,
    remoteMtime: 1000,
  });
  expect(compareFile(source, dest, { direction: "download" })).toEqual({
    action: "download",
    path: "x",
    reason: "size differs",
    size: 2,
    localMtime: 1000,
    remoteMtime: 5_000_000,
  });
  expect(compareFile(null, dest, { direction: "download", delete: true })).toEqual({
    action: "delete",
    path: "x",
    reason: "not in source (--delete)",
    size: 1,
    localMtime: 1000,
  });
});

test("options that cannot go together", () => {
  expect(optionsProblem({ direction: "upload", ignoreSizes: true, ignoreTimes: true })).toMatch(/ignore/);
  expect(optionsProblem({ direction: "upload", existing: true, ignoreExisting: true })).toMatch(/existing/);
  expect(optionsProblem({ direction: "upload", existing: true, ignoreTimes: true })).toBeNull();
});

test("the merge says of every path what compareFile says", async () => {
  const paths = fc.uniqueArray(fc.constantFrom("a", "a/b", "a-b", "B", "日", "\u{1f6e2}", "\uff5e", "z/z"));
  const tree = paths
    .chain((names) =>
      fc.tuple(
        ...names.map((path) =>
          fc.record({ path: fc.constant(path), size: fc.nat(2), mtime: fc.constantFrom(0, 999, 1000, 1001, 5000) }),
        ),
      ),
    )
    .map((entries) => entries.toSorted((a, b) => comparePaths(a.path, b.path)));
  const options = fc.record({
    direction: fc.constantFrom("upload" as const, "download" as const),
    delete: fc.boolean(),
    existing: fc.boolean(),
    ignoreTimes: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(tree, tree, options, async (source, dest, option) => {
      const expected: PlanOperation[] = [];
      for (const path of [...new Set([...source, ...dest].map((one) => one.path))].sort(comparePaths)) {
        if (path === "B") continue;
        const find = (side: SyncEntry[]) => side.find((one) => one.path === path) ?? null;
        const made = compareFile(find(source), find(dest), option);
        if (made !== null) expected.push(made);
      }
      const filter = createSyncFilter({ exclude: ["B"] });
      expect(await all(compareTrees(source, dest, option, filter))).toEqual(expected);
    }),
  );
});

test("a side out of order is an error, not a plan that deletes", async () => {
  const wrong = [entry(1, 0), { ...entry(1, 0), path: "a" }];
  await expect(all(compareTrees([], wrong, { direction: "upload", delete: true }))).rejects.toThrow(/out of order/);
});

test("a merge that is left early lets its sides go", async () => {
  let closed = 0;
  async function* side() {
    try {
      for (let n = 0; ; n++) yield { path: String(n).padStart(9, "0"), size: 1, mtime: 0 };
    } finally {
      closed++;
    }
  }
  for await (const _ of compareTrees(side(), side(), { direction: "upload" })) break;
  expect(closed).toBe(2);
});

test("a listing becomes relative, with the file that is named like the prefix in its place", async () => {
  const listing = ["logs", "logs/a", "logs/z", "logs2"].map((path) => ({ path, size: 1, mtime: 0 }));
  const relative = async (prefix: string) => (await all(relativeEntries(listing, prefix))).map(({ path }) => path);
  expect(await relative("logs")).toEqual(["a", "logs", "z"]);
  expect(await relative("logs/z")).toEqual(["z"]);
  expect(await relative("")).toEqual(["logs", "logs/a", "logs/z", "logs2"]);
  const twice = ["logs", "logs/logs"].map((path, size) => ({ path, size, mtime: 0 }));
  expect(await all(relativeEntries(twice, "logs"))).toEqual([{ path: "logs", size: 1, mtime: 0 }]);
});

test("no time in the bucket counts as 1970", () => {
  expect(bucketTime(null)).toBe(0);
});
