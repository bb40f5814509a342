/**
 * Where content lies: whole objects under a key, written once, read by range. Keys are `kind/name`, for example
 * `xorbs/<hash>`. Three answers: `fs.ts`, `memory.ts` and, later, `s3.ts`; each passes `blob-store.contract.ts`.
 */
export interface BlobRange {
  /** First byte. */
  start: number;
  /** One past the last byte; at most the blob's length. */
  end: number;
}

export interface BlobInfo {
  key: string;
  bytes: number;
  /** ms since the epoch. */
  modifiedAt: number;
}

/** A local file made by `stage`, whole and flushed to disk. The store takes it over. */
export interface StagedFile {
  path: string;
}

export interface BlobStore {
  /**
   * The bytes of a range, in pieces of at most 1 MiB. Opens nothing until it is iterated. Throws NotFound. `recycle`: a
   * piece is overwritten when the next one is asked for, which saves the collector a mebibyte of garbage each; for who
   * writes a piece out and waits until it is gone.
   */
  get(key: string, range: BlobRange, options?: { recycle?: boolean }): AsyncIterable<Uint8Array>;
  head(key: string): Promise<BlobInfo | null>;
  /** Resolves when the whole blob is durable under its key; readers see the old one or the new one, never a part. */
  put(key: string, body: AsyncIterable<Uint8Array> | StagedFile): Promise<void>;
  /** A missing blob is no error. */
  delete(key: string): Promise<void>;
  /** All blobs of a kind, in no order. */
  list(kind: string): AsyncIterable<BlobInfo>;

  /** Path of a new local file for `put` to take over, so that who checks a body can write it at the same time. */
  stage(): string;
  /** Removes staged files that an earlier process left behind. To be called once, before anything is staged. */
  discardStaged(): Promise<void>;
}

/** Most bytes of a piece that `get` gives. */
export const PIECE_BYTES = 1024 * 1024;
