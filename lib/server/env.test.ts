import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readEnv } from "./env.ts";

describe("readEnv", () => {
  test("has a default for everything, and empty counts as not set", () => {
    const env = { PORT: 3000, HOST: "127.0.0.1", DATA_DIR: resolve("data"), LOG_LEVEL: "info" };
    expect(readEnv({})).toMatchObject(env);
    expect(readEnv({ PORT: "", HUB_URL: "", DATA_DIR: "" })).toMatchObject(env);
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
