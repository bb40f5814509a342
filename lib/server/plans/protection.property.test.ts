/**
 * Whatever anybody calls, in whatever order: no file of a protected folder goes or changes that was not approved for exactly that. The
 * judge here knows nothing of versions, digests, roll-ups or the guard: it remembers what each reviewer was shown and checked, and looks
 * at the bucket after every call.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isHubError } from "#lib/core/errors.ts";
import { PLAN_KINDS, type PlanKind, type ReviewRules, type Selection } from "#lib/core/plan/plan.ts";
import type { Actor } from "../hub/actor.ts";
import { contentOf } from "../hub/fixture.ts";
import { createPlans, type EmbeddedPlans } from "./embedded.ts";
import { drop, openPlansFixture, type PlansFixture, planDelete, planUpload, put } from "./fixture.ts";

const FILES = { "p/a": "A", "p/b": "B", "p/own/c": "C", "p/own/d": "D", "free/e": "E" };
const PATHS = [...Object.keys(FILES), "p/new", "free/new"];
const CONTENTS = ["new", "newer", "other"];
const PEOPLE = ["ada", "grace", "alan", "rita", "mallory"];
const HOUR = 3600_000;

let fixture: PlansFixture;
let plans: EmbeddedPlans;
const people = new Map<string, Actor>();
let number = 0;

beforeAll(async () => {
  fixture = await openPlansFixture();
  plans = createPlans({ ...fixture.context, allowPrivateWebhooks: false });
  for (const name of PEOPLE) people.set(name, await fixture.user(name));
});
afterAll(async () => {
  await plans.close();
  await fixture.close();
});

/** What a reviewer was shown of one operation. */
interface Shown {
  kind: PlanKind;
  /** Name of the content that stood at the path; null: nothing. */
  ground: string | null;
  /** Name of the content to be written, where the plan says it. */
  content: string | null;
}

interface Word {
  verdict: "approve" | "request-changes" | "reject";
  version: number;
  expiresAt: number;
  /** By full path. */
  shown: Map<string, Shown>;
}

interface Proposal {
  id: number;
  submitter: string;
  withdrawn: boolean;
  /** Each person's last word. */
  words: Map<string, Word>;
  /** Paths that it has changed already. */
  used: Set<string>;
}

/** Each with how often it is tried. */
const VERBS = {
  submit: 4,
  decide: 14,
  undecide: 1,
  withdraw: 1,
  rules: 2,
  member: 1,
  tick: 1,
  batch: 4,
  deletePaths: 2,
  run: 6,
  rebase: 2,
  revert: 1,
} as const;
type Verb = keyof typeof VERBS;
const verbs = fc.oneof(
  ...Object.entries(VERBS).map(([name, weight]) => ({ arbitrary: fc.constant(name as Verb), weight })),
);
const any = fc.noBias(fc.nat(9999));
type Action = [Verb, number, number, number];
const actions = fc.array(fc.tuple(verbs, any, any, any), { minLength: 20, maxLength: 80, size: "max" });

// One after the other: the second looks at what the first did.
describe("whatever anybody calls", { shuffle: false }, () => {
  test("no sequence of calls by any mix of roles leads to an unapproved deletion or overwrite", async () => {
    await fc.assert(fc.asyncProperty(actions, play), {
      numRuns: Number(process.env.PLAN_RUNS ?? 30),
      endOnFailure: true,
    });
  }, 300_000);

  test("and approved ones were among them", () => {
    expect(changes).toBeGreaterThan(0);
  });
});

let changes = 0;

