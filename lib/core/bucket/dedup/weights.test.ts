import { expect, test } from "vitest";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { weightsOf } from "./weights.ts";

test("weights are bytes before each chunk, headers included in what is stored", () => {
  // Serialized end, unpacked end, by chunk.
  const weights = weightsOf(new ChunkOffsets(Uint32Array.of(18, 100, 46, 300)));
  expect(weights).toEqual({ count: 2, unpacked: Uint32Array.of(0, 100, 300), stored: Uint32Array.of(0, 18, 46) });
});
