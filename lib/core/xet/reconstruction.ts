/** A file as terms: selecting a byte range, and the JSON of the CAS's reconstruction answers (reference/xet-protocol 6.1 to 6.3). */
import type { ChunkOffsets } from "./xorb.ts";

/** A run of chunks `[start, end)` of one xorb. */
export interface Term {
  xorbHash: string;
  chunkStart: number;
  chunkEnd: number;
  /** Unpacked bytes of exactly these chunks. */
  unpackedLength: number;
}

/** A byte range of a xorb to fetch: chunks `[chunkStart, chunkEnd)` lie at serialized bytes `[byteStart, byteEnd)`. */
export interface FetchRange {
  xorbHash: string;
  chunkStart: number;
  chunkEnd: number;
  byteStart: number;
  byteEnd: number;
  /** Absolute, signed for exactly these bytes. */
  url: string;
}

export interface Reconstruction {
  /** Unpacked bytes to skip in the first term. */
  offsetIntoFirstRange: number;
  terms: Term[];
  /** Sorted by xorb and chunk; touching and overlapping ranges merged, so that each term lies inside one. */
  fetches: FetchRange[];
}

/** The part of `term` whose whole chunks cover `[from, to)`, unpacked offsets inside the term; `skip` bytes precede `from` in it. */
export function trimTerm(term: Term, offsets: ChunkOffsets, from: number, to: number): { term: Term; skip: number } {
  const base = offsets.unpackedAt(term.chunkStart);
  // The chunk that holds byte `from`, and the one after the chunk that holds the last byte.
  const chunkStart = search(offsets, term, base + Math.max(0, from));
  const chunkEnd = to >= term.unpackedLength ? term.chunkEnd : search(offsets, term, base + to - 1) + 1;
  const start = offsets.unpackedAt(chunkStart);
  const unpackedLength = offsets.unpackedAt(chunkEnd) - start;
  return { term: { ...term, chunkStart, chunkEnd, unpackedLength }, skip: base + Math.max(0, from) - start };
}

