import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HubError, isHubError } from "#lib/core/errors.ts";
import { FINDING_BITS } from "#lib/core/plan/plan.ts";
import type { PlanRefusal } from "#lib/core/plan/reader.ts";
import type { Actor } from "../hub/actor.ts";
import { createPlans, type EmbeddedPlans } from "./embedded.ts";
import { openPlansFixture, type PlansFixture, put } from "./fixture.ts";

let fixture: PlansFixture;
let plans: EmbeddedPlans;
let ada: Actor;
let grace: Actor;

beforeAll(async () => {
  fixture = await openPlansFixture();
  plans = createPlans({ ...fixture.context, allowPrivateWebhooks: false });
  ada = await fixture.user("ada");
  grace = await fixture.user("grace");
  await fixture.fill(ada, "ada/runs", { "runs/old.bin": "A", "runs/model.bin": "B", "runs/Model.txt": "C" });
  await fixture.hub.createBucket(ada, "ada/secret", { visibility: "private" });
});
afterAll(async () => {
  await plans.close();
  await fixture.close();
});

const HEADER =
  '{"type": "header", "source": "./runs", "dest": "hf://buckets/ada/runs/runs", "timestamp": "2026-01-15T10:30:00+00:00", "summary": {"uploads": 2, "downloads": 0, "deletes": 1, "skips": 0, "total_size": 30}}';
const ADD = '{"type": "operation", "action": "upload", "path": "a/x.bin", "reason": "new file", "size": 10}';
const OVER =
  '{"type": "operation", "action": "upload", "path": "model.bin", "reason": "size differs", "size": 20, "local_mtime": "2026-01-15T10:30:00+00:00"}';
const GONE =
  '{"type": "operation", "action": "delete", "path": "old.bin", "reason": "not in source (--delete)", "size": 100}';
const GOOD = [HEADER, ADD, OVER, GONE].join("\n");

async function* body(...pieces: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === "string" ? Buffer.from(piece) : piece;
}

async function refusal(...pieces: (string | Uint8Array)[]): Promise<HubError> {
  return refused(plans.submit(ada, { body: body(...pieces) }));
}

async function refused(work: Promise<unknown>): Promise<HubError> {
  const error = await work.then(
    () => null,
    (error) => error,
  );
  if (!isHubError(error)) throw error ?? new Error("It was not refused.");
  return error;
}

const detailsOf = (error: HubError) => error.details.plan as PlanRefusal;

/** Rows and blobs of everything about plans. */
async function stored() {
  await plans.idle();
  const count = async (table: "plans" | "plan_imports" | "plan_operations" | "plan_folders") => {
    const row = await fixture.db.read
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return row.count;
  };
  const blobs = [];
  for await (const blob of fixture.context.blobs.list("plans")) blobs.push(blob.key);
  return [
    await count("plans"),
    await count("plan_imports"),
    await count("plan_operations"),
    await count("plan_folders"),
    blobs.length,
  ];
}

