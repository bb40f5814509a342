/**
 * Two accounts with overlapping private data: everything that one is ever answered is the same, byte for byte, whether the other's data is
 * there or not (privacy/transcript.ts says what is put in another form first). So is the work that an answer takes.
 */
import { beforeAll, expect, test } from "vitest";
import { type Played, play } from "./privacy/play.ts";
import { findUncovered } from "./privacy/routes.ts";
import type { Entry } from "./privacy/transcript.ts";

let both: Played;
let withoutAlice: Played;
let withoutBob: Played;

beforeAll(async () => {
  both = await play({ alice: true, bob: true });
  withoutAlice = await play({ alice: false, bob: true });
  withoutBob = await play({ alice: true, bob: false });
}, 600_000);

const answers = (entries: Entry[]) => entries.map(({ work: _, ...answer }) => answer);

/** The first that differs, so that a failure is short. */
function firstDifference(some: Entry[], others: Entry[]): unknown {
  const [a, b] = [answers(some), answers(others)];
  for (const [at, answer] of a.entries()) {
    if (JSON.stringify(answer) !== JSON.stringify(b[at])) return { at, with: answer, without: b[at] };
  }
  return a.length === b.length ? null : { lengths: [a.length, b.length] };
}

test("Bob is answered the same with and without Alice's data", () => {
  expect(both.bob.length).toBeGreaterThan(1000);
  expect(firstDifference(both.bob, withoutAlice.bob)).toBe(null);
});

test("Alice is answered the same with and without Bob's data", () => {
  expect(both.alice.length).toBeGreaterThan(1000);
  expect(firstDifference(both.alice, withoutBob.alice)).toBe(null);
});

/** Requests that took other work, and how much. */
function otherWork(some: Entry[], others: Entry[]): string[] {
  return some.flatMap(({ request, work }, at) => {
    const [a, b] = [JSON.stringify(work), JSON.stringify(others[at]?.work)];
    return a === b ? [] : [`${request}: ${a} with, ${b} without`];
  });
}

test("and no answer takes other work", () => {
  expect(otherWork(both.bob, withoutAlice.bob)).toEqual([]);
  expect(otherWork(both.alice, withoutBob.alice)).toEqual([]);
});

/** Routes that no content has a part in, or that nobody comes to with an account's rights. */
const ELSEWHERE: [routes: RegExp, why: string][] = [
  [/ \/api\/(settings|session|organizations)\b/, "accounts, tokens and sign-ins: no content; their own suites"],
  [/ \/api\/(health|ready)$/, "whether the process and its disk answer"],
  [/ \/metrics$/, "counts of the whole process, for whoever runs it: requests, and bytes that came in"],
  [/ \/api\/gc$/, "the operator's, by the secret of the data folder"],
  [/ \/api\/(models|datasets|spaces)\//, "always: no such repository"],
  [/^DELETE \/api\/buckets\/\[namespace\]$/, "always: no such bucket"],
  [/ \/api\/cas\/v1\/telemetry$/, "always: {}"],
  [/^PUT \/api\/buckets\/.*\/rules$/, "folders, names and numbers that the caller sends"],
  [/^(POST|DELETE) \/api\/buckets\/.*\/webhooks\b/, "URLs that the caller sends"],
];

test("no route is left out without a reason", async () => {
  const uncovered = await findUncovered(both.asked);
  expect(uncovered.filter((route) => !ELSEWHERE.some(([routes]) => routes.test(route)))).toEqual([]);
});

test("and the store is in order", () => {
  expect([both, withoutAlice, withoutBob].flatMap(({ faults }) => faults)).toEqual([]);
});
