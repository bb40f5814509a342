/** What arrived at the server, by its own books. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestServer } from "../server.ts";

export interface StoreCounts {
  /** See receivedBytes. */
  received: number;
  xorbs: number;
  /** Of these xorbs: unpacked, and as they lie on disk. */
  unpacked: number;
  stored: number;
}

/** Bytes of all requests to the content store since the server started, headers and broken-off bodies included. */
export async function receivedBytes(server: TestServer): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^cooperage_http_received_bytes_total\{area="content"\} (\S+)/m.exec(metrics)?.[1] ?? 0);
}

export async function storeCounts(server: TestServer): Promise<StoreCounts> {
  const received = await receivedBytes(server);
  const db = new DatabaseSync(join(server.dataDir, "cooperage.db"), { readOnly: true });
  try {
    const sums = db
      .prepare(
        `select count(*) xorbs, coalesce(sum(unpacked_bytes), 0) unpacked, coalesce(sum(stored_bytes), 0) stored from xorbs`,
      )
      .get() as Omit<StoreCounts, "received">;
    return { received, ...sums };
  } finally {
    db.close();
  }
}

/** What `action` brought. */
export async function arrivedBy(server: TestServer, action: () => Promise<unknown>): Promise<StoreCounts> {
  const before = await storeCounts(server);
  await action();
  const after = await storeCounts(server);
  return {
    received: after.received - before.received,
    xorbs: after.xorbs - before.xorbs,
    unpacked: after.unpacked - before.unpacked,
    stored: after.stored - before.stored,
  };
}

/** SHA-256 of a file in a bucket, every byte read through resolve. */
export async function hashInBucket(server: TestServer, token: string, bucket: string, path: string): Promise<string> {
  const url = `${server.url}/buckets/${bucket}/resolve/${path.split("/").map(encodeURIComponent).join("/")}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  const hash = createHash("sha256");
  for await (const piece of answer.body!) hash.update(piece);
  return hash.digest("hex");
}
