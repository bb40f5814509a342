import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HubError, isHubError } from "#lib/core/errors.ts";
import { type PlanDetails, type PlanTotals, SELECT_ALL, type Selection } from "#lib/core/plan/plan.ts";
import type { Actor } from "../hub/actor.ts";
import { createPlans, type EmbeddedPlans } from "./embedded.ts";
import { drop, openPlansFixture, type PlansFixture, planDelete, planUpload, put } from "./fixture.ts";

let fixture: PlansFixture;
let plans: EmbeddedPlans;
/** Owner, reviewer by role, reviewer by name, member who may only read, stranger. */
let ada: Actor;
let grace: Actor;
let alan: Actor;
let rita: Actor;
let mallory: Actor;
let bucket: string;
let number = 0;

beforeAll(async () => {
  fixture = await openPlansFixture();
  plans = createPlans({ ...fixture.context, allowPrivateWebhooks: true });
  [ada, grace, alan, rita, mallory] = await Promise.all(["ada", "grace", "alan", "rita", "mallory"].map(fixture.user));
  await fixture.org("lab", { ada: "admin", grace: "write", rita: "read" });
});
afterAll(async () => {
  await plans.close();
  await fixture.close();
});
beforeEach(async () => {
  bucket = `lab/b${++number}`;
  await fixture.fill(ada, bucket, { "a/1": "A", "a/2": "B", "b/3": "C", "b/4": "D" });
});

async function refused(work: Promise<unknown>): Promise<HubError> {
  const error = await work.then(
    () => null,
    (error) => error,
  );
  if (!isHubError(error)) throw error ?? new Error("It was not refused.");
  return error;
}

async function propose(actor: Actor = ada): Promise<PlanDetails> {
  const id = await fixture.submit(actor, bucket, [
    planDelete("a/1"),
    planUpload("a/2"),
    planUpload("a/new"),
    planDelete("b/3"),
    planUpload("c/new"),
  ]);
  return plans.get(ada, id);
}

function approve(actor: Actor, { id, digest }: PlanDetails, selection: Selection = SELECT_ALL, note = "") {
  return plans.decide(actor, id, { verdict: "approve", digest, selection, note });
}

const counts = (totals: PlanTotals) => ({
  add: totals.add.count,
  overwrite: totals.overwrite.count,
  delete: totals.delete.count,
});

const token = { id: "t", label: "job", createdAt: 0 };

describe("who decides", () => {
  test("a reviewer, never the submitter, and no token that proposes or reads", async () => {
    const plan = await propose();
    for (const actor of [
      ada,
      { ...ada, role: "admin", token } as Actor,
      { ...grace, role: "propose", token } as Actor,
      { ...grace, role: "read", token } as Actor,
      rita,
      mallory,
    ]) {
      const error = await refused(approve(actor, plan));
      expect(error.code).toBe("Forbidden");
      expect((await plans.get(actor, plan.id)).rights.decide).toBe(false);
      expect((await plans.get(actor, plan.id)).waitsForMe).toBe(false);
    }
    expect((await refused(approve({ ...grace, account: null }, plan))).code).toBe("Unauthorized");
    expect((await plans.get(grace, plan.id)).waitsForMe).toBe(true);
    const approved = await approve(grace, plan);
    expect(approved).toMatchObject({ status: "approved", approvals: { have: 1, need: 1 }, waitsForMe: false });
    expect(counts(approved.runnable)).toEqual({ add: 2, overwrite: 1, delete: 2 });
    expect(approved.approvalsGiven).toMatchObject([
      { by: { name: "grace" }, covers: 5, counts: true, verdict: "approve" },
    ]);
  });

  test("an agent's plan waits for others than its owner", async () => {
    const plan = await propose({ ...grace, role: "propose", token });
    expect(plan.by).toMatchObject({ name: "grace", agent: true, token: "job" });
    expect((await refused(approve(grace, plan))).message).toContain("submitted it");
    expect((await approve(ada, plan)).status).toBe("approved");
  });

  test("who loses the right loses the approval, and gets it back with the right", async () => {
    await fixture.rules(ada, bucket, { people: ["alan"], roles: [] });
    const plan = await propose();
    await approve(alan, plan);
    expect(counts((await plans.get(ada, plan.id)).runnable).delete).toBe(2);
    await fixture.rules(ada, bucket, { people: ["mallory"], roles: [] });
    const lost = await plans.get(ada, plan.id);
    expect(counts(lost.runnable)).toEqual({ add: 0, overwrite: 0, delete: 0 });
    expect(lost.approvalsGiven).toMatchObject([{ counts: false }]);
    await fixture.rules(ada, bucket, { people: ["alan"], roles: [] });
    expect(counts((await plans.get(ada, plan.id)).runnable).delete).toBe(2);
  });
});

