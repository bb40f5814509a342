import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { PlanOperation } from "#lib/core/plan/plan.ts";
import { findLastRun } from "../db/plan-runs.ts";
import type { Actor } from "../hub/actor.ts";
import { computePlan } from "./compute.ts";
import { drop, openPlansFixture, type PlansFixture, planDelete, planUpload, put, refusal } from "./fixture.ts";
import { revertPlan } from "./revert.ts";
import { createRunner } from "./run.ts";

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

const FILES = { "models/a": "A", "models/b": "B", "logs/c": "C" };

beforeEach(async () => {
  id = `ada/r${++number}`;
  await fixture.fill(ada, id, FILES);
  await fixture.rules(ada, id, { protect: [""], people: ["grace"] });
});

async function run(plan: number, by = ada) {
  await fixture.runner.startRun(by, plan);
  await fixture.runner.idle();
  return (await findLastRun(fixture.db.read, plan))!;
}

const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 20 });

async function approved(operations: PlanOperation[]): Promise<number> {
  const plan = await fixture.submit(ada, id, operations);
  await fixture.approve(grace, plan);
  return plan;
}

describe("deletes of an upload plan", () => {
  test("run here; its uploads are left for whoever has the bytes", async () => {
    const plan = await approved([planDelete("models/a"), planUpload("new/x", "new"), planDelete("logs/c")]);
    const ended = await run(plan);
    expect(ended).toMatchObject({ how: "server", state: "done", total: 2, done: 2, failed: 0 });
    expect(ended.message).toBe("0 pending: 2 operations ran.");
    expect(await fixture.held(id)).toEqual({ "models/b": "B" });
    expect((await fixture.plan(plan)).status).toBe("approved");
    expect(await refusal(fixture.runner.startRun(ada, plan))).toContain("no delete to run");
    await fixture.batch(ada, id, put("new/x", "new"));
    const types = await fixture.db.read.selectFrom("activity").select("type").where("plan_id", "=", plan).execute();
    expect(types.map(({ type }) => type).filter((type) => type.startsWith("plan.run"))).toEqual([
      "plan.run-started",
      "plan.run-ended",
      "plan.run-started",
    ]);
  });

  test("only what is approved and not out of date", async () => {
    const plan = await fixture.submit(ada, id, [planDelete("models/a"), planDelete("models/b"), planDelete("logs/c")]);
    await fixture.approve(grace, plan, [
      { path: "/", include: true },
      { path: "logs/", include: false },
    ]);
    await fixture.rules(ada, id, { protect: [] });
    await fixture.batch(ada, id, put("models/b", "other"));
    expect(await run(plan)).toMatchObject({ state: "done", total: 1, done: 1 });
    expect(await fixture.held(id)).toEqual({ "models/b": "other", "logs/c": "C" });
  });

  test("a thousand and more, in pieces, whatever else is written meanwhile", async () => {
    const names = Array.from({ length: 1700 }, (_, at) => `many/${String(at).padStart(4, "0")}`);
    await fixture.batch(ada, id, ...names.map((name) => put(name, "other")));
    const plan = await approved(names.map(planDelete));
    await fixture.runner.startRun(ada, plan);
    await fixture.batch(ada, id, put("meanwhile", "new"));
    await fixture.runner.idle();
    expect(await findLastRun(fixture.db.read, plan)).toMatchObject({ state: "done", done: 1700 });
    expect(await fixture.held(id)).toEqual({ ...FILES, meanwhile: "new" });
  });

  test("who starts one needs write, and keeps needing it", async () => {
    const plan = await approved([planDelete("models/a")]);
    expect(await refusal(fixture.runner.startRun(grace, plan))).toContain("may not run");
    expect(await refusal(fixture.runner.startRun({ ...ada, role: "propose" }, plan))).toContain("may not run");
    const { token, info } = await fixture.accounts.issueToken(ada.account!, { role: "write" });
    const runner = (await fixture.accounts.actorFromToken(token))!;
    await fixture.accounts.revokeAnyToken(info.id);
    expect(await run(plan, runner)).toMatchObject({ state: "failed", done: 0 });
    expect((await findLastRun(fixture.db.read, plan))!.message).toContain("not valid any more");
    expect(await fixture.held(id)).toEqual(FILES);
    expect((await fixture.plan(plan)).status).toBe("failed");
    expect(await run(plan)).toMatchObject({ state: "done", done: 1 });
  });

  test("stopped, it stays stopped, and another start goes on", async () => {
    const names = Array.from({ length: 1200 }, (_, at) => `many/${String(at).padStart(4, "0")}`);
    await fixture.batch(ada, id, ...names.map((name) => put(name, "other")));
    const plan = await approved(names.map(planDelete));
    await fixture.runner.startRun(ada, plan);
    const stopped = await fixture.runner.cancelRun(ada, plan);
    expect(stopped.state).toBe("cancelled");
    await fixture.runner.idle();
    const left = Object.keys(await fixture.held(id)).filter((path) => path.startsWith("many/")).length;
    expect(left).toBe(1200 - (await findLastRun(fixture.db.read, plan))!.done);
    expect(left).toBeGreaterThan(0);
    expect((await fixture.plan(plan)).status).toBe("approved");
    expect(await run(plan)).toMatchObject({ state: "done", done: left });
    expect(await fixture.held(id)).toEqual(FILES);
  });

  test("paused, it waits, also over a restart, and goes on", async () => {
    const names = Array.from({ length: 1200 }, (_, at) => `many/${String(at).padStart(4, "0")}`);
    await fixture.batch(ada, id, ...names.map((name) => put(name, "other")));
    const plan = await approved(names.map(planDelete));
    await fixture.runner.startRun(ada, plan);
    expect(await fixture.runner.cancelRun(ada, plan, { pause: true })).toMatchObject({ state: "paused" });
    expect((await fixture.plan(plan)).status).toBe("running");
    // Again at once, before the loop has seen that it was to wait.
    await fixture.runner.startRun(ada, plan);
    await fixture.runner.cancelRun(ada, plan, { pause: true });
    await fixture.runner.idle();
    await fixture.runner.resume();
    await fixture.runner.idle();
    const before = (await findLastRun(fixture.db.read, plan))!;
    expect(before.state).toBe("paused");
    expect(before.done).toBeLessThan(1200);
    const went = await run(plan);
    expect(went).toMatchObject({ id: before.id, state: "done", total: 1200, done: 1200 });
    expect(await fixture.held(id)).toEqual(FILES);
  });

  test("what an earlier process left running goes on", async () => {
    const plan = await approved([planDelete("models/a"), planDelete("models/b")]);
    // As a kill leaves it: the row says running, and nobody runs.
    const dead = createRunner({ ...fixture.context, guard: { ...fixture.guard, onSpent: () => {} } });
    await dead.stop();
    await dead.startRun(ada, plan);
    expect(await fixture.held(id)).toEqual(FILES);
    await fixture.runner.resume();
    await fixture.runner.idle();
    expect(await findLastRun(fixture.db.read, plan)).toMatchObject({ state: "done", done: 2 });
    expect(await fixture.held(id)).toEqual({ "logs/c": "C" });
  });
});

