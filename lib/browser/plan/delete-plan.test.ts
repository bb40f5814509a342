import { afterEach, expect, test, vi } from "vitest";
import { type PlanTarget, parseLine } from "#lib/core/plan/codec.ts";
import type { PlanHeader, PlanOperation } from "#lib/core/plan/plan.ts";
import { makeDeletePlan } from "./delete-plan.ts";

afterEach(() => vi.unstubAllGlobals());

const NOW = Date.UTC(2026, 10, 20, 14, 4, 0);
const FILES = [
  { type: "file", path: "a.bin", size: 5, mtime: "2026-11-01T00:00:00.000Z", xetHash: "0" },
  { type: "file", path: "runs/a/1.bin", size: 7, mtime: "2026-11-02T00:00:00.500Z", xetHash: "0" },
  { type: "file", path: "runs/a/2.bin", size: 11, xetHash: "0" },
];

function serve(): void {
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    if (url.endsWith("/paths-info")) {
      const { paths } = JSON.parse(String(init?.body));
      return Response.json(FILES.filter(({ path }) => paths.includes(path)));
    }
    const folder = decodeURIComponent(new URL(url, "http://hub").pathname.split("/tree/")[1] ?? "");
    return Response.json(FILES.filter(({ path }) => path.startsWith(`${folder}/`)));
  });
}

function readPlan(text: string) {
  let head: { header: PlanHeader; target: PlanTarget } | null = null;
  const operations: PlanOperation[] = [];
  for (const line of text.trimEnd().split("\n")) {
    const read = parseLine(line, head?.target ?? null);
    if (read.type === "header") head = read;
    if (read.type === "operation") operations.push(read.operation);
  }
  return { ...head!, operations };
}

test("a plan of deletes that the house's own reader takes, in path order", async () => {
  serve();
  const plan = await makeDeletePlan({
    id: "ada/box",
    paths: { files: ["a.bin", "gone.bin"], folders: ["runs/a"] },
    now: NOW,
  });
  expect([plan.files, plan.bytes]).toEqual([3, 23]);
  const { header, target, operations } = readPlan(await plan.body.text());
  expect(target).toEqual({ direction: "upload", place: { bucket: "ada/box", prefix: "" } });
  expect(header.summary).toEqual({ uploads: 0, downloads: 0, deletes: 3, skips: 0, totalSize: 0 });
  expect(operations.map(({ action, path, size }) => [action, path, size])).toEqual([
    ["delete", "a.bin", 5],
    ["delete", "runs/a/1.bin", 7],
    ["delete", "runs/a/2.bin", 11],
  ]);
  expect(operations[1]!.remoteMtime).toBe(Date.UTC(2026, 10, 2) * 1000 + 500_000);
});

test("too many files, or none, are told and not sent", async () => {
  serve();
  const paths = { files: ["a.bin"], folders: ["runs/a"] };
  await expect(makeDeletePlan({ id: "ada/box", paths, now: NOW, limit: 2 })).rejects.toThrow("More than 2 files");
  await expect(
    makeDeletePlan({ id: "ada/box", paths: { files: ["gone.bin"], folders: [] }, now: NOW }),
  ).rejects.toMatchObject({ code: "EntryNotFound" });
});
