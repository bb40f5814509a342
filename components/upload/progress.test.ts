import { expect, test } from "vitest";
import type { JobSnapshot, UploadFileView } from "#lib/browser/upload/queue.ts";
import { Tally } from "#lib/browser/upload/tally.ts";
import { formatDuration, formatShare, marksOf, percentOf, progressOf } from "./progress.ts";

const NONE = { size: 0, read: 0, known: 0, repeated: 0, fresh: 0, packed: 0 };
function file(path: string, change: Partial<UploadFileView>): UploadFileView {
  return { ...NONE, id: 0, path, state: "waiting", reason: null, message: null, xetHash: null, ...change };
}

function tallyOf(files: UploadFileView[]): Tally {
  const tally = new Tally();
  for (const each of files) tally.count(each, 1);
  return tally;
}

function job(files: UploadFileView[], change: Partial<JobSnapshot> = {}, sent = 0): JobSnapshot {
  const tally = tallyOf(files);
  return {
    id: 1,
    bucket: "a/b",
    prefix: "runs",
    name: "run",
    mode: "upload",
    conflict: "overwrite",
    state: "running",
    reason: null,
    message: null,
    collecting: false,
    filtered: 0,
    totals: { ...tally.totals, sent },
    sums: tally.folders.all,
    failures: tally.failures(files),
    speed: { read: 0, sent: 0 },
    timeLeft: 90,
    startedAt: 0,
    finishedAt: null,
    filesVersion: 1,
    listed: files.length,
    forecast: null,
    foundIn: null,
    kept: null,
    ...change,
  };
}

test("the bar tells what was there from what left and what waits to leave", () => {
  const files = [
    file("runs/run/a", { state: "done", size: 400, read: 400, known: 300, fresh: 100, packed: 100 }),
    file("runs/run/b", { state: "sending", size: 400, read: 400, known: 100, fresh: 300, packed: 300 }),
    file("runs/run/c", { size: 200 }),
  ];
  const progress = progressOf(job(files, {}, 200));
  expect(progress).toMatchObject({ stored: 0.4, ended: 1, percent: 72 });
  expect(progress.fresh).toBeCloseTo(0.25);
  expect(progress.waiting).toBeCloseTo(0.15);
});

test("files that were given up are not waited for; 100% is the end only", () => {
  const done = file("runs/a", { state: "done", size: 10, read: 10, fresh: 10, packed: 10 });
  const files = [done, file("runs/b", { state: "cancelled", size: 1_000_000 })];
  expect(progressOf(job(files, {}, 10)).percent).toBe(99);
  expect(progressOf(job(files, { state: "finished" }, 10)).percent).toBe(100);
  const empty = [file("runs/e", { state: "done" })];
  expect(progressOf(job(empty, { state: "finished" }))).toMatchObject({ percent: 100, stored: 1 });
});

test("rows of the folder that is looked at", () => {
  const files = [
    file("runs/run/a", { state: "done", size: 100 }),
    file("runs/run/deep/b", { id: 1, state: "reading", size: 300, known: 100, read: 150 }),
    file("runs/notes.txt", { id: 2, state: "sending", size: 50, fresh: 50, packed: 50 }),
    file("runs/later.txt", { id: 3, size: 50 }),
  ];
  const at = (prefix: string) => {
    const { folders, moving } = tallyOf(files).folders.in(prefix);
    return [...marksOf(job(files, {}, 50), { folders, moving: Array.from(moving, (id) => files[id]) })];
  };
  expect(at("runs")).toMatchObject([
    ["runs/run", { folder: true, percent: 50, size: 400, files: 1 }],
    ["runs/notes.txt", { folder: false, percent: 99 }],
  ]);
  expect(at("")).toMatchObject([["runs", { folder: true, files: 3 }]]);
  expect(at("runs/run").map(([path]) => path)).toEqual(["runs/run/deep"]);
  expect(at("other")).toEqual([]);
  expect(marksOf(job(files, { mode: "forecast" }), { folders: [], moving: files }).size).toBe(0);
});

test.each([
  [0.2, "1 s"],
  [41, "41 s"],
  [124, "2 min 04 s"],
  [4320, "1 h 12 min"],
])("%d seconds are %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

test.each([
  [0, "0%"],
  [0.0004, "under 0.1%"],
  [0.049, "4.9%"],
  [0.62, "62%"],
  [0.9996, "99.9%"],
  [1, "100%"],
])("a share of %d is %s", (share, text) => expect(formatShare(share)).toBe(text));

test("one file's percent is what is read of it", () => {
  expect(percentOf(file("a", { state: "reading", size: 200, read: 50 }))).toBe(25);
  expect(percentOf(file("a", { state: "reading", size: 200, read: 200 }))).toBe(99);
  expect(percentOf(file("a", { state: "done" }))).toBe(100);
});
