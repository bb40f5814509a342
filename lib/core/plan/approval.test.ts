import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Decision,
  isApproved,
  isFreeAdd,
  overLimits,
  protectedBy,
  type ReviewedOperation,
  type ReviewPerson,
  type ReviewState,
  standingOf,
  whyMayNot,
} from "./approval.ts";
import { compileGlob } from "./filter.ts";
import {
  DEFAULT_RULES,
  emptyTotals,
  PLAN_KINDS,
  type PlanKind,
  type ReviewRules,
  SELECT_ALL,
  type Selection,
} from "./plan.ts";
import { allows, statusOf } from "./status.ts";

const rules = (facts: Partial<ReviewRules> = {}): ReviewRules => ({ ...DEFAULT_RULES, ...facts });
const person = (id: number, facts: Partial<ReviewPerson> = {}): ReviewPerson => ({
  id,
  name: `p${id}`,
  role: "write",
  canRead: true,
  ...facts,
});
const decision = (id: number, userId: number, facts: Partial<Decision> = {}): Decision => ({
  id,
  userId,
  version: 1,
  digest: "d1",
  verdict: "approve",
  selection: SELECT_ALL,
  expiresAt: null,
  withdrawnAt: null,
  ...facts,
});
const operation = (facts: Partial<ReviewedOperation> = {}): ReviewedOperation => ({
  path: "a/b",
  target: "runs/a/b",
  kind: "delete",
  since: 1,
  ...facts,
});

function state(facts: Partial<ReviewState> = {}): ReviewState {
  const people = new Map([1, 2, 3, 9].map((id) => [id, person(id)]));
  return {
    decisions: [],
    rules: rules(),
    people,
    submitter: 9,
    digests: new Map([
      [1, "d1"],
      [2, "d2"],
    ]),
    version: 1,
    now: 1000,
    ...facts,
  };
}

const covered = (facts: Partial<ReviewState>, one: Partial<ReviewedOperation> = {}) =>
  isApproved(operation(one), standingOf(state(facts)));

