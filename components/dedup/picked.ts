import { useCallback, useState } from "react";
import type { DedupEntry } from "#lib/core/bucket/dedup/figures.ts";
import { isUnder, parentOf } from "#lib/core/bucket/path.ts";

/** How a row stands to the selection: in it, inside a folder that is in it, holding something of it, apart. */
export type PickState = "on" | "inside" | "mixed" | "off";

export interface Picked {
  entries: DedupEntry[];
  paths: { files: string[]; folders: string[] };
  stateOf(path: string): PickState;
  toggle(entry: DedupEntry): void;
  /** All of these, or none when all are in. */
  toggleAll(entries: DedupEntry[]): void;
  clear(): void;
}

/** What is ticked in the tree of folders: a folder stands for all below it. */
export function usePicked(): Picked {
  const [picked, setPicked] = useState<ReadonlyMap<string, DedupEntry>>(new Map());
  const toggle = useCallback((entry: DedupEntry) => setPicked((before) => toggled(before, entry)), []);
  const entries = [...picked.values()];
  return {
    entries,
    paths: {
      files: entries.filter(({ type }) => type === "file").map(({ path }) => path),
      folders: entries.filter(({ type }) => type === "folder").map(({ path }) => path),
    },
    stateOf: (path) => stateOf(picked, path),
    toggle,
    toggleAll: (all) =>
      setPicked(
        all.every(({ path }) => picked.has(path))
          ? new Map()
          : all.reduce((map, entry) => (map.has(entry.path) ? map : toggled(map, entry)), picked),
      ),
    clear: useCallback(() => setPicked(new Map()), []),
  };
}

export function toggled(before: ReadonlyMap<string, DedupEntry>, entry: DedupEntry): ReadonlyMap<string, DedupEntry> {
  const next = new Map(before);
  if (next.delete(entry.path)) return next;
  // The folder stands for what lies below it from now on.
  for (const path of before.keys()) if (entry.type === "folder" && isUnder(path, entry.path)) next.delete(path);
  return next.set(entry.path, entry);
}

export function stateOf(picked: ReadonlyMap<string, DedupEntry>, path: string): PickState {
  if (picked.has(path)) return "on";
  for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder))
    if (picked.get(folder)?.type === "folder") return "inside";
  for (const each of picked.keys()) if (isUnder(each, path)) return "mixed";
  return "off";
}
