/**
 * The yardstick of bench/cas.ts: node:http and nothing else, doing what an intake must do at least. POST /xorb: receive, unpack
 * and hash each chunk natively, root, write, flush, rename. GET /<file> with a Range: a file stream into the response.
 * Prints its port.
 */
import { createReadStream } from "node:fs";
import { mkdtemp, open, rename } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { viewDecompressed } from "../../lib/core/xet/compress.ts";
import { hashChunk, hashToHex, xorbHash } from "../../lib/core/xet/hash.ts";
import { XorbWalker } from "../../lib/core/xet/xorb.ts";
import { installNativeHash } from "../../lib/server/cas/native-hash.ts";

installNativeHash();
const folder = process.argv[2];
const uploads = await mkdtemp(join(folder, "peer-"));
const BATCH = 1024 * 1024;
let count = 0;

async function put(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = String(count++);
  const handle = await open(join(uploads, `${name}.tmp`), "wx");
  const walker = new XorbWalker();
  const hashes: Uint8Array[] = [];
  const lengths: number[] = [];
  let batch: Uint8Array[] = [];
  let batched = 0;
  const flush = async () => {
    const piece = Buffer.concat(batch);
    batch = [];
    batched = 0;
    for (const { scheme, data, length } of walker.push(piece)) {
      hashes.push(hashChunk(viewDecompressed(scheme, data, length)));
      lengths.push(length);
    }
    await handle.write(piece);
  };
  for await (const piece of request as AsyncIterable<Buffer>) {
    batch.push(piece);
    batched += piece.length;
    if (batched >= BATCH) await flush();
  }
  if (batched > 0) await flush();
  walker.finish();
  const root = hashToHex(xorbHash(new Uint8Array(Buffer.concat(hashes)), lengths));
  await handle.sync();
  await handle.close();
  await rename(join(uploads, `${name}.tmp`), join(uploads, name));
  const dir = await open(uploads, "r");
  await dir.sync();
  await dir.close();
  const right = request.url === `/xorb/${root}`;
  response.writeHead(right ? 200 : 400, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ was_inserted: right }));
}

function get(request: IncomingMessage, response: ServerResponse): void {
  const [, start, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "")!.map(Number);
  response.writeHead(206, { "Content-Length": last - start + 1, "Content-Type": "application/octet-stream" });
  createReadStream(join(folder, request.url!), { start, end: last, highWaterMark: BATCH }).pipe(response);
}

const server = createServer((request, response) => {
  if (request.method === "GET") return get(request, response);
  put(request, response).catch((error) => response.destroy(error));
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
