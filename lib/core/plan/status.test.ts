import fc from "fast-check";
import { expect, test } from "vitest";
import { PLAN_STATUSES } from "./plan.ts";
import { allows, checkEvent, type StatusFacts, statusOf } from "./status.ts";

const facts = (more: Partial<StatusFacts> = {}): StatusFacts => ({
  withdrawn: false,
  objection: null,
  run: null,
  spent: 0,
  approved: 0,
  ...more,
});

test.each<[string, Partial<StatusFacts>, string]>([
  ["nothing yet", {}, "open"],
  ["some approved", { approved: 3 }, "approved"],
  ["changes requested", { approved: 3, objection: "request-changes" }, "changes-requested"],
  ["rejected", { approved: 3, objection: "reject", run: "running" }, "rejected"],
  ["withdrawn", { approved: 3, withdrawn: true, objection: "reject" }, "withdrawn"],
  ["running", { approved: 3, spent: 1, run: "running" }, "running"],
  ["paused", { approved: 3, spent: 1, run: "paused" }, "running"],
  ["all approved ran", { spent: 4, run: "done" }, "done"],
  ["ran by a client, without a run", { spent: 4 }, "done"],
  ["some failed", { spent: 1, approved: 2, run: "failed" }, "failed"],
  ["stopped half way", { spent: 1, approved: 2, run: "cancelled" }, "approved"],
  ["more approved after it ran", { spent: 4, approved: 2, run: "done" }, "approved"],
])("%s", (_, more, status) => {
  expect(statusOf(facts(more))).toBe(status);
});

test("nothing changes the bucket unless something is approved and nobody objects", () => {
  const any = fc.record({
    withdrawn: fc.boolean(),
    objection: fc.constantFrom(null, "reject" as const, "request-changes" as const),
    run: fc.constantFrom(
      null,
      "running" as const,
      "paused" as const,
      "done" as const,
      "failed" as const,
      "cancelled" as const,
    ),
    spent: fc.nat(2),
    approved: fc.nat(2),
  });
  fc.assert(
    fc.property(any, (all) => {
      const status = statusOf(all);
      expect(PLAN_STATUSES).toContain(status);
      const stopped = all.withdrawn || all.objection !== null;
      for (const event of ["run", "spend"] as const) {
        if (stopped) expect(allows(status, event)).toBe(false);
      }
      if (all.approved > 0 && !stopped) expect(allows(status, "spend")).toBe(true);
      if (all.approved === 0 && all.run !== "running" && all.run !== "paused")
        expect(allows(status, "spend")).toBe(false);
    }),
  );
});

test("a refusal says what the plan is", () => {
  expect(() => checkEvent("rejected", "run")).toThrow("The plan is rejected; it cannot be run now.");
  expect(() => checkEvent("approved", "run")).not.toThrow();
});