describe("coverage", () => {
  test("nobody decided: nothing is covered, not even a skip", () => {
    for (const kind of PLAN_KINDS) expect(covered({}, { kind })).toBe(false);
  });

  test("one approval, as the default rules ask", () => {
    expect(covered({ decisions: [decision(1, 1)] })).toBe(true);
  });

  test("the submitter's own approval is none", () => {
    expect(covered({ decisions: [decision(1, 9)] })).toBe(false);
  });

  test("a quorum is of people, not of clicks", () => {
    const two = rules({ approvals: 2 });
    expect(covered({ rules: two, decisions: [decision(1, 1), decision(2, 1)] })).toBe(false);
    expect(covered({ rules: two, decisions: [decision(1, 1), decision(2, 2)] })).toBe(true);
    expect(covered({ rules: two, decisions: [decision(1, 1), decision(2, 9)] })).toBe(false);
  });

  test("rules that ask for none ask for one", () => {
    expect(covered({ rules: rules({ approvals: 0 }) })).toBe(false);
  });

  test("expired, withdrawn, replaced, of another digest, of somebody who may not: none counts", () => {
    const lapsed = (facts: Partial<Decision>) =>
      standingOf(state({ decisions: [decision(1, 1, facts)] })).lapsed.get(1);
    expect(lapsed({ expiresAt: 1000 })).toBe("expired");
    expect(lapsed({ expiresAt: 1001 })).toBeUndefined();
    expect(lapsed({ withdrawnAt: 1 })).toBe("withdrawn");
    expect(lapsed({ digest: "d2" })).toBe("other-digest");
    expect(lapsed({ version: 7 })).toBe("other-digest");
    expect(lapsed({ userId: 77 })).toBe("may-not");
    expect(lapsed({ verdict: "request-changes" })).toBeUndefined();
    const later = standingOf(state({ decisions: [decision(1, 1), decision(2, 1, { withdrawnAt: 5 })] }));
    expect([...later.lapsed]).toEqual([
      [1, "replaced"],
      [2, "withdrawn"],
    ]);
    expect(later.approvals).toEqual([]);
  });

  test("stricter rules count at once", () => {
    const decisions = [decision(1, 1)];
    expect(covered({ decisions, rules: rules({ approvals: 2 }) })).toBe(false);
    expect(covered({ decisions, rules: rules({ roles: ["admin"] }) })).toBe(false);
    expect(covered({ decisions, rules: rules({ roles: ["admin"], people: ["p1"] }) })).toBe(true);
    expect(covered({ decisions, rules: rules({ owners: [{ glob: "runs/*", people: ["p2"] }] }) })).toBe(false);
  });

  test("owners are asked for what is theirs, and their word counts nowhere else", () => {
    const owned = rules({ roles: ["admin"], people: ["p2"], owners: [{ glob: "runs/a/*", people: ["p1"] }] });
    const both = [decision(1, 1), decision(2, 2)];
    expect(covered({ rules: owned, decisions: [decision(1, 2)] })).toBe(false);
    expect(covered({ rules: owned, decisions: both })).toBe(true);
    expect(covered({ rules: owned, decisions: [decision(1, 1)] })).toBe(true);
    expect(covered({ rules: owned, decisions: [decision(1, 1)] }, { path: "c", target: "runs/c" })).toBe(false);
    expect(covered({ rules: { ...owned, approvals: 2 }, decisions: both }, { path: "c", target: "runs/c" })).toBe(
      false,
    );
  });

  test("a selection covers what it selects", () => {
    const decisions = [decision(1, 1, { selection: [{ path: "a/", include: true, kinds: ["add"] }] })];
    expect(covered({ decisions }, { kind: "add" })).toBe(true);
    expect(covered({ decisions }, { kind: "delete" })).toBe(false);
    expect(covered({ decisions }, { kind: "add", path: "b" })).toBe(false);
  });

  test("a rebase keeps approvals of what did not change, and of nothing else", () => {
    const decisions = [decision(1, 1)];
    expect(covered({ decisions, version: 2 }, { since: 1 })).toBe(true);
    expect(covered({ decisions, version: 2 }, { since: 2 })).toBe(false);
  });

  test("objections stop everything, free adds too", () => {
    const free = rules({ freeAdds: ["runs/"] });
    expect(covered({ rules: free }, { kind: "add" })).toBe(true);
    expect(covered({ rules: free }, { kind: "overwrite" })).toBe(false);
    const verdict = (one: Decision["verdict"]) => [decision(1, 1), decision(2, 2, { verdict: one })];
    for (const one of ["reject", "request-changes"] as const) {
      expect(covered({ decisions: verdict(one) })).toBe(false);
      expect(covered({ rules: free, decisions: verdict(one) }, { kind: "add" })).toBe(false);
    }
    expect(covered({ decisions: verdict("request-changes"), version: 2 })).toBe(true);
    expect(covered({ decisions: verdict("reject"), version: 2 })).toBe(false);
    expect(covered({ decisions: [...verdict("reject"), decision(3, 2)] })).toBe(true);
  });

  test("an objection outlives the rights of who made it", () => {
    const decisions = [decision(1, 1), decision(2, 77, { verdict: "reject" })];
    expect(covered({ decisions })).toBe(false);
  });
});

test("who may decide, and why not", () => {
  expect(whyMayNot(person(1), rules(), 9)).toBeNull();
  expect(whyMayNot(person(9), rules(), 9)).toMatch(/submitted/);
  expect(whyMayNot(person(1, { role: "contributor" }), rules(), 9)).toMatch(/among/);
  expect(whyMayNot(person(1, { role: "read" }), rules({ people: ["p1"] }), 9)).toBeNull();
  expect(whyMayNot(person(1, { role: null, canRead: false }), rules({ people: ["p1"] }), 9)).toMatch(/read/);
  expect(whyMayNot(person(1, { role: null }), rules({ owners: [{ glob: "*", people: ["p1"] }] }), 9)).toBeNull();
  expect(whyMayNot(undefined, rules(), 9)).toMatch(/read/);
});

test("prefixes are folders, with or without a slash", () => {
  for (const prefix of ["export", "export/"]) {
    expect(protectedBy("export/a", rules({ protect: [prefix] }))).toBe(prefix);
    expect(protectedBy("exported", rules({ protect: [prefix] }))).toBeNull();
    expect(isFreeAdd("export/a", rules({ freeAdds: [prefix] }))).toBe(true);
  }
  expect(protectedBy("any", rules({ protect: [""] }))).toBe("");
});

test("limits, with their numbers", () => {
  const totals = emptyTotals();
  totals.delete = { count: 20, bytes: 5 };
  totals.overwrite = { count: 5, bytes: 7 };
  totals.add = { count: 100, bytes: 3 };
  const over = (limits: Partial<ReviewRules["limits"]>) =>
    overLimits(totals, rules({ limits: { deleteShare: null, deletes: null, bytes: null, ...limits } }), 100);
  expect(over({})).toEqual([]);
  expect(over({ deleteShare: 0.25, deletes: 20, bytes: 10 })).toEqual([]);
  expect(over({ deleteShare: 0.2 })).toEqual(["25 deletes and overwrites are 25% of 100 files, limit 20%"]);
  expect(over({ deletes: 19 })).toEqual(["20 deletes, limit 19"]);
  expect(over({ bytes: 9 })).toEqual(["10 bytes to transfer, limit 9"]);
});

