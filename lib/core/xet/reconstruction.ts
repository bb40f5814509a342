/** A file as terms: the JSON of the CAS's reconstruction answers (reference/xet-protocol 6.1 to 6.3). */

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