async function play(script: Action[]): Promise<void> {
  const org = `lab${++number}`;
  const id = `${org}/b`;
  const roles = new Map<string, "read" | "write" | "admin">([
    ["ada", "admin"],
    ["grace", "write"],
    ["alan", "write"],
    ["rita", "read"],
  ]);
  await fixture.org(org, Object.fromEntries(roles));
  const ada = people.get("ada")!;
  await fixture.fill(ada, id, FILES);
  let rules: ReviewRules = { ...(await plans.getRules(ada, id)), protect: ["p"], expiresAfter: 2 * HOUR };
  await plans.setRules(ada, id, rules);
  const proposals: Proposal[] = [];
  const names = new Map([...Object.values(FILES), ...CONTENTS].map((name) => [contentOf(name, 100).xetHash, name]));
  const nameOf = (bytes: Uint8Array | null) =>
    bytes === null ? null : (names.get(Buffer.from(bytes).swap64().toString("hex")) ?? "?");

  for (const [verb, who, what, how] of script) {
    const name = PEOPLE[who % PEOPLE.length]!;
    const actor = roleOf(people.get(name)!, who);
    // Mostly the newest.
    const proposal = proposals.at(-1 - (what % 3 === 0 ? what % Math.max(1, proposals.length) : 0));
    const path = PATHS[what % PATHS.length]!;
    const before = await fixture.held(id);
    await allowed(() => act(verb, name, actor, proposal, path, how));
    await plans.idle();
    await judge(before, await fixture.held(id));
  }

  async function act(
    verb: Verb,
    name: string,
    actor: Actor,
    proposal: Proposal | undefined,
    path: string,
    how: number,
  ): Promise<void> {
    switch (verb) {
      case "submit": {
        const some = PATHS.filter((_, at) => ((how + 1) >> at) % 2 === 1);
        const operations = some.map((one, at) =>
          (how + at) % 4 === 0 ? planUpload(one, how % 2 === 0 ? CONTENTS[at % 3] : undefined) : planDelete(one),
        );
        const made = await fixture.submit(actor, id, operations);
        proposals.push({ id: made, submitter: name, withdrawn: false, words: new Map(), used: new Set() });
        return;
      }
      case "decide": {
        if (proposal === undefined) return;
        const { digest, version } = await plans.get(actor, proposal.id);
        const verdict = how % 23 === 0 ? "reject" : how % 17 === 0 ? "request-changes" : "approve";
        const selection = selectionOf(how);
        const shown = new Map<string, Shown>();
        for (const row of await fixture.rows(proposal.id)) {
          const kind = PLAN_KINDS[row.kind];
          if (row.until !== null || !picks(selection, row.path, kind)) continue;
          shown.set(row.path, { kind, ground: nameOf(row.ground_hash), content: nameOf(row.xet_hash) });
        }
        const wrong = how % 11 === 0;
        await plans.decide(actor, proposal.id, {
          verdict,
          digest: wrong ? "0".repeat(64) : digest,
          selection,
          note: "",
        });
        expect(wrong).toBe(false);
        const expiresAt = fixture.clock() + (rules.expiresAfter ?? Number.POSITIVE_INFINITY);
        proposal.words.set(name, { verdict, version, expiresAt, shown });
        return;
      }
      case "undecide":
        if (proposal === undefined) return;
        await plans.undecide(actor, proposal.id);
        proposal.words.delete(name);
        return;
      case "withdraw": {
        if (proposal === undefined || how % 3 > 0) return;
        await plans.withdraw(actor, proposal.id);
        proposal.withdrawn = true;
        return;
      }
      case "rules": {
        // Only an admin's word counts; everybody tries to take the protection away.
        const wanted: ReviewRules = {
          ...rules,
          protect: name === "ada" ? ["p"] : [],
          approvals: how % 4 === 0 ? 2 : 1,
          people: how % 3 === 0 ? ["mallory"] : [],
          owners: how % 5 === 0 ? [{ glob: "p/own/*", people: ["alan"] }] : [],
        };
        await plans.setRules(actor, id, wanted);
        expect(roles.get(name)).toBe("admin");
        rules = wanted;
        return;
      }
      case "member": {
        const person = ["grace", "alan", "rita"][how % 3]!;
        const role = how % 4 === 0 ? "read" : "write";
        await fixture.accounts.addMember(org, person, role);
        roles.set(person, role);
        return;
      }
      case "tick":
        fixture.tick((how % 90) * 60_000);
        return;
      case "batch": {
        const other = PATHS[(how * 3) % PATHS.length]!;
        const line = (one: string, at: number) => ((how + at) % 3 === 0 ? put(one, CONTENTS[how % 3]!) : drop(one));
        await fixture.batch(actor, id, line(path, 0), ...(other === path || how % 2 === 0 ? [] : [line(other, 1)]));
        return;
      }
      case "deletePaths":
        await fixture.hub.deletePaths(
          actor,
          id,
          how % 2 === 0 ? { files: [path], folders: [] } : { files: [], folders: ["p/own"] },
        );
        return;
      case "run":
        if (proposal !== undefined) await plans.startRun(actor, proposal.id);
        return;
      case "rebase":
        if (proposal !== undefined) await plans.rebase(actor, proposal.id);
        return;
      case "revert": {
        if (proposal === undefined) return;
        const made = await plans.revert(actor, proposal.id);
        proposals.push({ id: made.id, submitter: name, withdrawn: false, words: new Map(), used: new Set() });
        return;
      }
    }
  }

  /** Each change of a protected path needs a plan that has it, approved by enough of those who may, now. */
  async function judge(before: Record<string, string>, after: Record<string, string>): Promise<void> {
    for (const [path, content] of Object.entries(before)) {
      if (!path.startsWith("p/") || after[path] === content) continue;
      const now = after[path] ?? null;
      const by: Proposal[] = [];
      for (const proposal of proposals) if (await covers(proposal, path, content, now)) by.push(proposal);
      expect(by.length, `${path} went from ${content} to ${now}`).toBeGreaterThan(0);
      changes += 1;
      // Which one it was shows in its row; the approval is used up.
      for (const proposal of by) {
        const spent = (await fixture.rows(proposal.id)).some((row) => row.path === path && row.spent_at !== null);
        if (spent) proposal.used.add(path);
      }
      expect(by.some(({ used }) => used.has(path))).toBe(true);
    }
  }

  async function covers(proposal: Proposal, path: string, from: string, to: string | null): Promise<boolean> {
    if (proposal.withdrawn || proposal.used.has(path)) return false;
    const { version } = await fixture.plan(proposal.id);
    const approvers: string[] = [];
    for (const [name, word] of proposal.words) {
      if (word.verdict === "reject") return false;
      if (word.verdict === "request-changes") {
        if (word.version === version) return false;
        continue;
      }
      const shown = word.shown.get(path);
      if (name === proposal.submitter || shown === undefined || word.expiresAt <= fixture.clock()) continue;
      if (shown.ground !== from || shown.kind !== (to === null ? "delete" : "overwrite")) continue;
      if (to !== null && shown.content !== null && shown.content !== to) continue;
      const role = roles.get(name);
      const everywhere = role === "write" || role === "admin" || rules.people.includes(name);
      const owns = path.startsWith("p/own/") && rules.owners.some((owner) => owner.people.includes(name));
      if (everywhere || owns) approvers.push(name);
    }
    const owned =
      !path.startsWith("p/own/") || rules.owners.every((owner) => owner.people.some((one) => approvers.includes(one)));
    return approvers.length >= rules.approvals && owned;
  }
}

