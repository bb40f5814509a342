import { expect, test } from "vitest";
import { DEFAULT_RULES, type ReviewRules } from "#lib/core/plan/plan.ts";
import { explainRules, spanWords } from "./rules-words.ts";

const rules = (change: Partial<ReviewRules>): ReviewRules => ({ ...DEFAULT_RULES, ...change });

test("the house's defaults", () => {
  expect(explainRules(DEFAULT_RULES)).toEqual([
    "Not protected: clients may delete and overwrite files without a plan.",
    "A plan needs 1 approval, from members who may write; never from whoever submitted it or owns the agent that did.",
    "An approval holds for 24 hours.",
  ]);
});

test("everything said", () => {
  const all = rules({
    protect: ["runs", "export/"],
    approvals: 2,
    roles: ["admin"],
    people: ["yuki"],
    owners: [{ glob: "*.safetensors", people: ["mina", "yuki", "jonas"] }],
    expiresAfter: null,
    limits: { deleteShare: 0.2, deletes: 1000, bytes: 5e11 },
    freeAdds: ["logs"],
  });
  expect(explainRules(all)).toEqual([
    "Protected: no file under runs/ or export/ is deleted or overwritten without an approved plan.",
    "A plan needs approvals of 2 people, from its admins or yuki; never from whoever submitted it or owns the agent that did.",
    "What matches *.safetensors also needs mina, yuki or jonas.",
    "An approval never expires.",
    "What is approved of one plan may at most delete or overwrite 20% of the files it is about, delete 1,000 files and move 500 GB.",
    "New files under logs/ need no approval.",
  ]);
});

test("nobody may approve", () => {
  expect(explainRules(rules({ roles: [] }))[1]).toBe("Nobody may approve a plan: name a role or a person.");
});

test("the whole bucket, and spans", () => {
  expect(explainRules(rules({ protect: [""] }))[0]).toBe(
    "Protected: no file is deleted or overwritten without an approved plan.",
  );
  expect(explainRules(rules({ freeAdds: [""] })).at(-1)).toBe("New files need no approval.");
  expect([3_600_000, 86_400_000, 7 * 86_400_000, 5_400_000].map(spanWords)).toEqual([
    "1 hour",
    "24 hours",
    "7 days",
    "90 minutes",
  ]);
});
