/** What the two of the play have: some of it the same, packed in several ways. */
import { HASH_BYTES } from "#lib/core/xet/constants.ts";
import { hashToHex, isDedupEligible } from "#lib/core/xet/hash.ts";
import type { ShardFileInput } from "#lib/core/xet/shard.ts";
import { type MadeXorb, makeBytes, makeFile, makeXorb, type TermSpec } from "#lib/server/cas/fixture.ts";

export interface SentFile {
  path: string;
  terms: TermSpec[];
  hash: string;
  entry: ShardFileInput;
}

export function fileOf(path: string, ...terms: TermSpec[]): SentFile {
  const { hash, entry } = makeFile(terms);
  return { path, terms, hash, entry };
}

const model = makeBytes(1_500_000, 1);
const text = makeBytes(400_000, 2, "text");
const later = makeBytes(900_000, 3);
const cut = (data: Uint8Array, chunk: number) => {
  const at = makeXorb(data)
    .lengths.slice(0, chunk)
    .reduce((sum, length) => sum + length, 0);
  return [makeXorb(data.subarray(0, at)), makeXorb(data.subarray(at))];
};

/** A xorb for each way to pack the same bytes. */
export const whole = makeXorb(model);
export const halves = cut(model, 9);
export const thirds = [...cut(model, 5).slice(0, 1), ...cut(model.subarray(bytesBefore(whole, 5)), 7)];
export const packed = makeXorb(text);
export const plain = makeXorb(text, { compress: false });
export const newer = makeXorb(later);
export const newerHalves = cut(later, 4);
/** Open to everybody. */
export const open = makeXorb(makeBytes(500_000, 4));
/** Only one of the two has it. */
export const hers = makeXorb(makeBytes(700_000, 5));
export const his = makeXorb(makeBytes(600_000, 6));
/** Of nobody. */
export const nobodys = makeXorb(makeBytes(300_000, 7));

function bytesBefore({ lengths }: MadeXorb, chunk: number): number {
  return lengths.slice(0, chunk).reduce((sum, length) => sum + length, 0);
}

/** Xorbs that begin like the model and go on otherwise, so that its first chunk is a popular one. */
export function popular(count: number, seed: number): MadeXorb[] {
  const head = model.subarray(0, whole.lengths[0]);
  return Array.from({ length: count }, (_, i) => makeXorb(Buffer.concat([head, makeBytes(900, seed + i)])));
}

/** Many small xorbs. */
export function small(count: number, seed: number): MadeXorb[] {
  return Array.from({ length: count }, (_, i) => makeXorb(makeBytes(300, seed + i)));
}

/** A xorb of one chunk that any client may ask about, because of its hash. */
export const eligible = findEligible();

function findEligible(): MadeXorb {
  for (let seed = 10_000; ; seed++) {
    const xorb = makeXorb(makeBytes(64, seed));
    if (isDedupEligible(xorb.hashes)) return xorb;
  }
}

/** Names of chunks by their hash as latin-1 text. */
export function namesOf(xorbs: Record<string, MadeXorb>): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, { hashes }] of Object.entries(xorbs)) {
    for (let at = 0; at < hashes.length; at += HASH_BYTES) {
      const hash = Buffer.from(hashes.subarray(at, at + HASH_BYTES)).toString("latin1");
      if (!names.has(hash)) names.set(hash, `${name}.${at / HASH_BYTES}`);
    }
  }
  return names;
}

export function chunkHashes({ hashes }: MadeXorb): string[] {
  return Array.from({ length: hashes.length / HASH_BYTES }, (_, at) => hashToHex(hashes, at * HASH_BYTES));
}
