"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { dedupEntriesQuery } from "#lib/browser/queries/dedup.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { ChartCard } from "../chart/chart-card.tsx";
import { ArrowDownWideNarrow } from "../ui/icons.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { Switch } from "../ui/switch.tsx";
import { FolderTable } from "./folder-table.tsx";
import { usePicked } from "./picked.ts";
import { fileNameOf, useNote } from "./saved-name.ts";
import { SelectionFooter } from "./selection-footer.tsx";
import { tilesTable } from "./tiles-data.ts";
import { MEASURES, useDedupView } from "./view.ts";

const Treemap = lazy(() => import("./treemap.tsx").then((module) => ({ default: module.Treemap })));

const SORT_NAMES = {
  freed: "Freed if deleted",
  logical: "Logical",
  unique: "Unique",
  exclusive: "Exclusive",
  stored: "Stored",
  name: "Name",
} as const;

interface FoldersCardProps {
  id: BucketId;
  /** Stored bytes of the whole bucket. */
  stored: number;
  rights: { write: boolean; propose: boolean };
}

/** What each folder holds, and what deleting it would free: as a table or as a map. */
export function FoldersCard({ id, stored, rights }: FoldersCardProps) {
  const { view, show } = useDedupView();
  const picked = usePicked();
  const mapped = view.shape === "treemap";
  const [folder, order] = mapped
    ? [view.at, { sort: view.by, direction: "desc" } as const]
    : ["", { sort: view.sort, direction: view.direction }];
  const shown = useInfiniteQuery(dedupEntriesQuery(id, folder, order));
  const items = shown.data?.pages.flatMap((page) => page.items) ?? [];
  const note = useNote(id, shown.data?.pages[0]?.asOf ?? 0);
  return (
    <ChartCard
      title="Folders"
      subtitle="what each holds, and what deleting it would free"
      name={fileNameOf(id, "folders")}
      note={note}
      data={tilesTable(items)}
      plain={!mapped}
      controls={
        <>
          {mapped ? (
            <Switch
              label="Area"
              options={MEASURES.map((value) => ({ value, name: SORT_NAMES[value] }))}
              value={view.by}
              onChange={(by) => show({ by })}
            />
          ) : (
            <span className="sm:hidden">
              <Menu
                label={`Sorted by ${SORT_NAMES[view.sort].toLowerCase()}`}
                look={{ size: "icon" }}
                trigger={<ArrowDownWideNarrow />}
              >
                {(Object.keys(SORT_NAMES) as (keyof typeof SORT_NAMES)[]).map((sort) => (
                  <MenuItem
                    key={sort}
                    checked={sort === view.sort}
                    onSelect={() => show({ sort, direction: sort === "name" ? "asc" : "desc" })}
                  >
                    {SORT_NAMES[sort]}
                  </MenuItem>
                ))}
              </Menu>
            </span>
          )}
          <Switch
            label="Shown as"
            options={[
              { value: "table", name: "Table" },
              { value: "treemap", name: "Treemap" },
            ]}
            value={view.shape}
            onChange={(shape) => show({ shape })}
          />
        </>
      }
    >
      <div className="border-line border-t">
        {mapped ? (
          <Suspense fallback={<div className="h-[520px]" />}>
            <Treemap id={id} folder={view.at} by={view.by} onOpen={(at) => show({ at })} />
          </Suspense>
        ) : (
          <FolderTable id={id} order={order} onOrder={show} picked={picked} />
        )}
      </div>
      {picked.entries.length > 0 && <SelectionFooter id={id} picked={picked} stored={stored} rights={rights} />}
    </ChartCard>
  );
}
