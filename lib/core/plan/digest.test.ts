import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePaths } from "../bucket/path-order.ts";
import { PlanDigest } from "./digest.ts";
import type { PlanOperation } from "./plan.ts";

function digestOf(operations: PlanOperation[]): string {
  const hash = createHash("sha256");
  const digest = new PlanDigest({ update: (text) => hash.update(text), hex: () => hash.digest("hex") });
  for (const operation of operations.toSorted((a, b) => comparePaths(a.path, b.path))) digest.add(operation);
  return digest.hex();
}

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const operation: fc.Arbitrary<PlanOperation> = fc.record({
  action: fc.constantFrom("upload", "delete", "skip"),
  path: fc.string({ unit: "grapheme", minLength: 1, maxLength: 3 }),
  reason: fc.string({ maxLength: 2 }),
  size: optional(fc.nat(2)),
  localMtime: optional(fc.nat(2)),
  remoteMtime: optional(fc.nat(2)),
  xetHash: optional(fc.constantFrom("a".repeat(64), "b".repeat(64))),
});
const operations = fc.uniqueArray(operation, { selector: ({ path }) => path, maxLength: 4 });
const facts = (list: PlanOperation[]) =>
  JSON.stringify(
    list
      .map(({ action, path, size, localMtime, remoteMtime, xetHash }) => ({
        path,
        action,
        size,
        localMtime,
        remoteMtime,
        xetHash,
      }))
      .toSorted((a, b) => comparePaths(a.path, b.path)),
  );

test("equal exactly when the facts are, whatever the order and the reasons", () => {
  fc.assert(
    fc.property(operations, operations, (a, b) => {
      expect(digestOf(a) === digestOf(b)).toBe(facts(a) === facts(b));
      expect(digestOf(a.toReversed())).toBe(digestOf(a));
      expect(digestOf(a.map((one) => ({ ...one, reason: "other" })))).toBe(digestOf(a));
    }),
  );
});

test("any one fact makes another digest", () => {
  const one: PlanOperation = {
    action: "upload",
    path: "a",
    reason: "",
    size: 1,
    localMtime: 1,
    remoteMtime: 1,
    xetHash: "a".repeat(64),
  };
  const others: PlanOperation[] = [
    { ...one, action: "skip" },
    { ...one, path: "b" },
    { ...one, size: 2 },
    { ...one, localMtime: 2 },
    { ...one, remoteMtime: 2 },
    { ...one, xetHash: "b".repeat(64) },
    { ...one, size: undefined },
  ];
  expect(new Set([one, ...others].map((other) => digestOf([other]))).size).toBe(8);
});

test("a known value, so that stored digests stay true", () => {
  expect(digestOf([{ action: "delete", path: "a/b", reason: "x", size: 3, remoteMtime: 4 }])).toBe(
    createHash("sha256").update('["plan",1]\n["delete","a/b",3,null,4,null]\n').digest("hex"),
  );
});

test("out of order there is no digest", () => {
  const digest = new PlanDigest({ update() {}, hex: () => "" });
  for (const path of ["b", "a"]) digest.add({ action: "delete", path, reason: "" });
  expect(digest.inOrder).toBe(false);
  expect(() => digest.hex()).toThrow(/order/);
});
