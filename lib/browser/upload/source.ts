/**
 * What the line reads: a file's bytes in pieces of 1 MiB, through one recycled buffer where the platform can fill one. Before
 * `chunk.ts`. A Blob is enough, so Node reads files with `fs.openAsBlob`.
 */
import type { FileReason } from "./job.ts";

/** What `read` is given; a File, a Blob, or anything that makes a stream again and again. */
export interface ByteSource {
  readonly size: number;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** All of it; what Blobs have. */
  arrayBuffer?(): Promise<ArrayBuffer>;
}

/** A file as the line takes it. */
export interface SourceFile {
  /** Its index in the job. */
  id: number;
  /** Full path in the bucket. */
  path: string;
  source: ByteSource;
  /** ms since the epoch; null: the time of the upload. */
  mtime: number | null;
}

/** How much is read at a time; what a chunker takes best. */
export const PIECE_BYTES = 1024 * 1024;

/** A file that could not be read to its end as it was. */
export class ReadFailure extends Error {
  override readonly name = "ReadFailure";
  readonly reason: FileReason;

  constructor(reason: FileReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** How pieces are got from a stream. `fallback` is for platforms without byte streams, and for tests of that. */
export type Reading = "byob" | "fallback";

/**
 * What is being read. Chromium lets a Blob's stream be collected while a read of it waits, and with it all that waits for the read,
 * unless something else holds on to it: the upload would stop without a word.
 */
const open = new Set<object>();

/** The bytes of files, one after another; its buffer goes from file to file. */
export class PieceReader {
  readonly #reading: Reading;
  #buffer = new ArrayBuffer(0);
  /** Small files that are being read before their turn. */
  readonly #ahead = new Map<ByteSource, Promise<ArrayBuffer>>();
  constructor(reading: Reading = "byob") {
    this.#reading = reading;
  }

  /**
   * Begins to read a file of one piece: a small one is nearly all waiting, which several can do at once. It must be read or forgotten
   * later. Does nothing for others.
   */
  prepare(source: ByteSource): void {
    if (source.size > PIECE_BYTES || source.arrayBuffer === undefined || this.#ahead.has(source)) return;
    const bytes = source.arrayBuffer();
    bytes.catch(() => {});
    this.#ahead.set(source, bytes);
  }

  /** It will not be read. */
  forget(source: ByteSource): void {
    this.#ahead.delete(source);
  }

  /** Pieces of at most 1 MiB in order; each is good until the next is asked for. Throws ReadFailure. */
  async *read(source: ByteSource, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    let read = 0;
    try {
      const whole = this.#ahead.get(source);
      this.#ahead.delete(source);
      const pieces = whole === undefined ? this.#pieces(source.stream(), signal) : wholePiece(whole);
      for await (const piece of pieces) {
        read += piece.length;
        if (read > source.size) break;
        yield piece;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw asFailure(error, read);
    }
    if (read !== source.size) {
      throw new ReadFailure("changed", `It had ${source.size} bytes when it was chosen, and another length when read.`);
    }
  }

  async *#pieces(stream: ReadableStream<Uint8Array<ArrayBuffer>>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const byob = this.#reading === "byob" ? takeByob(stream) : null;
    if (byob === null) {
      yield* this.#fallback(stream.getReader(), signal);
      return;
    }
    open.add(byob);
    if (this.#buffer.byteLength === 0) this.#buffer = new ArrayBuffer(PIECE_BYTES);
    let done = false;
    try {
      while (!done) {
        signal.throwIfAborted();
        // `min` lets one answer fill the buffer; who does not know it gives what is there.
        const result = await byob.read(new Uint8Array(this.#buffer), { min: PIECE_BYTES });
        done = result.done;
        // Cancelled streams keep the buffer.
        this.#buffer = result.value?.buffer ?? new ArrayBuffer(PIECE_BYTES);
        if (result.value && result.value.length > 0) yield result.value;
      }
    } finally {
      if (!done) {
        this.#buffer = new ArrayBuffer(0);
        await byob.cancel().catch(() => {});
      }
      byob.releaseLock();
      open.delete(byob);
    }
  }

  /** As the stream gives them: 64 KiB to 2 MiB, cut to what a chunker takes at once. */
  async *#fallback(
    reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    open.add(reader);
    let done = false;
    try {
      while (!done) {
        signal.throwIfAborted();
        const result = await reader.read();
        done = result.done;
        for (let at = 0; result.value && at < result.value.length; at += PIECE_BYTES) {
          yield result.value.subarray(at, at + PIECE_BYTES);
        }
      }
    } finally {
      if (!done) await reader.cancel().catch(() => {});
      reader.releaseLock();
      open.delete(reader);
    }
  }
}

async function* wholePiece(whole: Promise<ArrayBuffer>): AsyncGenerator<Uint8Array> {
  const bytes = new Uint8Array(await whole);
  // More than it had: the caller refuses it by its length.
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

function takeByob(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStreamBYOBReader | null {
  try {
    return stream.getReader({ mode: "byob" });
  } catch {
    return null;
  }
}

/** Browsers say NotReadableError for a file that changed, is locked, or lost its rights; in the middle only a change is likely. */
export function asFailure(error: unknown, read: number): ReadFailure {
  if (error instanceof ReadFailure) return error;
  const name = error instanceof Error ? error.name : "";
  const message = error instanceof Error ? error.message : String(error);
  if (name === "NotFoundError") return new ReadFailure("vanished", message, error);
  return new ReadFailure(read > 0 ? "changed" : "unreadable", message, error);
}