describe("what is decided", () => {
  test("is what was seen: another digest is refused", async () => {
    const plan = await propose();
    const error = await refused(
      plans.decide(grace, plan.id, { verdict: "approve", digest: "0".repeat(64), selection: SELECT_ALL, note: "" }),
    );
    expect([error.code, error.details.digest]).toEqual(["Conflict", plan.digest]);
  });

  test("may be a part, and the rest is left out of figures, rows and file", async () => {
    const plan = await propose();
    const part: Selection = [
      { path: "/", include: true },
      { path: "a/", include: false },
      { path: "a/new", include: true },
    ];
    expect(await plans.measure(grace, plan.id, part)).toMatchObject({
      selected: { add: { count: 2 }, overwrite: { count: 0 }, delete: { count: 1 } },
      left: { add: { count: 0 }, overwrite: { count: 1 }, delete: { count: 1 } },
    });
    const approved = await approve(grace, plan, part);
    expect(counts(approved.runnable)).toEqual({ add: 2, overwrite: 0, delete: 1 });
    const rows = await plans.listOperations(ada, plan.id, { filter: { approved: true }, limit: 10 });
    expect(rows.items.map(({ path }) => path)).toEqual(["a/new", "b/3", "c/new"]);
    let text = "";
    for await (const piece of await plans.approvedFile(ada, plan.id)) text += Buffer.from(piece).toString();
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines[0].summary).toEqual({ uploads: 2, downloads: 0, deletes: 1, skips: 0, total_size: 200 });
    expect(lines[1]).toMatchObject({ type: "review", plan: plan.id, approved_by: ["grace"] });
    expect(lines.slice(2).map(({ action, path }) => `${action} ${path}`)).toEqual([
      "upload a/new",
      "delete b/3",
      "upload c/new",
    ]);
  });

  test("is nothing where nothing is selected", async () => {
    const plan = await propose();
    expect((await refused(approve(grace, plan, []))).code).toBe("BadRequest");
    expect((await refused(approve(grace, plan, [{ path: "zzz/", include: true }]))).code).toBe("BadRequest");
  });

  test("is held by limits, alone and together with what others approved", async () => {
    await fixture.rules(ada, bucket, { limits: { deleteShare: null, deletes: 1, bytes: null }, people: ["alan"] });
    const plan = await propose();
    const error = await refused(approve(grace, plan));
    expect([error.code, error.message]).toEqual(["Forbidden", expect.stringContaining("2 deletes, limit 1")]);
    expect((await plans.measure(grace, plan.id, SELECT_ALL)).overLimits).toEqual(["2 deletes, limit 1"]);
    await approve(grace, plan, [{ path: "a/", include: true }]);
    expect((await refused(approve(alan, plan, [{ path: "b/", include: true }]))).code).toBe("Forbidden");
    expect(counts((await plans.get(ada, plan.id)).runnable)).toEqual({ add: 1, overwrite: 1, delete: 1 });
  });

  test("needs as many people as the rules say, on the same operations", async () => {
    await fixture.rules(ada, bucket, { approvals: 2, people: ["alan"] });
    const plan = await propose();
    const one = await approve(grace, plan, [{ path: "a/", include: true }]);
    expect([one.status, counts(one.runnable).delete]).toEqual(["open", 0]);
    const two = await approve(alan, plan, [{ path: "/", include: true, kinds: ["delete"] }]);
    expect([two.status, counts(two.runnable)]).toEqual(["approved", { add: 0, overwrite: 0, delete: 1 }]);
  });

  test("needs an owner where the rules name one", async () => {
    await fixture.rules(ada, bucket, { owners: [{ glob: "b/*", people: ["alan"] }] });
    const plan = await propose();
    expect(counts((await approve(grace, plan)).runnable)).toEqual({ add: 2, overwrite: 1, delete: 1 });
    expect(counts((await approve(alan, plan, [{ path: "b/", include: true }])).runnable)).toEqual({
      add: 2,
      overwrite: 1,
      delete: 2,
    });
  });

  test("passes free adds without anybody", async () => {
    await fixture.rules(ada, bucket, { freeAdds: ["c"] });
    const plan = await propose();
    expect([plan.status, counts(plan.runnable)]).toEqual(["approved", { add: 1, overwrite: 0, delete: 0 }]);
  });

  test("expires", async () => {
    await fixture.rules(ada, bucket, { expiresAfter: 60_000 });
    const plan = await propose();
    expect((await approve(grace, plan)).status).toBe("approved");
    fixture.tick(60_000);
    const later = await plans.get(grace, plan.id);
    expect([later.status, later.waitsForMe, counts(later.runnable).delete]).toEqual(["open", true, 0]);
    expect((await refused(plans.approvedFile(ada, plan.id))).code).toBe("Conflict");
  });
});

