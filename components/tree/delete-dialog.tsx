"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { dedupKey } from "#lib/browser/queries/dedup.ts";
import { treeKey } from "#lib/browser/queries/tree.ts";
import { deleteEntries } from "#lib/browser/queries/tree-changes.ts";
import type { BucketEntry } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import { FreedLines } from "../dedup/freed-lines.tsx";
import { useFreed } from "../dedup/use-freed.ts";
import { refreshPage } from "../shell/refresh-page.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Size } from "../ui/size.tsx";
import { announce } from "../ui/toast.tsx";
import { EntryIcon } from "./entry-icon.tsx";
import { totalsOf } from "./selection.ts";

const SHOWN = 6;

interface DeleteDialogProps {
  id: BucketId;
  entries: BucketEntry[];
  /** What it frees can be told: the Hub is this server's own. */
  figures: boolean;
  onClose: () => void;
  onDone: () => void;
}

export function DeleteDialog({ id, entries, figures, onClose, onDone }: DeleteDialogProps) {
  const router = useRouter();
  const client = useQueryClient();
  const [done, setDone] = useState(0);
  const { files, bytes } = totalsOf(entries);
  const freed = useFreed(id, entries, figures);
  const what = files === null ? plural(entries.length, "entry", "entries") : plural(files, "file");
  const remove = useMutation({
    mutationFn: () => deleteEntries(id, entries, setDone),
    onSuccess: (deleted) => {
      announce(`${plural(deleted, "file")} deleted${bytes === null ? "" : `, ${formatSize(bytes)} logical`}`);
      onDone();
      onClose();
    },
    onSettled: () => {
      client.invalidateQueries({ queryKey: treeKey(id) });
      client.invalidateQueries({ queryKey: dedupKey(id) });
      refreshPage(router);
    },
  });
  return (
    <Dialog
      title={`Delete ${what}${bytes === null ? "" : `, ${formatSize(bytes)} logical`}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button variant="delete" busy={remove.isPending} onClick={() => remove.mutate()}>
            {remove.isPending && entries.length > 1
              ? `Deleting, ${formatCount(done)} of ${formatCount(entries.length)}`
              : `Delete ${what}`}
          </Button>
        </>
      }
    >
      <p className="text-muted">
        A bucket keeps no old versions: what is deleted can not be brought back. Other buckets that hold the same bytes
        keep theirs.
      </p>
      <ul className="mt-3 rounded-control border border-line">
        {entries.slice(0, SHOWN).map((entry) => (
          <li
            key={entry.path}
            className="flex h-8.5 items-center gap-2.5 border-hairline border-t px-3 first:border-t-0"
          >
            <EntryIcon entry={entry} />
            <span className="mr-auto truncate font-medium" title={entry.path}>
              {baseName(entry.path)}
              {entry.type === "directory" && <span className="text-faint">/</span>}
            </span>
            {entry.type === "directory" && entry.files !== null && (
              <span className="shrink-0 text-muted text-secondary">{plural(entry.files, "file")}</span>
            )}
            <Size bytes={entry.size} />
          </li>
        ))}
        {entries.length > SHOWN && (
          <li className="border-hairline border-t px-3 py-1.5 text-muted">
            and {formatCount(entries.length - SHOWN)} more
          </li>
        )}
      </ul>
      {freed && (
        <div className="mt-3">
          <FreedLines figures={freed.data?.figures} failed={freed.failed} />
        </div>
      )}
      {remove.error && (
        <div className="mt-3">
          <ErrorNotice
            title="The deletion stopped"
            error={remove.error}
            kept={
              done === 0
                ? "Nothing was deleted."
                : `${formatCount(done)} of ${formatCount(entries.length)} were deleted before it stopped.`
            }
          />
        </div>
      )}
    </Dialog>
  );
}