describe("a good plan", () => {
  // The ground that these tests begin on.
  beforeEach(() => fixture.batch(ada, "ada/runs", put("runs/model.bin", "B")));

  test("is stored with its ground, kinds and roll-ups, and its bytes come back", async () => {
    const plan = await plans.submit(ada, { body: body(GOOD.slice(0, 200), GOOD.slice(200)) });
    expect(plan).toMatchObject({
      bucket: "ada/runs",
      prefix: "runs",
      direction: "upload",
      status: "open",
      title: "Sync runs",
      operations: 3,
      stale: 0,
      totals: { add: { count: 1, bytes: 10 }, overwrite: { count: 1, bytes: 20 }, delete: { count: 1, bytes: 100 } },
    });
    const tree = await plans.listTree(ada, plan.id, { folder: "", limit: 10 });
    expect(tree.items.map(({ type, path }) => `${type} ${path}`)).toEqual([
      "folder a/",
      "operation model.bin",
      "operation old.bin",
    ]);
    const over = await plans.getOperation(ada, plan.id, "model.bin");
    expect(over).toMatchObject({ kind: "overwrite", target: "runs/model.bin", ground: { size: 100 }, stale: false });
    expect(over.ground).toEqual(over.now);
    let text = "";
    for await (const piece of await plans.original(ada, plan.id)) text += Buffer.from(piece).toString();
    expect(text).toBe(GOOD);
  });

  test("has the same digest in any order of its lines, and the bytes may come twice", async () => {
    const first = await plans.submit(ada, { body: body(GOOD) });
    const second = await plans.submit(ada, { body: body([HEADER, GONE, ADD, OVER].join("\n")) });
    expect(second.digest).toBe(first.digest);
    expect(second.sha256).not.toBe(first.sha256);
    expect((await plans.submit(ada, { body: body(GOOD) })).sha256).toBe(first.sha256);
  });

  test("marks both of two paths that differ in case only, however far apart", async () => {
    const path = (path: string) =>
      `{"type": "operation", "action": "upload", "path": "${path}", "reason": "", "size": 1}`;
    const plan = await plans.submit(ada, {
      body: body([HEADER, path("B.txt"), path("a/z"), path("b.txt")].join("\n")),
    });
    const marked = await plans.listOperations(ada, plan.id, {
      filter: { findings: FINDING_BITS["case-collision"] },
      limit: 10,
    });
    expect(marked.items.map((item) => item.path)).toEqual(["B.txt", "b.txt"]);
    expect(plan.findings.map(({ code }) => code)).toContain("case-collision");
    const second = marked.items[1];
    expect(second?.findings).toBe(FINDING_BITS["case-collision"]);
  });

  test("needs someone who may propose: a member, and no token that only reads", async () => {
    const token = { id: "t", label: "job", createdAt: 0 };
    const propose: Actor = { ...ada, role: "propose", token };
    expect((await plans.submit(propose, { body: body(GOOD) })).by).toMatchObject({
      name: "ada",
      token: "job",
      agent: true,
    });
    for (const actor of [grace, { ...ada, role: "read", token } as Actor]) {
      expect((await refused(plans.submit(actor, { body: body(GOOD) }))).code).toBe("Forbidden");
    }
    const secret = GOOD.replace("ada/runs/runs", "ada/secret");
    expect((await refused(plans.submit(grace, { body: body(secret) }))).code).toBe("RepoNotFound");
    expect((await refused(plans.submit({ ...grace, account: null }, { body: body(GOOD) }))).code).toBe("Unauthorized");
    const id = (await plans.submit(ada, { body: body(secret) })).id;
    for (const verb of [
      plans.get(grace, id),
      plans.listTree(grace, id, { folder: "", limit: 1 }),
      plans.original(grace, id),
    ]) {
      expect((await refused(verb)).code).toBe("NotFound");
    }
  });

  test("is marked when its ground moves while it still comes in", async () => {
    async function* slowly() {
      // The first transaction has 2000 operations; the second starts while the first is written.
      const line = (n: number) => `${GONE.replace("old.bin", `n/${String(n).padStart(5, "0")}`)}\n`;
      yield Buffer.from(`${HEADER}\n${GONE.replace("old.bin", "model.bin")}\n`);
      for (let n = 0; n < 6000; n += 1000)
        yield Buffer.from(Array.from({ length: 1000 }, (_, at) => line(n + at)).join(""));
      await fixture.batch(ada, "ada/runs", { type: "deleteFile", path: "runs/model.bin" });
    }
    const plan = await plans.submit(ada, { body: slowly() });
    expect(plan.stale).toBe(1);
    expect(plan.staleExamples).toMatchObject([{ path: "model.bin", stale: true, moved: "was: delete · now gone" }]);
  });
});