describe("changes of mind", () => {
  test("an objection stops all, until its author takes it back", async () => {
    const plan = await propose();
    await fixture.rules(ada, bucket, { people: ["alan"] });
    await approve(grace, plan);
    for (const [verdict, status] of [
      ["request-changes", "changes-requested"],
      ["reject", "rejected"],
    ] as const) {
      const stopped = await plans.decide(alan, plan.id, {
        verdict,
        digest: plan.digest,
        selection: [],
        note: "why b/3?",
      });
      expect([stopped.status, counts(stopped.runnable).delete]).toEqual([status, 0]);
      expect((await plans.undecide(alan, plan.id)).status).toBe("approved");
    }
    expect((await refused(plans.undecide(alan, plan.id))).code).toBe("Conflict");
  });

  test("a taken back approval does not bring an earlier one back", async () => {
    const plan = await propose();
    await approve(grace, plan);
    await approve(grace, plan, [{ path: "a/", include: true }]);
    expect((await plans.undecide(grace, plan.id)).status).toBe("open");
    expect(counts((await plans.get(ada, plan.id)).runnable).delete).toBe(0);
  });

  test("who submitted withdraws, and so may an admin; nobody else", async () => {
    const plan = await propose({ ...grace, role: "propose", token });
    expect((await refused(plans.withdraw(rita, plan.id))).code).toBe("Forbidden");
    await approve(ada, plan);
    const gone = await plans.withdraw(grace, plan.id);
    expect([gone.status, counts(gone.runnable).delete]).toEqual(["withdrawn", 0]);
    expect((await refused(approve(ada, gone))).code).toBe("Conflict");
    expect((await plans.withdraw(ada, (await propose({ ...grace, role: "propose", token })).id)).status).toBe(
      "withdrawn",
    );
  });
});