/** Index of the chunk of `term` that holds the unpacked offset `at` of the xorb. */
function search(offsets: ChunkOffsets, term: Term, at: number): number {
  let low = term.chunkStart;
  let high = term.chunkEnd - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (offsets.unpackedAt(middle) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Which chunks of which xorbs a set of terms needs. Runs of it are what to fetch: sorted, touching and overlapping ranges
 * merged, each term wholly inside one. One byte a chunk, so that a million terms cost no more than the xorbs they share.
 */
export class ChunkCoverage {
  private readonly marks = new Map<string, Uint8Array>();

  add({ xorbHash, chunkStart, chunkEnd }: Pick<Term, "xorbHash" | "chunkStart" | "chunkEnd">): void {
    let marked = this.marks.get(xorbHash);
    if (marked === undefined || marked.length < chunkEnd) {
      const larger = new Uint8Array(Math.max(chunkEnd, 2 * (marked?.length ?? 0)));
      if (marked !== undefined) larger.set(marked);
      this.marks.set(xorbHash, larger);
      marked = larger;
    }
    marked.fill(1, chunkStart, chunkEnd);
  }

  /** In order of first use. */
  xorbs(): string[] {
    return [...this.marks.keys()];
  }

  *runs(xorbHash: string): Generator<{ chunkStart: number; chunkEnd: number }> {
    const marked = this.marks.get(xorbHash) ?? new Uint8Array(0);
    for (let chunkStart = marked.indexOf(1); chunkStart !== -1; ) {
      const gap = marked.indexOf(0, chunkStart);
      const chunkEnd = gap === -1 ? marked.length : gap;
      yield { chunkStart, chunkEnd };
      chunkStart = marked.indexOf(1, chunkEnd);
    }
  }
}

/** About this many characters a piece, so that a file of a million terms is written without one long pause. */
const PIECE_CHARACTERS = 64 * 1024;

function termJson({ xorbHash, chunkStart, chunkEnd, unpackedLength }: Term): string {
  return `{"hash":"${xorbHash}","unpacked_length":${unpackedLength},"range":{"start":${chunkStart},"end":${chunkEnd}}}`;
}

/** `bytes` ends inclusively on the wire. One range an entry: not every client takes a multipart answer (6.2). */
function fetchV2({ chunkStart, chunkEnd, byteStart, byteEnd, url }: FetchRange): string {
  const range = `{"chunks":{"start":${chunkStart},"end":${chunkEnd}},"bytes":{"start":${byteStart},"end":${byteEnd - 1}}}`;
  return `{"url":${JSON.stringify(url)},"ranges":[${range}]}`;
}

function fetchV1({ chunkStart, chunkEnd, byteStart, byteEnd, url }: FetchRange): string {
  const range = `"range":{"start":${chunkStart},"end":${chunkEnd}}`;
  return `{${range},"url":${JSON.stringify(url)},"url_range":{"start":${byteStart},"end":${byteEnd - 1}}}`;
}

function* listJson<T>(items: Iterable<T>, format: (item: T) => string): Generator<string> {
  let comma = "";
  yield "[";
  for (const item of items) {
    yield comma + format(item);
    comma = ",";
  }
  yield "]";
}

function* fetchesJson(fetches: FetchRange[], format: (range: FetchRange) => string): Generator<string> {
  yield "{";
  for (let at = 0; at < fetches.length; ) {
    let end = at + 1;
    while (end < fetches.length && fetches[end].xorbHash === fetches[at].xorbHash) end += 1;
    yield `${at === 0 ? "" : ","}"${fetches[at].xorbHash}":`;
    yield* listJson(fetches.slice(at, end), format);
    at = end;
  }
  yield "}";
}

function* gather(parts: Iterable<string>): Generator<string> {
  let piece = "";
  for (const part of parts) {
    piece += part;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** The JSON of `/v2/reconstructions/{file}`, in pieces. */
export function formatReconstructionV2(answer: Reconstruction): Generator<string> {
  function* parts() {
    yield `{"offset_into_first_range":${answer.offsetIntoFirstRange},"terms":`;
    yield* listJson(answer.terms, termJson);
    yield ',"xorbs":';
    yield* fetchesJson(answer.fetches, fetchV2);
    yield "}";
  }
  return gather(parts());
}

/** The JSON of `/v1/reconstructions/{file}`, in pieces. */
export function formatReconstructionV1(answer: Reconstruction): Generator<string> {
  function* parts() {
    yield `{"offset_into_first_range":${answer.offsetIntoFirstRange},"terms":`;
    yield* listJson(answer.terms, termJson);
    yield ',"fetch_info":';
    yield* fetchesJson(answer.fetches, fetchV1);
    yield "}";
  }
  return gather(parts());
}

/** The JSON of the V1 batch forms: all files share one `fetch_info`. */
export function formatReconstructionBatch(
  files: Map<string, Reconstruction>,
  fetches: FetchRange[],
): Generator<string> {
  function* parts() {
    let comma = "";
    yield '{"files":{';
    for (const [hash, file] of files) {
      yield `${comma}"${hash}":`;
      yield* listJson(file.terms, termJson);
      comma = ",";
    }
    yield '},"fetch_info":';
    yield* fetchesJson(fetches, fetchV1);
    yield "}";
  }
  return gather(parts());
}

interface WireRange {
  start: number;
  end: number;
}

interface WireV2 {
  offset_into_first_range: number;
  terms: { hash: string; unpacked_length: number; range: WireRange }[];
  xorbs: Record<string, { url: string; ranges: { chunks: WireRange; bytes: WireRange }[] }[]>;
}

/** Reads a V2 answer, also one with several ranges an entry. The caller has checked that it is JSON of this shape. */
export function parseReconstructionV2(wire: unknown): Reconstruction {
  const { offset_into_first_range, terms, xorbs } = wire as WireV2;
  return {
    offsetIntoFirstRange: offset_into_first_range,
    terms: terms.map(({ hash, unpacked_length, range }) => ({
      xorbHash: hash,
      chunkStart: range.start,
      chunkEnd: range.end,
      unpackedLength: unpacked_length,
    })),
    fetches: Object.entries(xorbs).flatMap(([xorbHash, entries]) =>
      entries.flatMap(({ url, ranges }) =>
        ranges.map(({ chunks, bytes }) => ({
          xorbHash,
          chunkStart: chunks.start,
          chunkEnd: chunks.end,
          byteStart: bytes.start,
          byteEnd: bytes.end + 1,
          url,
        })),
      ),
    ),
  };
}
