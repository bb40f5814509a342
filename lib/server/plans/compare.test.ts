import { afterAll, beforeAll, expect, test } from "vitest";
import { isHubError } from "#lib/core/errors.ts";
import { SELECT_ALL } from "#lib/core/plan/plan.ts";
import type { Actor } from "../hub/actor.ts";
import { createPlans, type EmbeddedPlans } from "./embedded.ts";
import { openPlansFixture, type PlansFixture, planDelete, planUpload, put } from "./fixture.ts";
import { createUpstreamPlans } from "./upstream.ts";

let fixture: PlansFixture;
let plans: EmbeddedPlans;
let ada: Actor;
let grace: Actor;

beforeAll(async () => {
  fixture = await openPlansFixture();
  plans = createPlans({ ...fixture.context, allowPrivateWebhooks: false });
  ada = await fixture.user("ada");
  grace = await fixture.user("grace");
});
afterAll(async () => {
  await plans.close();
  await fixture.close();
});

async function changesOf(id: number, options: { from?: number; to?: number; with?: number }, limit: number) {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await plans.compare(ada, id, { ...options, limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(
      ...page.items.map(({ path, before, after }) => `${path}: ${before?.kind ?? "-"} > ${after?.kind ?? "-"}`),
    );
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

test("versions differ where a rebase wrote anew, and approvals hold for the rest", async () => {
  const files = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`f/${String(n).padStart(2, "0")}`, "A"]));
  await fixture.fill(ada, "ada/versions", files);
  await fixture.rules(ada, "ada/versions", { people: ["grace"] });
  const id = await fixture.submit(ada, "ada/versions", Object.keys(files).map(planDelete));
  const { digest } = await plans.get(grace, id);
  await plans.decide(grace, id, { verdict: "approve", digest, selection: SELECT_ALL, note: "" });
  await fixture.batch(ada, "ada/versions", put("f/03", "other"), put("f/11", "new"), put("f/29", "newer"));
  const stale = await plans.get(ada, id);
  expect([stale.stale, stale.runnable.delete.count]).toEqual([3, 27]);
  expect(stale.staleExamples.map(({ path, moved }) => `${path} ${moved}`)).toEqual([
    "f/03 was: delete · the file has changed",
    "f/11 was: delete · the file has changed",
    "f/29 was: delete · the file has changed",
  ]);
  const rebased = await plans.rebase(ada, id);
  expect([rebased.version, rebased.stale, rebased.runnable.delete.count]).toEqual([2, 0, 27]);
  const changed = await changesOf(id, {}, 100);
  expect(changed.map((line) => line.slice(0, 4))).toEqual(["f/03", "f/11", "f/29"]);
  expect(await changesOf(id, { from: 1, to: 2 }, 1)).toEqual(changed);
  await fixture.batch(ada, "ada/versions", put("f/11", "other"));
  await plans.rebase(ada, id);
  expect((await changesOf(id, { from: 2, to: 3 }, 10)).map((line) => line.slice(0, 4))).toEqual(["f/11"]);
  expect((await changesOf(id, { from: 1, to: 3 }, 2)).map((line) => line.slice(0, 4))).toEqual([
    "f/03",
    "f/11",
    "f/29",
  ]);
  for (const wrong of [{ from: 2, to: 2 }, { from: 0 }, { from: 1, to: 9 }]) {
    await expect(plans.compare(ada, id, { ...wrong, limit: 1 })).rejects.toSatisfy((error) =>
      isHubError(error, "BadRequest"),
    );
  }
});

test("plans differ where one has what the other has not, or does something else", async () => {
  await fixture.fill(ada, "ada/two", { a: "A", b: "B" });
  const before = await fixture.submit(ada, "ada/two", [
    planDelete("a"),
    planUpload("b"),
    planUpload("c"),
    planUpload("d", "new"),
  ]);
  const after = await fixture.submit(ada, "ada/two", [
    planUpload("a"),
    planUpload("b"),
    planUpload("d", "other"),
    planUpload("e"),
  ]);
  const expected = ["a: delete > overwrite", "c: add > -", "d: add > add", "e: - > add"];
  for (const limit of [1, 3, 10]) expect(await changesOf(after, { with: before }, limit)).toEqual(expected);
  expect((await plans.get(ada, after)).previous).toBe(before);
});

test("a deleted bucket takes its plans along", async () => {
  await fixture.fill(ada, "ada/gone", { a: "A" });
  const id = await fixture.submit(ada, "ada/gone", [planDelete("a"), planUpload("deep/er/b")]);
  await fixture.hub.deleteBucket(ada, "ada/gone");
  await expect(plans.get(ada, id)).rejects.toSatisfy((error) => isHubError(error, "NotFound"));
  expect((await plans.list(ada, { box: "mine", limit: 100 })).items.map((plan) => plan.id)).not.toContain(id);
  await fixture.hub.purged();
  expect(await fixture.rows(id)).toEqual([]);
  const left = await fixture.db.read.selectFrom("plan_folders").select("id").where("plan_id", "=", id).execute();
  expect(left).toEqual([]);
});

test("before another Hub plans are not offered, in one clear sentence", async () => {
  const upstream = createUpstreamPlans();
  await expect(upstream.get(ada, 1)).rejects.toThrow("not offered while this server stands before another Hub");
  expect(await upstream.countWaiting(ada)).toBe(0);
});
