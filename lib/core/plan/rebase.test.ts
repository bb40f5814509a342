import fc from "fast-check";
import { expect, test } from "vitest";
import { compareFile, type SyncEntry, type SyncOptions } from "./compare.ts";
import type { Ground, PlanOperation } from "./plan.ts";
import { FlagReader, rebaseOperation } from "./rebase.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);
const ground = (facts: Partial<Ground> = {}): Ground => ({
  xetHash: A,
  size: 1,
  mtime: 5000,
  uploadedAt: 5000,
  ...facts,
});
const upload = (facts: Partial<PlanOperation> = {}): PlanOperation => ({
  action: "upload",
  path: "x",
  reason: "new file",
  size: 1,
  localMtime: 5_000_000,
  ...facts,
});
const UP: SyncOptions = { direction: "upload", delete: true };

test.each<[string, PlanOperation, Ground | null, Partial<PlanOperation> | null]>([
  [
    "a new file that is there by now, same size and time",
    upload(),
    ground(),
    { action: "skip", reason: "identical", remoteMtime: 5_000_000 },
  ],
  [
    "a new file that is there with another size",
    upload(),
    ground({ size: 2 }),
    { action: "upload", reason: "size differs", size: 1 },
  ],
  [
    "a new file that is there with the same bytes",
    upload({ xetHash: A }),
    ground({ mtime: 0 }),
    { action: "skip", reason: "identical", xetHash: A },
  ],
  [
    "a new file that is there, older, with other bytes",
    upload({ xetHash: B }),
    ground({ mtime: 0 }),
    { action: "upload", reason: "local newer" },
  ],
  [
    "an overwrite of what is gone",
    upload({ reason: "size differs", remoteMtime: 1 }),
    null,
    { action: "upload", reason: "new file" },
  ],
  [
    "an overwrite of what is newer by now",
    upload({ reason: "local newer" }),
    ground({ mtime: 9000 }),
    { action: "skip", reason: "identical" },
  ],
  [
    "a skip of what is gone",
    upload({ action: "skip", reason: "identical" }),
    null,
    { action: "upload", reason: "new file" },
  ],
  [
    "a skip of what has another size now",
    upload({ action: "skip", reason: "identical" }),
    ground({ size: 9 }),
    { action: "upload", reason: "size differs" },
  ],
  [
    "a delete of what changed",
    { action: "delete", path: "x", reason: "not in source (--delete)", size: 1 },
    ground({ size: 7, mtime: 9 }),
    { action: "delete", size: 7, remoteMtime: 9000 },
  ],
  [
    "a delete of what is gone",
    { action: "delete", path: "x", reason: "not in source (--delete)", size: 1 },
    null,
    null,
  ],
  [
    "an upload that tells no size",
    { action: "upload", path: "x", reason: "mine" },
    ground(),
    { action: "upload", reason: "mine" },
  ],
])("%s", (_, operation, now, becomes) => {
  const made = rebaseOperation(operation, { now, options: UP });
  if (becomes === null) expect(made).toBeNull();
  else expect(made).toMatchObject(becomes);
  expect(Object.values(made ?? {})).not.toContain(undefined);
});

test("what is gone has no time any more", () => {
  expect(rebaseOperation(upload({ reason: "size differs", remoteMtime: 1 }), { now: null, options: UP })).toEqual(
    upload(),
  );
});

