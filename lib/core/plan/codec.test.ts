import { expect, test } from "vitest";
import {
  findTarget,
  formatHeader,
  formatNote,
  formatOperation,
  operationPathProblem,
  PlanFault,
  parseLine,
} from "./codec.ts";
import type { PlanOperation } from "./plan.ts";

const UPLOAD = { direction: "upload", place: { bucket: "ada/runs", prefix: "a" } } as const;
const HEADER =
  '{"type": "header", "source": "./runs", "dest": "hf://buckets/ada/runs/a", "timestamp": "2026-01-15T10:30:00.000120+00:00", "summary": {"uploads": 1, "downloads": 0, "deletes": 2, "skips": 3, "total_size": 4}}';

function faultOf(text: string, target: Parameters<typeof parseLine>[1] = UPLOAD) {
  try {
    parseLine(text, target);
  } catch (error) {
    if (error instanceof PlanFault) return { code: error.code, column: error.column, message: error.message };
    throw error;
  }
  return null;
}

const line = (facts: Record<string, unknown>) =>
  JSON.stringify({ type: "operation", action: "upload", path: "x", reason: "new file", ...facts });

test("a header and its line", () => {
  const read = parseLine(HEADER, null);
  expect(read).toEqual({
    type: "header",
    header: {
      source: "./runs",
      dest: "hf://buckets/ada/runs/a",
      timestamp: "2026-01-15T10:30:00.000120+00:00",
      summary: { uploads: 1, downloads: 0, deletes: 2, skips: 3, totalSize: 4 },
    },
    target: UPLOAD,
  });
  expect(read.type === "header" && formatHeader(read.header)).toBe(HEADER);
});

test("operations are written as Python's json.dumps writes them", () => {
  const operation: PlanOperation = {
    action: "upload",
    path: 'd/日本 🛢 "q" \u007f\u0001\n.bin',
    reason: "size differs",
    size: 9007199254740991,
    localMtime: 1768473000_123000,
    remoteMtime: 0,
  };
  const text = formatOperation(operation);
  expect(text).toBe(
    '{"type": "operation", "action": "upload", "path": "d/\\u65e5\\u672c \\ud83d\\udee2 \\"q\\" \\u007f\\u0001\\n.bin", "reason": "size differs", "size": 9007199254740991, "local_mtime": "2026-01-15T10:30:00.123000+00:00", "remote_mtime": "1970-01-01T00:00:00+00:00"}',
  );
  expect(parseLine(text, UPLOAD)).toEqual({ type: "operation", operation });
});

test("a known hash rides along behind the client's keys", () => {
  const operation: PlanOperation = { action: "upload", path: "x", reason: "", size: 0, xetHash: "0".repeat(64) };
  expect(formatOperation(operation).endsWith(`"size": 0, "xet_hash": "${"0".repeat(64)}"}`)).toBe(true);
  expect(parseLine(formatOperation(operation), UPLOAD)).toEqual({ type: "operation", operation });
});

test("lines of other types are passed over, optional keys may be null", () => {
  expect(parseLine(formatNote("review", { plan: 12, note: "ü" }), UPLOAD)).toEqual({ type: "other" });
  expect(formatNote("review", { note: "ü" })).toBe('{"type":"review","note":"\\u00fc"}');
  const read = parseLine(line({ size: null, local_mtime: null, reason: null, extra: 1 }), UPLOAD);
  expect(read).toEqual({ type: "operation", operation: { action: "upload", path: "x", reason: "" } });
});

