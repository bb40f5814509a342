/** Makes the shard that answers a dedup query: thousands of HMACs, so not on the main thread. */
import { encodeDedupShard, type ShardXorbInput } from "#lib/core/xet/shard.ts";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import type { DedupJob } from "../jobs.ts";
import { askTables, type JobLine } from "./line.ts";

export async function runDedup(line: JobLine, { xorbs, hmacKey, createdAt, expiresAt }: DedupJob) {
  const inputs: ShardXorbInput[] = [];
  for (const { id, hash, storedBytes } of xorbs) {
    const { hashes, offsets } = (await askTables(line, [id])).get(id)!;
    const ends = ChunkOffsets.decode(offsets);
    const lengths = Uint32Array.from({ length: ends.count }, (_, i) => ends.lengthOf(i));
    inputs.push({ hash, hashes, lengths, storedBytes });
  }
  const shard = encodeDedupShard(inputs, { hmacKey, createdAt, expiresAt });
  return { result: shard, transfer: [shard.buffer as ArrayBuffer] };
}
