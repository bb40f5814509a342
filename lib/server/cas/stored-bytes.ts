/** Bytes of chunks, from whichever blob holds them: garbage collection may move a xorb while somebody reads it. */
import { isHubError } from "#lib/core/errors.ts";
import type { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import type { ByteRange } from "./cas.ts";
import { blobKey, type CasParts, type XorbLayout } from "./parts.ts";

/** Chunks `[start, end)` of a xorb. */
export interface ChunkRange {
  start: number;
  end: number;
}

/** Where chunks lie that are all there. */
export function bytesOf(offsets: ChunkOffsets, { start, end }: ChunkRange): ByteRange {
  return { start: offsets.byteAt(start), end: offsets.byteAt(end) };
}

/** Which chunks a byte range holds; null when it does not begin and end with chunks. */
export function chunksOf(offsets: ChunkOffsets, { start, end }: ByteRange): ChunkRange | null {
  const [first, last] = [offsets.chunkAt(start), offsets.chunkAt(end)];
  if (first === -1 || last === -1) return null;
  // Dropped chunks begin where the next one does.
  let from = first;
  while (from < last && offsets.isDropped(from)) from += 1;
  return { start: from, end: last };
}

/**
 * The serialized bytes of chunks, beginning with where `layout` says that they lie; when that blob is gone, from where the chunks lie
 * now. `exact`: only if they take as many bytes there, for who has promised a length. Throws NotFound. Pieces are recycled.
 */
export async function* readChunks(
  { blobs, layouts }: Pick<CasParts, "blobs" | "layouts">,
  layout: XorbLayout,
  chunks: ChunkRange,
  { exact = false } = {},
): AsyncGenerator<Uint8Array> {
  let at = layout;
  let sent = 0;
  while (true) {
    const { start, end } = bytesOf(at.offsets, chunks);
    try {
      const rest = { start: start + sent, end };
      for await (const piece of blobs.get(blobKey(at.hash, at.layout), rest, { recycle: true })) {
        sent += piece.length;
        yield piece;
      }
      return;
    } catch (error) {
      if (!isHubError(error, "NotFound")) throw error;
      layouts.forget(at.id);
      const now = (await layouts.get([at.id])).get(at.id);
      if (now === undefined || now.layout === at.layout || now.offsets.hasDropped(chunks.start, chunks.end))
        throw error;
      const moved = bytesOf(now.offsets, chunks);
      // Chunks are moved as they are; only a client that sent the xorb again may have packed them otherwise.
      if ((exact || sent > 0) && moved.end - moved.start !== end - start) throw error;
      at = now;
    }
  }
}
