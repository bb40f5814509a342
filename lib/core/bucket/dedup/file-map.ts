/** A file drawn as stretches: how widely the bytes of each are held, from its terms and from who else uses their xorbs. */
import type { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import { FEW_MAX, type FileMap, type MapCell, type ShareClass } from "./figures.ts";
import { runAt, type ShareRuns } from "./share-runs.ts";

/** The terms of a file in file order: chunks `[starts, ends)` of the xorb with that place in a list of xorbs. */
export interface FileTerms {
  count: number;
  xorbs: ArrayLike<number>;
  starts: ArrayLike<number>;
  ends: ArrayLike<number>;
}

export interface MappedXorb {
  offsets: ChunkOffsets;
  /** Of the other files. */
  runs: ShareRuns;
}

export function shareClassOf(holders: number): ShareClass {
  if (holders === 0) return "own";
  return holders <= FEW_MAX ? "few" : "wide";
}

/** Part of a term whose chunks the same other files hold; `at` is where it begins in the file. */
export interface TermPiece {
  at: number;
  bytes: number;
  xorb: number;
  chunkStart: number;
  chunkEnd: number;
  /** Other files. */
  holders: number;
}

/** In file order, from the term with this place on; `at` is where that term begins. */
export function* piecesOf(
  terms: FileTerms,
  xorbs: readonly MappedXorb[],
  from = { term: 0, at: 0 },
): Generator<TermPiece> {
  let at = from.at;
  for (let term = from.term; term < terms.count; term++) {
    const xorb = terms.xorbs[term];
    const { offsets, runs } = xorbs[xorb];
    const end = terms.ends[term];
    let run = runAt(runs, terms.starts[term]);
    for (let chunkStart = terms.starts[term]; chunkStart < end; run++) {
      const chunkEnd = Math.min(end, runs.starts[run + 1] ?? end);
      const bytes = offsets.unpackedAt(chunkEnd) - offsets.unpackedAt(chunkStart);
      yield { at, bytes, xorb, chunkStart, chunkEnd, holders: runs.holders[run] };
      at += bytes;
      chunkStart = chunkEnd;
    }
  }
}

/**
 * At most `cells` cells of equal length, fewer for a file of fewer bytes. A chunk on the edge of cells counts in each of them, its bytes
 * where they are. Takes time by terms, runs and cells, not by chunks.
 */
export function mapFile(
  terms: FileTerms,
  xorbs: readonly MappedXorb[],
  cells: number,
): Pick<FileMap, "size" | "chunks" | "xorbs" | "terms" | "cells" | ShareClass> {
  let size = 0;
  let chunks = 0;
  for (let term = 0; term < terms.count; term++) {
    const { offsets } = xorbs[terms.xorbs[term]];
    size += offsets.unpackedAt(terms.ends[term]) - offsets.unpackedAt(terms.starts[term]);
    chunks += terms.ends[term] - terms.starts[term];
  }
  const drawn = emptyCells(size, Math.min(cells, size));
  const total = { own: 0, few: 0, wide: 0 };
  /** The last cell that each xorb gave bytes to. */
  const seen = new Int32Array(xorbs.length).fill(-1);
  let cell = 0;
  for (const piece of piecesOf(terms, xorbs)) {
    const kind = shareClassOf(piece.holders);
    total[kind] += piece.bytes;
    const pieceEnd = piece.at + piece.bytes;
    for (let at = piece.at; at < pieceEnd; ) {
      while (drawn[cell].end <= at) cell++;
      const end = Math.min(pieceEnd, drawn[cell].end);
      drawn[cell][kind] += end - at;
      drawn[cell].chunks += chunksBetween(xorbs[piece.xorb].offsets, piece, at - piece.at, end - piece.at);
      if (seen[piece.xorb] !== cell) drawn[cell].xorbs++;
      seen[piece.xorb] = cell;
      at = end;
    }
  }
  const used = seen.reduce((sum, last) => sum + (last >= 0 ? 1 : 0), 0);
  return { size, chunks, xorbs: used, terms: terms.count, cells: drawn, ...total };
}

function emptyCells(size: number, count: number): MapCell[] {
  // Apart, so that products stay exact.
  const edge = (cell: number) => Math.floor(size / count) * cell + Math.floor(((size % count) * cell) / count);
  return Array.from({ length: count }, (_, cell) => ({
    start: edge(cell),
    end: edge(cell + 1),
    own: 0,
    few: 0,
    wide: 0,
    chunks: 0,
    xorbs: 0,
  }));
}

/** Chunks with some of the piece's bytes `[from, to)`. */
function chunksBetween(offsets: ChunkOffsets, piece: TermPiece, from: number, to: number): number {
  const base = offsets.unpackedAt(piece.chunkStart);
  if (from === 0 && to === piece.bytes) return piece.chunkEnd - piece.chunkStart;
  return chunkAt(offsets, piece, base + to - 1) - chunkAt(offsets, piece, base + from) + 1;
}

/** The chunk of the piece that holds the unpacked byte `at` of the xorb. */
export function chunkAt(offsets: ChunkOffsets, piece: { chunkStart: number; chunkEnd: number }, at: number): number {
  let low = piece.chunkStart;
  let high = piece.chunkEnd - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (offsets.unpackedAt(middle) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
