/**
 * Answers which part of a file a range edit must chunk anew, and sums up the rest (reference/xet-protocol 6.6). A window grows
 * past its dirty bytes until two chunks in a row surely end where a fresh chunker would end them too.
 */
import { HubError } from "#lib/core/errors.ts";
import { CHUNK_MAX, CHUNK_MIN, HASH_BYTES } from "#lib/core/xet/constants.ts";
import { hashToHex, verificationHash } from "#lib/core/xet/hash.ts";
import { buildSubtree, type MerkleNode, type MerkleSubtree } from "#lib/core/xet/merkle.ts";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { PackedTerms } from "../../db/terms.ts";
import type { ChunkHashWindows } from "../cas.ts";
import type { WindowsJob } from "../jobs.ts";
import { askTables, type JobLine } from "./line.ts";

const TURN_CHUNKS = 4096;

export async function runWindows(line: JobLine, { terms: packed, size, dirty }: WindowsJob) {
  const terms = new PackedTerms(packed);
  const builder = new WindowBuilder(dirty);
  let turn = 0;
  for (const { xorbId, chunkStart, chunkEnd } of terms) {
    const { hashes, offsets } = (await askTables(line, [xorbId])).get(xorbId)!;
    const ends = ChunkOffsets.decode(offsets);
    for (let i = chunkStart; i < chunkEnd; i++) {
      builder.push({ hash: hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), length: ends.lengthOf(i) });
    }
    turn += chunkEnd - chunkStart;
    if (turn < TURN_CHUNKS) continue;
    turn = 0;
    await line.breathe();
  }
  const { windows, hashRanges, totalChunks } = builder.finish();
  if (windows.length === 0) throw new HubError("BadRequest", "X-Range-Dirty lies outside the file.");

  // A term that no window touches is used again as it is, and needs its verification hash.
  const gapVerification: string[] = [];
  let start = 0;
  let window = 0;
  for (const { xorbId, chunkStart, chunkEnd, unpackedLength } of terms) {
    const end = start + unpackedLength;
    while (window < windows.length && windows[window].end <= start) window += 1;
    if (window === windows.length || windows[window].start >= end) {
      const { hashes } = (await askTables(line, [xorbId])).get(xorbId)!;
      gapVerification.push(
        hashToHex(verificationHash(hashes.subarray(chunkStart * HASH_BYTES, chunkEnd * HASH_BYTES))),
      );
      turn += chunkEnd - chunkStart;
      if (turn >= TURN_CHUNKS) {
        turn = 0;
        await line.breathe();
      }
    }
    start = end;
  }
  const answer: ChunkHashWindows = {
    totalChunks,
    fileSize: size,
    windows: windows.map((range) => ({ dirtyByteRange: [range.start, range.end] })),
    hashRanges,
    gapVerification,
  };
  return { result: answer };
}

/** Chunks of such sizes end where they do whatever stands before them, when two of them follow each other. */
function isStable(length: number): boolean {
  return length >= 2 * CHUNK_MIN && length < CHUNK_MAX - CHUNK_MIN;
}

class WindowBuilder {
  private readonly dirty: { start: number; end: number }[];
  /** First dirty range that does not lie wholly before the cursor. */
  private next = 0;
  private cursor = 0;
  private chunks = 0;
  private gap: MerkleNode[] = [];
  private gapAtStart = true;
  /** A window is open; `tail` is the length of the clean chunk before, 0 when that one was dirty. */
  private open = false;
  private tail = 0;
  private readonly windows: { start: number; end: number }[] = [];
  private readonly hashRanges: (MerkleSubtree | null)[] = [];

  constructor(dirty: { start: number; end: number }[]) {
    this.dirty = dirty;
  }

  push(chunk: MerkleNode): void {
    const start = this.cursor;
    const end = start + chunk.length;
    this.cursor = end;
    this.chunks += 1;
    while (this.next < this.dirty.length && this.dirty[this.next].end <= start) this.next += 1;
    const isDirty = this.next < this.dirty.length && this.dirty[this.next].start < end;
    if (!this.open) {
      if (!isDirty) {
        this.gap.push(chunk);
        return;
      }
      this.hashRanges.push(buildSubtree(this.gap, this.gapAtStart, false));
      this.gap = [];
      this.windows.push({ start, end });
      this.open = true;
      this.tail = 0;
      return;
    }
    this.windows.at(-1)!.end = end;
    if (isDirty) this.tail = 0;
    else if (isStable(this.tail) && isStable(chunk.length)) {
      this.open = false;
      this.gapAtStart = false;
    } else this.tail = chunk.length;
  }

  finish() {
    this.hashRanges.push(buildSubtree(this.gap, this.gapAtStart, true));
    return { windows: this.windows, hashRanges: this.hashRanges, totalChunks: this.chunks };
  }
}
