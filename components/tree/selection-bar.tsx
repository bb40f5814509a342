"use client";

import { Copy, Download, Trash2, X } from "lucide-react";
import type { BucketEntry } from "#lib/core/bucket/entry.ts";
import { type BucketId, formatHandle } from "#lib/core/bucket/id.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import { useFreed } from "../dedup/use-freed.ts";
import { Button } from "../ui/button.tsx";
import { copy } from "../ui/toast.tsx";
import { DOWNLOADS_MAX, downloadFiles } from "./download.ts";
import { totalsOf } from "./selection.ts";

interface SelectionBarProps {
  id: BucketId;
  entries: BucketEntry[];
  write: boolean;
  /** What deleting frees can be told: the Hub is this server's own. */
  figures: boolean;
  /** More rows match than are loaded and ticked: asks for all of them. */
  onAll?: () => void;
  /** Rows read so far while all are being asked for. */
  reading: number | null;
  onDelete: () => void;
  onClear: () => void;
}

export function SelectionBar({ id, entries, write, figures, onAll, reading, onDelete, onClear }: SelectionBarProps) {
  const { files, bytes } = totalsOf(entries);
  const paths = entries.filter((entry) => entry.type === "file").map((entry) => entry.path);
  const downloadable = paths.length === entries.length && paths.length <= DOWNLOADS_MAX;
  const freed = useFreed(id, entries, figures && write);
  const facts = [
    files !== null && files !== entries.length ? plural(files, "file") : null,
    bytes === null ? null : `${formatSize(bytes)} logical`,
    freed?.data ? `deleting frees ${formatSize(freed.data.figures.freed)}` : freed && !freed.failed ? "weighing" : null,
  ];
  return (
    <section
      aria-label="Selection"
      className="fixed inset-x-0 bottom-5 z-40 mx-auto lg:in-data-dock:right-[610px] flex w-fit max-w-[calc(100vw-24px)] lg:in-data-dock:max-w-[calc(100vw-634px)] animate-[rise_180ms_var(--ease-out)] flex-wrap items-center gap-2 rounded-float bg-panel py-2 pr-2 pl-3.5 shadow-float"
    >
      <p aria-live="polite" className="mr-1.5">
        <strong className="font-semibold">{formatCount(entries.length)} selected</strong>
        <span className="ml-2.5 text-muted">{facts.filter(Boolean).join(" · ")}</span>
      </p>
      {onAll && (
        <Button size="small" variant="ghost" busy={reading !== null} onClick={onAll}>
          {reading === null ? "Select all that match" : `Reading, ${formatCount(reading)} so far`}
        </Button>
      )}
      {downloadable && (
        <Button onClick={() => downloadFiles(id, paths)}>
          <Download />
          Download{bytes === null ? "" : ` ${formatSize(bytes)}`}
        </Button>
      )}
      <Button
        onClick={() =>
          copy(
            entries.map((entry) => formatHandle(id, entry.path)).join("\n"),
            entries.length === 1 ? "Handle" : `${formatCount(entries.length)} handles`,
          )
        }
      >
        <Copy />
        {entries.length === 1 ? "Copy handle" : "Copy handles"}
      </Button>
      {write && (
        <Button variant="danger" onClick={onDelete}>
          <Trash2 />
          Delete
        </Button>
      )}
      <Button variant="ghost" size="icon" aria-label="Clear the selection" onClick={onClear}>
        <X />
      </Button>
    </section>
  );
}
