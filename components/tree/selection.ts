import { useCallback, useState } from "react";
import type { BucketEntry } from "#lib/core/bucket/entry.ts";

export interface Selection {
  entries: BucketEntry[];
  has(path: string): boolean;
  /** With `range`, everything between the last toggled row and this one takes this row's new state. */
  toggle(rows: BucketEntry[], index: number, range: boolean): void;
  /** Selects all rows, or nothing when all are selected. */
  toggleAll(rows: BucketEntry[]): void;
  set(rows: BucketEntry[]): void;
  clear(): void;
}

/** What is ticked in one folder, by path; rows that come and go with pages keep their tick. */
export function useSelection(): Selection {
  const [chosen, setChosen] = useState<ReadonlyMap<string, BucketEntry>>(new Map());
  const [anchor, setAnchor] = useState<string | null>(null);

  const toggle = useCallback(
    (rows: BucketEntry[], index: number, range: boolean) => {
      const row = rows[index]!;
      const from = range && anchor !== null ? rows.findIndex((each) => each.path === anchor) : index;
      const [low, high] = from === -1 || from > index ? [index, from === -1 ? index : from] : [from, index];
      setChosen((before) => {
        const next = new Map(before);
        const tick = range && from !== index ? true : !before.has(row.path);
        for (const each of rows.slice(low, high + 1)) {
          if (tick) next.set(each.path, each);
          else next.delete(each.path);
        }
        return next;
      });
      setAnchor(row.path);
    },
    [anchor],
  );
  const set = useCallback((rows: BucketEntry[]) => setChosen(new Map(rows.map((row) => [row.path, row]))), []);
  const clear = useCallback(() => setChosen(new Map()), []);

  return {
    entries: [...chosen.values()],
    has: (path) => chosen.has(path),
    toggle,
    toggleAll: (rows) => (rows.every((row) => chosen.has(row.path)) ? clear() : set(rows)),
    set,
    clear,
  };
}

/** Files and logical bytes of entries; null where a folder's figures are not known. */
export function totalsOf(entries: BucketEntry[]): { files: number | null; bytes: number | null } {
  let files: number | null = 0;
  let bytes: number | null = 0;
  for (const entry of entries) {
    const count: number | null = entry.type === "file" ? 1 : entry.files;
    files = files === null || count === null ? null : files + count;
    bytes = bytes === null || entry.size === null ? null : bytes + entry.size;
  }
  return { files, bytes };
}
