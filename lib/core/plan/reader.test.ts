import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatHeader, formatOperation, operationPathProblem } from "./codec.ts";
import type { PlanOperation } from "./plan.ts";
import { LINE_BYTES_MAX, PlanReader, type PlanRefusal, type ReadOperation, readPlan } from "./reader.ts";

const HEADER = formatHeader({
  source: "./runs",
  dest: "hf://buckets/ada/runs",
  timestamp: "2026-01-15T10:30:00+00:00",
  summary: { uploads: 2, downloads: 0, deletes: 1, skips: 0, totalSize: 30 },
});
const upload = (path: string, size = 10) => formatOperation({ action: "upload", path, reason: "new file", size });

function read(text: string | Uint8Array, reader = new PlanReader(), step = 7): ReadOperation[] {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const operations: ReadOperation[] = [];
  for (let at = 0; at < bytes.length && !reader.stopped; at += step)
    operations.push(...reader.push(bytes.subarray(at, at + step)));
  operations.push(...reader.end());
  return operations;
}

function refusal(text: string | Uint8Array, step?: number): PlanRefusal {
  const reader = new PlanReader();
  read(text, reader, step);
  return reader.refusal()?.details.plan as PlanRefusal;
}

test("reads the same whatever the pieces", () => {
  const lines = [HEADER, upload("a"), '{"type": "review", "by": "ü"}', upload("日本/b", 20)];
  for (const [step, end] of [
    [1, "\n"],
    [3, ""],
    [64, "\n\n"],
    [10_000, "\n"],
  ] as const) {
    const reader = new PlanReader();
    const operations = read(lines.join("\n") + end, reader, step);
    expect(reader.refusal()).toBeNull();
    expect(operations).toEqual([
      { action: "upload", path: "a", reason: "new file", size: 10, line: 1 },
      { action: "upload", path: "日本/b", reason: "new file", size: 20, line: 3 },
    ]);
    expect(reader.counted).toEqual({ uploads: 2, downloads: 0, deletes: 0, skips: 0, totalSize: 30 });
    expect(reader.sorted).toBe(true);
    expect(reader.target?.direction).toBe("upload");
  }
});

test("what is written is read", () => {
  const operation = fc.record(
    {
      action: fc.constantFrom("upload" as const, "delete" as const, "skip" as const),
      path: fc.string({ unit: "grapheme", minLength: 1 }).map((text) => `p${text.replace(/[/\\\0.:]/g, "_")}`),
      reason: fc.string({ unit: "grapheme" }),
      size: fc.maxSafeNat(),
      localMtime: fc.maxSafeInteger(),
      remoteMtime: fc.maxSafeInteger(),
    },
    { requiredKeys: ["action", "path", "reason"] },
  );
  fc.assert(
    fc.property(fc.array(operation), fc.integer({ min: 1, max: 200 }), (operations, step) => {
      const unique = [...new Map(operations.map((one) => [one.path, one])).values()] as PlanOperation[];
      const text = [HEADER, ...unique.map(formatOperation)].join("\n");
      const reader = new PlanReader();
      const back = read(text, reader, step);
      expect(reader.problems).toEqual([]);
      expect(back.map(({ line, ...rest }) => rest)).toEqual(unique);
      expect(back.map(({ line }) => line)).toEqual(unique.map((_, at) => at + 1));
    }),
  );
});

test("a broken line is told with its neighbours, and the rest is checked all the same", () => {
  const lines = [
    HEADER,
    ...["a", "b", "c", "d"].map((path) => upload(path)),
    '{"type":"operation","size":1187,',
    '"reason":"x"}',
    upload("../e"),
    upload("f"),
  ];
  const reader = new PlanReader({ hash: { update() {}, hex: () => "abc" } });
  expect(read(lines.join("\n"), reader).map(({ path }) => path)).toEqual(["a", "b", "c", "d", "f"]);
  const error = reader.refusal([{ name: "Delete limit", ok: true, text: "none" }]);
  expect(error?.code).toBe("BadRequest");
  expect(error?.message).toContain(
    "Plan refused, line 6: Not valid JSON. Column 33: expected a property name, found the end of the line.",
  );
  const plan = error?.details.plan as PlanRefusal;
  expect(plan).toMatchObject({
    line: 6,
    column: 33,
    code: "not-json",
    lines: 9,
    bytes: lines.join("\n").length,
    sha256: "abc",
    problemCount: 3,
  });
  expect(plan.problems.map(({ line, code }) => [line, code])).toEqual([
    [6, "not-json"],
    [7, "not-json"],
    [8, "bad-path"],
  ]);
  expect(plan.excerpt).toEqual([3, 4, 5, 6, 7, 8].map((line) => ({ line, text: lines[line - 1] })));
  expect(plan.checks).toEqual([
    { name: "Paths", ok: false, text: "1 path cannot stand" },
    {
      name: "Summary",
      ok: false,
      text: "Header says 2 uploads, 5 were read; Header says 1 deletes, 0 were read; Header says 30 B to transfer, the lines sum up to 50 B",
    },
    { name: "Delete limit", ok: true, text: "none" },
  ]);
});

