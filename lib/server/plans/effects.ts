/** What a batch does to each path, and which operation of a plan says just that. */
import { PLAN_KINDS } from "#lib/core/plan/plan.ts";
import type { NewFile } from "../db/changes.ts";
import type { WatchingOperation } from "../db/plan-cover.ts";
import { nextTurn } from "../db/rows.ts";
import type { GuardedBatch } from "../hub/guard.ts";
import { hexOf } from "./stale.ts";

export interface Effect {
  path: string;
  /** null: the file goes. */
  file: NewFile | null;
  existed: boolean;
}

/** Changes that change something: a delete of nothing is not among them. */
export async function effectsOf({ changes, old }: GuardedBatch): Promise<Effect[]> {
  const effects: Effect[] = [];
  let count = 0;
  for (const [path, file] of changes) {
    if (++count % 2000 === 0) await nextTurn();
    const existed = old.has(path);
    if (file !== null || existed) effects.push({ path, file, existed });
  }
  return effects;
}

export function countEffects(effects: readonly Effect[]) {
  const counts = { added: 0, overwritten: 0, deleted: 0, bytes: 0 };
  for (const { file, existed } of effects) {
    if (file === null) counts.deleted += 1;
    else counts[existed ? "overwritten" : "added"] += 1;
    counts.bytes += file?.size ?? 0;
  }
  return counts;
}

export function kindOf({ file, existed }: Effect): "add" | "overwrite" | "delete" {
  if (file === null) return "delete";
  return existed ? "overwrite" : "add";
}

export function says({ kind, size, xet_hash }: WatchingOperation, effect: Effect): boolean {
  if (PLAN_KINDS[kind] !== kindOf(effect)) return false;
  if (effect.file === null) return true;
  return size === effect.file.size && (xet_hash === null || hexOf(xet_hash) === effect.file.hash);
}
