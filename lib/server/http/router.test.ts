import { describe, expect, test } from "vitest";
import { createRouter, type RouteModule } from "./router.ts";

const patterns = [
  "api/buckets/[namespace]",
  "api/buckets/[namespace]/[bucket]",
  "api/buckets/[namespace]/[bucket]/batch",
  "api/buckets/[namespace]/[bucket]/tree/[[...path]]",
  "buckets/[namespace]/[bucket]/resolve/[...path]",
  "(group)/metrics",
];
const modules = new Map<RouteModule, string>();
const router = createRouter(
  patterns.map((pattern) => {
    const module: RouteModule = {};
    modules.set(module, pattern);
    return [pattern, module];
  }),
);

function match(pathname: string) {
  const found = router.match(pathname);
  return found && { pattern: modules.get(found.module), params: found.params };
}

describe("createRouter", () => {
  test("matches parameters and decodes each once", () => {
    expect(match("/api/buckets/a%2Db/c")).toEqual({
      pattern: "api/buckets/[namespace]/[bucket]",
      params: { namespace: "a-b", bucket: "c" },
    });
  });

  test("a fixed name wins over nothing else at its depth", () => {
    expect(match("/api/buckets/n/b/batch")?.pattern).toBe("api/buckets/[namespace]/[bucket]/batch");
    expect(match("/api/buckets/n/b/other")).toBeNull();
  });

  test.each([
    ["/api/buckets/n/b/tree", []],
    ["/api/buckets/n/b/tree/", [""]],
    ["/api/buckets/n/b/tree/a/b", ["a", "b"]],
    ["/api/buckets/n/b/tree/a%2Fb", ["a/b"]],
    ["/api/buckets/n/b/tree/a%252Fb", ["a%2Fb"]],
    ["/api/buckets/n/b/tree/a//b", ["a", "", "b"]],
    ["/api/buckets/n/b/tree/data/", ["data", ""]],
  ])("optional catch-all of %s", (pathname, path) => {
    expect(match(pathname)).toEqual({
      pattern: "api/buckets/[namespace]/[bucket]/tree/[[...path]]",
      params: { namespace: "n", bucket: "b", path },
    });
  });

  test("a catch-all that is not optional needs a segment", () => {
    expect(match("/buckets/n/b/resolve")).toBeNull();
    expect(match("/buckets/n/b/resolve/x")?.params.path).toEqual(["x"]);
  });

  test("groups are no segment, and one trailing slash is forgiven", () => {
    expect(match("/metrics")?.pattern).toBe("(group)/metrics");
    expect(match("/metrics/")?.pattern).toBe("(group)/metrics");
    expect(match("/api/buckets/n/b/")?.pattern).toBe("api/buckets/[namespace]/[bucket]");
    expect(match("/metrics//")).toBeNull();
  });

  test("broken percent-encoding is a bad request", () => {
    expect(() => match("/api/buckets/%E0%A4%A/b")).toThrow("broken percent-encoding");
  });
});
