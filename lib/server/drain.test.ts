import { once } from "node:events";
import { Agent, createServer, type RequestListener, request, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { prepareDrain } from "./drain.ts";

/** Longer than a test may take. */
const NEVER = 3600_000;

let server: Server;
const agent = new Agent({ keepAlive: true });
afterEach(() => {
  agent.destroy();
  server.closeAllConnections();
});

async function start(listener: RequestListener): Promise<{ drain: (grace: number) => Promise<void>; port: number }> {
  server = createServer(listener);
  server.keepAliveTimeout = NEVER;
  const drain = prepareDrain(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { drain, port: (server.address() as AddressInfo).port };
}

/** Both ends of a connection on which nothing was said yet. */
async function open(port: number): Promise<[Socket, Socket]> {
  const socket = connect(port, "127.0.0.1");
  const [[taken]] = await Promise.all([once(server, "connection"), once(socket, "connect")]);
  return [socket, taken];
}

test("a connection on which nothing was asked does not hold it up", async () => {
  const { drain, port } = await start((_, response) => response.end());
  const [socket] = await open(port);
  await Promise.all([drain(NEVER), once(socket, "close")]);
});

test("a running request ends whole, then its connection goes", async () => {
  let finish = () => {};
  const { drain, port } = await start((_, response) => {
    response.write("one ");
    finish = () => response.end("two");
  });
  const outgoing = request({ host: "127.0.0.1", port, agent }).end();
  const [answer] = await once(outgoing, "response");
  const drained = drain(NEVER);
  const late = connect(port, "127.0.0.1");
  await expect(once(late, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  finish();
  expect(await text(answer)).toBe("one two");
  await drained;
});

test("a request that has begun to come is answered", async () => {
  const { drain, port } = await start((_, response) => response.end("here"));
  const [socket, taken] = await open(port);
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n");
  await expect.poll(() => taken.bytesRead).toBeGreaterThan(0);
  const drained = drain(NEVER);
  socket.write("\r\n");
  expect(await text(socket)).toContain("here");
  await drained;
});

test("one that does not end is cut off after the grace", async () => {
  const { drain, port } = await start((_, response) => response.write("one "));
  const outgoing = request({ host: "127.0.0.1", port, agent }).end();
  const [answer] = await once(outgoing, "response");
  await Promise.all([drain(20), expect(text(answer)).rejects.toThrow("aborted")]);
});
