/** Bytes of an upstream's file by its resolve URL: one Range request, checked for being exactly what was asked for. */
import type { BucketFile } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { HubError } from "#lib/core/errors.ts";
import type { Actor } from "../actor.ts";
import type { FileRange } from "../hub.ts";
import type { Opened, UpstreamClient } from "./client.ts";

/**
 * Resolves once the Hub began to answer, so that its refusal can still become a status.
 * Throws Conflict when the file is no longer the one that `file` describes.
 */
export async function openBytes(
  client: UpstreamClient,
  actor: Actor,
  id: BucketId,
  file: BucketFile,
  { start, end }: FileRange,
): Promise<AsyncIterable<Uint8Array>> {
  if (start >= end) return (async function* () {})();
  const opened = await client.open(actor, `/buckets/${id}/resolve/${encodePath(file.path)}`, {
    missing: "EntryNotFound",
    bucketId: id,
    headers: { Accept: "*/*", "Accept-Encoding": "identity", Range: `bytes=${start}-${end - 1}` },
  });
  try {
    return take(opened, skipped(opened, file, start, end), end - start, client.patience);
  } catch (error) {
    opened.abort();
    throw error;
  }
}

/** How many bytes of the answer lie before `start`: all of them when the Hub ignored the Range. */
function skipped({ response, xetHash }: Opened, file: BucketFile, start: number, end: number): number {
  if (xetHash !== null && xetHash !== file.xetHash) throw changed(file);
  if (response.status === 200) {
    const length = response.headers.get("Content-Length");
    if (length !== null && Number(length) !== file.size) throw changed(file);
    return start;
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get("Content-Range") ?? "");
  if (response.status !== 206 || range === null || Number(range[1]) !== start) {
    throw new HubError("UpstreamFailed", "The Hub answered a Range request with other bytes than were asked for.");
  }
  if (Number(range[2]) !== end - 1 || (range[3] !== "*" && Number(range[3]) !== file.size)) throw changed(file);
  return 0;
}

function changed(file: BucketFile): HubError {
  return new HubError("Conflict", `'${file.path}' was changed on the Hub meanwhile; ask again.`);
}

/** `length` bytes after the first `skip`. Lets go of the connection when its reader leaves, even before the first piece. */
function take(opened: Opened, skip: number, length: number, patience: number): AsyncIterable<Uint8Array> {
  const reader = opened.response.body!.getReader();
  let left = length;
  let ended = false;

  async function next(): Promise<IteratorResult<Uint8Array>> {
    while (!ended && left > 0) {
      const piece = await read(reader, opened, patience);
      if (piece === null) {
        throw new HubError("UpstreamFailed", `The Hub's download stopped ${left} bytes before its end.`);
      }
      const from = Math.min(skip, piece.length);
      skip -= from;
      const wanted = piece.subarray(from, from + left);
      left -= wanted.length;
      if (wanted.length > 0) return { done: false, value: wanted };
    }
    return close();
  }

  async function close(): Promise<IteratorResult<Uint8Array>> {
    if (!ended) {
      ended = true;
      // Read to its end, a connection is kept for the next request; else it is of no use any more.
      if (skip > 0 || left > 0 || (await reader.read().catch(() => null))?.done !== true) opened.abort();
    }
    return { done: true, value: undefined };
  }

  const iterator: AsyncIterableIterator<Uint8Array> = {
    next,
    return: close,
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/** null at the end. Throws UpstreamFailed when nothing came for `patience` ms. */
async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  opened: Opened,
  patience: number,
): Promise<Uint8Array | null> {
  const timer = setTimeout(opened.abort, patience);
  try {
    const { done, value } = await reader.read();
    return done ? null : value;
  } catch {
    opened.abort();
    throw new HubError("UpstreamFailed", "The Hub's download broke off.");
  } finally {
    clearTimeout(timer);
  }
}
