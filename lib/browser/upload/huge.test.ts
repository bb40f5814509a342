/** One file larger than any memory, generated as it is read. `HUGE_MIB=51200` takes 50 GiB through the line; by default a small part. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { startServer } from "#e2e/server.ts";
import { randomBytes } from "#lib/core/xet/vectors/generate.ts";
import { runLine } from "./fixture.ts";
import type { ByteSource } from "./source.ts";

const MIB = 1024 * 1024;
const SIZE = Number(process.env.HUGE_MIB ?? 96) * MIB;
/** Over and over the same 48 MiB, so that a disk has room for it: the rest is read, cut and hashed all the same. */
const CYCLE = 12;
const BLOCK = 4 * MIB;
/** What the line itself may hold, and a generous share for the runtime, bytes. */
const MEMORY_MAX = 768 * MIB;

const blocks = Array.from({ length: CYCLE }, (_, at) => randomBytes(BLOCK, 7000 + at));

function* pieces(): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < SIZE; at += BLOCK) yield blocks[(at / BLOCK) % CYCLE].slice(0, Math.min(BLOCK, SIZE - at));
}

const generated: ByteSource = {
  size: SIZE,
  stream() {
    const source = pieces();
    return new ReadableStream({
      type: "bytes",
      pull(controller) {
        const { done, value } = source.next();
        if (!done) controller.enqueue(value);
        else {
          controller.close();
          controller.byobRequest?.respond(0);
        }
      },
    }) as ReadableStream<Uint8Array<ArrayBuffer>>;
  },
};

test(
  "a file beyond memory arrives whole",
  async () => {
    const server = await startServer({ pages: false });
    try {
      await server.admin(["user", "create", "ann"]);
      const token = await server.admin(["token", "create", "ann", "--role", "write"]);
      const headers = { Authorization: `Bearer ${token}` };
      await fetch(`${server.url}/api/buckets/ann/huge`, { method: "POST", headers });
      let most = 0;
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage.rss());
      }, 50);
      const before = process.memoryUsage.rss();
      const run = await runLine({ origin: server.url, headers }, "ann/huge", [{ path: "all.bin", source: generated }]);
      clearInterval(watch);
      const view = run.files.get("all.bin")!;
      expect(view).toMatchObject({ state: "done", read: SIZE });
      // Each block once, and what the seams between two rounds make.
      expect(view.fresh).toBeLessThan(CYCLE * BLOCK + 2 * MIB);
      expect(most - before).toBeLessThan(MEMORY_MAX);

      const expected = createHash("sha256");
      for (const piece of pieces()) expected.update(piece);
      const found = createHash("sha256");
      const answer = await fetch(`${server.url}/buckets/ann/huge/resolve/all.bin`, { headers });
      for await (const piece of answer.body!) found.update(piece);
      expect(found.digest("hex")).toBe(expected.digest("hex"));
    } finally {
      await server.stop();
    }
  },
  Math.max(120_000, SIZE / 10_000),
);
