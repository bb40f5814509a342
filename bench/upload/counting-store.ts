/** A Hub and content store that read what they are sent, count it and keep nothing: so that a client alone is measured. Serves the benchmark's page. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { chunkBytes } from "#lib/core/xet/chunk.ts";
import { hashToHex, xorbHash } from "#lib/core/xet/hash.ts";
import { encodeDedupShard } from "#lib/core/xet/shard.ts";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const XORB_CHUNKS = 512;

export interface CountingStore {
  url: string;
  /** Bytes of xorbs since the last call. */
  takeXorbBytes(): number;
  /** From now on the store has these bytes. */
  know(bytes: Uint8Array): void;
  forget(): void;
  close(): Promise<void>;
}

export async function startCountingStore(pages: string): Promise<CountingStore> {
  let xorbBytes = 0;
  let url = "";
  let known: { first: string; shard: Uint8Array } | null = null;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const json = (value: unknown, status = 200) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(value));
    };
    const shard = (wanted: boolean) => {
      if (!wanted || known === null) json({ error: "unknown" }, 404);
      else response.end(known.shard);
    };
    if (path.endsWith("/xet-write-token")) {
      json({ casUrl: `${url}/cas`, accessToken: "counting", exp: Math.floor(Date.now() / 1000) + 3600 });
    } else if (path.includes("/v1/xorbs/")) {
      for await (const piece of request) xorbBytes += piece.length;
      json({ was_inserted: true });
    } else if (path.endsWith("/v1/dedup")) {
      const { chunks } = JSON.parse(await text(request)) as { chunks: string[] };
      shard(known !== null && chunks.includes(known.first));
    } else if (path.includes("/v1/chunks/")) shard(known !== null && path.endsWith(known.first));
    else if (path.endsWith("/v1/shards")) {
      await text(request);
      json({ result: 1 });
    } else if (path.endsWith("/batch")) {
      const lines = (await text(request)).split("\n").filter((line) => line !== "").length;
      json({ success: true, processed: lines, succeeded: lines, failed: [] });
    } else if (path.endsWith("/paths-info")) {
      await text(request);
      json([]);
    } else {
      const file = await readFile(join(pages, path === "/" ? "index.html" : path)).catch(() => null);
      if (file === null) json({ error: "no such page" }, 404);
      else response.writeHead(200, { "Content-Type": TYPES[extname(path) || ".html"] ?? "text/plain" }).end(file);
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    takeXorbBytes() {
      const taken = xorbBytes;
      xorbBytes = 0;
      return taken;
    },
    know(bytes) {
      known = dedupOf(bytes);
    },
    forget() {
      known = null;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The answer to a question about the first chunk of these bytes: all of their xorbs. */
function dedupOf(bytes: Uint8Array): { first: string; shard: Uint8Array } {
  const { hashes, lengths, count } = chunkBytes(bytes);
  const xorbs = [];
  for (let from = 0; from < count; from += XORB_CHUNKS) {
    const to = Math.min(count, from + XORB_CHUNKS);
    const part = { hashes: hashes.slice(from * 32, to * 32), lengths: lengths.slice(from, to) };
    xorbs.push({ ...part, hash: xorbHash(part.hashes, part.lengths), storedBytes: 0 });
  }
  const now = Math.floor(Date.now() / 1000);
  const footer = { hmacKey: new Uint8Array(randomBytes(32)), createdAt: now, expiresAt: now + 3600 };
  return { first: hashToHex(hashes), shard: encodeDedupShard(xorbs, footer) };
}

async function text(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
