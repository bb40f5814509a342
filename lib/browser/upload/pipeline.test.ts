/** The whole line against a started server, over HTTP. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer, type TestServer } from "#e2e/server.ts";
import { chunkBytes } from "#lib/core/xet/chunk.ts";
import { walkShard } from "#lib/core/xet/shard.ts";
import { bf16Weights, randomBytes } from "#lib/core/xet/vectors/generate.ts";
import type { HubAddress } from "./cas.ts";
import { filesOf, runLine } from "./fixture.ts";
import { Gate, type GateState } from "./gate.ts";
import { fetchTransport, type Transport } from "./wire.ts";

let server: TestServer;
let hub: HubAddress;
let made = 0;

beforeAll(async () => {
  server = await startServer({ pages: false });
  await server.admin(["user", "create", "ann"]);
  const token = await server.admin(["token", "create", "ann", "--role", "write"]);
  hub = { origin: server.url, headers: { Authorization: `Bearer ${token}` } };
}, 120_000);
afterAll(() => server?.stop());

async function newBucket(): Promise<string> {
  const bucket = `ann/line-${++made}`;
  const answer = await fetch(`${hub.origin}/api/buckets/${bucket}`, {
    method: "POST",
    headers: { ...hub.headers, "Content-Type": "application/json" },
    body: JSON.stringify({ private: true }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return bucket;
}

async function read(bucket: string, path: string): Promise<Uint8Array> {
  const url = `${hub.origin}/buckets/${bucket}/resolve/${path.split("/").map(encodeURIComponent).join("/")}`;
  const answer = await fetch(url, { headers: hub.headers });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function info(bucket: string, paths: string[]) {
  const answer = await fetch(`${hub.origin}/api/buckets/${bucket}/paths-info`, {
    method: "POST",
    headers: { ...hub.headers, "Content-Type": "application/json" },
    body: JSON.stringify({ paths }),
  });
  return (await answer.json()) as { path: string; size: number; mtime: string; contentType?: string }[];
}

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

function states(run: Awaited<ReturnType<typeof runLine>>) {
  return [...run.files.values()].map(({ state }) => state);
}

test("files come back as they were, whatever they hold", async () => {
  const piece = fc.record({ seed: fc.integer({ min: 1, max: 6 }), size: fc.integer({ min: 0, max: 700_000 }) });
  const content = fc.array(piece, { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(content, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(300_000, 1_000_000, 32 << 20),
      fc.constantFrom("byob" as const, "fallback" as const),
      async (contents, xorbBytes, reading) => {
        const bucket = await newBucket();
        const files: Record<string, Uint8Array<ArrayBuffer>> = {};
        for (const [i, pieces] of contents.entries()) {
          const parts = pieces.map(({ seed, size }) => (seed % 2 ? randomBytes : bf16Weights)(size, seed));
          files[`folder ${i % 2}/файл #${i} %2F.bin`] = join(...parts);
        }
        const run = await runLine(hub, bucket, filesOf(files), { xorbBytes, reading });
        for (const [path, bytes] of Object.entries(files)) {
          const view = run.files.get(path)!;
          expect(view).toMatchObject({ state: "done", size: bytes.length, read: bytes.length });
          expect(view.known + view.repeated + view.fresh).toBe(bytes.length);
          expect(Buffer.compare(await read(bucket, path), bytes)).toBe(0);
        }
      },
    ),
    { numRuns: 12, seed: 3 },
  );
}, 120_000);

describe("what is known is not sent", () => {
  const model = join(randomBytes(5_000_000, 11), bf16Weights(4_000_000, 12));

  test("the same file again, elsewhere and in another bucket", async () => {
    const [first, second] = [await newBucket(), await newBucket()];
    const model = join(randomBytes(5_000_000, 13), bf16Weights(4_000_000, 14));
    const once = await runLine(hub, first, filesOf({ "a.bin": model }));
    expect(once.traffic.xorbBytes).toBeGreaterThan(7_000_000);
    for (const [bucket, path] of [
      [first, "b.bin"],
      [second, "c/a.bin"],
    ]) {
      const again = await runLine(hub, bucket, filesOf({ [path]: model }));
      expect(again.traffic.xorbBytes).toBe(0);
      expect(again.files.get(path)).toMatchObject({ state: "done", known: model.length, fresh: 0 });
      expect(Buffer.compare(await read(bucket, path), model)).toBe(0);
    }
  });

  test("only what changed in a new version, also when its beginning did", async () => {
    const bucket = await newBucket();
    await runLine(hub, bucket, filesOf({ "a.bin": model }));
    const change = randomBytes(100_000, 99);
    const changed = join(randomBytes(1000, 98), model.subarray(0, 4_000_000), change, model.subarray(4_000_000));
    const run = await runLine(hub, bucket, filesOf({ "a.bin": changed }));
    const view = run.files.get("a.bin")!;
    expect(view.state).toBe("done");
    expect(view.fresh).toBeLessThan(101_000 + 4 * 131_072);
    expect(Buffer.compare(await read(bucket, "a.bin"), changed)).toBe(0);
  });

  test("twins in one job, and the same file once more", async () => {
    const bucket = await newBucket();
    const files = filesOf(
      { "a.bin": model.slice(1), "b.bin": model.slice(1), "empty.txt": new Uint8Array(0) },
      1_700_000_000_123,
    );
    const run = await runLine(hub, bucket, files);
    expect(run.files.get("b.bin")).toMatchObject({ fresh: 0 });
    expect(states(run)).toEqual(["done", "done", "done"]);
    const [a, b, empty] = await info(bucket, ["a.bin", "b.bin", "empty.txt"]);
    for (const entry of [a, b, empty]) expect(entry.mtime).toBe("2023-11-14T22:13:20.123Z");
    expect(empty).toMatchObject({ size: 0, contentType: "text/plain" });
    const again = await runLine(hub, bucket, files);
    expect(states(again)).toEqual(["unchanged", "unchanged", "unchanged"]);
    expect(again.traffic.requests.filter(({ path }) => /xorbs|shards|batch/.test(path))).toEqual([]);
  });

  test("a newer time alone is entered without content, unless only changes are wanted", async () => {
    const bucket = await newBucket();
    await runLine(hub, bucket, filesOf({ "a.bin": model }, 1_700_000_000_000));
    const later = filesOf({ "a.bin": model }, 1_700_000_100_000);
    expect(states(await runLine(hub, bucket, later, { conflict: "changed" }))).toEqual(["unchanged"]);
    const run = await runLine(hub, bucket, later);
    expect(states(run)).toEqual(["done"]);
    expect(run.traffic.requests.filter(({ path }) => /xorbs|shards/.test(path))).toEqual([]);
    expect((await info(bucket, ["a.bin"]))[0].mtime).toBe("2023-11-14T22:15:00.000Z");
  });

  test("a forecast says so and sends nothing", async () => {
    const bucket = await newBucket();
    await runLine(hub, await newBucket(), filesOf({ "a.bin": model }));
    const fresh = randomBytes(2_000_000, 77);
    const run = await runLine(hub, bucket, filesOf({ "a.bin": join(model, fresh), "b.bin": fresh }), {
      mode: "forecast",
    });
    expect(run.traffic.requests.filter(({ path }) => /xorbs|shards|batch/.test(path))).toEqual([]);
    const a = run.files.get("a.bin")!;
    expect(a.state).toBe("done");
    expect(a.fresh).toBeGreaterThan(1_800_000);
    expect(a.fresh).toBeLessThan(2_300_000);
    expect(run.files.get("b.bin")!.repeated).toBeGreaterThan(1_700_000);
  });
});

describe("conflicts", () => {
  const old = randomBytes(10_000, 1);
  const young = randomBytes(20_000, 2);

  test("skip leaves what is there, keep-both goes beside it", async () => {
    const bucket = await newBucket();
    await runLine(hub, bucket, filesOf({ "d/a.tar.gz": old }));
    expect(states(await runLine(hub, bucket, filesOf({ "d/a.tar.gz": young }), { conflict: "skip" }))).toEqual([
      "skipped",
    ]);
    for (const name of ["d/a (2).tar.gz", "d/a (3).tar.gz"]) {
      const run = await runLine(hub, bucket, filesOf({ "d/a.tar.gz": young }), { conflict: "keep-both" });
      expect(run.files.get("d/a.tar.gz")).toMatchObject({ state: "done", path: name });
      expect(Buffer.compare(await read(bucket, name), young)).toBe(0);
    }
    expect(Buffer.compare(await read(bucket, "d/a.tar.gz"), old)).toBe(0);
  });

  /** Somebody else brings files under these paths after they were looked at, before the batch. */
  function overtaken(bucket: string, paths: string[]): Transport {
    const pass = fetchTransport();
    let over = false;
    return async (request) => {
      if (request.url.endsWith("/batch") && !over) {
        over = true;
        await runLine(hub, bucket, filesOf(Object.fromEntries(paths.map((path) => [path, old]))));
      }
      return pass(request);
    };
  }

  test.each([
    ["overwrite", ["done", "done"], { "a.bin": young, "b.bin": young }],
    ["changed", ["done", "done"], { "a.bin": young, "b.bin": young }],
    ["skip", ["skipped", "done"], { "a.bin": old, "b.bin": young }],
    ["keep-both", ["done", "done"], { "a.bin": old, "a (2).bin": young, "b.bin": young }],
  ] as const)("%s holds also for what comes between the decision and the entry", async (conflict, ends, expected) => {
    const bucket = await newBucket();
    const files = filesOf({ "a.bin": young, "b.bin": young });
    const run = await runLine(hub, bucket, files, { conflict, transport: overtaken(bucket, ["a.bin"]) });
    expect(states(run)).toEqual(ends);
    for (const [path, bytes] of Object.entries(expected)) {
      expect(Buffer.compare(await read(bucket, path), bytes), path).toBe(0);
    }
    if (conflict === "keep-both") expect(run.files.get("a.bin")!.path).toBe("a (2).bin");
  });

  test.each(["skip", "keep-both"] as const)(
    "%s: an entry whose answer was lost is not met as another's",
    async (conflict) => {
      const bucket = await newBucket();
      const pass = fetchTransport();
      let lost = false;
      const run = await runLine(hub, bucket, filesOf({ "a.bin": young }), {
        conflict,
        transport: async (request) => {
          const answer = await pass(request);
          if (!request.url.endsWith("/batch") || lost) return answer;
          lost = true;
          throw new TypeError("the answer is lost");
        },
      });
      expect(lost).toBe(true);
      expect(run.files.get("a.bin")).toMatchObject({ state: "done", path: "a.bin" });
      expect((await info(bucket, ["a.bin", "a (2).bin"])).map(({ path }) => path)).toEqual(["a.bin"]);
    },
  );

  test("what no bucket may hold fails alone", async () => {
    const bucket = await newBucket();
    const run = await runLine(hub, bucket, filesOf({ "a//b": old, "../x": old, "ok\\no": old, good: old }));
    expect(states(run)).toEqual(["failed", "failed", "failed", "done"]);
    expect(run.files.get("../x")).toMatchObject({ reason: "bad-path" });
  });
});

