"use client";

import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { memo } from "react";
import type { DedupEntry } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { formatSize, plural } from "#lib/core/format.ts";
import { EntryIcon } from "../tree/entry-icon.tsx";
import { filePage, folderPage } from "../tree/links.ts";
import { Checkbox } from "../ui/checkbox.tsx";
import { Size } from "../ui/size.tsx";
import type { PickState } from "./picked.ts";

export interface FolderRowActions {
  onCursor(path: string): void;
  onExpand(path: string): void;
  onPick(entry: DedupEntry): void;
}

interface FolderRowProps {
  id: BucketId;
  entry: DedupEntry;
  /** 1 for the root's own entries. */
  level: number;
  /** Of its siblings, from 1; `of` -1 while there may be more. */
  place: number;
  of: number;
  expanded: boolean;
  pick: PickState;
  /** The reader's keyboard is here. */
  cursor: boolean;
  /** The one row that Tab leads to. */
  stop: boolean;
  actions: FolderRowActions;
}

/** px a level moves its names to the right. */
const INDENT = 20;

export const FolderRow = memo(function FolderRow(props: FolderRowProps) {
  const { id, entry, level, place, of, expanded, pick, cursor, stop, actions } = props;
  const folder = entry.type === "folder";
  const name = baseName(entry.path) + (folder ? "/" : "");
  const { figures } = entry;
  const ticked = pick === "on" || pick === "inside";
  const tab = stop ? 0 : -1;
  return (
    <tr
      aria-level={level}
      aria-posinset={place}
      aria-setsize={of}
      aria-expanded={folder ? expanded : undefined}
      aria-selected={ticked}
      data-path={entry.path}
      data-level={level}
      data-cursor={cursor || undefined}
      data-selected={ticked || undefined}
      tabIndex={tab}
      onFocus={() => actions.onCursor(entry.path)}
      className="group h-9 hover:bg-hover focus-visible:outline-offset-[-2px] data-selected:bg-accent-soft max-sm:grid max-sm:h-15 max-sm:grid-cols-[52px_minmax(0,1fr)_auto] max-sm:items-center [&>td]:border-hairline [&>td]:border-b max-sm:[&>td]:border-b-0 max-sm:border-hairline max-sm:border-b"
    >
      <td className="relative pl-3.5 max-sm:grid max-sm:h-full max-sm:place-items-center max-sm:pl-0 group-data-cursor:before:absolute group-data-cursor:before:inset-y-0 group-data-cursor:before:left-0 group-data-cursor:before:w-0.5 group-data-cursor:before:bg-stored">
        <Checkbox
          aria-label={`Select ${name}`}
          title={pick === "inside" ? "Selected with its folder" : undefined}
          tabIndex={tab}
          checked={ticked}
          mixed={pick === "mixed"}
          disabled={pick === "inside"}
          onChange={() => actions.onPick(entry)}
          className="align-middle pointer-coarse:[&>input]:after:-inset-3.5"
        />
      </td>
      <td className="min-w-0 p-0 max-sm:h-full">
        <span
          className="flex h-full min-w-0 items-center gap-1"
          style={{ paddingLeft: `calc(${level - 1} * min(${INDENT}px, 4vw))` }}
        >
          {folder ? (
            <button
              type="button"
              tabIndex={tab}
              aria-label={`${expanded ? "Close" : "Open"} ${name}`}
              onClick={() => actions.onExpand(entry.path)}
              className="flex size-6 shrink-0 items-center justify-center rounded-mark text-muted hover:text-ink pointer-coarse:h-11 pointer-coarse:w-9"
            >
              <ChevronRight
                aria-hidden
                className={`size-3.5 transition-transform duration-120 ${expanded ? "rotate-90" : ""}`}
              />
            </button>
          ) : (
            <span className="w-6 shrink-0 pointer-coarse:w-9" />
          )}
          <Link
            href={folder ? folderPage(id, entry.path) : filePage(id, entry.path)}
            prefetch={false}
            tabIndex={tab}
            className="flex h-[35px] min-w-0 items-center gap-2.5 rounded-small pr-3 focus-visible:outline-offset-[-2px] max-sm:h-full max-sm:flex-1"
          >
            <EntryIcon entry={{ type: folder ? "directory" : "file", path: entry.path }} />
            <span className="flex min-w-0 items-baseline gap-2 max-sm:grid max-sm:gap-0">
              <span className="truncate font-medium max-sm:text-[15px]" title={name}>
                {baseName(entry.path)}
                {folder && <span className="font-normal text-faint">/</span>}
              </span>
              {folder && (
                <span className="shrink-0 text-muted text-secondary max-lg:hidden">
                  {plural(figures.files, "file")}
                </span>
              )}
              <span className="truncate text-muted text-secondary sm:hidden">
                {formatSize(figures.logical)} logical, {formatSize(figures.stored)} stored
              </span>
            </span>
          </Link>
        </span>
      </td>
      <td className="pr-4 max-lg:hidden">
        <ShareBar entry={entry} />
      </td>
      <td className={figureLook}>
        <Size bytes={figures.logical} />
      </td>
      <td className={figureLook}>
        <Size bytes={figures.unique} />
      </td>
      <td className={figureLook}>
        <Size bytes={figures.exclusive} />
      </td>
      <td className={figureLook}>
        <Size bytes={figures.stored} />
      </td>
      <td className="pr-3.5 text-right font-semibold max-sm:pr-4">
        <Size bytes={figures.freed} />
        <span className="block font-normal text-muted text-secondary sm:hidden">freed</span>
      </td>
    </tr>
  );
});

const figureLook = "pr-3 text-right max-sm:hidden";

/** Stored inside unique inside logical, of the entry's own logical bytes. */
function ShareBar({ entry: { figures } }: { entry: DedupEntry }) {
  const { logical, unique, stored } = figures;
  const most = Math.max(logical, unique, stored, 1);
  return (
    <span aria-hidden className="relative block h-1.5 overflow-hidden rounded-full bg-logical">
      <span className="absolute inset-y-0 left-0 bg-unique" style={{ width: `${(unique / most) * 100}%` }} />
      <span className="absolute inset-y-0 left-0 bg-stored" style={{ width: `${(stored / most) * 100}%` }} />
    </span>
  );
}
