import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { PlanOperation } from "#lib/core/plan/plan.ts";
import { figuresOf, findPlanFolder } from "../db/plan-folders.ts";
import { findLastRun } from "../db/plan-runs.ts";
import { listPlanVersions } from "../db/plans.ts";
import type { Actor } from "../hub/actor.ts";
import { computePlan } from "./compute.ts";
import { getPlanDetails } from "./details.ts";
import { drop, openPlansFixture, type PlansFixture, planDelete, planUpload, put, refusal } from "./fixture.ts";
import { rebasePlan } from "./rebase.ts";
import { revertPlan } from "./revert.ts";

let fixture: PlansFixture;
let ada: Actor;
let grace: Actor;
let id: string;
let number = 0;

beforeAll(async () => {
  fixture = await openPlansFixture();
  ada = await fixture.user("ada");
  grace = await fixture.user("grace");
});
afterAll(() => fixture.close());

beforeEach(async () => {
  id = `ada/v${++number}`;
  await fixture.fill(ada, id, { "models/a": "A", "models/b": "B", "logs/c": "C" });
  await fixture.rules(ada, id, { people: ["grace"] });
});

async function present(plan: number) {
  const rows = (await fixture.rows(plan)).filter((row) => row.until === null);
  const root = await findPlanFolder(fixture.db.read, plan, "");
  // Roll-ups are what the rows add up to, whatever was exchanged.
  const [all, stale] = [figuresOf(root!, "all"), figuresOf(root!, "stale")];
  const kinds = ["add", "overwrite", "delete", "skip", "download"] as const;
  for (const [at, kind] of kinds.entries()) {
    const mine = rows.filter((row) => row.kind === at);
    expect(all[kind]).toEqual({ count: mine.length, bytes: mine.reduce((sum, { size }) => sum + (size ?? 0), 0) });
    expect(stale[kind].count).toBe(mine.filter((row) => row.stale === 1 && row.spent_at === null).length);
  }
  const { operations, stale: counted, totals } = await fixture.plan(plan);
  expect(operations).toBe(rows.length);
  expect(JSON.parse(totals)).toEqual(all);
  expect(counted).toBe(rows.filter((row) => row.stale === 1).length);
  return rows;
}

const recent = (path: string): PlanOperation => ({ ...planUpload(path), localMtime: 1_800_000_000_000_000 });

test("three of a thousand move: those are asked again, and nothing else", async () => {
  const names = Array.from({ length: 1000 }, (_, at) => `many/${String(at).padStart(4, "0")}`);
  await fixture.batch(ada, id, ...names.map((name) => put(name, "other")));
  await fixture.rules(ada, id, { protect: ["many"] });
  const plan = await fixture.submit(ada, id, names.map(planDelete));
  await fixture.approve(grace, plan);
  const before = await fixture.rows(plan);
  const moved = [names[7]!, names[500]!, names[999]!];
  await fixture.rules(ada, id, { protect: [] });
  await fixture.batch(ada, id, ...moved.map((name) => put(name, "newer")));
  await fixture.rules(ada, id, { protect: ["many"] });
  const stale = (await present(plan)).filter((row) => row.stale === 1);
  expect(stale.map(({ path }) => path)).toEqual(moved);
  // Running is refused for those, by a client and here.
  expect(await refusal(fixture.batch(ada, id, ...names.map(drop)))).toContain("3 of 1000 lines");
  await rebasePlan(fixture.context, ada, plan);
  expect(await fixture.plan(plan)).toMatchObject({ version: 2, stale: 0 });
  const after = await present(plan);
  expect(after.filter((row) => row.since === 2).map(({ path }) => path)).toEqual(moved);
  const ids = new Set(before.map((row) => row.id));
  expect(after.filter((row) => ids.has(row.id))).toHaveLength(997);
  const versions = await listPlanVersions(fixture.db.read, plan);
  expect(versions.map(({ version, changed }) => [version, changed])).toEqual([
    [1, 1000],
    [2, 3],
  ]);
  // The approval holds for all but those three, and they are named when asked for.
  await fixture.runner.startRun(ada, plan);
  await fixture.runner.idle();
  expect(await findLastRun(fixture.db.read, plan)).toMatchObject({ state: "done", done: 997 });
  expect(Object.keys(await fixture.held(id)).filter((path) => path.startsWith("many/"))).toEqual(moved);
  expect(await refusal(fixture.batch(ada, id, drop(moved[0]!)))).toContain(`plan ${plan} has 0 of 1 approvals`);
  await fixture.approve(grace, plan);
  await fixture.runner.startRun(ada, plan);
  await fixture.runner.idle();
  expect(Object.keys(await fixture.held(id)).filter((path) => path.startsWith("many/"))).toEqual([]);
  expect((await fixture.plan(plan)).status).toBe("done");
});

