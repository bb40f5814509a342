import { expect, it } from "vitest";
import { nextCursor } from "../api.ts";
import { formatTreeView, parseTreeView } from "./tree.ts";

const read = (query: string) => {
  const params = new URLSearchParams(query);
  return parseTreeView((name) => params.get(name));
};

it.each([
  ["", { sort: "name", direction: "asc", filter: "" }],
  ["sort=size&direction=desc", { sort: "size", direction: "desc", filter: "" }],
  ["sort=uploaded", { sort: "uploaded", direction: "asc", filter: "" }],
  ["sort=owner&direction=up&q=a%20b", { sort: "name", direction: "asc", filter: "a b" }],
])("reads the view from %j", (query, view) => expect(read(query)).toEqual(view));

it.each(["", "?sort=size&direction=desc", "?sort=size&direction=asc", "?q=a+b%26c", "?q=x&sort=name&direction=desc"])(
  "writes back the same address: %j",
  (query) => expect(formatTreeView(read(query))).toBe(query),
);

it("finds the cursor of the next page", () => {
  const link = '<https://hub.example/api/buckets/a/b/tree?recursive=false&cursor=eyJh%2Bw>; rel="next"';
  expect(nextCursor(new Headers({ Link: link }))).toBe("eyJh+w");
  expect(nextCursor(new Headers())).toBeNull();
  expect(nextCursor(new Headers({ Link: '<https://hub.example/x>; rel="xet-auth"' }))).toBeNull();
});
