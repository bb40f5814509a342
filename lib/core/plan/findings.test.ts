import { expect, test } from "vitest";
import { bestStepOf, type FindingsContext, PlanFindings } from "./findings.ts";
import { kindOf } from "./kind.ts";
import { DEFAULT_RULES, FINDING_BITS, type Ground, type PlanOperation } from "./plan.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);
const ground = (facts: Partial<Ground> = {}): Ground => ({ xetHash: A, size: 1, mtime: 0, uploadedAt: 0, ...facts });
const one = (path: string, facts: Partial<PlanOperation> = {}): PlanOperation => ({
  action: "upload",
  path,
  reason: "",
  size: 1,
  ...facts,
});

function look(operations: [PlanOperation, Ground | null][], context: Partial<FindingsContext> = {}) {
  const findings = new PlanFindings({
    direction: "upload",
    prefix: "runs",
    summary: null,
    rules: DEFAULT_RULES,
    files: 100,
    ...context,
  });
  const bits = operations.map(([operation, stands]) =>
    findings.inspect(operation, kindOf(operation.action, context.direction ?? "upload", stands), stands),
  );
  return { bits, findings, report: findings.finish(), codes: findings.finish().findings.map(({ code }) => code) };
}

test("an innocent plan has no finding, and says what was looked at", () => {
  const { report } = look([
    [one("a"), null],
    [one("b", { localMtime: 5_000_000 }), ground()],
    [one("c", { action: "delete" }), ground()],
  ]);
  expect(report.findings).toEqual([]);
  expect(report.checksPassed).toContain("1 delete, 1% of 100 files");
  expect(report.checks.every(({ ok }) => ok)).toBe(true);
});

test("a summary that lies", () => {
  const summary = { uploads: 1, downloads: 0, deletes: 0, skips: 0, totalSize: 1 };
  expect(look([[one("a"), null]], { summary }).codes).toEqual([]);
  const { report } = look(
    [
      [one("a"), null],
      [one("b", { action: "delete" }), ground()],
    ],
    { summary },
  );
  expect(report.findings).toMatchObject([
    { code: "summary", severity: "danger", detail: "Header says 0 deletes, 1 were read." },
  ]);
});

test("an empty source with deletes", () => {
  const gone = one("a", { action: "delete" });
  expect(look([[gone, ground()]]).codes).toEqual(["empty-source"]);
  expect(
    look([
      [gone, ground()],
      [one("b", { action: "skip" }), ground()],
    ]).codes,
  ).toEqual([]);
  expect(look([]).codes).toEqual([]);
});

test("more deletes than allowed", () => {
  const rules = { ...DEFAULT_RULES, limits: { deleteShare: 0.01, deletes: 1, bytes: 3 } };
  const operations: [PlanOperation, Ground | null][] = [
    [one("a", { action: "delete" }), ground()],
    [one("b", { action: "delete" }), ground()],
    [one("c", { size: 4 }), null],
  ];
  const { report } = look(operations, { rules });
  expect(report.findings).toMatchObject([{ code: "over-limit", severity: "danger" }]);
  expect(report.findings[0].detail).toBe(
    "2 deletes and overwrites are 2% of 100 files, limit 1%. 2 deletes, limit 1. 4 bytes to transfer, limit 3. Approve a part.",
  );
});

test("most files deleted, where no limit is set", () => {
  const operations = Array.from({ length: 60 }, (_, at): [PlanOperation, Ground] => [
    one(`d${at}`, { action: "delete" }),
    ground(),
  ]);
  expect(look([...operations, [one("z"), null]]).codes).toEqual(["many-deletes"]);
});

test("protected prefixes", () => {
  const rules = { ...DEFAULT_RULES, protect: ["runs/export/", "tokenizer"] };
  const { bits, report } = look(
    [
      [one("export/a", { action: "delete" }), ground()],
      [one("export/b", { localMtime: 5_000_000 }), ground()],
      [one("export/c"), null],
      [one("exported", { action: "delete" }), ground()],
    ],
    { rules },
  );
  const bit = FINDING_BITS["protected-prefix"];
  expect(bits).toEqual([bit, bit, 0, 0]);
  expect(report.findings[0]).toMatchObject({ code: "protected-prefix", count: 2, examples: ["export/a", "export/b"] });
  expect(report.findings[0].title).toBe("2 operations under protected runs/export/");
  expect(look([[one("a", { action: "delete" }), ground()]], { rules: { ...rules, protect: [""] } }).codes).toContain(
    "protected-prefix",
  );
});