test("what an operation becomes follows from what stands there now", async () => {
  const plan = await fixture.submit(ada, id, [
    planDelete("logs/c"),
    planDelete("models/a"),
    recent("models/b"),
    recent("new/gone"),
    recent("new/same"),
    recent("new/x"),
  ]);
  await fixture.batch(
    ada,
    id,
    drop("logs/c"),
    put("models/a", "other"),
    drop("models/b"),
    put("new/same", "other", 1_800_000_000_000),
    put("new/x", "other", 1_600_000_000_000),
  );
  await rebasePlan(fixture.context, ada, plan);
  expect((await present(plan)).map(({ path, kind, since, reason }) => [path, kind, since, reason])).toEqual([
    // logs/c went by itself: nothing is left to delete.
    ["models/a", 2, 2, "not in source (--delete)"],
    ["models/b", 0, 2, "new file"],
    ["new/gone", 0, 1, "new file"],
    ["new/same", 3, 2, "identical"],
    ["new/x", 1, 2, "local newer"],
  ]);
  expect(await findPlanFolder(fixture.db.read, plan, "logs/")).toBeUndefined();
  const [versions, last] = [await listPlanVersions(fixture.db.read, plan), await fixture.plan(plan)];
  expect(versions.at(-1)).toMatchObject({ version: 2, changed: 5, digest: last.digest });
  expect(await getPlanDetails(fixture.context, ada, plan)).toMatchObject({ version: 2, stale: 0, operations: 5 });
  expect(versions[0]!.digest).not.toBe(last.digest);
  expect(await refusal(rebasePlan(fixture.context, ada, plan))).toContain("out of date");
});

test("half a rebase covers nothing more, and the next one finishes it", async () => {
  const plan = await fixture.submit(ada, id, [planDelete("models/a"), planDelete("models/b")]);
  await fixture.approve(grace, plan);
  await fixture.batch(ada, id, put("models/a", "other"));
  // As a kill leaves it: the row is exchanged, the version is not made.
  await fixture.db.write(async (tx) => {
    const dying = {
      ...fixture.context,
      db: { ...fixture.db, write: (work: never) => (work as (db: unknown) => never)(tx) },
    };
    const inspecting = refusal(rebasePlan({ ...dying, clock: failAt(3) } as never, ada, plan));
    expect(await inspecting).toBe("killed");
  });
  expect((await fixture.plan(plan)).version).toBe(1);
  const rows = (await fixture.rows(plan)).filter((row) => row.until === null);
  expect(rows.map(({ path, since }) => [path, since])).toEqual([
    ["models/a", 2],
    ["models/b", 1],
  ]);
  await fixture.rules(ada, id, { protect: [""] });
  expect(await refusal(fixture.batch(ada, id, drop("models/a")))).toContain("0 of 1");
  await rebasePlan(fixture.context, ada, plan);
  expect(await fixture.plan(plan)).toMatchObject({ version: 2, stale: 0 });
  await present(plan);
  await fixture.batch(ada, id, drop("models/b"));
});

/** A clock that breaks at its n-th question. */
function failAt(question: number): () => number {
  let asked = 0;
  return () => {
    if (++asked === question) throw new Error("killed");
    return fixture.clock();
  };
}

test("a copy is compared with its source anew, a revert with what it puts back", async () => {
  const from = `ada/from${number}`;
  await fixture.fill(ada, from, { one: "newer", two: "other", three: "new" });
  const plan = await computePlan(fixture.context, ada, {
    source: `hf://buckets/${from}`,
    dest: `hf://buckets/${id}/copied`,
    delete: false,
    by: "content",
    filters: { include: [], exclude: [] },
  });
  await fixture.batch(ada, id, put("copied/one", "newer"), put("copied/two", "A"));
  await rebasePlan(fixture.context, ada, plan);
  expect((await present(plan)).map(({ path, kind, since }) => [path, kind, since])).toEqual([
    ["one", 3, 2],
    ["three", 0, 1],
    ["two", 1, 2],
  ]);
  const first = await fixture.submit(ada, id, [planDelete("models/a"), planDelete("models/b")]);
  await fixture.approve(grace, first);
  await fixture.batch(ada, id, drop("models/a"), drop("models/b"));
  const revert = await revertPlan(fixture.context, ada, first);
  await fixture.batch(ada, id, put("models/a", "other"), put("models/b", "B"));
  await rebasePlan(fixture.context, ada, revert);
  expect((await present(revert)).map(({ path, kind, since }) => [path, kind, since])).toEqual([
    ["models/a", 1, 2],
    ["models/b", 3, 2],
  ]);
});

test("who may not propose may not rebase, nor is a finished plan rebased", async () => {
  const plan = await fixture.submit(ada, id, [planDelete("models/a")]);
  await fixture.batch(ada, id, put("models/a", "other"));
  expect(await refusal(rebasePlan(fixture.context, grace, plan))).toContain("may not propose");
  expect(await refusal(rebasePlan(fixture.context, { ...ada, role: "read" }, plan))).toContain("may not propose");
  await fixture.db.write((tx) => tx.updateTable("plans").set({ status: "withdrawn" }).where("id", "=", plan).execute());
  expect(await refusal(rebasePlan(fixture.context, ada, plan))).toContain("withdrawn");
});
