"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronRight, CornerLeftUp, X } from "lucide-react";
import { useState } from "react";
import { dedupEntriesQuery } from "#lib/browser/queries/dedup.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName, parentOf } from "#lib/core/bucket/path.ts";
import { EntryIcon } from "../tree/entry-icon.tsx";
import { Button } from "../ui/button.tsx";
import { Checkbox } from "../ui/checkbox.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Size } from "../ui/size.tsx";
import { COMPARE_MAX } from "./view.ts";

interface ChooseDialogProps {
  id: BucketId;
  initial: string[];
  onChoose: (paths: string[]) => void;
  onClose: () => void;
}

/** Folders and files of any depth, up to fifty. */
export function ChooseDialog({ id, initial, onChoose, onClose }: ChooseDialogProps) {
  const [folder, setFolder] = useState("");
  const [chosen, setChosen] = useState(initial.slice(0, COMPARE_MAX));
  const list = useInfiniteQuery(dedupEntriesQuery(id, folder, { sort: "name", direction: "asc" }));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const full = chosen.length >= COMPARE_MAX;
  const toggle = (path: string) =>
    setChosen(chosen.includes(path) ? chosen.filter((each) => each !== path) : [...chosen, path]);
  return (
    <Dialog
      title="Compare folders or files"
      onClose={onClose}
      width={600}
      actions={
        <>
          <Button className="mr-auto" variant="ghost" disabled={chosen.length === 0} onClick={() => setChosen([])}>
            Choose none
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={chosen.length < 2}
            onClick={() => {
              onChoose(chosen);
              onClose();
            }}
          >
            {chosen.length < 2 ? "Compare" : `Compare ${chosen.length}`}
          </Button>
        </>
      }
    >
      <p aria-live="polite" className="text-muted">
        {chosen.length} of up to {COMPARE_MAX} chosen. Each pair is compared to the byte.
      </p>
      {chosen.length > 0 && (
        <ul aria-label="Chosen" className="mt-2.5 flex max-h-24 flex-wrap gap-1.5 overflow-y-auto">
          {chosen.map((path) => (
            <li
              key={path}
              className="inline-flex max-w-full items-center rounded-small bg-accent-soft pl-2 text-secondary"
            >
              <span className="truncate font-mono text-[11.5px]" title={path}>
                {path}
              </span>
              <button
                type="button"
                aria-label={`Leave out ${path}`}
                onClick={() => toggle(path)}
                className="flex size-6 shrink-0 items-center justify-center text-muted hover:text-ink pointer-coarse:size-11 [&>svg]:size-3"
              >
                <X />
              </button>
            </li>
          ))}
        </ul>
      )}
      <section aria-label="Entries" className="mt-3 rounded-control border border-line">
        <div className="flex min-h-9 items-center gap-2 border-line border-b px-1.5">
          <Button
            variant="ghost"
            size="iconSmall"
            aria-label="The folder above"
            disabled={folder === ""}
            onClick={() => setFolder(parentOf(folder))}
          >
            <CornerLeftUp />
          </Button>
          <code className="truncate font-mono text-[12px] text-muted">{folder === "" ? id : `${folder}/`}</code>
        </div>
        <ul className="h-72 overflow-y-auto">
          {list.error && (
            <li className="p-3">
              <ErrorNotice title="The folder could not be read" error={list.error} />
            </li>
          )}
          {items.map(({ path, type, figures }) => (
            <li key={path} className="flex h-9 items-center gap-2.5 px-3 pointer-coarse:h-12 hover:bg-hover">
              {/* biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside is the control. */}
              <label className="flex h-full min-w-0 flex-1 cursor-pointer items-center gap-2.5">
                <Checkbox
                  checked={chosen.includes(path)}
                  disabled={full && !chosen.includes(path)}
                  onChange={() => toggle(path)}
                />
                <EntryIcon entry={{ type: type === "folder" ? "directory" : "file", path }} />
                <span className="truncate">
                  {baseName(path)}
                  {type === "folder" && <span className="text-faint">/</span>}
                </span>
              </label>
              <Size bytes={figures.logical} />
              {type === "folder" ? (
                <Button
                  variant="ghost"
                  size="iconSmall"
                  aria-label={`Open ${baseName(path)}`}
                  onClick={() => setFolder(path)}
                >
                  <ChevronRight />
                </Button>
              ) : (
                <span className="w-6.5 pointer-coarse:w-11" />
              )}
            </li>
          ))}
          {list.hasNextPage && (
            <li className="p-2">
              <Button size="small" variant="ghost" busy={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
                Show more
              </Button>
            </li>
          )}
        </ul>
      </section>
    </Dialog>
  );
}
