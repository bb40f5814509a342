/** How SQLite answers the questions about plans that must stay fast at a million operations: by an index, never sorting, never scanning. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery, type Kysely, sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listActivity, listDueDeliveries } from "./activity.ts";
import type { Database } from "./db.ts";
import { findLastSpent, findWatch, findWatching } from "./plan-cover.ts";
import { changePlanFolders, countPlanFolders, findPlanFolders, listPlanFolders } from "./plan-folders.ts";
import {
  deletePlanRows,
  findPlanLines,
  findPlanOperation,
  findPlanOperations,
  listChangedPlanOperations,
  listPastPlanOperations,
  listPlanOperationsByFolder,
  listPlanOperationsByLine,
  listPlanOperationsByPath,
  markFindings,
} from "./plan-operations.ts";
import { countClosed } from "./plan-rebase.ts";
import { countComments, listApprovals, listAskedReviewers, listComments } from "./plan-reviews.ts";
import { findLastRun, findOpenRun, listRunning } from "./plan-runs.ts";
import { findPlan, findPrevious, listPlans, listPlanVersions, listReverts } from "./plans.ts";
import type { Tables } from "./schema.ts";
import { openDatabase } from "./sqlite.ts";

let folder: string;
let db: Database;
let asked: CompiledQuery[];
let spy: Kysely<Tables>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooperage-plan-queries-"));
  db = await openDatabase({ file: join(folder, "a.db") });
  spy = watch(db.read);
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

/** The same database, with every statement noted. */
function watch(inner: Kysely<Tables>): Kysely<Tables> {
  return inner.withPlugin({
    transformQuery({ node, queryId }) {
      asked.push(inner.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
}

/** The steps of all statements that `work` asks, json_each aside. */
async function stepsOf(work: () => Promise<unknown>): Promise<string[]> {
  asked = [];
  await work();
  const steps: string[] = [];
  for (const { sql, parameters } of asked) {
    const plan = await db.read.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    );
    steps.push(...plan.rows.map((row) => row.detail));
  }
  return steps.filter((step) => !/^SCAN (?:j VIRTUAL TABLE|CONSTANT ROW|changed|\(subquery)/.test(step));
}

async function expectIndexed(index: string, work: () => Promise<unknown>): Promise<void> {
  const steps = await stepsOf(work);
  const tables = steps.filter((step) => /^(SCAN|SEARCH) /.test(step));
  expect(tables.length).toBeGreaterThan(0);
  for (const step of tables) expect(step).toMatch(/^SEARCH /);
  expect(steps.join("\n")).not.toMatch(/TEMP B-TREE|AUTOMATIC/);
  expect(steps.join("\n")).toContain(index);
}

const page = { planId: 1, limit: 100 };
const budget = 1000;

test("operations by line, from a cursor, with every filter", async () => {
  const filters = [
    {},
    { kinds: [0, 2] },
    { findings: 3, minSize: 5, maxSize: 9 },
    { spent: true, failed: true },
    { stale: false, spent: false },
  ];
  for (const filter of filters) {
    await expectIndexed("plan_operations_by_line (plan_id=? AND line>?)", () =>
      listPlanOperationsByLine(spy, { ...page, after: 7, filter, budget }),
    );
    await expectIndexed("plan_operations_by_folder (plan_id=? AND folder_id=? AND path>?)", () =>
      listPlanOperationsByFolder(spy, { ...page, folderId: 1, after: "a", filter, budget }),
    );
  }
  await expectIndexed("plan_operations_by_folder (plan_id=? AND folder_id=?)", () =>
    listPlanOperationsByFolder(spy, { ...page, folderId: 1, after: null, filter: {}, budget }),
  );
});

test("stale operations by their own index", async () => {
  await expectIndexed("plan_operations_stale (plan_id=? AND line>?)", () =>
    listPlanOperationsByLine(spy, { ...page, after: -1, filter: { stale: true }, budget }),
  );
});

test("operations by path, present, changed and past", async () => {
  await expectIndexed("plan_operations_by_path (plan_id=? AND path>?", () =>
    listPlanOperationsByPath(spy, { ...page, after: "a" }),
  );
  await expectIndexed("plan_operations_changed (plan_id=? AND path>?)", () =>
    listChangedPlanOperations(spy, { ...page, after: "a" }),
  );
  await expectIndexed("plan_operations_past (plan_id=? AND path>?)", () =>
    listPastPlanOperations(spy, { ...page, after: "a" }),
  );
  await expectIndexed("plan_operations_by_path (plan_id=? AND path=?)", async () => {
    await findPlanOperation(spy, 1, "a");
    await findPlanOperations(spy, 1, ["a"]);
    await findPlanLines(spy, 1, ["a"]);
  });
});

test("folders", async () => {
  await expectIndexed("plan_folders_by_parent (plan_id=? AND parent_id=? AND path>?)", () =>
    listPlanFolders(spy, { ...page, parentId: 1, after: "a/" }),
  );
  await expectIndexed("plan_folders_by_path (plan_id=? AND path=?)", () => findPlanFolders(spy, 1, ["a/"]));
  await expectIndexed("COVERING INDEX plan_folders", () => countPlanFolders(spy, 1, 100));
});

test("who watches a path, and what ran on it", async () => {
  await expectIndexed("plan_operations_by_target (bucket_id=?)", () => findWatch(spy, 1));
  await expectIndexed("plan_operations_by_target (bucket_id=? AND target=?)", () => findWatching(spy, 1, ["a/b"]));
  await expectIndexed("plan_operations_past (plan_id=?)", () => countClosed(spy, 1, 2));
  // The few times that one path was ever run on are sorted.
  const past = await stepsOf(() => findLastSpent(spy, 1, "a/b"));
  expect(past.join("\n")).toContain("plan_operations_spent (bucket_id=? AND target=?)");
});

test("runs", async () => {
  await expectIndexed("plan_runs_by_plan (plan_id=?", async () => {
    await findLastRun(spy, 1);
    await findOpenRun(spy, 1, { how: ["server"], userId: 1 });
  });
  await expectIndexed("plan_runs_by_state (state=?)", () => listRunning(spy));
});

test("what is around a plan", async () => {
  await expectIndexed("SEARCH plans USING INTEGER PRIMARY KEY", () => findPlan(spy, 1));
  await expectIndexed("plan_versions", () => listPlanVersions(spy, 1));
  await expectIndexed("plan_approvals_by_plan (plan_id=?)", () => listApprovals(spy, [1, 2]));
  await expectIndexed("plan_comments_by_plan (plan_id=?)", () => listComments(spy, 1));
  await expectIndexed("plan_comments_by_plan (plan_id=?", () => countComments(spy, 1));
  await expectIndexed("plan_reviewers", () => listAskedReviewers(spy, 1));
  await expectIndexed("plans_by_revert (revert_of=?)", () => listReverts(spy, 1));
  await expectIndexed("plans_of_bucket (bucket_id=? AND id<?)", () =>
    findPrevious(spy, { id: 5, bucket_id: 1, source: "a", dest: "b" }),
  );
});

test("a bucket's plans, one's own, and activity, newest first", async () => {
  await expectIndexed("plans_of_bucket (bucket_id=? AND id<?)", () =>
    listPlans(spy, { where: sql`plans.bucket_id = 1`, before: 9, limit: 10 }),
  );
  await expectIndexed("plans_by_user (user_id=? AND id<?)", () =>
    listPlans(spy, { where: sql`plans.user_id = 1`, before: 9, limit: 10 }),
  );
  await expectIndexed("activity_by_bucket (bucket_id=? AND id<?)", () =>
    listActivity(spy, { where: sql`activity.bucket_id = 1`, before: 9, limit: 10 }),
  );
  await expectIndexed("activity_by_plan (plan_id=? AND id<?)", () =>
    listActivity(spy, { where: sql`activity.plan_id = 1`, before: 9, limit: 10 }),
  );
  await expectIndexed("webhook_deliveries_by_time (next_at<?)", () => listDueDeliveries(spy, 9, 10));
});

test("coming in, marking and going touch rows by their keys only", async () => {
  await db.write(async (tx) => {
    const noted = watch(tx);
    await expectIndexed("plan_folders_by_path (plan_id=? AND path=?)", () =>
      changePlanFolders(noted, 1, [{ path: "a/b", kind: "add", size: 5, all: 1, findings: 1 }]),
    );
    await expectIndexed("plan_operations_by_path (plan_id=? AND path=?)", () => markFindings(noted, 1, ["a/b"], 8));
    await expectIndexed("plan_operations_past (plan_id=?)", async () => {
      while (await deletePlanRows(noted, 1, 10));
    });
  });
});