test.each([
  ["not JSON", '{"type":"operation","size":1187,', "not-json", 33],
  ["a list", "[]", "wrong-type", 1],
  ["a number", "7", "wrong-type", 1],
  ["no type", '{"action":"delete","path":"x"}', "wrong-type", 1],
  ["a type that is no text", '{"type":7}', "wrong-type", 1],
  ["an action that is no text", line({ action: 1 }), "wrong-type", 21],
  ["an unknown action", line({ action: "move" }), "unknown-action", 21],
  ["a download into a bucket", line({ action: "download" }), "wrong-direction", 21],
  ["no path", line({ path: undefined }), "wrong-type", 1],
  ["a path that is no text", line({ path: ["x"] }), "wrong-type", 39],
  ["an empty path", line({ path: "" }), "bad-path", 39],
  ["traversal", line({ path: "../../etc/passwd" }), "bad-path", 39],
  ["traversal inside", line({ path: "a/../../b" }), "bad-path", 39],
  ["an absolute path", line({ path: "/etc/passwd" }), "bad-path", 39],
  ["a Windows path", line({ path: "C:\\Windows" }), "bad-path", 39],
  ["a drive", line({ path: "C:/Windows" }), "bad-path", 39],
  ["a NUL", line({ path: "a\0b" }), "bad-path", 39],
  ["half a character", line({ path: "a\ud800" }), "bad-path", 39],
  ["too long with the prefix", line({ path: "x".repeat(1023) }), "bad-path", 39],
  ["a negative size", line({ size: -1 }), "bad-size", 70],
  ["a fraction", line({ size: 1.5 }), "bad-size", 70],
  ["2^53", line({ size: 2 ** 53 }), "bad-size", 70],
  ["a size in words", line({ size: "12" }), "bad-size", 70],
  ["a time without zone", line({ local_mtime: "2026-01-15T10:30:00" }), "bad-time", 70],
  ["no time at all", line({ remote_mtime: "yesterday" }), "bad-time", 70],
  ["a time as a number", line({ local_mtime: 12 }), "wrong-type", 70],
  ["a reason that is no text", line({ reason: {} }), "wrong-type", 50],
  ["a hash of other letters", line({ xet_hash: "XYZ" }), "wrong-type", 70],
])("refuses %s", (_, text, code, column) => {
  expect(faultOf(text)).toMatchObject({ code, column });
});

test.each([
  ["both local", "./a", "./b"],
  ["both buckets", "hf://buckets/a/b", "hf://buckets/c/d"],
  ["no bucket", "./a", "hf://datasets/a/b"],
  ["no name", "./a", "hf://buckets/a"],
  ["traversal in the prefix", "./a", "hf://buckets/a/b/../c"],
])("refuses a header with %s", (_, source, dest) => {
  const header = { type: "header", source, dest, timestamp: "2026-01-15T10:30:00Z" };
  expect(faultOf(JSON.stringify(header))).toMatchObject({ code: "bad-place" });
});

test.each([
  ["no source", { source: undefined }],
  ["a source that is no text", { source: 1 }],
  ["no timestamp", { timestamp: undefined }],
  ["a summary that is a list", { summary: [] }],
  ["a negative count", { summary: { uploads: -1, downloads: 0, deletes: 0, skips: 0, total_size: 0 } }],
  ["a missing count", { summary: { uploads: 1 } }],
])("refuses a header with %s", (_, facts) => {
  const header = {
    type: "header",
    source: "./a",
    dest: "hf://buckets/a/b",
    timestamp: "2026-01-15T10:30:00Z",
    ...facts,
  };
  expect(faultOf(JSON.stringify(header))).toMatchObject({ code: "wrong-type" });
});

test("a timestamp needs a zone", () => {
  const header = { type: "header", source: "./a", dest: "hf://buckets/a/b", timestamp: "2026-01-15T10:30:00" };
  expect(faultOf(JSON.stringify(header))).toMatchObject({
    code: "bad-time",
    message: expect.stringContaining("time zone"),
  });
});

test("the header says which way bytes go", () => {
  expect(findTarget("hf://buckets/ada/runs/a/b/", "./x")).toEqual({
    direction: "download",
    place: { bucket: "ada/runs", prefix: "a/b" },
  });
  expect(findTarget("hf://buckets/ada/runs", "hf://buckets/ada/other/x", true)).toEqual({
    direction: "copy",
    place: { bucket: "ada/other", prefix: "x" },
  });
});

test("odd but legal paths", () => {
  for (const path of ["..dots", "a..b/c", ".hidden", "new\nline", "ab:c", "café", "trailing."]) {
    expect(operationPathProblem(path)).toBeNull();
  }
});
