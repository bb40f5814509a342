import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HubError } from "#lib/core/errors.ts";
import { createMetrics } from "../metrics.ts";
import { createListener } from "./listener.ts";
import { requestBody } from "./request.ts";
import { json, stream } from "./response.ts";
import { createRouter, type RouteModule } from "./router.ts";

let server: Server;
let base: string;
const metrics = createMetrics();
const streamEnded: string[] = [];
let taken = 0;

async function* pieces(name: string, count: number) {
  try {
    for (let i = 0; i < count; i++) yield new Uint8Array(64 * 1024).fill(i);
  } finally {
    streamEnded.push(name);
  }
}

const routes: [string, RouteModule][] = [
  [
    "api/echo/[[...path]]",
    {
      GET: async (request, { params }) => json({ params: await params, host: new URL(request.url).host }),
      POST: async (request) => {
        let length = 0;
        for await (const piece of requestBody(request)) length += piece.length;
        return json({ length });
      },
    },
  ],
  ["api/bytes", { GET: async () => stream(pieces("bytes", 4), { headers: { "Content-Length": String(4 * 65536) } }) }],
  [
    "api/cas/take",
    {
      POST: async (request) => {
        for await (const piece of requestBody(request)) taken += piece.length;
        return json({});
      },
    },
  ],
  ["api/endless", { GET: async () => stream(pieces("endless", 1e9), {}) }],
  ["api/head", { HEAD: async () => new Response(null, { headers: { "Content-Length": "123456789012" } }) }],
  [
    "api/throw",
    {
      GET: async () => {
        throw new HubError("Conflict", "état\n»", { details: { url: "u" } });
      },
    },
  ],
];

beforeAll(async () => {
  const pages = (_: unknown, response: { end(text: string): void }) => response.end("page");
  const log = pino({ level: "silent" });
  server = createServer(createListener({ router: createRouter(routes), log, metrics, pages: pages as never }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe("the listener", () => {
  test("keeps %2F for the catch-all and does not redirect slashes", async () => {
    const answer = await fetch(`${base}/api/echo/a%2Fb//c/`, { redirect: "error" });
    expect(await answer.json()).toEqual({ params: { path: ["a/b", "", "c", ""] }, host: base.slice(7) });
  });

  test("sends exact Content-Length on GET, stream and HEAD, without chunked encoding", async () => {
    const plain = await fetch(`${base}/api/echo`);
    expect(plain.headers.get("content-length")).toBe(String((await plain.text()).length));
    const streamed = await fetch(`${base}/api/bytes`);
    expect(streamed.headers.get("transfer-encoding")).toBeNull();
    expect((await streamed.arrayBuffer()).byteLength).toBe(4 * 65536);
    const head = await fetch(`${base}/api/head`, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe("123456789012");
  });

  test("takes bodies of any size", async () => {
    const body = new Uint8Array(24 * 1024 * 1024);
    expect(await (await fetch(`${base}/api/echo`, { method: "POST", body })).json()).toEqual({ length: body.length });
  });

  test("counts what came in, of requests that were cut off too", async () => {
    const counted = async () =>
      Number(
        /^cooperage_http_received_bytes_total\{area="content"\} (\d+)/m.exec((await metrics.text()).body)?.[1] ?? 0,
      );
    const before = await counted();
    const body = new Uint8Array(1024 * 1024);
    await fetch(`${base}/api/cas/take`, { method: "POST", body });
    await fetch(`${base}/api/echo`, { method: "POST", body });
    const headers = { "Content-Length": body.length };
    const client = httpRequest(`${base}/api/cas/take`, { method: "POST", headers });
    client.on("error", () => {});
    client.write(body.subarray(0, 300_000));
    await expect.poll(() => taken).toBe(body.length + 300_000);
    client.destroy();
    await expect.poll(counted).toBeGreaterThan(before + body.length + 300_000);
    expect(await counted()).toBeLessThan(before + body.length + 302_000);
  });

  test("runs a stream's clean-up when the reader leaves", async () => {
    await new Promise<void>((resolve, reject) => {
      const client = httpRequest(`${base}/api/endless`, (answer: IncomingMessage) => {
        answer.once("data", () => client.destroy());
        answer.once("close", resolve);
      });
      client.on("error", reject);
      client.end();
    }).catch(() => {});
    await expect.poll(() => streamEnded.includes("endless")).toBe(true);
  });

  test("answers a thrown error in the Hub's format, header text in ASCII", async () => {
    const answer = await fetch(`${base}/api/throw`);
    expect(answer.status).toBe(409);
    expect(answer.headers.get("x-error-code")).toBe("Conflict");
    expect(answer.headers.get("x-error-message")).toBe("?tat?");
    expect(answer.headers.get("x-request-id")).toBeTruthy();
    expect(await answer.json()).toEqual({ error: "état\n»", code: "Conflict", url: "u" });
  });

  test("unknown API routes are 404 JSON, wrong methods 405, everything else is a page", async () => {
    expect((await fetch(`${base}/api/nothing`)).status).toBe(404);
    const wrong = await fetch(`${base}/api/bytes`, { method: "DELETE" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET"]);
    expect(await (await fetch(`${base}/elsewhere`)).text()).toBe("page");
    expect((await fetch(`${base}/api/echo/%E0%A4%A`)).status).toBe(400);
  });

  test("answers a CORS preflight with the headers clients send", async () => {
    const answer = await fetch(`${base}/api/bytes`, { method: "OPTIONS" });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-headers")).toContain("X-Xet-Session-Id");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });
});
