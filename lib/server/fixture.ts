/** A server on a random port with a folder of its own, for tests that look at the wire: everything but Next. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type RequestListener, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { makeFile, makeShard, makeXorb } from "./cas/fixture.ts";
import { readEnv } from "./env.ts";
import type { Services } from "./services.ts";
import { startApi } from "./start.ts";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever came over the wire.
  json: any;
}

export interface Ask {
  method?: string;
  token?: string | null;
  headers?: Record<string, string>;
  /** A text goes as it is, anything else as JSON. */
  body?: string | Uint8Array | object;
}

export interface ApiServer {
  url: string;
  dataDir: string;
  services: Services;
  /** By Node's own client: nothing decodes, follows redirects or hides headers. `path` is sent as written. */
  ask(path: string, options?: Ask): Promise<Answer>;
  /** A new user's write token. */
  user(name: string): Promise<string>;
  /** Sends the content as a client does, xorb and shard under the bucket's write token; returns the file's hash. */
  upload(bucketId: string, token: string, bytes: Uint8Array): Promise<string>;
  /** `upload`, then a batch that adds it under the path. */
  put(bucketId: string, token: string, path: string, bytes: Uint8Array, fields?: object): Promise<string>;
  close(): Promise<void>;
}

export interface ApiServerOptions {
  /** ms since the epoch. */
  clock?: () => number;
  /** Puts something around what answers requests. */
  around?(listener: RequestListener): RequestListener;
}

export async function openApiServer(
  env: Record<string, string> = {},
  { clock, around = (listener) => listener }: ApiServerOptions = {},
): Promise<ApiServer> {
  const folder = await mkdtemp(join(tmpdir(), "cooperage-api-"));
  const started = await startApi(readEnv({ DATA_DIR: folder, LOG_LEVEL: "silent", ...env }), undefined, clock);
  const server = createServer(around(started.listener)).listen(Number(env.PORT ?? 0), "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  async function ask(path: string, { method = "GET", token = null, headers = {}, body }: Ask = {}): Promise<Answer> {
    const sent = typeof body === "object" && !(body instanceof Uint8Array) ? JSON.stringify(body) : body;
    const all = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers };
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers: all });
    outgoing.end(sent);
    const [response] = await once(outgoing, "response");
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const text = bytes.toString();
    return {
      status: response.statusCode,
      headers: response.headers,
      body: bytes,
      text,
      get json() {
        return JSON.parse(text);
      },
    };
  }

  async function upload(bucketId: string, token: string, bytes: Uint8Array): Promise<string> {
    if (bytes.length === 0) return ZERO_HASH;
    const xet = (await ask(`/api/buckets/${bucketId}/xet-write-token`, { token })).json;
    const cas = new URL(xet.casUrl).pathname;
    const xorb = makeXorb(bytes);
    const file = makeFile([{ xorb }]);
    for (const [path, body] of [
      [`${cas}/v1/xorbs/default/${xorb.hash}`, xorb.bytes],
      [`${cas}/v1/shards`, makeShard([file.entry], [xorb])],
    ] as const) {
      const answer = await ask(path, { method: "POST", token: xet.accessToken, body });
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    }
    return file.hash;
  }

  return {
    url: `http://127.0.0.1:${port}`,
    dataDir: folder,
    services: started.services,
    ask,
    upload,
    async user(name) {
      const { accounts } = started.services;
      return (await accounts.issueToken(await accounts.createUser(name), {})).token;
    },
    async put(bucketId, token, path, bytes, fields = {}) {
      const xetHash = await upload(bucketId, token, bytes);
      const line = JSON.stringify({ type: "addFile", path, xetHash, ...fields });
      const answer = await ask(`/api/buckets/${bucketId}/batch`, { method: "POST", token, body: line });
      if (answer.status !== 200) throw new Error(`batch: ${answer.status} ${answer.text}`);
      return xetHash;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await started.close();
      await rm(folder, { recursive: true });
    },
  };
}
