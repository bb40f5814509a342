/** Blobs in memory, for tests. Staged files are real ones, in `tmp`, which is made when it is not there. */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { HubError } from "#lib/core/errors.ts";
import { type BlobStore, PIECE_BYTES } from "./blob-store.ts";

export function createMemoryBlobs({ tmp, clock = Date.now }: { tmp: string; clock?: () => number }): BlobStore {
  const blobs = new Map<string, { bytes: Uint8Array; modifiedAt: number }>();
  mkdirSync(tmp, { recursive: true });
  return {
    async *get(key, { start, end }) {
      const blob = blobs.get(key);
      if (blob === undefined) throw new HubError("NotFound", `No blob ${key}.`);
      if (end > blob.bytes.length) throw new HubError("NotFound", `Blob ${key} ends before its range does.`);
      for (let at = start; at < end; at += PIECE_BYTES) yield blob.bytes.slice(at, Math.min(end, at + PIECE_BYTES));
    },
    async head(key) {
      const blob = blobs.get(key);
      return blob === undefined ? null : { key, bytes: blob.bytes.length, modifiedAt: blob.modifiedAt };
    },
    async put(key, body) {
      if ("path" in body) {
        const bytes = new Uint8Array(await readFile(body.path));
        blobs.set(key, { bytes, modifiedAt: clock() });
        await rm(body.path);
        return;
      }
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      blobs.set(key, { bytes: new Uint8Array(Buffer.concat(pieces)), modifiedAt: clock() });
    },
    async delete(key) {
      blobs.delete(key);
    },
    async *list(kind) {
      for (const [key, { bytes, modifiedAt }] of blobs) {
        if (key.startsWith(`${kind}/`)) yield { key, bytes: bytes.length, modifiedAt };
      }
    },
    stage: () => join(tmp, randomUUID()),
    async discardStaged() {
      await rm(tmp, { recursive: true, force: true });
      await mkdir(tmp, { recursive: true });
    },
  };
}
