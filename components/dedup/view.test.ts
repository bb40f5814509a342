import { expect, test } from "vitest";
import { COMPARE_MAX, formatDedupView, parseDedupView } from "./view.ts";

const read = (query: string) => parseDedupView(new URLSearchParams(query));

test("the plain view has a plain address", () => {
  expect(formatDedupView(read(""))).toBe("");
  expect(read("")).toMatchObject({ sort: "freed", direction: "desc", shape: "table", scope: "bucket", compare: [] });
});

test("an address restores its view", () => {
  const query =
    "?scope=namespace&run=runs%2Fa&compare=x+y&compare=z&sort=name&direction=asc&shape=treemap&by=stored&at=runs";
  expect(formatDedupView(read(query))).toBe(query);
  expect(read(query)).toMatchObject({ run: "runs/a", compare: ["x y", "z"], sort: "name", at: "runs" });
});

test("what makes no sense falls back", () => {
  expect(read("?sort=size&by=age&shape=pie&scope=all")).toEqual(read(""));
  expect(read(`?${"compare=a&".repeat(80)}`).compare).toHaveLength(COMPARE_MAX);
});