describe("figures by arithmetic", () => {
  test("are what a count of the rows says, for any selection, with stale and spent rows among them", async () => {
    await fixture.rules(ada, bucket, { approvals: 2, people: ["alan"], freeAdds: ["c/deep"] });
    const paths = ["a/1", "a/2", "b/3", "b/4", "c/deep/x", "c/deep/y", "c/z", "d"];
    const operations = paths.map((path) => (path < "b/4" ? planDelete(path) : planUpload(path)));
    const plan = await plans.get(ada, await fixture.submit(ada, bucket, operations));
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * below);
    };
    const folders = ["/", "a/", "b/", "c/", "c/deep/", "none/"];
    for (let round = 0; round < 40; round++) {
      const selection: Selection = Array.from({ length: 1 + random(4) }, () => ({
        path: [...folders, ...paths][random(folders.length + paths.length)]!,
        include: random(3) > 0,
        ...(random(3) === 0 && { kinds: ["delete" as const] }),
      }));
      const who = random(2) === 0 ? grace : alan;
      await approve(who, plan, selection).catch((error) => {
        if (!isHubError(error, "BadRequest")) throw error;
      });
      if (round === 10) await fixture.batch(ada, bucket, drop("a/1"), put("b/4", "new"));
      if (round === 20) await fixture.batch(ada, bucket, put("a/1", "A", 1_600_000_000_000));
      const details = await plans.get(ada, plan.id);
      const rows = await plans.listOperations(ada, plan.id, { filter: {}, limit: 100 });
      const counted = rows.items.filter((row) => row.approved && !row.stale && row.spentAt === null);
      for (const kind of ["add", "overwrite", "delete"] as const) {
        const some = counted.filter((row) => row.kind === kind);
        const bytes = some.reduce((sum, row) => sum + row.size, 0);
        expect(details.runnable[kind], `round ${round} ${kind}`).toEqual({ count: some.length, bytes });
      }
      const stale = rows.items.filter((row) => row.stale);
      expect(details.stale).toBe(stale.length);
    }
  });
});

describe("talk", () => {
  test("comments stand on the plan, a folder, an operation, and are their author's", async () => {
    const plan = await propose();
    await plans.comment(rita, plan.id, { path: null, body: "hm" }).then(
      () => expect.unreachable(),
      (error) => expect(error.code).toBe("Forbidden"),
    );
    const first = await plans.comment(grace, plan.id, {
      path: "a/",
      body: " Keep these, @rita and @nobody. mail@ada.test ",
    });
    await plans.comment({ ...ada, role: "propose", token }, plan.id, { path: "a/1", body: "It is old." });
    expect((await refused(plans.comment(grace, plan.id, { path: "zzz/", body: "x" }))).code).toBe("EntryNotFound");
    const seen = await plans.get(grace, plan.id);
    expect(seen.comments).toMatchObject([
      { path: "a/", body: "Keep these, @rita and @nobody. mail@ada.test", mine: true, by: { name: "grace" } },
      { path: "a/1", mine: false, by: { name: "ada", agent: true } },
    ]);
    expect(seen.reviewers.filter(({ asked }) => asked).map(({ name }) => name)).toEqual(["rita"]);
    const tree = await plans.listTree(grace, plan.id, { folder: "", limit: 10 });
    expect(tree.items.map(({ path, comments }) => [path, comments])).toEqual([
      ["a/", 2],
      ["b/", 0],
      ["c/", 0],
    ]);
    expect((await refused(plans.editComment(ada, plan.id, first.id, "mine now"))).code).toBe("Forbidden");
    await plans.editComment(grace, plan.id, first.id, "Keep them.");
    await plans.editComment(ada, plan.id, first.id, null);
    expect((await plans.get(grace, plan.id)).comments).toHaveLength(1);
  });

  test("whom the rules name, or somebody asks, finds the plan in the inbox", async () => {
    await fixture.rules(ada, bucket, { people: ["alan"] });
    const plan = await propose();
    const waiting = async () =>
      (await plans.list(alan, { box: "waiting", bucket, limit: 10 })).items.map(({ id }) => id);
    expect(await waiting()).toEqual([plan.id]);
    expect((await refused(plans.askReviewers(ada, plan.id, ["nobody"]))).code).toBe("BadRequest");
    await plans.askReviewers(ada, plan.id, ["alan"]);
    expect(await waiting()).toEqual([plan.id]);
    await approve(alan, plan);
    expect(await waiting()).toEqual([]);
  });

  test("every step is in the plan's activity, newest first", async () => {
    const plan = await propose();
    await plans.comment(grace, plan.id, { path: null, body: "fine" });
    await approve(grace, plan, SELECT_ALL, "go");
    await plans.rename(ada, plan.id, "Rotate");
    await plans.withdraw(ada, plan.id);
    const page = await plans.listActivity(ada, { plan: plan.id, limit: 3 });
    const rest = await plans.listActivity(ada, { plan: plan.id, limit: 3, cursor: page.cursor! });
    expect([...page.items, ...rest.items].map(({ type }) => type)).toEqual([
      "plan.withdrawn",
      "plan.renamed",
      "plan.approved",
      "plan.commented",
      "plan.submitted",
    ]);
    expect(page.items[2]).toMatchObject({
      by: { name: "grace" },
      details: { digest: plan.digest, covers: 5, note: "go" },
    });
    const only = await plans.listActivity(ada, { bucket, types: ["plan.approved", "batch"], by: "grace", limit: 10 });
    expect(only.items.map(({ type }) => type)).toEqual(["plan.approved"]);
    expect((await plans.listActivity(mallory, { limit: 10 })).items).toEqual([]);
  });
});

