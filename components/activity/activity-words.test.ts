import { expect, test } from "vitest";
import { activityWords } from "./activity-words.ts";

const plan = { id: 128, title: "Sync runs" };
const did = (type: string, details: Record<string, unknown> = {}) => activityWords({ type, details, plan }).did;

test("what was done, with its numbers", () => {
  expect(did("batch", { added: 9, deleted: 1, bytes: 1_530_000 })).toBe(
    "added 9 new files and deleted 1 file, 1.53 MB logical",
  );
  expect(did("batch", { overwritten: 2, plans: [7, 9] })).toBe("overwrote 2 files, as plans #7 and #9 allow");
  expect(
    activityWords({ type: "batch.refused", details: { uncovered: 3, first: { path: "runs/a" } }, plan: null }),
  ).toEqual({
    did: "was refused: 3 paths without an approved plan",
    quote: null,
    paths: ["runs/a"],
  });
  expect(did("plan.submitted", { operations: 617 })).toBe("submitted 617 operations");
  expect(did("plan.approved", { covers: 575, operations: 617 })).toBe("approved 575 of 617 operations");
  expect(did("plan.approved", { covers: 2, operations: 2 })).toBe("approved all 2 operations");
  expect(did("plan.run-ended", { how: "server", done: 12, failed: 1 })).toBe(
    "ran 12 operations on the server, 1 failed",
  );
  expect(did("rules.changed", { after: { protect: ["", "runs"] } })).toBe(
    "changed the rules: the whole bucket and runs/ protected",
  );
});

test("details that are not there, and steps nobody knows yet, still read", () => {
  for (const type of ["batch", "plan.approved", "plan.rebased", "plan.run-ended", "rules.changed", "bucket.moved"])
    expect(did(type)).toMatch(/^[a-z ]+$/);
  expect(did("lake.frozen")).toBe("lake frozen");
  expect(activityWords({ type: "plan.rejected", details: { note: "no" }, plan: null })).toEqual({
    did: "rejected it (a plan that is gone)",
    quote: "no",
    paths: [],
  });
});
