/** What the chunks of a xorb weigh, as prefix sums: a range weighs the difference of two of them. */
import type { ChunkOffsets } from "#lib/core/xet/xorb.ts";

/** Bytes before each chunk, for 0 to `count`: the last one is the total. `stored` includes the 8-byte chunk headers. */
export interface ChunkWeights {
  count: number;
  unpacked: Uint32Array;
  stored: Uint32Array;
}

export function weightsOf(offsets: ChunkOffsets): ChunkWeights {
  const { count } = offsets;
  const unpacked = new Uint32Array(count + 1);
  const stored = new Uint32Array(count + 1);
  for (let chunk = 1; chunk <= count; chunk++) {
    unpacked[chunk] = offsets.unpackedAt(chunk);
    stored[chunk] = offsets.byteAt(chunk);
  }
  return { count, unpacked, stored };
}
