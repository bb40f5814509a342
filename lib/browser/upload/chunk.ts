/**
 * Cuts and hashes the pieces of files: first stage of the line. Chunks are shown to the next stage while they lie in the kernel's
 * memory; only who needs their bytes later copies them.
 */
import { Chunker } from "#lib/core/xet/chunk.ts";
import { HASH_BYTES, ZERO_KEY } from "#lib/core/xet/constants.ts";
import { keyedHash } from "#lib/core/xet/hash.ts";
import { FOLD_MAX, kernel } from "#lib/core/xet/kernel.ts";
import { type ByteSource, PieceReader, type Reading } from "./source.ts";

/** `bytes` and `hash` are views; `bytes` is good until it returns. */
export type SeeChunk = (bytes: Uint8Array, hash: Uint8Array) => void;

/** Reads files one after another. */
export class FileCutter {
  readonly #reader: PieceReader;
  readonly #chunker = new Chunker();
  readonly #root = new FileRoot();

  constructor(reading?: Reading) {
    this.#reader = new PieceReader(reading);
  }

  /** Small files may be read before their turn; those that are not cut after all must be forgotten. */
  prepare(source: ByteSource): void {
    this.#reader.prepare(source);
  }

  forget(source: ByteSource): void {
    this.#reader.forget(source);
  }

  /** Yields the bytes read after each piece; between two yields `see` was called for the chunks that ended. Returns the file hash. */
  async *cut(source: ByteSource, see: SeeChunk, signal: AbortSignal): AsyncGenerator<number, Uint8Array, undefined> {
    const root = this.#root;
    const visit: SeeChunk = (bytes, hash) => {
      root.push(hash, bytes.length);
      see(bytes, hash);
    };
    root.reset();
    this.#chunker.reset();
    for await (const piece of this.#reader.read(source, signal)) {
      this.#chunker.push(piece, visit);
      yield piece.length;
    }
    this.#chunker.finish(visit);
    return root.finish();
  }
}

interface Level {
  hashes: Uint8Array;
  lengths: Float64Array;
  /** Nodes waiting to be folded, and all there ever were. */
  waiting: number;
  total: number;
}

/** Hash of a file over its chunks (reference section 1.3), in memory that grows with the height of its tree only. */
export class FileRoot {
  #levels: Level[] = [];

  reset(): void {
    for (const level of this.#levels) level.waiting = level.total = 0;
  }

  push(hash: Uint8Array, length: number): void {
    this.#add(0, hash, length);
  }

  /** 32 bytes; zeros for a file without chunks. */
  finish(): Uint8Array<ArrayBuffer> {
    for (let at = 0; at < this.#levels.length; at++) {
      const level = this.#levels[at];
      const above = this.#levels[at + 1];
      if (level.total === 0) break;
      if (level.total === 1 && (above === undefined || above.total === 0)) {
        return Uint8Array.from(keyedHash(ZERO_KEY, level.hashes.subarray(0, HASH_BYTES)));
      }
      if (level.waiting > 0) this.#fold(at, true);
    }
    return new Uint8Array(HASH_BYTES);
  }

  #add(at: number, hash: Uint8Array, length: number): void {
    this.#levels[at] ??= {
      hashes: new Uint8Array(64 * HASH_BYTES),
      lengths: new Float64Array(64),
      waiting: 0,
      total: 0,
    };
    const level = this.#levels[at];
    if (level.waiting === level.lengths.length) {
      if (level.waiting === FOLD_MAX) this.#fold(at, false);
      else grow(level);
    }
    level.hashes.set(hash, level.waiting * HASH_BYTES);
    level.lengths[level.waiting] = length;
    level.waiting += 1;
    level.total += 1;
  }

  /** Moves parents of the waiting nodes one level up; `last`: of all of them. */
  #fold(at: number, last: boolean): void {
    const level = this.#levels[at];
    const { waiting } = level;
    const folded = kernel().foldLevel(
      level.hashes.subarray(0, waiting * HASH_BYTES),
      level.lengths.subarray(0, waiting),
      last,
    );
    const { taken } = folded;
    // Copies: adding a parent may fold the level above, in the same memory.
    const hashes = folded.hashes.slice();
    const lengths = folded.lengths.slice();
    level.hashes.copyWithin(0, taken * HASH_BYTES, waiting * HASH_BYTES);
    level.lengths.copyWithin(0, taken, waiting);
    level.waiting = waiting - taken;
    for (let i = 0; i < lengths.length; i++) {
      this.#add(at + 1, hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), lengths[i]);
    }
  }
}

function grow(level: Level): void {
  const hashes = new Uint8Array(2 * level.hashes.length);
  hashes.set(level.hashes);
  const lengths = new Float64Array(2 * level.lengths.length);
  lengths.set(level.lengths);
  Object.assign(level, { hashes, lengths });
}
