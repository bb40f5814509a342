/** Stands before a server, passes everything on, and counts what clients send of content: bodies of xorbs and of shards. */
import { once } from "node:events";
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Bytes of request bodies. */
export interface ContentSent {
  xorbs: number;
  shards: number;
}

export interface CountingProxy {
  url: string;
  /** What was sent since the last call. */
  take(): ContentSent;
  close(): Promise<void>;
}

/** `target`: the server's own address, `http://127.0.0.1:port`. The Host header stays, so that the server names the proxy as its own address. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  let sent: ContentSent = { xorbs: 0, shards: 0 };
  const { hostname, port } = new URL(target);

  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url: path, headers } = incoming;
    const counted = path?.includes("/v1/xorbs/") ? "xorbs" : /\/shards\b/.test(path ?? "") ? "shards" : null;
    if (counted !== null) {
      incoming.on("data", (piece: Buffer) => {
        sent[counted] += piece.length;
      });
    }
    const onward = ask({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  }

  const server = createServer(pass).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = sent;
      sent = { xorbs: 0, shards: 0 };
      return taken;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
