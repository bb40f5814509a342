import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HubError, isHubError } from "#lib/core/errors.ts";
import { figuresOf, findPlanFolder } from "../db/plan-folders.ts";
import type { Actor } from "../hub/actor.ts";
import { drop, openPlansFixture, type PlansFixture, planDelete, planUpload, put } from "./fixture.ts";

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

/** A fresh bucket whose folder `models` is protected; grace reviews. */
beforeEach(async () => {
  id = `ada/b${++number}`;
  await fixture.fill(ada, id, FILES);
  await fixture.rules(ada, id, { protect: ["models"], people: ["grace"] });
});

async function refusal(work: Promise<unknown>): Promise<HubError> {
  try {
    await work;
  } catch (error) {
    if (isHubError(error)) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

async function activity(type: string) {
  const rows = await fixture.db.read.selectFrom("activity").selectAll().where("type", "=", type).execute();
  const bucket = await fixture.db.read.selectFrom("buckets").select("id").where("name", "=", id.slice(4)).execute();
  return rows.filter((row) => row.bucket_id === bucket[0]!.id);
}

describe("without a plan", () => {
  test("deletes and overwrites below the prefix are refused, and nothing of the request happens", async () => {
    for (const operations of [
      [drop("models/a")],
      [put("models/a", "new")],
      // Bytes that are there already: the line names an existing path all the same.
      [put("models/a", "A")],
      [put("models/new", "new"), drop("logs/c"), drop("models/b")],
      [drop("models/a"), put("models/a", "new")],
    ]) {
      const error = await refusal(fixture.batch(ada, id, ...operations));
      expect(error.code).toBe("Forbidden");
      expect(error.message).toContain(`"models" of bucket ${id} is protected`);
      expect(error.message).toContain(`http://hub.test/buckets/${id}/plans `);
      expect(error.message).toContain("no plan has it");
      expect(error.message.length).toBeLessThan(1024);
      expect(await fixture.held(id)).toEqual(FILES);
    }
    // As after an answer that was lost: the message tells that it is done.
    await fixture.batch(ada, id, put("models/new", "new"));
    const again = await refusal(fixture.batch(ada, id, put("models/new", "new")));
    expect(again.message).toContain("it holds just these bytes already");
    const lines = await activity("batch.refused");
    expect(lines).toHaveLength(6);
    expect(JSON.parse(lines[0]!.details)).toMatchObject({ lines: 1, uncovered: 1, first: { path: "models/a" } });
  });

  test("new paths, deletes of nothing and other folders are free", async () => {
    await fixture.batch(ada, id, put("models/new", "new"), drop("models/none"), drop("logs/c"), put("modelsx/a", "A"));
    expect(await fixture.held(id)).toEqual({ "models/a": "A", "models/b": "B", "models/new": "new", "modelsx/a": "A" });
    const [line] = (await activity("batch")).slice(-1);
    expect(JSON.parse(line!.details)).toMatchObject({ added: 2, overwritten: 0, deleted: 1 });
  });

  test("deleting whole folders is refused as a whole", async () => {
    const all = { files: [], folders: ["logs", "models"] };
    const error = await refusal(fixture.hub.deletePaths(ada, id, all, "http://hub.test"));
    expect(error.message).toContain("2 of 3 lines");
    expect(await fixture.held(id)).toEqual(FILES);
    expect(await fixture.hub.deletePaths(ada, id, { files: [], folders: ["logs"] })).toBe(1);
  });

  test("settings, moves and deletion need an admin, and are remembered", async () => {
    await fixture.org(`guild${number}`, { grace: "admin", ada: "write" });
    const own = `guild${number}/own`;
    await fixture.hub.createBucket(grace, own, {});
    await fixture.hub.updateBucket(ada, own, { visibility: "private" });
    await fixture.rules(grace, own, { protect: [""] });
    for (const work of [
      () => fixture.hub.updateBucket(ada, own, { visibility: "public" }),
      () => fixture.hub.moveBucket(ada, own, "ada/taken"),
      () => fixture.hub.deleteBucket(ada, own),
      () => fixture.rules(ada, own, { protect: [] }),
      () => fixture.hub.deleteBucket({ ...grace, role: "write" }, own),
    ]) {
      expect((await refusal(work())).code).toBe("Forbidden");
    }
    expect((await fixture.hub.getBucketDetails(ada, own)).rights).toEqual({ write: true, admin: false });
    expect((await fixture.hub.getBucketDetails(grace, own)).rights).toEqual({ write: true, admin: true });
    await fixture.hub.deleteBucket(grace, own);
    const lines = await fixture.db.read.selectFrom("activity").select(["type", "details"]).execute();
    const types = lines.filter(({ details }) => details.includes(own)).map(({ type }) => type);
    expect(types).toContain("bucket.created");
    expect(types).toContain("bucket.deleted");
  });
});

describe("with a plan", () => {
  test("what waits for approval is no cover, and the message says so", async () => {
    const plan = await fixture.submit(ada, id, [planDelete("models/a")]);
    const error = await refusal(fixture.batch(ada, id, drop("models/a")));
    expect(error.message).toContain(`http://hub.test/buckets/${id}/plans/${plan} `);
    expect(error.message).toContain(`plan ${plan} has 0 of 1 approvals`);
    // Their own account does not help.
    await fixture.approve(ada, plan);
    expect((await refusal(fixture.batch(ada, id, drop("models/a")))).message).toContain("0 of 1");
  });

  test("what is approved passes once, and not twice", async () => {
    const plan = await fixture.submit(ada, id, [
      planUpload("models/a", "new"),
      planDelete("models/b"),
      planUpload("models/d", "newer"),
    ]);
    await fixture.approve(grace, plan);
    const batch = [put("models/a", "new"), put("models/d", "newer"), drop("models/b")];
    await fixture.batch(ada, id, ...batch);
    expect(await fixture.held(id)).toEqual({ "models/a": "new", "models/d": "newer", "logs/c": "C" });
    const rows = await fixture.rows(plan);
    expect(rows.map((row) => row.spent_by)).toEqual(Array(3).fill(ada.account!.id));
    expect(rows.every((row) => row.stale === 0)).toBe(true);
    const root = figuresOf((await findPlanFolder(fixture.db.read, plan, ""))!, "spent");
    expect([root.add.count, root.overwrite.count, root.delete.count]).toEqual([1, 1, 1]);
    // The request again, as after a lost answer: the paths that are there would be overwritten anew.
    const error = await refusal(fixture.batch(ada, id, ...batch));
    expect(error.message).toMatch(new RegExp(`plan ${plan} already ran for it at 2026-.*Z by ada`));
    await fixture.batch(ada, id, drop("models/b"));
  });

  test("a part that is covered is nothing while a part is not", async () => {
    const plan = await fixture.submit(ada, id, [planDelete("models/a"), planDelete("models/b")]);
    await fixture.approve(grace, plan, [{ path: "models/a", include: true }]);
    await refusal(fixture.batch(ada, id, drop("models/a"), drop("models/b")));
    expect(await fixture.held(id)).toEqual(FILES);
    expect((await fixture.rows(plan)).every((row) => row.spent_at === null)).toBe(true);
    await fixture.batch(ada, id, drop("models/a"));
  });

  test("kind, size and hash must match", async () => {
    const plan = await fixture.submit(ada, id, [
      planUpload("models/a", "new"),
      { ...planUpload("models/b"), size: 99 },
      planDelete("models/a2"),
    ]);
    await fixture.approve(grace, plan);
    expect((await refusal(fixture.batch(ada, id, drop("models/a")))).message).toContain("has it as 'overwrite'");
    expect((await refusal(fixture.batch(ada, id, put("models/a", "other")))).message).toContain("other content");
    const size = await refusal(fixture.batch(ada, id, put("models/b", "new")));
    expect(size.message).toContain("99 bytes there, 100 bytes here");
    await fixture.batch(ada, id, put("models/a", "new"));
  });

  test("a plan of another account, token or bucket gives no more than it says", async () => {
    const other = `ada/other${number}`;
    await fixture.fill(ada, other, FILES);
    const plan = await fixture.submit(ada, other, [planDelete("models/a")]);
    await fixture.rules(ada, other, { people: ["grace"] });
    await fixture.approve(grace, plan);
    await refusal(fixture.batch(ada, id, drop("models/a")));
  });

  test("an approval that was withdrawn, has expired or is objected to covers nothing", async () => {
    const plan = await fixture.submit(ada, id, [planDelete("models/a")]);
    await fixture.approve(grace, plan);
    await fixture.rules(ada, id, { approvals: 2 });
    expect((await refusal(fixture.batch(ada, id, drop("models/a")))).message).toContain("1 of 2");
    await fixture.rules(ada, id, { approvals: 1, people: [] });
    expect((await refusal(fixture.batch(ada, id, drop("models/a")))).message).toContain("0 of 1");
    await fixture.rules(ada, id, { people: ["grace"] });
    fixture.tick(3600_001);
    expect((await refusal(fixture.batch(ada, id, drop("models/a")))).message).toContain("expired");
    await fixture.approve(grace, plan);
    await fixture.db.write((tx) =>
      tx.updateTable("plans").set({ status: "withdrawn" }).where("id", "=", plan).execute(),
    );
    expect((await refusal(fixture.batch(ada, id, drop("models/a")))).message).toContain("withdrawn");
  });

  test("limits hold for all that is approved together, also when they come later", async () => {
    await fixture.batch(ada, id, ...Array.from({ length: 7 }, (_, at) => put(`more/${at}`, "other")));
    const limit = (limits: object) =>
      fixture.rules(ada, id, { limits: { deleteShare: null, deletes: null, bytes: null, ...limits } });
    const plan = await fixture.submit(ada, id, [
      planDelete("models/a"),
      planDelete("models/b"),
      planUpload("x", "new"),
    ]);
    await fixture.approve(grace, plan, [{ path: "models/a", include: true }]);
    await fixture.approve(grace, plan);
    await limit({ deletes: 1 });
    const error = await refusal(fixture.batch(ada, id, drop("models/a")));
    expect(error.message).toContain(`plan ${plan} is over the bucket's limits: 2 deletes, limit 1`);
    expect((await refusal(fixture.runner.startRun(ada, plan))).message).toContain("2 deletes, limit 1");
    await limit({ bytes: 99 });
    expect((await refusal(fixture.batch(ada, id, drop("models/a")))).message).toContain("100 bytes to transfer");
    // 2 of 10 files; what the plan itself has deleted does not count against the rest of it.
    await limit({ deleteShare: 0.2 });
    await fixture.batch(ada, id, drop("models/a"));
    await fixture.batch(ada, id, drop("models/b"));
  });

  test("deletes of a download plan are of local files: they cover nothing", async () => {
    const header = `{"type": "header", "source": "hf://buckets/${id}", "dest": "./local", "timestamp": "2026-03-01T12:00:00+00:00"}`;
    const line = `{"type": "operation", "action": "delete", "path": "models/a", "reason": "x", "size": 100}`;
    const { submitPlan } = await import("./submit.ts");
    const plan = await submitPlan(fixture.context, ada, { body: bytes(`${header}\n${line}\n`) });
    await fixture.approve(grace, plan);
    await refusal(fixture.batch(ada, id, drop("models/a")));
  });

  test("unprotected paths spend approved operations too, and a run is shown", async () => {
    const plan = await fixture.submit(ada, id, [planUpload("logs/new", "new"), planDelete("logs/c")]);
    await fixture.approve(grace, plan);
    expect((await fixture.plan(plan)).status).toBe("approved");
    await fixture.batch({ ...ada, token: { id: "t", label: "laptop", createdAt: 0 } }, id, put("logs/new", "new"));
    expect((await fixture.rows(plan)).map((row) => row.spent_at !== null)).toEqual([false, true]);
    const run = await fixture.db.read.selectFrom("plan_runs").selectAll().where("plan_id", "=", plan).execute();
    expect(run).toMatchObject([{ how: "client", token_label: "laptop", state: "running", done: 1 }]);
    expect((await fixture.plan(plan)).status).toBe("running");
  });
});

describe("stale", () => {
  async function staleOf(plan: number) {
    const rows = await fixture.rows(plan);
    const root = await findPlanFolder(fixture.db.read, plan, "");
    const figures = figuresOf(root!, "stale");
    const counted = Object.values(figures).reduce((sum, { count }) => sum + count, 0);
    expect((await fixture.plan(plan)).stale).toBe(counted);
    const stale = rows.filter((row) => row.stale === 1).map((row) => row.path);
    expect(stale).toHaveLength(counted);
    return stale;
  }

  test("marks follow the ground, away and back", async () => {
    await fixture.rules(ada, id, { protect: [] });
    const plan = await fixture.submit(ada, id, [planUpload("models/a"), planDelete("models/b"), planUpload("logs/d")]);
    expect(await staleOf(plan)).toEqual([]);
    await fixture.batch(ada, id, put("logs/d", "other"), put("models/b", "other"), put("logs/e", "new"));
    expect(await staleOf(plan)).toEqual(["logs/d", "models/b"]);
    expect(await activity("plan.stale")).toHaveLength(1);
    await fixture.batch(ada, id, put("models/b", "B"));
    // The same bytes with a new time: no other file to delete.
    expect(await staleOf(plan)).toEqual(["logs/d"]);
    await fixture.hub.deletePaths(ada, id, { files: ["logs/d"], folders: [] });
    expect(await staleOf(plan)).toEqual([]);
    // For a transfer the time counts: the client that made the plan decided by it.
    await fixture.batch(ada, id, put("models/a", "A", 1_650_000_000_000));
    expect(await staleOf(plan)).toEqual(["models/a"]);
    await fixture.batch(ada, id, put("models/a", "A", 1_600_000_000_000));
    expect(await staleOf(plan)).toEqual([]);
  });

  test("what went out of date does not run, the rest does", async () => {
    const plan = await fixture.submit(ada, id, [planDelete("models/a"), planDelete("models/b")]);
    await fixture.approve(grace, plan);
    await fixture.rules(ada, id, { protect: [] });
    await fixture.batch(ada, id, put("models/a", "newer"));
    await fixture.rules(ada, id, { protect: ["models"] });
    const error = await refusal(fixture.batch(ada, id, drop("models/a"), drop("models/b")));
    expect(error.message).toContain(`has changed since plan ${plan} was made; rebase it`);
    await fixture.batch(ada, id, drop("models/b"));
    expect(await staleOf(plan)).toEqual(["models/a"]);
  });

  test("one plan's run moves another one's ground", async () => {
    const first = await fixture.submit(ada, id, [planDelete("models/a")]);
    const second = await fixture.submit(ada, id, [planUpload("models/a", "new")]);
    await fixture.approve(grace, first);
    await fixture.approve(grace, second);
    await fixture.batch(ada, id, drop("models/a"));
    expect(await staleOf(first)).toEqual([]);
    expect(await staleOf(second)).toEqual(["models/a"]);
  });
});

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