describe("copies", () => {
  const compute = (source: string, dest: string, by: "time" | "content" = "content") =>
    computePlan(fixture.context, ada, {
      source: `hf://buckets/${source}`,
      dest: `hf://buckets/${dest}`,
      delete: true,
      by,
      filters: { include: [], exclude: [] },
    });

  test("bucket to bucket: adds, overwrites, deletes, and then there is nothing left", async () => {
    const from = `ada/from${number}`;
    await fixture.fill(ada, from, { "models/a": "A", "models/b": "newer", "extra/d": "D" });
    const plan = await compute(from, id);
    const rows = await fixture.rows(plan);
    expect(rows.map(({ path, kind }) => [path, kind])).toEqual([
      ["extra/d", 0],
      ["logs/c", 2],
      ["models/a", 3],
      ["models/b", 1],
    ]);
    expect(await fixture.plan(plan)).toMatchObject({ direction: "copy", title: `Copy ${from} to ${id}` });
    expect(await refusal(fixture.runner.startRun(ada, plan))).toContain("the plan is open");
    await fixture.approve(grace, plan);
    expect(await run(plan)).toMatchObject({ state: "done", done: 3, failed: 0 });
    expect(await fixture.held(id)).toEqual({ "extra/d": "D", "models/a": "A", "models/b": "newer" });
    expect((await fixture.plan(plan)).status).toBe("done");
    for (const by of ["time", "content"] as const) {
      const again = await fixture.rows(await compute(from, id, by));
      expect(again.every(({ kind }) => kind === 3)).toBe(true);
    }
  });

  test("what the source no longer has is put down, and the rest goes on", async () => {
    const from = `ada/from${number}`;
    await fixture.fill(ada, from, { one: "only here", two: "newer" });
    const plan = await compute(from, `${id}/copied`);
    await fixture.approve(grace, plan);
    await fixture.batch(ada, from, drop("one"));
    const ended = await run(plan);
    expect(ended).toMatchObject({ state: "failed", total: 2, done: 1, failed: 1 });
    expect(ended.message).toContain("1 pending: one (Bucket");
    expect(await fixture.held(id)).toEqual({ ...FILES, "copied/two": "newer" });
    expect((await fixture.rows(plan)).map((row) => row.error === null)).toEqual([false, true]);
    // It comes back, and the run is started again.
    await fixture.batch(ada, from, put("one", "only here"));
    expect(await run(plan)).toMatchObject({ state: "done", done: 1 });
    expect((await fixture.rows(plan)).every((row) => row.error === null)).toBe(true);
  });

  test("a source that the starter may not read any more gives nothing", async () => {
    const from = `grace/secret${number}`;
    await fixture.fill(grace, from, { one: "secret" });
    const plan = await compute(from, `${id}/copied`);
    await fixture.approve(grace, plan);
    await fixture.hub.updateBucket(grace, from, { visibility: "private" });
    expect(await run(plan)).toMatchObject({ state: "failed", done: 0, failed: 1 });
    expect(await fixture.held(id)).toEqual(FILES);
  });

  test("a source that is gone ends the run", async () => {
    const from = `ada/from${number}`;
    await fixture.fill(ada, from, { one: "newer" });
    const plan = await compute(from, `${id}/copied`);
    await fixture.approve(grace, plan);
    await fixture.hub.deleteBucket(ada, from);
    expect(await run(plan)).toMatchObject({ state: "failed", done: 0, failed: 0 });
    expect((await findLastRun(fixture.db.read, plan))!.message).toContain("copies from is gone");
  });

  test("places inside one another are refused", async () => {
    expect(await refusal(compute(`${id}/models`, id))).toContain("inside one another");
    expect(await refusal(compute("../x", id))).toContain("Invalid namespace");
  });
});

