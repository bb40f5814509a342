/**
 * A stream of bytes -> its chunks, by xet-core's cut rule (reference section 2). First stage of an upload; the bytes stay with
 * the caller, only lengths and hashes come out.
 */
import { HASH_BYTES } from "./constants.ts";
import { type Kernel, kernel, type StreamOwner, WINDOW_BYTES } from "./kernel.ts";

/** Chunks in order: `lengths` of their uncompressed bytes, `hashes` packed (32 bytes each). */
export interface ChunkBatch {
  count: number;
  lengths: Uint32Array;
  hashes: Uint8Array;
}

/**
 * Sees each chunk whole, while its bytes lie in the kernel's memory: `bytes` is a view, good only until it returns, that
 * `compressChunk` takes without a copy. It must not push to a chunker.
 */
export type ChunkVisitor = (bytes: Uint8Array, hash: Uint8Array) => void;

const EMPTY: ChunkBatch = { count: 0, lengths: new Uint32Array(0), hashes: new Uint8Array(0) };

/**
 * Cuts one stream after another. Chunkers take turns on one region of memory: changing between them costs two copies of at most
 * 128 KiB. Give pieces of 1 MiB where there is a choice.
 */
export class Chunker implements StreamOwner {
  readonly #kernel: Kernel = kernel();
  /** Bytes of the chunk that has begun, at the start of the stream region; all known to hold no cut. */
  #begun = 0;
  /** Those bytes, while another chunker has the region. */
  #aside: Uint8Array | null = null;

  /** Takes the next bytes of the stream (any number) and gives the chunks that they complete. */
  push(bytes: Uint8Array, visit?: ChunkVisitor): ChunkBatch {
    if (bytes.length <= WINDOW_BYTES) return this.#pushWindow(bytes, visit);
    const batches: ChunkBatch[] = [];
    for (let from = 0; from < bytes.length; from += WINDOW_BYTES) {
      batches.push(this.#pushWindow(bytes.subarray(from, from + WINDOW_BYTES), visit));
    }
    return joinBatches(batches);
  }

  /** Ends the stream: gives its last chunk, if there is one, and is ready for another stream. */
  finish(visit?: ChunkVisitor): ChunkBatch {
    const length = this.#begun;
    if (length === 0) return EMPTY;
    this.#takeStream();
    const { stream } = this.#kernel;
    const hashes = this.#kernel.hashStream(length);
    visit?.(stream.subarray(0, length), hashes);
    this.#begun = 0;
    return { count: 1, lengths: Uint32Array.of(length), hashes };
  }

  /** Forgets what has begun. */
  reset(): void {
    this.#begun = 0;
    this.#aside = null;
  }

  leaveStream(): void {
    this.#aside = this.#begun === 0 ? null : this.#kernel.stream.slice(0, this.#begun);
  }

  #pushWindow(bytes: Uint8Array, visit: ChunkVisitor | undefined): ChunkBatch {
    if (bytes.length === 0) return EMPTY;
    this.#takeStream();
    const { stream } = this.#kernel;
    stream.set(bytes, this.#begun);
    const available = this.#begun + bytes.length;
    const batch = this.#kernel.cutStream(available, this.#begun);
    let end = 0;
    for (let index = 0; index < batch.count; index++) {
      const start = end;
      end += batch.lengths[index];
      visit?.(stream.subarray(start, end), batch.hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));
    }
    if (end > 0) stream.copyWithin(0, end, available);
    this.#begun = available - end;
    return batch;
  }

  #takeStream(): void {
    if (!this.#kernel.takeStream(this)) return;
    if (this.#aside) this.#kernel.stream.set(this.#aside);
    this.#aside = null;
  }
}

/** All chunks of bytes that are in memory. */
export function chunkBytes(bytes: Uint8Array, visit?: ChunkVisitor): ChunkBatch {
  const chunker = new Chunker();
  return joinBatches([chunker.push(bytes, visit), chunker.finish(visit)]);
}

/** Several batches as one. */
export function joinBatches(batches: readonly ChunkBatch[]): ChunkBatch {
  const some = batches.filter((batch) => batch.count > 0);
  if (some.length === 1) return some[0];
  const count = some.reduce((sum, batch) => sum + batch.count, 0);
  const lengths = new Uint32Array(count);
  const hashes = new Uint8Array(count * HASH_BYTES);
  let at = 0;
  for (const batch of some) {
    lengths.set(batch.lengths, at);
    hashes.set(batch.hashes, at * HASH_BYTES);
    at += batch.count;
  }
  return { count, lengths, hashes };
}
