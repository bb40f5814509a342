import { expect, it } from "vitest";
import { resolvePlace } from "./readme.tsx";

it.each([
  ["", "train.yaml", "train.yaml", false],
  ["", "./runs/", "runs", true],
  ["runs/a", "../b/loss.png", "runs/b/loss.png", false],
  ["runs/a", "/top.md", "top.md", false],
  ["runs", "my%20file.md?x=1#part", "runs/my file.md", false],
  ["a#b", "c.txt", "a#b/c.txt", false],
  ["runs", "../../../etc/passwd", "etc/passwd", false],
  ["runs", "/", "", true],
])("in %j, %j leads to %j", (folder, href, path, isFolder) =>
  expect(resolvePlace(folder, href)).toEqual({ path, folder: isFolder }),
);

it.each(["https://example.org/x.png", "javascript:alert(1)", "//example.org/x", "data:text/html,x", "mailto:a@b.c"])(
  "%s is elsewhere",
  (href) => expect(resolvePlace("", href)).toBeNull(),
);

it("keeps an anchor on the page", () => expect(resolvePlace("", "#usage")).toEqual({ path: null, folder: false }));