describe("lists", () => {
  test("go on where they stopped, box by box", async () => {
    const ids: number[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await propose(n % 2 === 0 ? ada : grace)).id);
    const read = async (actor: Actor, box: "all" | "mine" | "waiting") => {
      const found: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await plans.list(actor, { box, bucket, limit: 2, cursor });
        found.push(...page.items.map(({ id }) => id));
        cursor = page.cursor ?? undefined;
      } while (cursor !== undefined);
      return found;
    };
    expect(await read(ada, "all")).toEqual(ids);
    expect(await read(mallory, "all")).toEqual(ids);
    expect(await read(ada, "mine")).toEqual([ids[0], ids[2], ids[4]]);
    expect(await read(grace, "waiting")).toEqual([ids[0], ids[2], ids[4]]);
    expect(await read(mallory, "waiting")).toEqual([]);
    expect(await plans.countWaiting(grace)).toBeGreaterThanOrEqual(3);
    expect((await plans.list(mallory, { box: "all", limit: 10 })).items).toEqual([]);
  });

  test("the tree pages through folders and operations", async () => {
    const plan = await plans.get(
      ada,
      await fixture.submit(
        ada,
        bucket,
        ["a/1", "b/3", "c/d/e", "x", "y", "z"].map((path) => planUpload(path)),
      ),
    );
    for (const limit of [1, 2, 3, 4, 10]) {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await plans.listTree(ada, plan.id, { folder: "", limit, cursor });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        found.push(...page.items.map(({ path }) => path));
        cursor = page.cursor ?? undefined;
      } while (cursor !== undefined);
      expect(found).toEqual(["a/", "b/", "c/", "x", "y", "z"]);
    }
    const list = async (filter: object) =>
      (await plans.listOperations(ada, plan.id, { filter, limit: 10 })).items.map(({ path }) => path);
    expect(await list({ match: "c/*" })).toEqual(["c/d/e"]);
    expect(await list({ match: "/3" })).toEqual(["b/3"]);
    expect(await list({ match: "C/D" })).toEqual(["c/d/e"]);
    expect(await list({ match: "?/?" })).toEqual(["a/1", "b/3"]);
    expect(await list({ match: "[!ab]*" })).toEqual(["c/d/e", "x", "y", "z"]);
    expect(await list({ match: "%" })).toEqual([]);
    expect(await list({ kinds: ["overwrite"] })).toEqual(["a/1", "b/3"]);
    expect(await list({ minSize: 101 })).toEqual([]);
    expect(
      (await plans.listTree(ada, plan.id, { folder: "", limit: 10, filter: { kinds: ["overwrite"] } })).items.map(
        ({ path }) => path,
      ),
    ).toEqual(["a/", "b/"]);
  });
});
