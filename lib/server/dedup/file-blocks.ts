/** Figures of contents, 256 file ids a block: five float64 each, by id (`DedupFilesTable`). */
import type { BucketModel } from "./model.ts";

export interface ContentFigures {
  unique: number;
  exclusive: number;
  stored: number;
  freed: number;
}

const COLUMNS = 5;

export function blockOf(fileId: number): number {
  return Math.floor(fileId / 256);
}

export function* encodeBlocks(
  { fileIds, contentStarts, contentLeaves }: BucketModel,
  sums: Record<"fileUnique" | "fileExclusive" | "fileStored" | "fileFreed", Float64Array>,
): Generator<{ block: number; figures: Uint8Array }> {
  for (let at = 0; at < fileIds.length; ) {
    const block = blockOf(fileIds[at]);
    let end = at + 1;
    while (end < fileIds.length && blockOf(fileIds[end]) === block) end += 1;
    const values = new Float64Array(COLUMNS * (end - at));
    for (let content = at; content < end; content++) {
      // All leaves of a content have the same figures; what two hold is exclusive to neither.
      const leaf = contentLeaves[contentStarts[content]];
      const { fileUnique, fileExclusive, fileStored, fileFreed } = sums;
      values.set(
        [fileIds[content], fileUnique[leaf], fileExclusive[leaf], fileStored[leaf], fileFreed[leaf]],
        COLUMNS * (content - at),
      );
    }
    yield { block, figures: new Uint8Array(values.buffer) };
    at = end;
  }
}

/** Undefined: the block has no such file. */
export function readFigures(block: Uint8Array, fileId: number): ContentFigures | undefined {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const value = (row: number, column: number) => view.getFloat64(8 * (COLUMNS * row + column), true);
  let low = 0;
  let high = block.length / (8 * COLUMNS) - 1;
  while (low <= high) {
    const row = (low + high) >>> 1;
    const id = value(row, 0);
    if (id === fileId) {
      return { unique: value(row, 1), exclusive: value(row, 2), stored: value(row, 3), freed: value(row, 4) };
    }
    if (id < fileId) low = row + 1;
    else high = row - 1;
  }
  return undefined;
}
