/** Makes the shard that answers a dedup query: thousands of HMACs, so not on the main thread. */
import { randomFillSync } from "node:crypto";
import { HASH_BYTES } from "#lib/core/xet/constants.ts";
import { encodeDedupShard, type ShardXorbInput } from "#lib/core/xet/shard.ts";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { ChunkMarks } from "../../db/chunk-marks.ts";
import type { DedupJob } from "../jobs.ts";
import { askTables, type JobLine } from "./line.ts";

export async function runDedup(line: JobLine, { xorbs, hmacKey, createdAt, expiresAt }: DedupJob) {
  const inputs: ShardXorbInput[] = [];
  for (const { id, hash, storedBytes, absent } of xorbs) {
    const table = (await askTables(line, [id])).get(id)!;
    const ends = ChunkOffsets.decode(table.offsets);
    const lengths = Uint32Array.from({ length: ends.count }, (_, i) => ends.lengthOf(i));
    const hashes = absent === null ? table.hashes : withoutAbsent(table.hashes, new ChunkMarks(absent));
    inputs.push({ hash, hashes, lengths, storedBytes });
  }
  const shard = encodeDedupShard(inputs, { hmacKey, createdAt, expiresAt });
  return { result: shard, transfer: [shard.buffer as ArrayBuffer] };
}

/** A chunk is named by its place in the list: those that are not offered stay there, under names that nobody asks for. */
function withoutAbsent(hashes: Uint8Array, absent: ChunkMarks): Uint8Array {
  const offered = hashes.slice();
  for (let chunk = 0; chunk * HASH_BYTES < hashes.length; chunk++) {
    if (absent.has(chunk)) randomFillSync(offered, chunk * HASH_BYTES, HASH_BYTES);
  }
  return offered;
}