/** Sometimes a token with less than the person has. */
function roleOf(actor: Actor, who: number): Actor {
  const token = { id: "t", label: "job", createdAt: 0 };
  if (who % 4 === 1) return { ...actor, role: "propose", token };
  if (who % 9 === 2) return { ...actor, role: "read", token };
  if (who % 6 === 3) return { ...actor, role: "write", token };
  return actor;
}

/** A call may be refused; it may not fail otherwise. */
async function allowed(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isHubError(error) || error.code === "Internal") throw error;
  }
}

function selectionOf(how: number): Selection {
  const all = { path: "/", include: how % 8 > 0 };
  const folder = { path: how % 2 === 0 ? "p/" : "p/own/", include: how % 9 > 1 };
  const one = {
    path: PATHS[how % PATHS.length]!,
    include: how % 5 > 1,
    ...(how % 6 === 0 && { kinds: ["delete" as const] }),
  };
  return [all, folder, one];
}

/** The longest path wins; of equal ones that with kinds, then the later. */
function picks(selection: Selection, path: string, kind: PlanKind): boolean {
  let best: { length: number; kinds: boolean; include: boolean } | null = null;
  for (const rule of selection) {
    const fits = rule.path === "/" || rule.path === path || (rule.path.endsWith("/") && path.startsWith(rule.path));
    if (!fits || (rule.kinds !== undefined && !rule.kinds.includes(kind))) continue;
    const found = { length: rule.path.length, kinds: rule.kinds !== undefined, include: rule.include };
    if (best === null || found.length > best.length) best = found;
    else if (found.length === best.length && (found.kinds || !best.kinds)) best = found;
  }
  return best?.include ?? false;
}