test("overwrites of newer files, by more than the client's window", () => {
  const { bits } = look([
    [one("a", { localMtime: 1_000_000 }), ground({ mtime: 2000 })],
    [one("b", { localMtime: 1_000_000 }), ground({ mtime: 2001 })],
    [one("c", { localMtime: 1_000_000 }), ground({ mtime: null, uploadedAt: 9000 })],
  ]);
  expect(bits).toEqual([0, FINDING_BITS["overwrites-newer"], FINDING_BITS["overwrites-newer"]]);
});

test("known hashes tell overwrites that change nothing, and skips that hide something", () => {
  const { bits, report } = look([
    [one("a", { xetHash: A, size: 1500 }), ground({ size: 1500 })],
    [one("b", { xetHash: B }), ground()],
    [one("c", { xetHash: B, action: "skip" }), ground()],
    [one("d", { xetHash: A, action: "skip" }), ground()],
  ]);
  expect(bits).toEqual([FINDING_BITS["identical-bytes"], 0, FINDING_BITS["same-size-different-bytes"], 0]);
  expect(report.findings.map(({ title }) => title)).toEqual([
    "1 skip would leave other bytes",
    "1 overwrite would change no byte",
  ]);
});

test("paths that differ in case only; deletes do not count", () => {
  const operations: [PlanOperation, null][] = ["Data/x", "README", "data/X", "readme", "ReadMe", "É", "e\u0301"].map(
    (path) => [one(path), null],
  );
  const { bits, findings } = look([...operations, [one("DATA/X", { action: "delete" }), null]]);
  const bit = FINDING_BITS["case-collision"];
  expect(bits).toEqual([0, 0, bit, bit, bit, 0, bit, 0]);
  expect(findings.wantsSecondLook).toBe(true);
  const marked = operations.flatMap(([{ path }]) => findings.secondLook(path));
  expect(marked.toSorted()).toEqual(["Data/x", "README", "ReadMe", "data/X", "e\u0301", "readme", "É"].toSorted());
  expect(findings.finish().findings).toMatchObject([{ code: "case-collision", count: 7 }, { code: "absent-deletes" }]);
});

test("a hundred thousand paths that differ in more than case", () => {
  const findings = new PlanFindings({ direction: "upload", prefix: "", summary: null, rules: DEFAULT_RULES, files: 0 });
  for (let at = 0; at < 100_000; at++)
    expect(findings.inspect(one(`folder-${at % 97}/file-${at}.bin`), "add", null)).toBe(0);
  expect(findings.wantsSecondLook).toBe(false);
});

test("deletes of what is not there, and transfers without a size", () => {
  const { codes } = look([
    [one("a", { action: "delete" }), null],
    [one("b", { size: undefined }), null],
  ]);
  expect(codes).toEqual(["no-size", "absent-deletes"]);
});

test("the best step of a run", () => {
  const state = { best_metric: 1.021, best_model_checkpoint: "/scratch/out/sft-v2/checkpoint-1500/" };
  const best = { folder: "runs/sft-v2/checkpoint-1500", metric: "best metric 1.021" };
  expect(bestStepOf(state, "runs/sft-v2")).toEqual(best);
  expect(bestStepOf(state, "runs/sft-v2/checkpoint-2000")).toEqual(best);
  expect(bestStepOf({ best_model_checkpoint: null }, "runs")).toBeNull();
  expect(bestStepOf({ best_model_checkpoint: "../.." }, "runs")).toBeNull();
  expect(bestStepOf(7, "runs")).toBeNull();
  const { bits, report } = look(
    [
      [one("sft-v2/checkpoint-1500/model.bin", { action: "delete" }), ground()],
      [one("sft-v2/checkpoint-15000/model.bin", { action: "delete" }), ground()],
    ],
    { bestSteps: [best] },
  );
  expect(bits).toEqual([FINDING_BITS["best-step"], 0]);
  expect(report.findings[0]).toMatchObject({ severity: "danger" });
});

test("a download plan touches no bucket", () => {
  const rules = { ...DEFAULT_RULES, protect: [""] };
  const { bits } = look(
    [
      [one("a", { action: "delete" }), null],
      [one("b", { action: "download" }), ground()],
    ],
    { direction: "download", rules },
  );
  expect(bits).toEqual([0, 0]);
});
