/** The bytes of a plan as submitted: hashed, counted and gzipped to a staged file while they pass; kept as the blob `plans/<sha256>`. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { finished, pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { HubError } from "#lib/core/errors.ts";
import { type BlobStore, PIECE_BYTES } from "../blobs/blob-store.ts";

export interface Original {
  sha256: string;
  bytes: number;
}

export interface OriginalWriter {
  write(piece: Uint8Array): Promise<void>;
  /** Of all that was written; nothing more may be. */
  sha256(): string;
  /** Nothing is kept from here on, but bytes are still counted and hashed. */
  discard(): Promise<void>;
  /** Puts what was written into the store. Not after `discard`. */
  keep(): Promise<Original>;
}

export function originalKey(sha256: string): string {
  return `plans/${sha256}`;
}

export function createOriginalWriter(blobs: BlobStore): OriginalWriter {
  const path = blobs.stage();
  const hash = createHash("sha256");
  // Level 1: plans shrink to a tenth all the same, at three times the speed.
  const gzip = createGzip({ level: 1 });
  const file = createWriteStream(path, { flags: "wx" });
  const written = pipeline(gzip, file);
  // Who waits for `written` hears of its failure; until then nobody may be waiting.
  written.catch(() => {});
  let bytes = 0;
  let kept = true;
  let digest: string | null = null;

  function sha256(): string {
    digest ??= hash.digest("hex");
    return digest;
  }

  async function discard(): Promise<void> {
    if (!kept) return;
    kept = false;
    gzip.destroy();
    await finished(file).catch(() => {});
    await rm(path, { force: true });
  }

  return {
    async write(piece) {
      bytes += piece.length;
      hash.update(piece);
      // Drain, or the failure of the file.
      if (kept && !gzip.write(piece)) await Promise.race([once(gzip, "drain"), written]);
    },
    sha256,
    discard,
    async keep() {
      try {
        gzip.end();
        await written;
        const handle = await open(path, "r+");
        await handle.sync();
        await handle.close();
        await blobs.put(originalKey(sha256()), { path });
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
      return { sha256: sha256(), bytes };
    },
  };
}

/** Throws NotFound when the blob is gone. */
export async function readOriginal(blobs: BlobStore, sha256: string): Promise<AsyncIterable<Uint8Array>> {
  const key = originalKey(sha256);
  const info = await blobs.head(key);
  if (info === null) throw new HubError("NotFound", "The original of this plan is not stored any more.");
  return unpack(blobs, key, info.bytes);
}

async function* unpack(blobs: BlobStore, key: string, bytes: number): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES / 4 });
  const fed = pipeline(blobs.get(key, { start: 0, end: bytes }), gunzip);
  fed.catch(() => {});
  try {
    yield* gunzip;
    await fed;
  } finally {
    gunzip.destroy();
  }
}