test.each([
  ["nothing", "", 1, "no-header"],
  ["only blank lines", "\n\n", 1, "no-header"],
  ["no header", `${upload("a")}\n${upload("b")}`, 1, "no-header"],
  ["another first line", '{"type":"note"}\n', 1, "no-header"],
  ["a header in the second line", `${upload("a")}\n${HEADER}`, 1, "no-header"],
  ["two headers", `${HEADER}\n${upload("a")}\n${HEADER}`, 3, "second-header"],
  ["a blank line inside", `${HEADER}\n\n${upload("a")}`, 2, "blank-line"],
  ["CR LF", `${HEADER}\r\n${upload("a")}\r\n`, 1, "carriage-return"],
  ["the same path twice", `${HEADER}\n${upload("a")}\n${upload("a")}`, 3, "duplicate"],
  ["the same path twice, out of order", `${HEADER}\n${upload("b")}\n${upload("a")}\n${upload("a")}`, 4, "duplicate"],
  ["text", "hello\n", 1, "not-json"],
])("refuses %s", (_, text, line, code) => {
  expect(refusal(text)).toMatchObject({ line, code });
});

test("an empty file says so even without lines", () => {
  const plan = refusal("\n\n");
  expect(plan.problems).toHaveLength(1);
});

test("refuses bytes that are no text", () => {
  const body = new TextEncoder().encode(`${HEADER}\n${upload("a")}\n`);
  expect(refusal(gzipSync(body))).toMatchObject({ line: 1, code: "gzip" });
  expect(refusal(new Uint8Array([0xef, 0xbb, 0xbf, ...body]))).toMatchObject({ line: 1, code: "bom", problemCount: 1 });
  expect(refusal(Buffer.from(`\ufeff${HEADER}\n`, "utf16le"))).toMatchObject({ line: 1, code: "not-utf8" });
  const broken = body.slice();
  broken[HEADER.length + 20] = 0xff;
  for (const step of [1, 10_000])
    expect(refusal(broken, step)).toMatchObject({ line: 2, code: "not-utf8", problemCount: 1 });
});

test("stops at a line without end, and keeps none of it", async () => {
  let given = 0;
  async function* endless() {
    yield new TextEncoder().encode(`${HEADER}\n{"type":"operation","path":"`);
    const block = new Uint8Array(64 * 1024).fill(97);
    for (; given < 2 ** 31; given += block.length) yield block;
  }
  const reader = new PlanReader();
  for await (const operations of readPlan(endless(), reader)) expect(operations).toEqual([]);
  expect(given).toBeLessThanOrEqual(LINE_BYTES_MAX + 64 * 1024);
  const plan = reader.refusal()?.details.plan as PlanRefusal;
  expect(plan).toMatchObject({ line: 2, code: "line-too-long" });
  expect(JSON.stringify(plan).length).toBeLessThan(8000);
});

test("a million equal paths are told once a line, up to a hundred, and then the reading ends", async () => {
  const line = new TextEncoder().encode(`${upload("a")}\n`);
  let lines = 0;
  async function* body() {
    yield new TextEncoder().encode(`${HEADER}\n`);
    for (; lines < 1_000_000; lines++) yield line;
  }
  const reader = new PlanReader();
  let read = 0;
  for await (const operations of readPlan(body(), reader)) read += operations.length;
  expect(read).toBe(1);
  expect(lines).toBeLessThan(20_000);
  expect(reader.problems).toHaveLength(100);
  expect(reader.problems[0]).toMatchObject({ line: 3, code: "duplicate" });
});

test("order is by code points, as Python sorts", () => {
  const reader = new PlanReader();
  read([HEADER, upload("a\uff5e"), upload("a\u{1f6e2}")].join("\n"), reader);
  expect(reader.sorted).toBe(true);
});

test("whatever the bytes and the pieces: no throw, the same verdict, and only legal operations", () => {
  const sane = new TextEncoder().encode(
    [HEADER, upload("a"), upload("日/b"), '{"type":"note"}', upload("c/d", 0)].join("\n"),
  );
  const broken = fc
    .array(fc.tuple(fc.nat(sane.length - 1), fc.constantFrom(0, 10, 13, 34, 44, 46, 47, 92, 123, 125, 0xc3, 0xff)), {
      maxLength: 4,
    })
    .map((changes) => {
      const bytes = sane.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
  const verdict = (bytes: Uint8Array, step: number) => {
    const reader = new PlanReader();
    const operations = read(bytes, reader, step);
    for (const { path, size = 0 } of operations) {
      expect(operationPathProblem(path)).toBeNull();
      expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
    }
    // A reader that has stopped does not count what it is not given.
    return JSON.stringify([operations, reader.problems, reader.stopped ? null : reader.refusal()?.details]);
  };
  fc.assert(
    fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 200 })), fc.integer({ min: 1, max: 50 }), (bytes, step) => {
      expect(verdict(bytes, step)).toBe(verdict(bytes, 10_000));
    }),
    { numRuns: 3000 },
  );
});