describe("taking back", () => {
  test("puts back what was deleted and overwritten, and takes away what was added", async () => {
    const plan = await approved([planDelete("models/a"), planUpload("models/b", "new"), planUpload("x/new", "newer")]);
    await fixture.batch(ada, id, drop("models/a"), put("models/b", "new"), put("x/new", "newer"));
    const revert = await revertPlan(fixture.context, ada, plan);
    expect(await fixture.plan(revert)).toMatchObject({ revert_of: plan, direction: "copy", operations: 3, stale: 0 });
    expect(await refusal(fixture.runner.startRun(ada, revert))).toContain("the plan is open");
    await fixture.approve(grace, revert);
    expect(await run(revert)).toMatchObject({ state: "done", done: 3 });
    expect(await fixture.held(id)).toEqual(FILES);
    const mtime = await fixture.hub.getFile(ada, id, "models/a");
    expect(mtime.mtime).toBe(1_600_000_000_000);
  });

  test("leaves alone what has changed again, and says when nothing is left", async () => {
    const plan = await approved([planDelete("models/a"), planUpload("models/b", "new")]);
    expect(await refusal(revertPlan(fixture.context, ada, plan))).toContain("Nothing of this plan has run");
    await fixture.batch(ada, id, drop("models/a"), put("models/b", "new"));
    await fixture.rules(ada, id, { protect: [] });
    await fixture.batch(ada, id, put("models/b", "other"));
    const revert = await revertPlan(fixture.context, ada, plan);
    expect((await fixture.rows(revert)).map(({ path }) => path)).toEqual(["models/a"]);
    await fixture.batch(ada, id, put("models/a", "other"));
    expect(await refusal(revertPlan(fixture.context, ada, plan))).toContain("2 paths have changed again");
  });

  test("restoring is a right of the approved plan alone", async () => {
    await fixture.hub.createBucket(ada, `ada/once${number}`, { visibility: "public" });
    const copied = `ada/once${number}`;
    // Held here by a copy only: once deleted, nothing here proves the content.
    const source = { type: "copyFile", path: "a", sourceRepoType: "bucket", sourceRepoId: id } as const;
    const { xetHash } = await fixture.hub.getFile(ada, id, "models/a");
    await fixture.batch(ada, copied, { ...source, xetHash });
    await fixture.rules(ada, copied, { people: ["grace"] });
    const plan = await fixture.submit(ada, copied, [planDelete("a")]);
    await fixture.approve(grace, plan);
    await fixture.batch(ada, copied, drop("a"));
    await fixture.rules(ada, id, { protect: [] });
    await fixture.hub.deleteBucket(ada, id);
    await fixture.hub.purged();
    await fixture.db.write((tx) => tx.deleteFrom("file_proofs").execute());
    const again = { type: "copyFile", path: "a", sourceRepoType: "bucket", sourceRepoId: copied, xetHash } as const;
    expect(await refusal(fixture.batch(ada, copied, again))).toContain("holds no file with this xetHash");
    const revert = await revertPlan(fixture.context, ada, plan);
    await fixture.approve(grace, revert);
    expect(await run(revert)).toMatchObject({ state: "done", done: 1 });
    expect(await fixture.held(copied)).toEqual({ a: "A" });
  });
});

describe("runs of clients", () => {
  test("are closed when nothing is left", async () => {
    const plan = await approved([planDelete("models/a"), planUpload("x/new", "newer")]);
    await fixture.batch(ada, id, drop("models/a"));
    await eventually(async () => expect((await findLastRun(fixture.db.read, plan))!.total).toBe(2));
    await fixture.batch(ada, id, put("x/new", "newer"));
    await eventually(async () => expect((await findLastRun(fixture.db.read, plan))!.state).toBe("done"));
    expect((await fixture.plan(plan)).status).toBe("done");
  });

  test("and when the client has gone quiet", async () => {
    const plan = await approved([planDelete("models/a"), planUpload("x/new", "newer")]);
    await fixture.batch(ada, id, drop("models/a"));
    await eventually(async () => expect((await findLastRun(fixture.db.read, plan))!.total).toBe(2));
    fixture.tick(11 * 60_000);
    await fixture.runner.resume();
    await eventually(async () => expect((await findLastRun(fixture.db.read, plan))!.state).toBe("failed"));
    expect((await findLastRun(fixture.db.read, plan))!.message).toBe("1 pending: x/new.");
    expect((await fixture.plan(plan)).status).toBe("failed");
  });
});