describe("xorbs of a long file are listed before it ends", () => {
  /** Passes on, and keeps what shards told: how many files and xorbs each. */
  function listening(shards: { files: number; xorbs: number }[], refused = false): Transport {
    const pass = fetchTransport();
    return async (request) => {
      if (!request.url.endsWith("/shards")) return pass(request);
      const items = [...walkShard(new Uint8Array(await (request.body as Blob).arrayBuffer()))];
      const files = items.filter(({ kind }) => kind === "file").length;
      shards.push({ files, xorbs: items.length - files });
      if (files > 0 || !refused) return pass(request);
      const bytes = new TextEncoder().encode(JSON.stringify({ error: "Invalid shard: no file." }));
      return { status: 400, headers: new Headers({ "X-Error-Code": "BadRequest" }), bytes };
    };
  }

  test.each([false, true])("each once, also where the store wants them with a file: %s", async (refused) => {
    const bucket = await newBucket();
    const model = randomBytes(12_000_000, refused ? 41 : 42);
    const shards: { files: number; xorbs: number }[] = [];
    const transport = listening(shards, refused);
    const run = await runLine(hub, bucket, filesOf({ "a.bin": model }), {
      xorbBytes: 500_000,
      unlistedChunks: 40,
      transport,
    });
    expect(states(run)).toEqual(["done"]);
    const sent = run.traffic.requests.filter(({ path }) => path.includes("/xorbs/")).length;
    const alone = shards.filter(({ files }) => files === 0);
    expect(alone.length).toBeGreaterThan(refused ? 0 : 2);
    if (refused) expect(alone.length).toBe(1);
    const listed = shards.filter(({ files }) => files > 0 || !refused).reduce((sum, { xorbs }) => sum + xorbs, 0);
    expect(listed).toBe(sent);
    expect(shards.at(-1)!.files).toBe(1);
    expect(Buffer.compare(await read(bucket, "a.bin"), model)).toBe(0);
    const again = await runLine(hub, bucket, filesOf({ "b.bin": model }));
    expect(again.traffic.xorbBytes).toBe(0);
  });
});