describe("a bad plan", () => {
  test.each([
    ["gzip", Buffer.from("1f8b0800000000000003", "hex"), "gzip"],
    ["a byte order mark", Buffer.concat([Buffer.from("efbbbf", "hex"), Buffer.from(GOOD)]), "bom"],
    ["CR LF", GOOD.replaceAll("\n", "\r\n"), "carriage-return"],
    [
      "bytes that are not UTF-8",
      Buffer.concat([Buffer.from(`${HEADER}\n`), Buffer.from([0xff, 0xfe, 0x0a])]),
      "not-utf8",
    ],
    ["not JSON", `${HEADER}\n{"type": "operation",\n`, "not-json"],
    ["no header", `${ADD}\n`, "no-header"],
    ["nothing", "", "no-header"],
    ["two headers", `${HEADER}\n${HEADER}\n`, "second-header"],
    ["two local sides", `${HEADER.replace("hf://buckets/ada/runs/runs", "./there")}\n`, "bad-place"],
    ["two buckets", `${HEADER.replace("./runs", "hf://buckets/ada/other")}\n`, "bad-place"],
    ["traversal", `${HEADER}\n${ADD.replace("a/x.bin", "../../etc/passwd")}\n`, "bad-path"],
    ["an absolute path", `${HEADER}\n${ADD.replace("a/x.bin", "/etc/passwd")}\n`, "bad-path"],
    ["a drive", `${HEADER}\n${ADD.replace("a/x.bin", "C:\\\\x")}\n`, "bad-path"],
    ["a NUL", `${HEADER}\n${ADD.replace("a/x.bin", "a\\u0000b")}\n`, "bad-path"],
    ["a negative size", `${HEADER}\n${ADD.replace("10", "-1")}\n`, "bad-size"],
    ["half a byte", `${HEADER}\n${ADD.replace("10", "0.5")}\n`, "bad-size"],
    ["a size over 2^53", `${HEADER}\n${ADD.replace("10", "9007199254740993")}\n`, "bad-size"],
    ["a size as a text", `${HEADER}\n${ADD.replace("10", '"10"')}\n`, "bad-size"],
    ["a time without a zone", `${HEADER}\n${OVER.replace("+00:00", "")}\n`, "bad-time"],
    ["an unknown action", `${HEADER}\n${ADD.replace("upload", "format")}\n`, "unknown-action"],
    ["a duplicate next to its twin", `${HEADER}\n${ADD}\n${ADD}\n`, "duplicate"],
    ["a duplicate far from its twin", `${HEADER}\n${OVER}\n${ADD}\n${GONE}\n${OVER}\n`, "duplicate"],
  ])("%s is refused, told with its line, and leaves nothing", async (_, text, code) => {
    const before = await stored();
    const error = await refusal(text);
    expect(error.code).toBe("BadRequest");
    expect(detailsOf(error).code).toBe(code);
    expect(detailsOf(error).line).toBeGreaterThan(0);
    expect(detailsOf(error).problems.length).toBeGreaterThan(0);
    expect(error.message).toContain("Nothing was stored");
    expect(await stored()).toEqual(before);
  });

  test("a duplicate names both of its lines and shows them", async () => {
    const error = await refusal(`${HEADER}\n${OVER}\n${ADD}\n${GONE}\n${OVER}\n`);
    expect(error.message).toContain("on line 2 and on line 5");
    expect(detailsOf(error).excerpt.map(({ line }) => line)).toEqual([2, 5]);
  });

  test("is checked to its end, so that one round is enough", async () => {
    const bad = ADD.replace("10", "-1");
    const error = await refusal([HEADER, bad, OVER, bad.replace("a/x", "a/y"), GONE, "{"].join("\n"));
    expect(detailsOf(error).problems.map(({ line }) => line)).toEqual([2, 4, 6]);
    expect(detailsOf(error)).toMatchObject({ lines: 6, problemCount: 3, checks: [{ name: "Paths", ok: true }, {}] });
    expect(detailsOf(error).sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("2 GB on one line stop nothing but itself, and are not kept in memory", async () => {
    const before = await stored();
    const mebibyte = Buffer.alloc(1024 * 1024, "x");
    const start = process.memoryUsage.rss();
    let most = 0;
    async function* line() {
      yield Buffer.from(`${HEADER}\n`);
      for (let n = 0; n < 2048; n++) {
        yield mebibyte;
        most = Math.max(most, process.memoryUsage.rss() - start);
      }
    }
    const error = await refused(plans.submit(ada, { body: line() }));
    expect(detailsOf(error)).toMatchObject({ line: 2, code: "line-too-long" });
    expect(detailsOf(error).bytes).toBe(2048 * 1024 * 1024 + HEADER.length + 1);
    expect(most).toBeLessThan(128 * 1024 * 1024);
    expect(await stored()).toEqual(before);
  });

  test.each([
    ["one path, over and over", (n: number) => ADD.replace("a/x.bin", `same${n % 1}`)],
    ["two paths by turns", (n: number) => ADD.replace("a/x.bin", `path${1 - (n % 2)}`)],
  ])("a million duplicates: %s", async (_, lineOf) => {
    const before = await stored();
    async function* lines() {
      yield Buffer.from(`${HEADER}\n`);
      for (let n = 0; n < 1_000_000; n += 1000) {
        yield Buffer.from(Array.from({ length: 1000 }, (_, at) => `${lineOf(n + at)}\n`).join(""));
      }
    }
    const error = await refused(plans.submit(ada, { body: lines() }));
    expect(detailsOf(error).code).toBe("duplicate");
    expect(detailsOf(error).problems).toHaveLength(100);
    expect(await stored()).toEqual(before);
  });

  test("a source that is no path is refused, and a reason that is no reason is cut", async () => {
    const long = HEADER.replace("./runs", "x".repeat(5000));
    expect((await refusal(`${long}\n${ADD}\n`)).message).toContain("at most 4096 characters");
    const plan = await plans.submit(ada, {
      body: body(`${HEADER}\n${ADD.replace("new file", "y".repeat(600_000))}\n`),
    });
    expect((await plans.getOperation(ada, plan.id, "a/x.bin")).reason).toHaveLength(500);
  });

  test("a body that breaks off leaves nothing", async () => {
    const before = await stored();
    async function* broken() {
      yield Buffer.from(`${HEADER}\n${ADD}\n`);
      throw new Error("the line went dead");
    }
    await expect(plans.submit(ada, { body: broken() })).rejects.toThrow("the line went dead");
    expect(await stored()).toEqual(before);
  });
});

test("what a process left half way is swept at the next start", async () => {
  const before = await stored();
  const now = Date.now();
  await fixture.db.write(async (tx) => {
    const { id } = await tx
      .insertInto("plan_imports")
      .values({ created_at: now })
      .returning("id")
      .executeTakeFirstOrThrow();
    await tx.insertInto("plan_folders").values({ plan_id: id, path: "", findings: 0 }).execute();
  });
  await fixture.context.blobs.put("plans/ffffff", body("left over"));
  expect(await stored()).not.toEqual(before);
  await plans.resume();
  expect(await stored()).toEqual(before);
});