/*
 * Any sequence of calls by any mix of people. The model below is the code of a server reduced to what it must do: record decisions from those who
 * may, judge at the moment of a run, spend. The oracle reads the history alone, in the words of the product, and shares no line with approval.ts.
 */
const PATHS = ["a/x", "a/y", "b", "c/d/e"];
const NAMES = ["ada", "ben", "cho", "dee", "eve"];
const SUBMITTER = 4;

const selection: fc.Arbitrary<Selection> = fc.array(
  fc.record(
    {
      path: fc.constantFrom("/", "a/", "c/", "c/d/", ...PATHS),
      include: fc.boolean(),
      kinds: fc.uniqueArray(fc.constantFrom<PlanKind>("add", "overwrite", "delete"), { minLength: 1 }),
    },
    { requiredKeys: ["path", "include"] },
  ),
  { maxLength: 4 },
);
const someone = fc.nat(NAMES.length - 1);
const anyRules: fc.Arbitrary<ReviewRules> = fc.record({
  protect: fc.constant([""]),
  approvals: fc.integer({ min: 0, max: 3 }),
  roles: fc.uniqueArray(fc.constantFrom("write" as const, "admin" as const)),
  people: fc.uniqueArray(fc.constantFrom(...NAMES)),
  owners: fc.array(
    fc.record({ glob: fc.constantFrom("a/*", "*", "b"), people: fc.uniqueArray(fc.constantFrom(...NAMES)) }),
    { maxLength: 2 },
  ),
  expiresAfter: fc.constantFrom(null, 3, 10),
  limits: fc.constant(DEFAULT_RULES.limits),
  freeAdds: fc.constantFrom([], ["a"]),
});
type Step =
  | { do: "decide"; who: number; verdict: Decision["verdict"]; selection: Selection; digest: boolean }
  | { do: "take-back"; who: number }
  | { do: "rules"; rules: ReviewRules }
  | { do: "role"; who: number; role: ReviewPerson["role"]; canRead: boolean }
  | { do: "rebase"; changed: string[] }
  | { do: "withdraw" }
  | { do: "wait"; for: number }
  | { do: "run"; path: string };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("decide" as const),
      who: someone,
      verdict: fc.constantFrom(
        "approve" as const,
        "approve" as const,
        "approve" as const,
        "request-changes" as const,
        "reject" as const,
      ),
      selection: fc.oneof(fc.constant(SELECT_ALL), selection),
      digest: fc.nat(9).map((n) => n > 0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("take-back" as const), who: someone }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rules" as const), rules: anyRules }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("role" as const),
      who: someone,
      role: fc.constantFrom<ReviewPerson["role"]>("admin", "write", "contributor", "read", null),
      canRead: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rebase" as const), changed: fc.subarray(PATHS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("withdraw" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), for: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("run" as const), path: fc.constantFrom(...PATHS) }) },
);

interface Told {
  who: number;
  verdict: Decision["verdict"];
  selection: Selection;
  version: number;
  at: number;
  goodDigest: boolean;
  expiresAt: number | null;
  takenBack: boolean;
}

/** In the product's words: may this operation run, given everything that was said so far? */
function oracle(
  told: Told[],
  now: number,
  now_rules: ReviewRules,
  people: ReviewPerson[],
  one: { path: string; kind: PlanKind; since: number },
  version: number,
): boolean {
  const last = new Map<number, Told>();
  for (const entry of told) last.set(entry.who, entry);
  for (const { verdict, takenBack, version: of } of last.values()) {
    if (takenBack) continue;
    if (verdict === "reject" || (verdict === "request-changes" && of === version)) return false;
  }
  if (one.kind === "add" && now_rules.freeAdds.includes("a") && one.path.startsWith("a/")) return true;
  const ownersHere = now_rules.owners.filter(({ glob }) => compileGlob(glob)(one.path));
  const for_it = [...last.values()].filter((entry) => {
    const reviewer = people[entry.who];
    if (
      entry.takenBack ||
      entry.verdict !== "approve" ||
      !entry.goodDigest ||
      entry.who === SUBMITTER ||
      !reviewer.canRead
    )
      return false;
    if (entry.expiresAt !== null && now >= entry.expiresAt) return false;
    if (entry.version < one.since) return false;
    const byRole =
      (reviewer.role === "write" && now_rules.roles.includes("write")) ||
      (reviewer.role === "admin" && now_rules.roles.includes("admin"));
    const owns = ownersHere.some((owner) => owner.people.includes(reviewer.name));
    if (!byRole && !now_rules.people.includes(reviewer.name) && !owns) return false;
    let said = { length: -1, special: false, include: false };
    for (const rule of entry.selection) {
      const hits =
        rule.path === "/" || rule.path === one.path || (rule.path.endsWith("/") && one.path.startsWith(rule.path));
      if (!hits || (rule.kinds && !rule.kinds.includes(one.kind))) continue;
      const length = rule.path === "/" ? 0 : rule.path.length;
      const special = rule.kinds !== undefined;
      if (length > said.length || (length === said.length && (special || !said.special)))
        said = { length, special, include: rule.include };
    }
    return said.include;
  });
  const names = for_it.map(({ who }) => NAMES[who]);
  if (new Set(names).size < Math.max(1, now_rules.approvals)) return false;
  return ownersHere.every((owner) => owner.people.some((name) => names.includes(name)));
}

