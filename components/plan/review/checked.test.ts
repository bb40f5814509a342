import { expect, test } from "vitest";
import { emptyTotals, type PlanFolderRow, type PlanOperationRow, SELECT_ALL } from "#lib/core/plan/plan.ts";
import { Checked, isSettled } from "./checked.ts";

function folder(path: string, counts: Partial<Record<"add" | "delete" | "skip", number>>, stale = 0): PlanFolderRow {
  const totals = emptyTotals();
  for (const [kind, count] of Object.entries(counts)) totals[kind as "add"].count = count;
  return { type: "folder", path, totals, stale, spent: 0, findings: 0, comments: 0 } as PlanFolderRow;
}

function operation(path: string, kind: "add" | "delete" = "add", stale = false): PlanOperationRow {
  const none = { reason: "", size: 1, findings: 0, approved: false, spentAt: null, error: null, comments: 0 };
  return { type: "operation", path, kind, stale, moved: null, ...none };
}

test("everything is checked at first, and a folder left out takes its operations along", () => {
  const all = new Checked(SELECT_ALL);
  expect(all.root).toBe("all");
  const less = new Checked(all.set("runs/b/", false));
  expect(less.selection).toEqual([
    { path: "/", include: true },
    { path: "runs/b/", include: false },
  ]);
  expect(less.has("runs/b/x", "add")).toBe(false);
  expect(less.has("runs/bc/x", "add")).toBe(true);
  expect(less.tick(folder("runs/b/", { add: 2 }))).toBe("none");
  expect(less.tick(folder("runs/", { add: 4 }))).toBe("some");
  expect(less.tick(folder("other/", { add: 4 }))).toBe("all");
  expect(less.root).toBe("some");
});

test("one operation inside a left-out folder makes it mixed; checking the folder forgets the exception", () => {
  const one = new Checked(new Checked(SELECT_ALL).set("a/", false));
  const mixed = new Checked(one.set("a/deep/x", true));
  expect(mixed.tick(folder("a/", { add: 3 }))).toBe("some");
  expect(mixed.tick(folder("a/deep/", { add: 2 }))).toBe("some");
  expect(mixed.tick(operation("a/deep/x"))).toBe("all");
  expect(mixed.set("a/", true)).toEqual(SELECT_ALL);
});

test("kinds can be left out of a part, and the longest path wins over kinds above", () => {
  const without = new Checked(new Checked(SELECT_ALL).set("/", false, ["delete"]));
  expect(without.has("a/x", "delete")).toBe(false);
  expect(without.has("a/x", "add")).toBe(true);
  expect(without.tick(folder("a/", { delete: 3 }))).toBe("none");
  expect(without.tick(folder("a/", { delete: 3, add: 1 }))).toBe("some");
  const back = new Checked(without.set("a/", true));
  expect(back.has("a/x", "delete")).toBe(true);
  expect(back.has("b/x", "delete")).toBe(false);
  expect(new Checked(back.set("/", true, ["delete"])).root).toBe("all");
});

test("what is out of date is never checked, and makes its folders mixed", () => {
  const all = new Checked(SELECT_ALL);
  expect(all.tick(operation("a/x", "add", true))).toBe("none");
  expect(isSettled(folder("a/", { add: 2 }))).toBe(false);
  expect(isSettled({ ...folder("a/", { add: 2 }), spent: 2 })).toBe(true);
  expect(all.tick(folder("a/", { add: 2 }, 1))).toBe("some");
});

test("many operations are rules of their own, up to the limit", () => {
  const all = new Checked(SELECT_ALL);
  const some = new Checked(all.setEach(["a/x", "b/y"], false)!);
  expect([some.has("a/x", "add"), some.has("a/z", "add"), some.has("b/y", "delete")]).toEqual([false, true, false]);
  expect(
    all.setEach(
      Array.from({ length: 10_000 }, (_, at) => `f${at}`),
      false,
    ),
  ).toBeNull();
});
