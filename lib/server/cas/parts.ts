/** What the content store's verbs share, and its small caches. */
import type { Logger } from "pino";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Database } from "../db/db.ts";
import { MissingXorb } from "../db/xorb-content.ts";
import { readXorbOffsets, readXorbTable } from "../db/xorbs.ts";
import type { XorbTable } from "./jobs.ts";
import type { createLocks } from "./locks.ts";
import type { Signer } from "./token.ts";
import type { WorkerPool } from "./workers.ts";

export interface CasParts {
  db: Database;
  blobs: BlobStore;
  clock: () => number;
  log: Logger;
  workers: WorkerPool;
  signer: Signer;
  layouts: XorbLayouts;
  /** By xorb hash: who writes or removes a blob and its row holds it. */
  locks: ReturnType<typeof createLocks>;
  /** How long content stays that nothing refers to, ms. */
  grace: number;
}

/** Where the chunks of a stored xorb lie. */
export interface XorbLayout {
  id: number;
  hash: string;
  /** Names the blob, with the hash; a new one whenever the bytes lie elsewhere. */
  layout: number;
  offsets: ChunkOffsets;
}

export interface XorbLayouts {
  /** At most some hundred ids at a time. A missing xorb is missing in the answer. */
  get(ids: number[]): Promise<Map<number, XorbLayout>>;
  forget(id: number): void;
}

const LAYOUT_BYTES_MAX = 64 * 1024 * 1024;

/** Layouts asked for lately are kept: a download comes back to the same xorbs again and again. */
export function createXorbLayouts(db: Database): XorbLayouts {
  const known = new Map<number, XorbLayout>();
  let bytes = 0;
  const cost = ({ offsets }: XorbLayout) => 300 + 8 * offsets.count;
  const forget = (id: number) => {
    const layout = known.get(id);
    if (layout === undefined) return;
    known.delete(id);
    bytes -= cost(layout);
  };
  return {
    async get(ids) {
      const found = new Map<number, XorbLayout>();
      const missing = ids.filter((id) => {
        const layout = known.get(id);
        if (layout === undefined) return true;
        known.delete(id);
        known.set(id, layout);
        found.set(id, layout);
        return false;
      });
      if (missing.length === 0) return found;
      for (const { id, hash, layout, offsets } of await readXorbOffsets(db.read, missing)) {
        const read = { id, hash: hashToHex(hash), layout, offsets: ChunkOffsets.decode(offsets) };
        forget(id);
        known.set(id, read);
        bytes += cost(read);
        found.set(id, read);
      }
      for (const id of known.keys()) {
        if (bytes <= LAYOUT_BYTES_MAX) break;
        forget(id);
      }
      return found;
    },
    forget,
  };
}

/** The answer to a worker's `AskTables`, and what to transfer with it. Throws MissingXorb when one is gone meanwhile. */
export async function readTables(db: Database, ids: number[]): Promise<[XorbTable[], ArrayBuffer[]]> {
  const tables: XorbTable[] = [];
  for (const id of ids) {
    const table = await readXorbTable(db.read, id);
    if (table === undefined) throw new MissingXorb(id);
    tables.push({ hashes: new Uint8Array(table.hashes), offsets: new Uint8Array(table.offsets) });
  }
  return [
    tables,
    tables.flatMap(({ hashes, offsets }) => [hashes.buffer as ArrayBuffer, offsets.buffer as ArrayBuffer]),
  ];
}

/** `xorbs/HASH` as it was sent first, `xorbs/HASH-LAYOUT` ever after. */
export function blobKey(hash: string, layout: number): string {
  return layout === 0 ? `xorbs/${hash}` : `xorbs/${hash}-${layout}`;
}

/** The xorb whose bytes lie under a key; null for a key of another form. */
export function parseBlobKey(key: string): { hash: string; layout: number } | null {
  const [, hash, layout = "0"] = /^xorbs\/([0-9a-f]{64})(?:-([1-9]\d{0,14}))?$/.exec(key) ?? [];
  return hash === undefined ? null : { hash, layout: Number(layout) };
}
