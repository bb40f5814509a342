import { expect, test } from "vitest";
import { DEFAULT_RULES, type ReviewRules } from "#lib/core/plan/plan.ts";
import { draftOf, problemsOf, rulesOf } from "./rules-draft.ts";

const FULL: ReviewRules = {
  protect: ["runs", "export/final"],
  approvals: 2,
  roles: ["write", "admin"],
  people: ["mina"],
  owners: [{ glob: "runs/*", people: ["yuki", "jonas"] }],
  expiresAfter: 86_400_000,
  limits: { deleteShare: 0.2, deletes: 12, bytes: 1_500_000_000 },
  freeAdds: ["", "logs"],
};

test("there and back", () => {
  for (const rules of [DEFAULT_RULES, FULL, { ...FULL, protect: [""], expiresAfter: null }]) {
    expect(rulesOf(draftOf(rules))).toEqual(rules);
    expect(problemsOf(draftOf(rules))).toEqual({});
  }
});

test("what people type is read kindly", () => {
  const draft = {
    ...draftOf(DEFAULT_RULES),
    people: "@mina,  yuki mina",
    folders: "/runs/\n\nexport",
    protection: "some" as const,
  };
  expect(rulesOf({ ...draft, deletes: "1,000" })).toMatchObject({
    people: ["mina", "yuki"],
    protect: ["runs", "export"],
    limits: { deletes: 1000 },
  });
});

test("what can not be saved is said where it stands", () => {
  const draft = draftOf(DEFAULT_RULES);
  expect(problemsOf({ ...draft, protection: "some" })).toHaveProperty("protect");
  expect(problemsOf({ ...draft, approvals: "0" })).toHaveProperty("approvals");
  expect(problemsOf({ ...draft, approvals: "1.5" })).toHaveProperty("approvals");
  expect(problemsOf({ ...draft, roles: [] })).toHaveProperty("people");
  expect(problemsOf({ ...draft, owners: [{ key: "a", glob: "*", people: "" }] })).toHaveProperty("owners");
  expect(problemsOf({ ...draft, deleteShare: "many" })).toHaveProperty("limits");
  expect(problemsOf({ ...draft, deleteShare: "120" })).toHaveProperty("limits");
  expect(problemsOf({ ...draft, gigabytes: "-1" })).toHaveProperty("limits");
});
