import { expect, test } from "vitest";
import type { Sharing, SharingFile } from "#lib/core/bucket/sharing.ts";
import { findFoundIn } from "./found-in.ts";
import type { FileState, UploadReceipt } from "./job.ts";

type ReceiptFile = UploadReceipt["files"][number];

const file = (path: string, state: FileState, known: number): ReceiptFile => ({
  path,
  state,
  reason: null,
  size: 1000,
  known,
  repeated: 0,
  fresh: 1000 - known,
  packed: 1000 - known,
  xetHash: null,
});
const place = (path: string, shared: number, bucket = "a/b"): SharingFile => ({
  bucket,
  path,
  size: 1000,
  shared,
  identical: false,
});
const answer = (path: string, files: SharingFile[]): Sharing => ({
  path,
  size: 1000,
  xetHash: "",
  files,
  more: false,
  capped: false,
});

test("every known byte once, under the file that has most of them, and never under what was just written", async () => {
  const files = [
    file("new/one", "done", 900),
    file("new/two", "done", 500),
    file("same", "unchanged", 1000),
    file("plain", "done", 0),
    file("gone", "failed", 70),
  ];
  const asked: string[] = [];
  const found = await findFoundIn({ bucket: "a/b", files }, async (bucket, path) => {
    asked.push(`${bucket}:${path}`);
    if (path === "new/one") return answer(path, [place("new/two", 950), place("old", 700), place("old", 700, "x/y")]);
    return answer(path, [place("old", 400)]);
  });
  expect(asked.sort()).toEqual(["a/b:new/one", "a/b:new/two"]);
  expect(found).toEqual([
    { bucket: "a/b", path: "old", bytes: 1100 },
    { bucket: "a/b", path: "same", bytes: 1000 },
    { bucket: "x/y", path: "old", bytes: 200 },
    { bucket: null, path: null, bytes: 170 },
  ]);
  expect(found.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(files.reduce((sum, { known }) => sum + known, 0));
});

test("of very many files only those with most known bytes are asked about, and a silent server costs names only", async () => {
  const files = Array.from({ length: 500 }, (_, i) => file(`f${i}`, "done", i));
  let asked = 0;
  const found = await findFoundIn({ bucket: "a/b", files }, async () => {
    asked += 1;
    return null;
  });
  expect(asked).toBe(36);
  expect(found).toEqual([{ bucket: null, path: null, bytes: (499 * 500) / 2 }]);
});
