/** A server that dies at the worst moments: each kind of request is once left without an answer, cut short, or reset. */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type TestServer } from "#e2e/server.ts";
import { randomBytes } from "#lib/core/xet/vectors/generate.ts";
import { filesOf, runLine } from "./fixture.ts";

let server: TestServer;
let headers: Record<string, string>;

beforeAll(async () => {
  server = await startServer({ pages: false });
  await server.admin(["user", "create", "ann"]);
  headers = { Authorization: `Bearer ${await server.admin(["token", "create", "ann", "--role", "write"])}` };
}, 120_000);
afterAll(() => server?.stop());

const FAULTS = {
  /** The request never reaches the server. */
  swallowed: (from: IncomingMessage) => {
    from.resume();
  },
  /** It does its work, and nobody hears of it. */
  "done and not answered": (from: IncomingMessage) => {
    pass(from, (answer) => answer.resume());
  },
  "answered by half": (from: IncomingMessage, to: ServerResponse) => {
    pass(from, (answer) => {
      answer.resume();
      to.writeHead(answer.statusCode!, { ...answer.headers, "content-length": "100000" });
      to.write("{");
    });
  },
  "reset in the middle of the body": (from: IncomingMessage) => {
    from.once("data", () => from.socket.destroy());
    from.once("end", () => from.socket.destroy());
  },
};

function pass(from: IncomingMessage, take: (answer: IncomingMessage) => void): void {
  const to = request(server.url + from.url, { method: from.method, headers: from.headers }, take);
  to.on("error", () => from.socket.destroy());
  from.pipe(to);
}

/** What a request is, so that the first of each kind meets the fault. */
function kindOf({ method, url }: IncomingMessage): string {
  return `${method} ${/xet-write-token|paths-info|batch|\/v1\/(dedup|xorbs|shards)/.exec(url!)?.[0]}`;
}

// Side by side: they wait most of the time.
test.concurrent.each(Object.entries(FAULTS))(
  "%s, once for each kind of request: the upload ends whole",
  async (name, fault) => {
    const met = new Set<string>();
    const proxy = createServer((from, to) => {
      const kind = kindOf(from);
      if (!met.has(kind)) {
        met.add(kind);
        fault(from, to);
      } else
        pass(from, (answer) => {
          to.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(to);
        });
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    try {
      const bucket = `ann/${name.replaceAll(" ", "-")}`;
      await fetch(`${server.url}/api/buckets/${bucket}`, { method: "POST", headers });
      const model = randomBytes(3_000_000, name.length);
      const run = await runLine({ origin, headers }, bucket, filesOf({ "a.bin": model, "b.txt": randomBytes(10, 3) }), {
        xorbBytes: 1_000_000,
        stalls: { xorb: 400, small: 400 },
      });
      expect([...run.files.values()].map(({ state }) => state)).toEqual(["done", "done"]);
      expect([...met].sort()).toEqual([
        "GET xet-write-token",
        "POST /v1/dedup",
        "POST /v1/shards",
        "POST /v1/xorbs",
        "POST batch",
        "POST paths-info",
      ]);
      const answer = await fetch(`${server.url}/buckets/${bucket}/resolve/a.bin`, { headers });
      expect(Buffer.compare(new Uint8Array(await answer.arrayBuffer()), model)).toBe(0);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  },
);
