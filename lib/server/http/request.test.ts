import { describe, expect, test } from "vitest";
import { z } from "zod";
import { intParam, parseRanges, readJson, readLines, requestBody, resolveRange } from "./request.ts";

const post = (body: BodyInit) => new Request("http://hub/x", { method: "POST", body });

async function linesOf(text: string | Uint8Array<ArrayBuffer>, limits = { bodyLimit: 1000, lineLimit: 100 }) {
  const lines = [];
  for await (const line of readLines(post(text), limits)) lines.push(line);
  return lines;
}

describe("readLines", () => {
  test("skips blank lines but counts them, with and without a last newline", async () => {
    expect(await linesOf("a\n\n  \nb")).toEqual([
      { line: "a", number: 1 },
      { line: "b", number: 4 },
    ]);
    expect(await linesOf("a\r\nb\n")).toEqual([
      { line: "a\r", number: 1 },
      { line: "b", number: 2 },
    ]);
  });

  test("refuses what is too long before it holds it", async () => {
    await expect(linesOf("x".repeat(101))).rejects.toMatchObject({ code: "PayloadTooLarge" });
    await expect(linesOf(`${"x\n".repeat(600)}`)).rejects.toMatchObject({ code: "PayloadTooLarge" });
  });

  test("names the line that is not UTF-8", async () => {
    const bytes = new Uint8Array([...Buffer.from("ok\n"), 0xff, 0xfe]);
    await expect(linesOf(bytes)).rejects.toMatchObject({ code: "BadRequest", message: "Line 2 is not valid UTF-8." });
  });
});

describe("readJson", () => {
  const schema = z.object({ name: z.string().optional() });
  test("reads an empty body as {}", async () => {
    expect(await readJson(post(""), schema)).toEqual({});
  });
  test("names the wrong field", async () => {
    await expect(readJson(post('{"name":3}'), schema)).rejects.toThrow(/'name'/);
  });
  test("refuses broken JSON", async () => {
    await expect(readJson(post("{"), schema)).rejects.toMatchObject({ code: "BadRequest" });
  });
});

test("requestBody stops at its limit", async () => {
  const read = async () => {
    for await (const _ of requestBody(post("12345"), 4));
  };
  await expect(read()).rejects.toMatchObject({ code: "PayloadTooLarge" });
});

describe("ranges", () => {
  test.each([
    ["bytes=0-0", 10, { start: 0, end: 1 }],
    ["bytes=3-", 10, { start: 3, end: 10 }],
    ["bytes=-4", 10, { start: 6, end: 10 }],
    ["bytes=-40", 10, { start: 0, end: 10 }],
    ["bytes=2-400", 10, { start: 2, end: 10 }],
  ])("%s of %i bytes", (header, size, range) => {
    expect(resolveRange(parseRanges(header)![0]!, size)).toEqual(range);
  });

  test.each(["bytes=10-", "bytes=-0", "bytes=10-12"])("%s is not satisfiable in 10 bytes", (header) => {
    expect(() => resolveRange(parseRanges(header)![0]!, 10)).toThrow(
      expect.objectContaining({ code: "RangeNotSatisfiable", headers: { "Content-Range": "bytes */10" } }),
    );
  });

  test.each(["bytes=a-b", "bytes=5-4", "bytes=-", "bytes=1-2,x", "bytes=99999999999999999999-"])(
    "%s is malformed",
    (header) => {
      expect(() => parseRanges(header)).toThrow(expect.objectContaining({ code: "BadRequest" }));
    },
  );

  test("another unit is no range at all", () => {
    expect(parseRanges("lines=1-2")).toBeNull();
    expect(parseRanges(null)).toBeNull();
  });

  test("several ranges keep their order", () => {
    expect(parseRanges("bytes=0-1, 4-5")).toEqual([
      { start: 0, end: 2 },
      { start: 4, end: 6 },
    ]);
  });
});

test("intParam clamps and refuses words", () => {
  const search = new URLSearchParams("limit=99999&bad=x");
  expect(intParam(search, "limit", 1000, 1, 10_000)).toBe(10_000);
  expect(intParam(search, "absent", 1000, 1, 10_000)).toBe(1000);
  expect(() => intParam(search, "bad", 1, 1, 2)).toThrow("'bad' must be a whole number.");
});
