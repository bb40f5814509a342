/** Which chunks of a xorb files use. */
import type { Database } from "../db/db.ts";
import { readLastFile, usersOf, type XorbUser } from "../db/gc.ts";
import { PackedTerms } from "../db/terms.ts";
import type { Turn } from "./turn.ts";

export interface Use {
  /** One byte a chunk: 1 is used. */
  used: Uint8Array;
  /** Files registered later have ids above it. */
  lastFile: number;
}

/** By all files there are, or those that are not idle since `idleBefore` or longer. */
export async function findUse(
  db: Database,
  xorb: { id: number; chunks: number },
  turn: Turn,
  idleBefore = Number.NEGATIVE_INFINITY,
): Promise<Use> {
  // Before the files are read, so that none falls between.
  const lastFile = await readLastFile(db.read);
  const used = new Uint8Array(xorb.chunks);
  let left = xorb.chunks;
  for await (const users of usersOf(db.read, xorb.id)) {
    for (const user of users) {
      if (user.idleSince > idleBefore) left -= markUse(user, xorb.id, used);
      await turn.pass();
    }
    if (left === 0) break;
  }
  return { used, lastFile };
}

/** Marks what a file uses of the xorb; how many chunks were not marked before. */
export function markUse({ terms }: Pick<XorbUser, "terms">, xorbId: number, used: Uint8Array): number {
  const packed = new PackedTerms(terms);
  let added = 0;
  for (let at = 0; at < packed.count; at++) {
    if (packed.xorbIdAt(at) !== xorbId) continue;
    const { chunkStart, chunkEnd } = packed.get(at);
    for (let chunk = chunkStart; chunk < chunkEnd; chunk++) {
      added += 1 - used[chunk];
      used[chunk] = 1;
    }
  }
  return added;
}

/** Of the chunks that are there, those that are not used: one byte a chunk. */
export function unusedOf({ used }: Pick<Use, "used">, isThere: (chunk: number) => boolean): Uint8Array {
  return used.map((use, chunk) => (use === 0 && isThere(chunk) ? 1 : 0));
}
