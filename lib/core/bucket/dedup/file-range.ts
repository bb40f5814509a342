/** A byte range of a file, chunk by chunk: how widely it is held, and by whom. */
import type { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import type { RangePiece } from "./figures.ts";
import { chunkAt, type FileTerms, type MappedXorb, piecesOf, shareClassOf } from "./file-map.ts";
import { Paint } from "./paint.ts";
import { UseOrder, type XorbUses } from "./uses.ts";

/** With the place of the xorb instead of its hash. */
export interface PlacedPiece extends Omit<RangePiece, "xorb"> {
  xorb: number;
}

/** The chunks of a term that a byte range touches: `skip` bytes of the first and `cut` bytes of the last lie outside of it. */
export interface RangeTerm {
  term: number;
  /** Where the first chunk begins in the file. */
  at: number;
  chunkStart: number;
  chunkEnd: number;
  skip: number;
  cut: number;
}

/** What `[start, end)` touches of the terms. */
export function termsIn(
  terms: FileTerms,
  offsetsOf: (xorb: number) => ChunkOffsets,
  { start, end }: { start: number; end: number },
): RangeTerm[] {
  const touched: RangeTerm[] = [];
  let at = 0;
  for (let term = 0; term < terms.count && at < end; term++) {
    const offsets = offsetsOf(terms.xorbs[term]);
    const range = { chunkStart: terms.starts[term], chunkEnd: terms.ends[term] };
    const base = offsets.unpackedAt(range.chunkStart);
    const next = at + offsets.unpackedAt(range.chunkEnd) - base;
    const from = Math.max(start, at);
    const to = Math.min(end, next);
    if (from < to) {
      const chunkStart = chunkAt(offsets, range, base + from - at);
      const chunkEnd = chunkAt(offsets, range, base + to - 1 - at) + 1;
      const first = at + offsets.unpackedAt(chunkStart) - base;
      const last = at + offsets.unpackedAt(chunkEnd) - base;
      touched.push({ term, at: first, chunkStart, chunkEnd, skip: from - first, cut: last - to });
    }
    at = next;
  }
  return touched;
}

/** The pieces of what a range touches, of whole chunks: the first and the last may reach beyond the range. */
export function rangePieces(
  terms: FileTerms,
  xorbs: readonly MappedXorb[],
  touched: readonly RangeTerm[],
  limit: number,
): { pieces: PlacedPiece[]; more: boolean } {
  const pieces: PlacedPiece[] = [];
  for (const { term, at, chunkStart, chunkEnd } of touched) {
    const whole = { count: 1, xorbs: [terms.xorbs[term]], starts: [chunkStart], ends: [chunkEnd] };
    for (const piece of piecesOf(whole, xorbs, { term: 0, at })) {
      if (pieces.length === limit) return { pieces, more: true };
      const { offsets } = xorbs[piece.xorb];
      pieces.push({
        start: piece.at,
        end: piece.at + piece.bytes,
        xorb: piece.xorb,
        chunkStart: piece.chunkStart,
        chunkEnd: piece.chunkEnd,
        stored: offsets.byteAt(piece.chunkEnd) - offsets.byteAt(piece.chunkStart),
        class: shareClassOf(piece.holders),
        holders: piece.holders,
      });
    }
  }
  return { pieces, more: false };
}

/** Bytes of a range that each other file holds too. Add every xorb that the range touches once. */
export class RangeHolderSums {
  /** By leaf. */
  readonly bytes: Float64Array;
  private readonly order = new UseOrder();
  private readonly paint = new Paint();

  constructor(leaves: number) {
    this.bytes = new Float64Array(leaves);
  }

  /** `touched`: what the range touches of this xorb; `uses`: of the others. A chunk that the range has twice counts twice. */
  add(touched: readonly RangeTerm[], uses: XorbUses, offsets: ChunkOffsets): void {
    const before = bytesBefore(touched, offsets);
    const { order, paint, bytes } = this;
    order.read(uses, offsets.count, bytes.length);
    paint.reset(offsets.count);
    const { met } = paint;
    for (let at = 0; at < order.insideCount; at++) {
      const use = order.inside[at];
      const leaf = uses.leaves[use];
      paint.cover(uses.starts[use], uses.ends[use], leaf);
      for (let below = 0; below < met.count; below++) {
        if (met.painters[below] !== leaf) bytes[leaf] += before[met.ends[below]] - before[met.starts[below]];
      }
    }
  }
}

/** Prefix sums over the xorb's chunks: bytes that the range takes from each. */
function bytesBefore(touched: readonly RangeTerm[], offsets: ChunkOffsets): Float64Array {
  const before = new Float64Array(offsets.count + 1);
  for (const { chunkStart, chunkEnd, skip, cut } of touched) {
    for (let chunk = chunkStart; chunk < chunkEnd; chunk++) before[chunk + 1] += offsets.lengthOf(chunk);
    before[chunkStart + 1] -= skip;
    before[chunkEnd] -= cut;
  }
  for (let chunk = 1; chunk < before.length; chunk++) before[chunk] += before[chunk - 1];
  return before;
}
