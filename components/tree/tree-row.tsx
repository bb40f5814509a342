"use client";

import Link, { useLinkStatus } from "next/link";
import { lazy, memo, Suspense } from "react";
import type { BucketEntry, BucketFile } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { plural, shortHash } from "#lib/core/format.ts";
import { Checkbox } from "../ui/checkbox.tsx";
import { Ellipsis } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { Size } from "../ui/size.tsx";
import { Time } from "../ui/time.tsx";
import { copy } from "../ui/toast.tsx";
import { EntryIcon } from "./entry-icon.tsx";
import { entryPage } from "./links.ts";

const loadMenu = () => import("./row-menu.tsx");
const MarkBadge = lazy(() => import("../upload/mark-badge.tsx").then((module) => ({ default: module.MarkBadge })));
const RowMenu = lazy(() => loadMenu().then((module) => ({ default: module.RowMenu })));

export interface RowActions {
  /** The reader's keyboard is here now. */
  onCursor(path: string): void;
  onToggle(index: number, range: boolean): void;
  onRename(file: BucketFile): void;
  onDelete(entry: BucketEntry): void;
}

interface TreeRowProps {
  id: BucketId;
  entry: BucketEntry;
  index: number;
  /** Logical bytes of the folder shown; null where not known. */
  total: number | null;
  selected: boolean;
  cursor: boolean;
  write: boolean;
  /** How much of it is uploaded, while it is. */
  percent: number | undefined;
  actions: RowActions;
}

/** The name of an entry with a folder's slash, as people say it. */
const nameOf = (entry: BucketEntry) => baseName(entry.path) + (entry.type === "directory" ? "/" : "");

export const TreeRow = memo(function TreeRow({
  id,
  entry,
  index,
  total,
  selected,
  cursor,
  write,
  percent,
  actions,
}: TreeRowProps) {
  const name = nameOf(entry);
  const folder = entry.type === "directory";
  return (
    <tr
      aria-rowindex={index + 2}
      data-row={index}
      data-cursor={cursor || undefined}
      data-selected={selected || undefined}
      onFocus={() => actions.onCursor(entry.path)}
      className="group h-9 hover:bg-hover max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] [&:not(:last-child)>td]:border-hairline [&:not(:last-child)>td]:border-b data-selected:bg-accent-soft max-sm:h-14"
    >
      <td className="relative pl-3.5 group-data-cursor:before:absolute group-data-cursor:before:inset-y-0 group-data-cursor:before:left-0 group-data-cursor:before:w-0.5 group-data-cursor:before:bg-stored max-sm:hidden">
        <Checkbox
          aria-label={`Select ${name}`}
          checked={selected}
          onChange={(event) => actions.onToggle(index, (event.nativeEvent as MouseEvent).shiftKey === true)}
          className="align-middle"
        />
      </td>
      <td className="p-0">
        <Link
          href={entryPage(id, entry)}
          prefetch={false}
          className="-ml-1.5 flex h-[35px] min-w-0 items-center gap-2.5 rounded-small pr-3 pl-1.5 focus-visible:outline-offset-[-2px] max-sm:ml-0 max-sm:h-[55px] max-sm:pl-4"
        >
          <EntryIcon entry={entry} />
          <span className="flex min-w-0 items-baseline gap-2 max-sm:grid max-sm:gap-0">
            <span className="truncate font-medium max-sm:text-[15px]" title={name}>
              {baseName(entry.path)}
              {folder && <span className="font-normal text-faint">/</span>}
            </span>
            {folder && entry.files !== null && (
              <span className="shrink-0 text-muted text-secondary max-sm:hidden">{plural(entry.files, "file")}</span>
            )}
            <span className="truncate text-muted text-secondary sm:hidden">
              {folder && entry.files !== null && `${plural(entry.files, "file")} · `}
              <Time value={entry.uploadedAt} />
            </span>
          </span>
          {percent !== undefined && (
            <Suspense>
              <MarkBadge percent={percent} />
            </Suspense>
          )}
          <Pending />
        </Link>
      </td>
      <td className="pr-4">
        <span className="flex items-center justify-end gap-2.5 max-sm:h-full max-sm:flex-col max-sm:items-end max-sm:justify-center max-sm:gap-1">
          <Size bytes={entry.size} />
          <Share part={entry.size} total={total} quiet={!folder} />
        </span>
      </td>
      <td className="truncate pr-3 text-muted max-sm:hidden">
        <Time value={entry.uploadedAt} />
      </td>
      <td className="truncate pr-2 font-mono text-[12px] text-muted max-md:hidden">
        {entry.type === "file" ? (
          <button
            type="button"
            tabIndex={-1}
            title={`${entry.xetHash}\nCopy Xet hash`}
            aria-label={`Copy Xet hash of ${name}, ${shortHash(entry.xetHash)}`}
            onClick={() => copy(entry.xetHash, "Xet hash")}
            className="rounded-mark hover:text-ink"
          >
            {shortHash(entry.xetHash)}
          </button>
        ) : (
          <span className="text-faint">–</span>
        )}
      </td>
      <td className="pr-2 text-right max-sm:hidden">
        <Menu
          label={`Actions for ${name}`}
          onPointerEnter={loadMenu}
          onFocus={loadMenu}
          trigger={<Ellipsis className="size-4" />}
          className="inline-flex size-6.5 items-center justify-center rounded-small align-middle text-faint hover:bg-sunken hover:text-ink group-hover:text-muted group-data-selected:text-muted"
        >
          <RowMenu id={id} entry={entry} write={write} actions={actions} />
        </Menu>
      </td>
    </tr>
  );
});

/** A ring beside the name while its page is on the way. */
function Pending() {
  const { pending } = useLinkStatus();
  return pending ? <span aria-hidden className="spinner after-150 ml-auto size-3 shrink-0 text-muted" /> : null;
}

/** What part of the folder's bytes the entry is. A file's bar is left out where it would be a dot. */
function Share({ part, total, quiet }: { part: number | null; total: number | null; quiet: boolean }) {
  const share = part === null || !total ? null : Math.min(1, part / total);
  if (share === null || (quiet && share < 0.01)) return <span aria-hidden className="w-16 max-sm:hidden" />;
  return (
    <span
      role="img"
      aria-label={`${(share * 100).toFixed(share < 0.1 ? 1 : 0)}% of this folder`}
      className="h-1 w-16 overflow-hidden rounded-full bg-line/70 max-sm:w-14"
    >
      <span className="block h-full min-w-0.5 rounded-full bg-unique" style={{ width: `${share * 100}%` }} />
    </span>
  );
}
