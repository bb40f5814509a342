import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readEnv } from "./env.ts";

describe("readEnv", () => {
  test("has a default for everything, and empty counts as not set", () => {
    const env = { PORT: 3000, HOST: "127.0.0.1", DATA_DIR: resolve("data"), LOG_LEVEL: "info", GC_REWRITE_SHARE: 0.5 };
    expect(readEnv({})).toMatchObject(env);
    expect(readEnv({ PORT: "", HUB_URL: "", DATA_DIR: "" })).toMatchObject(env);
  });

  test("times of garbage collection are ms", () => {
    const day = 24 * 3600 * 1000;
    expect(readEnv({})).toMatchObject({ GC_GRACE: 21 * day, GC_EVERY: day / 4 });
    expect(readEnv({ GC_GRACE: "0", GC_EVERY: "off" })).toMatchObject({ GC_GRACE: 0, GC_EVERY: null });
    expect(readEnv({ GC_GRACE: "12h", GC_EVERY: "30m" })).toMatchObject({ GC_GRACE: day / 2, GC_EVERY: day / 48 });
  });

  test("takes the slash off URLs", () => {
    expect(readEnv({ HUB_URL: "https://hub.example/" }).HUB_URL).toBe("https://hub.example");
  });

  test.each([
    [{ PORT: "abc" }, 'PORT holds "abc"; it may hold a port number from 0 to 65535.'],
    [{ PORT: "70000" }, 'PORT holds "70000"; it may hold a port number from 0 to 65535.'],
    [
      { PUBLIC_URL: "example.com" },
      'PUBLIC_URL holds "example.com"; it may hold an http:// or https:// URL, the address that clients use.',
    ],
    [{ HUB_URL: "ftp://x" }, 'HUB_URL holds "ftp://x"; it may hold the http:// or https:// URL of an upstream Hub.'],
    [{ GC_GRACE: "soon" }, 'GC_GRACE holds "soon"; it may hold a time like 21d or 12h, or 0.'],
    [{ GC_EVERY: "0" }, 'GC_EVERY holds "0"; it may hold a time like 6h or 30m, or off.'],
    [{ GC_REWRITE_SHARE: "2" }, 'GC_REWRITE_SHARE holds "2"; it may hold a number from 0 to 1.'],
    [{ LOG_LEVEL: "loud" }, /^LOG_LEVEL holds "loud"; it may hold one of fatal, error,/],
    [{ DATABASE_URL: "postgres://x" }, /^DATABASE_URL is set, but this version/],
  ])("refuses %j in one line", (source, message) => {
    expect(() => readEnv(source)).toThrow(message);
  });

  test("does not print a secret", () => {
    expect(() => readEnv({ SESSION_SECRET: "short" })).toThrow(
      "SESSION_SECRET holds 5 characters; it may hold at least 16 characters.",
    );
  });
});
