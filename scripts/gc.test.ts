import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "#e2e/server.ts";
import {
  accessOf,
  addBucket,
  addNamespace,
  bodyOf,
  makeBytes,
  makeXorb,
  openTestStore,
} from "#lib/server/cas/fixture.ts";
import { type ApiServer, openApiServer } from "#lib/server/fixture.ts";
import { lockDataDir } from "#lib/server/lock.ts";

interface Ended {
  code: number;
  out: string;
  err: string;
}

function gc(dataDir: string, args: string[], more: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, DATA_DIR: dataDir, ...more };
    execFile(process.execPath, [join(import.meta.dirname, "gc.ts"), ...args], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

describe("without a server", () => {
  test("says so when there is no store, and what an option may hold", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cooperage-gc-"));
    expect(await gc(folder, [])).toEqual({ code: 0, out: `Nothing to free: ${folder} holds no store.\n`, err: "" });
    const wrong = await gc(folder, ["--grace", "soon"]);
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.err).toContain("--grace holds 'soon'; it may hold a time like 21d or 12h, or 0.");
    expect((await gc(folder, ["--rewrite-share", "2"])).code).toBe(2);
    expect((await gc(folder, ["--nonsense"])).code).toBe(2);
    await rm(folder, { recursive: true });
  });

  test("says what it would free, and frees it", async () => {
    const store = await openTestStore();
    const user = await addNamespace(store.db, "ann");
    const access = accessOf(await addBucket(store.db, user, "a"), user);
    const xorb = makeXorb(makeBytes(500_000, 1));
    await store.cas.putXorb(access, xorb.hash, bodyOf(xorb.bytes));
    const waiting = (await gc(store.dir, ["--dry-run"])).out;
    expect(waiting).toMatch(
      /^Would be freed, on disk:\nnow +0 B +0 files, 0 xorbs\n\d{4}-\d\d-\d\d +500 kB\nLast run: never.\n$/,
    );
    expect((await gc(store.dir, ["--dry-run", "--grace", "0"])).out).toMatch(/^now +500 kB +0 files, 1 xorb$/m);
    const unlock = lockDataDir(store.dir, "another npm run gc");
    expect(await gc(store.dir, [])).toMatchObject({ code: 1, err: expect.stringContaining("another npm run gc") });
    unlock();
    expect((await gc(store.dir, ["--grace", "0"])).out).toBe(
      "Freed 500 kB: 0 files, 1 xorb removed, 0 xorbs rewritten.\n",
    );
    expect(JSON.parse((await gc(store.dir, ["--dry-run", "--json"])).out)).toMatchObject({
      now: { bytes: 0 },
      later: [],
      freedBytes: xorb.bytes.length,
      ranAt: expect.any(Number),
    });
    await store.close();
  });
});

describe("beside a server", () => {
  let server: ApiServer;
  let ann: string;
  beforeAll(async () => {
    server = await openApiServer({ PORT: String(await freePort()) });
    ann = await server.user("ann");
    await server.ask("/api/buckets/ann/a", { method: "POST", token: ann, body: {} });
  });
  afterAll(() => server.close());

  test("the server does it, and the page's figures follow", async () => {
    await server.put("ann/a", ann, "kept", makeBytes(400_000, 1));
    await server.put("ann/a", ann, "gone", makeBytes(300_000, 2));
    const body = { files: ["gone"], folders: [] };
    await server.ask("/api/buckets/ann/a/delete-paths", { method: "POST", token: ann, body });
    const waiting = async () => {
      await server.services.dedup.idle();
      return (await server.ask("/api/buckets/ann/a/dedup", { token: ann })).json.waiting;
    };
    const { bytes, since, freedAt } = await waiting();
    expect(bytes).toBeGreaterThan(300_000);
    expect(freedAt - since).toBe(21 * 24 * 3600 * 1000);
    const dry = JSON.parse((await gc(server.dataDir, ["--dry-run", "--json"])).out);
    expect(dry).toMatchObject({
      now: { bytes: 0 },
      later: [{ bytes, day: new Date(freedAt).toISOString().slice(0, 10) }],
    });
    const run = JSON.parse((await gc(server.dataDir, ["--grace", "0", "--json"])).out);
    expect(run).toMatchObject({ files: 1, removed: 1, freedBytes: bytes });
    expect(await waiting()).toMatchObject({ bytes: 0, files: 0, since: null });
    const metrics = (await server.ask("/metrics")).text;
    expect(metrics).toContain(`\ncooperage_gc_freed_bytes ${bytes}\n`);
    expect(metrics).toMatch(/\ncooperage_gc_last_run_timestamp_seconds [1-9]/);
    const kept = await server.ask("/buckets/ann/a/resolve/kept", { token: ann });
    expect(kept.body.equals(Buffer.from(makeBytes(400_000, 1)))).toBe(true);
  });

  test("nobody else may ask for it", async () => {
    for (const token of [null, ann, `operator_9999999999.${"a".repeat(43)}`]) {
      const answer = await server.ask("/api/gc", { method: "POST", token, body: {} });
      expect(answer.status).toBe(401);
    }
    const wrong = await gc(server.dataDir, [], { SESSION_SECRET: "another secret, not the server's" });
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringContaining("set SESSION_SECRET here as it is set there"),
    });
  });
});
