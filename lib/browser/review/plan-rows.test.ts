import { expect, test } from "vitest";
import type { Page } from "#lib/core/bucket/entry.ts";
import { emptyTotals, type PlanRow } from "#lib/core/plan/plan.ts";
import { PlanRows } from "./plan-rows.ts";

function folder(path: string): PlanRow {
  return { type: "folder", path, totals: emptyTotals(), stale: 0, spent: 0, findings: 0, comments: 0 } as PlanRow;
}
function operation(path: string, approved = false): PlanRow {
  const none = { reason: "new file", size: 1, findings: 0, stale: false, spentAt: null, error: null, comments: 0 };
  return { type: "operation", path, kind: "add", approved, moved: null, ...none };
}

/** A plan of two folders, read two rows at a time. */
function tree() {
  const rows: Record<string, PlanRow[]> = {
    "": [folder("a/"), folder("b/"), operation("top")],
    "a/": [folder("a/deep/"), operation("a/1"), operation("a/2")],
    "a/deep/": [operation("a/deep/x")],
    "b/": [operation("b/1")],
  };
  const asked: string[] = [];
  let fail = false;
  const read = async (path: string, cursor: string | null): Promise<Page<PlanRow>> => {
    asked.push(`${path}@${cursor ?? 0}`);
    if (fail) throw new Error("no answer");
    const from = Number(cursor ?? 0);
    const next = from + 2 < rows[path]!.length ? String(from + 2) : null;
    return { items: rows[path]!.slice(from, from + 2), cursor: next };
  };
  return {
    rows,
    asked,
    list: new PlanRows(read),
    failing: (on: boolean) => {
      fail = on;
    },
  };
}

const shown = (list: PlanRows) =>
  list.read().lines.map((line) => (line.type === "row" ? `${line.level}:${line.row.path}` : `…${line.folder}`));

test("opens folders, and asks for pages where they are needed", async () => {
  const { list, asked } = tree();
  await list.start();
  expect(shown(list)).toEqual(["1:a/", "1:b/", "…"]);
  await list.more("");
  expect(shown(list)).toEqual(["1:a/", "1:b/", "1:top"]);
  await list.expand("a/");
  expect(shown(list)).toEqual(["1:a/", "2:a/deep/", "2:a/1", "…a/", "1:b/", "1:top"]);
  list.collapse("a/");
  await list.expand("a/");
  expect(asked).toEqual(["@0", "@2", "a/@0"]);
});

test("one page of a folder is asked for once, however many ask", async () => {
  const { list, asked } = tree();
  await Promise.all([list.start(), list.start(), list.more("")]);
  expect(asked).toEqual(["@0"]);
});

test("a failed page says so in its place and can be asked for again", async () => {
  const { list, failing } = tree();
  await list.start();
  failing(true);
  await list.expand("a/");
  expect(list.read().lines.find((line) => line.type === "more" && line.folder === "a/")).toMatchObject({
    error: { message: "no answer" },
  });
  failing(false);
  await list.more("a/");
  expect(shown(list)).toContain("2:a/1");
});

test("a refresh keeps what has not changed, and brings what has", async () => {
  const { list, rows } = tree();
  await list.start();
  await list.expand("a/");
  await list.more("a/");
  const before = list.read().lines;
  rows["a/"] = [folder("a/deep/"), operation("a/1", true), operation("a/2")];
  await list.refresh();
  const after = list.read().lines;
  const at = (path: string) => (line: { type: string; row?: PlanRow }) => line.row?.path === path;
  expect(after.find(at("a/deep/"))).toBe(before.find(at("a/deep/")));
  expect(after.find(at("a/1"))).toMatchObject({ row: { approved: true } });
  expect(shown(list)).toEqual(["1:a/", "2:a/deep/", "2:a/1", "2:a/2", "1:b/", "…"]);
});

test("all below a folder opens and closes at once", async () => {
  const { list } = tree();
  await list.start();
  expect(await list.expandAll("")).toBe(true);
  expect(shown(list)).toContain("3:a/deep/x");
  list.collapseAll("");
  expect(shown(list)).toEqual(["1:a/", "1:b/", "…"]);
});

test("another look at the same plan opens what was open", async () => {
  const { list } = tree();
  await list.start(new Set(["a/", "a/deep/", "gone/"]));
  expect(shown(list)).toEqual(["1:a/", "2:a/deep/", "3:a/deep/x", "2:a/1", "…a/", "1:b/", "…"]);
});