describe("trouble", () => {
  test("many small files share shards and batches, and a faulty file does not stop the others", async () => {
    const bucket = await newBucket();
    const files = filesOf(
      Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`s/${i}.txt`, randomBytes(500 + i, i)])),
    );
    files[1500].source = { size: 10_000, stream: () => new Blob([randomBytes(9000, 1)]).stream() };
    const run = await runLine(hub, bucket, files);
    const ends = states(run);
    expect(ends.filter((state) => state === "done").length).toBe(2999);
    expect(run.files.get("s/1500.txt")).toMatchObject({ state: "failed", reason: "changed" });
    expect(run.traffic.requests.filter(({ path }) => path.endsWith("/batch")).length).toBeLessThan(30);
    expect(run.traffic.requests.length).toBeLessThan(400);
    expect(Buffer.compare(await read(bucket, "s/2999.txt"), randomBytes(3499, 2999))).toBe(0);

    // Known all together, they are entered by few large commits.
    const known = files.filter((_, i) => i !== 1500).map((file) => ({ ...file, path: `again/${file.path}` }));
    const again = await runLine(hub, bucket, known);
    expect(new Set(states(again))).toEqual(new Set(["done"]));
    expect(again.traffic.xorbBytes).toBe(0);
    expect(again.traffic.requests.filter(({ path }) => path.endsWith("/batch")).length).toBeLessThan(12);
  });

  test("a server that fails, hangs up and refuses for a while is waited for", async () => {
    const bucket = await newBucket();
    const model = randomBytes(6_000_000, 21);
    const direct = fetchTransport();
    let count = 0;
    const seen: GateState[] = [];
    const run = await runLine(hub, bucket, filesOf({ "a.bin": model }), {
      xorbBytes: 500_000,
      pauses: { first: 5, most: 40 },
      gate: new Gate((state) => seen.push(state)),
      transport: async (request) => {
        count += 1;
        if (count % 5 !== 0) {
          if (count % 5 === 1) throw new TypeError("fetch failed");
          const status = count % 5 === 2 ? 503 : 429;
          return { status, headers: new Headers(), bytes: new Uint8Array(0) };
        }
        return direct(request);
      },
    });
    expect(states(run)).toEqual(["done"]);
    expect(seen.map(({ state }) => state)).toContain("retrying");
    expect(seen.at(-1)!.state).toBe("running");
    expect(Buffer.compare(await read(bucket, "a.bin"), model)).toBe(0);
  });

  test("a session that ended holds the job until somebody resumes it", async () => {
    const bucket = await newBucket();
    const model = randomBytes(3_000_000, 22);
    const live = { ...hub, headers: { ...hub.headers } };
    live.headers.Authorization = "Bearer hf_wrong";
    const gate: Gate = new Gate(({ state, reason }) => {
      if (state !== "paused") return;
      expect(reason).toBe("signed-out");
      live.headers.Authorization = hub.headers.Authorization;
      setTimeout(() => gate.resume(), 20);
    });
    expect(states(await runLine(live, bucket, filesOf({ "a.bin": model }), { gate }))).toEqual(["done"]);
  });

  test("xorbs that the store lost are found out, and the file is read again without them", async () => {
    const [bucket, other] = [await newBucket(), await newBucket()];
    const model = randomBytes(4_000_000, 23);
    const first = await runLine(hub, bucket, filesOf({ "a.bin": model }), { xorbBytes: 1_000_000 });
    const lost = first.traffic.requests
      .filter(({ path }) => path.includes("/xorbs/"))
      .map(({ path }) => path.slice(-64))[1];
    const direct = fetchTransport();
    // The real refusal, made early: as if the xorb had gone between the answer and the shard.
    let gone = true;
    const run = await runLine(hub, other, filesOf({ "b.bin": model }), {
      transport: async (request) => {
        const path = new URL(request.url).pathname;
        if (path.endsWith(lost) && request.method === "HEAD" && gone) {
          return { status: 404, headers: new Headers({ "X-Error-Code": "NotFound" }), bytes: new Uint8Array(0) };
        }
        if (path.endsWith(lost)) gone = false;
        if (path.endsWith("/shards") && gone) {
          const error = JSON.stringify({ error: "Invalid shard: a xorb was not uploaded." });
          return {
            status: 400,
            headers: new Headers({ "X-Error-Code": "BadRequest" }),
            bytes: new TextEncoder().encode(error),
          };
        }
        const answer = await direct(request);
        if (request.method === "POST" && path.includes("/xorbs/")) gone = false;
        return answer;
      },
    });
    const view = run.files.get("b.bin")!;
    expect(view.state).toBe("done");
    expect(view.fresh).toBeGreaterThan(800_000);
    expect(view.fresh).toBeLessThan(1_200_000);
    expect(Buffer.compare(await read(other, "b.bin"), model)).toBe(0);
  });

  test("an interrupted upload goes on: xorbs that arrived are not sent again", async () => {
    const bucket = await newBucket();
    const model = randomBytes(8_000_000, 24);
    const files = filesOf({ "small.txt": randomBytes(50, 1), "a.bin": model });
    const killed = new AbortController();
    let arrived = 0;
    const direct = fetchTransport();
    const first = runLine(hub, bucket, files, {
      xorbBytes: 1_000_000,
      signal: killed.signal,
      transport: async (request) => {
        if (request.url.includes("/xorbs/") && arrived >= 4_000_000) {
          killed.abort(new Error("tab closed"));
          throw new TypeError("gone");
        }
        const answer = await direct(request);
        if (request.url.includes("/xorbs/")) arrived += (request.body as Blob).size;
        return answer;
      },
    });
    await expect(first).rejects.toThrow("tab closed");
    const second = await runLine(hub, bucket, files, { xorbBytes: 1_000_000 });
    // The small one may have landed before the end.
    expect(["done", "unchanged"]).toContain(states(second)[0]);
    expect(states(second)[1]).toBe("done");
    expect(arrived + second.traffic.xorbBytes).toBeLessThan(1.02 * model.length);
    expect(Buffer.compare(await read(bucket, "a.bin"), model)).toBe(0);
  });

  test("files are held back and given up one by one", async () => {
    const bucket = await newBucket();
    const files = filesOf({ a: randomBytes(3_000_000, 31), b: randomBytes(100, 32), c: randomBytes(100, 33) });
    const run = await runLine(hub, bucket, files, {
      started: (line) => {
        line.withdraw([1], "paused");
        line.withdraw([2], "cancelled");
      },
    });
    expect(states(run)).toEqual(["done", "paused", "cancelled"]);
    expect((await info(bucket, ["a", "b", "c"])).map(({ path }) => path)).toEqual(["a"]);
  });

  test("the cut is that of every other client", async () => {
    const bytes = bf16Weights(2_000_000, 5);
    const bucket = await newBucket();
    const run = await runLine(hub, bucket, filesOf({ a: bytes }));
    const { hashes, lengths } = chunkBytes(bytes);
    const { fileHash, hashToHex } = await import("#lib/core/xet/hash.ts");
    expect(run.files.get("a")!.xetHash).toBe(hashToHex(fileHash(hashes, lengths)));
  });
});
