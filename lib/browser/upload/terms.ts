/** A file as runs of chunks of xorbs, put together chunk by chunk; what its shard entry is made of. */
import { HASH_BYTES } from "#lib/core/xet/constants.ts";
import { verificationHash } from "#lib/core/xet/hash.ts";
import type { ShardFileInput } from "#lib/core/xet/shard.ts";
import type { Place, XorbRef } from "./xorb.ts";

export interface Term {
  xorb: XorbRef;
  chunkStart: number;
  chunkEnd: number;
  /** Unpacked. */
  bytes: number;
  verification: Uint8Array;
}

/** Longest run: its verification hash is taken over a buffer of this many chunk hashes. */
const RUN_MAX = 8192;

export class FileTerms {
  readonly terms: Term[] = [];
  #open: Omit<Term, "verification"> | null = null;
  #hashes = new Uint8Array(16 * HASH_BYTES);

  append({ xorb, index }: Place, hash: Uint8Array, length: number): void {
    const open = this.#open;
    if (open !== null && open.xorb === xorb && open.chunkEnd === index && index - open.chunkStart < RUN_MAX) {
      open.chunkEnd = index + 1;
      open.bytes += length;
    } else {
      this.#close();
      this.#open = { xorb, chunkStart: index, chunkEnd: index + 1, bytes: length };
    }
    this.#remember(hash);
  }

  finish(): Term[] {
    this.#close();
    this.#hashes = new Uint8Array(0);
    return this.terms;
  }

  #close(): void {
    if (this.#open === null) return;
    const count = this.#open.chunkEnd - this.#open.chunkStart;
    // A copy: hash of a view that is overwritten by the next run, and `verificationHash` gives fresh bytes.
    const verification = Uint8Array.from(verificationHash(this.#hashes.subarray(0, count * HASH_BYTES)));
    this.terms.push({ ...this.#open, verification });
    this.#open = null;
  }

  #remember(hash: Uint8Array): void {
    const { chunkStart, chunkEnd } = this.#open!;
    const at = (chunkEnd - 1 - chunkStart) * HASH_BYTES;
    if (at + HASH_BYTES > this.#hashes.length) {
      const grown = new Uint8Array(2 * this.#hashes.length);
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes.set(hash, at);
  }
}

/** The shard's entry; every xorb is closed by now. */
export function shardFile(hash: Uint8Array, terms: readonly Term[]): ShardFileInput {
  return {
    hash,
    segments: terms.map(({ xorb, bytes, chunkStart, chunkEnd }) => ({
      xorbHash: xorb.hash!,
      bytes,
      chunkStart,
      chunkEnd,
    })),
    verification: terms.map(({ verification }) => verification),
  };
}