test("no sequence of calls by any mix of roles runs what was not approved, and what was approved runs once", () => {
  let ran = 0;
  fc.assert(
    fc.property(
      anyRules,
      fc.array(fc.constantFrom<PlanKind>("add", "overwrite", "delete"), { minLength: 4, maxLength: 4 }),
      fc.array(step, { minLength: 5, maxLength: 40 }),
      (firstRules, kinds, steps) => {
        let current = firstRules;
        let [now, version, withdrawn] = [0, 1, false];
        const people = NAMES.map(
          (name, id): ReviewPerson => ({ id, name, role: id % 2 ? "write" : "admin", canRead: true }),
        );
        const operations = new Map(
          PATHS.map((path, at) => [path, { path, target: path, kind: kinds[at], since: 1, spent: false }]),
        );
        const decisions: Decision[] = [];
        const told: Told[] = [];
        const judge = () => {
          const digests = new Map(Array.from({ length: version }, (_, at) => [at + 1, `d${at + 1}`]));
          return standingOf({
            decisions,
            rules: current,
            people: new Map(people.map((one) => [one.id, one])),
            submitter: SUBMITTER,
            digests,
            version,
            now,
          });
        };
        const status = () => {
          const standing = judge();
          const all = [...operations.values()];
          return statusOf({
            withdrawn,
            objection: (standing.objections[0]?.verdict as "reject" | undefined) ?? null,
            run: null,
            spent: all.filter(({ spent }) => spent).length,
            approved: all.filter((one) => !one.spent && isApproved(one, standing)).length,
          });
        };
        for (const call of steps) {
          now++;
          if (call.do === "wait") now += call.for;
          else if (call.do === "rules") current = call.rules;
          else if (call.do === "role") Object.assign(people[call.who], { role: call.role, canRead: call.canRead });
          else if (call.do === "withdraw") withdrawn ||= allows(status(), "withdraw") && now % 5 === 0;
          else if (call.do === "rebase" && allows(status(), "rebase")) {
            version++;
            for (const path of call.changed) if (!operations.get(path)!.spent) operations.get(path)!.since = version;
          } else if (call.do === "decide" && allows(status(), call.verdict === "approve" ? "approve" : "object")) {
            // Not asked whether they may: a server that forgets to ask is part of the mix.
            const expiresAt = current.expiresAfter === null ? null : now + current.expiresAfter;
            const digest = call.digest ? `d${version}` : "other";
            decisions.push({
              id: decisions.length + 1,
              userId: call.who,
              version,
              digest,
              verdict: call.verdict,
              selection: call.selection,
              expiresAt,
              withdrawnAt: null,
            });
            told.push({
              who: call.who,
              verdict: call.verdict,
              selection: call.selection,
              version,
              at: now,
              goodDigest: call.digest,
              expiresAt,
              takenBack: false,
            });
          } else if (call.do === "take-back") {
            const last = decisions.findLast(({ userId }) => userId === call.who);
            if (last) last.withdrawnAt = now;
            const said = told.findLast(({ who }) => who === call.who);
            if (said) said.takenBack = true;
          } else if (call.do === "run") {
            const one = operations.get(call.path)!;
            const may = !withdrawn && oracle(told, now, current, people, one, version);
            const does = !withdrawn && isApproved(one, judge()) && !one.spent;
            expect(does).toBe(may && !one.spent);
            if (does) {
              expect(allows(status(), "spend")).toBe(true);
              one.spent = true;
              ran++;
            }
          }
        }
      },
    ),
    { numRuns: 4000 },
  );
  expect(ran).toBeGreaterThan(1000);
});
