/** Files for `crash-gc`: made of blocks that many of them share, so that xorbs are partly used by several and partly by none. */
import { createHash } from "node:crypto";
import { randomBytes } from "#e2e/bytes.ts";

/** A number in [0, below). */
export type Random = (below: number) => number;

/** mulberry32: the same run for the same seed, as far as timing allows. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** What a path holds; null: nothing. */
export type Content = { sha256: string; size: number } | null;
/** `bucket path` -> content. */
export type Files = Record<string, Content>;

const BLOCKS = 48;

/** Block `index` of all clients' pool; every other one compresses. */
function blockOf(index: number): Uint8Array<ArrayBuffer> {
  const bytes = randomBytes(40_000 + ((index * 7919) % 400_000), 5_000_000 + index);
  if (index % 2 === 1) for (let at = 0; at < bytes.length; at++) bytes[at] = 0x40 | (bytes[at]! & 7);
  return bytes;
}

/** Some blocks of the pool and, mostly, some bytes that nobody else has. */
export function makeContent(random: Random): Uint8Array<ArrayBuffer> {
  if (random(40) === 0) return new Uint8Array(0);
  const parts = Array.from({ length: random(4) }, () => blockOf(random(BLOCKS)));
  if (parts.length === 0 || random(3) > 0) parts.push(randomBytes(1 + random(300_000), random(2 ** 31)));
  return new Uint8Array(Buffer.concat(parts));
}

export function contentOf(bytes: Uint8Array): Content {
  return { sha256: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
}

export function same(a: Content | undefined, b: Content | undefined): boolean {
  return (a?.sha256 ?? null) === (b?.sha256 ?? null);
}

export function keyOf(bucket: string, path: string): string {
  return `${bucket} ${path}`;
}

export function placeOf(key: string): { bucket: string; path: string } {
  const at = key.indexOf(" ");
  return { bucket: key.slice(0, at), path: key.slice(at + 1) };
}