test("a download follows its source", () => {
  const down: SyncOptions = { direction: "download", delete: true };
  const same: PlanOperation = {
    action: "skip",
    path: "x",
    reason: "identical",
    size: 1,
    localMtime: 9_000_000,
    remoteMtime: 5_000_000,
  };
  const rebase = (operation: PlanOperation, now: Ground | null) => rebaseOperation(operation, { now, options: down });
  expect(rebase(same, ground({ size: 2 }))).toMatchObject({ action: "download", reason: "size differs", size: 2 });
  expect(rebase(same, ground({ mtime: 60_000 }))).toMatchObject({ action: "download", reason: "remote newer" });
  expect(rebase(same, null)).toEqual({
    action: "delete",
    path: "x",
    reason: "not in source (--delete)",
    size: 1,
    localMtime: 9_000_000,
  });
  const fresh: PlanOperation = { action: "download", path: "x", reason: "new file", size: 1, remoteMtime: 5_000_000 };
  expect(rebase(fresh, ground({ size: 3 }))).toEqual({ ...fresh, size: 3 });
  expect(rebase(fresh, null)).toBeNull();
  const other: PlanOperation = {
    action: "download",
    path: "x",
    reason: "size differs",
    size: 1,
    localMtime: 9_000_000,
  };
  expect(rebase(other, ground({ size: 3 }))).toMatchObject({ action: "download", reason: "size differs", size: 3 });
});

test("a copy asks both buckets", () => {
  const copy: SyncOptions = { direction: "copy", byContent: true, delete: true };
  const source: SyncEntry = { path: "x", size: 1, mtime: 0, xetHash: B };
  const operation = upload({ xetHash: A });
  expect(rebaseOperation(operation, { now: ground(), source, options: copy })).toMatchObject({
    action: "upload",
    reason: "content differs",
    xetHash: B,
  });
  expect(rebaseOperation(operation, { now: ground(), source: null, options: copy })).toMatchObject({
    action: "delete",
  });
  expect(rebaseOperation(operation, { now: null, source: null, options: copy })).toBeNull();
});

const bit = fc.boolean();
const flags = fc
  .record({ delete: bit, ignoreTimes: bit, ignoreSizes: bit, existing: bit, ignoreExisting: bit })
  .filter((one) => !(one.ignoreTimes && one.ignoreSizes) && !(one.existing && one.ignoreExisting));
const file = fc.option(fc.record({ path: fc.constant("x"), size: fc.nat(1), mtime: fc.constantFrom(0, 900, 5000) }));
const toGround = (entry: SyncEntry | null): Ground | null =>
  entry && { xetHash: `${entry.size}`.padStart(64, "0"), size: entry.size, mtime: entry.mtime, uploadedAt: 0 };

test("rebasing an upload gives what the client would plan now", () => {
  fc.assert(
    fc.property(flags, file, file, file, (flag, source, before, after) => {
      const options: SyncOptions = { direction: "upload", ...flag };
      const planned = compareFile(source, before, options);
      if (planned === null) return;
      const expected = compareFile(source, after, options);
      expect(rebaseOperation(planned, { now: toGround(after), options })).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

test("reasons tell no flag that the client was not given", () => {
  fc.assert(
    fc.property(
      flags,
      fc.array(fc.tuple(file, file), { maxLength: 30 }),
      fc.constantFrom("upload" as const, "download" as const),
      (flag, pairs, direction) => {
        const reader = new FlagReader(direction);
        for (const [source, dest] of pairs) {
          const made = compareFile(source, dest, { direction, ...flag });
          if (made !== null) reader.read(made);
        }
        const read = reader.options;
        for (const [name, on] of Object.entries(read))
          if (name !== "direction") expect([name, flag[name as keyof typeof flag]]).toEqual([name, on]);
      },
    ),
  );
});

test("each flag is told by the reason that it makes", () => {
  const told = (action: PlanOperation["action"], reason: string) => {
    const reader = new FlagReader("upload");
    reader.read({ action, reason });
    return reader.options;
  };
  expect(told("delete", "not in source (--delete)")).toEqual({ direction: "upload", delete: true });
  expect(told("skip", "new file (--existing)")).toEqual({ direction: "upload", existing: true });
  expect(told("skip", "exists on receiver (--ignore-existing)")).toEqual({ direction: "upload", ignoreExisting: true });
  expect(told("skip", "same size")).toEqual({ direction: "upload", ignoreTimes: true });
  for (const reason of ["same mtime", "remote newer", "local newer"]) {
    expect(told("skip", reason)).toEqual({ direction: "upload", ignoreSizes: true });
  }
  expect(told("upload", "local newer")).toEqual({ direction: "upload" });
});
