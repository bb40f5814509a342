/**
 * What an approval is bound to: SHA-256 over the operations of a version in path order, one line each, so that neither the order of the
 * file nor its reasons, source and timestamp matter, and every fact that decides what is done does.
 *
 *     ["plan",1]
 *     [action, path, size, local mtime, remote mtime, xet hash]     JSON; times in microseconds; null for what is not known
 */
import { comparePaths } from "../bucket/path-order.ts";
import type { PlanOperation } from "./plan.ts";

/** An incremental SHA-256 of UTF-8 text: `createHash("sha256")` of Node with `hex: () => hash.digest("hex")`. */
export interface TextHash {
  update(text: string): unknown;
  /** Called once. */
  hex(): string;
}

/** Lines that go into the hash at once: one by one costs more than the hashing. */
const LINES_AT_ONCE = 256;

export class PlanDigest {
  /** All came in strictly ascending order of paths; else `hex` throws, and the operations must be read again in that order. */
  inOrder = true;
  readonly #hash: TextHash;
  #last: string | null = null;
  #lines: string[] = ['["plan",1]'];

  constructor(hash: TextHash) {
    this.#hash = hash;
  }

  add(operation: PlanOperation): void {
    const { path } = operation;
    if (this.#last !== null && comparePaths(this.#last, path) >= 0) this.inOrder = false;
    this.#last = path;
    if (!this.inOrder) return;
    this.#lines.push(canonicalOperation(operation));
    if (this.#lines.length >= LINES_AT_ONCE) this.#flush();
  }

  /** 64 hex digits. Throws Error if operations came out of order. */
  hex(): string {
    if (!this.inOrder) throw new Error("a digest needs its operations in path order");
    this.#flush();
    return this.#hash.hex();
  }

  #flush(): void {
    if (this.#lines.length > 0) this.#hash.update(`${this.#lines.join("\n")}\n`);
    this.#lines = [];
  }
}

/** The line that stands for an operation in the digest; equal lines are equal operations. */
export function canonicalOperation({ action, path, size, localMtime, remoteMtime, xetHash }: PlanOperation): string {
  return JSON.stringify([action, path, size ?? null, localMtime ?? null, remoteMtime ?? null, xetHash ?? null]);
}
