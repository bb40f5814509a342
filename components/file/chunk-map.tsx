"use client";

import { useQuery } from "@tanstack/react-query";
import { Grid3x3 } from "lucide-react";
import { usePathname, useSearchParams } from "next/navigation";
import { useState } from "react";
import { dedupMapQuery } from "#lib/browser/queries/dedup.ts";
import type { FileMap, ShareClass } from "#lib/core/bucket/dedup/figures.ts";
import { formatPart } from "#lib/core/bucket/dedup/percent.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { formatSize } from "#lib/core/format.ts";
import { AsOf } from "../dedup/as-of.tsx";
import { Card } from "../ui/card.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Bytes } from "../ui/size.tsx";
import { type CellRange, MapCells } from "./map-cells.tsx";
import { MapTable } from "./map-table.tsx";
import { CLASS_WORDS, cellsFor, cellsOf, chunkWords } from "./map-words.ts";
import { RangePanel } from "./range-panel.tsx";
import { Swatch } from "./swatch.tsx";

/** The file drawn from its terms: what is its own, what others hold too, and who they are. */
export function ChunkMap({ id, path, size }: { id: BucketId; path: string; size: number }) {
  const { data: map, error, refetch } = useQuery(dedupMapQuery(id, path, cellsFor(size)));
  return (
    <Card aria-label="Chunk map" className="max-sm:rounded-none max-sm:border-x-0">
      <div className="flex min-h-10 flex-wrap items-center gap-x-2.5 border-line border-b px-3.5 py-1.5 max-sm:px-4">
        <Grid3x3 aria-hidden strokeWidth={1.75} className="size-4 text-muted" />
        <h2 className="font-semibold text-body">Chunk map</h2>
        {map && (
          <>
            <p className="mr-auto text-muted text-secondary max-sm:order-last max-sm:w-full">{headWords(map)}</p>
            <span className="ml-auto">
              <AsOf of={map} />
            </span>
          </>
        )}
      </div>
      {map ? (
        <Body id={id} path={path} map={map} />
      ) : error ? (
        <div className="p-3.5">
          <ErrorNotice
            title="The chunk map could not be drawn"
            error={error}
            kept="The file itself is not touched by this."
            onRetry={() => refetch()}
          />
        </div>
      ) : (
        <div role="status" aria-label="Drawing the chunk map" className="after-150 grid gap-3 p-3.5">
          <span className="skeleton h-20" />
          <span className="skeleton h-9 w-2/3" />
        </div>
      )}
    </Card>
  );
}

function headWords(map: FileMap): string {
  const { cells } = map;
  if (cells.length < 2) return chunkWords(map);
  return `${chunkWords(map)}, drawn in file order, ${formatSize(map.size / cells.length)} a cell`;
}

const LEGEND: ShareClass[] = ["wide", "few", "own"];

function Body({ id, path, map }: { id: BucketId; path: string; map: FileMap }) {
  const { cells } = map;
  const { chosen, choose } = useChosen(map);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3.5 p-3.5 max-sm:px-4">
      <MapCells cells={cells} chosen={chosen} onChoose={choose} />
      <ul aria-label="By who holds it" className="grid gap-x-6 gap-y-2.5 sm:grid-cols-3">
        {LEGEND.map((each) => (
          <li key={each} className="flex items-start gap-2">
            <span className="mt-1">
              <Swatch of={each} />
            </span>
            <div className="min-w-0">
              <p>
                <strong className="font-semibold">
                  <Bytes bytes={map[each]} />
                </strong>{" "}
                <span className="text-muted">{formatPart(map[each] / map.size)}</span>
              </p>
              <p className="text-secondary">
                <span className="font-medium">{CLASS_WORDS[each].name}</span>{" "}
                <span className="text-muted">
                  {CLASS_WORDS[each].meaning}
                  {each === "own" && (
                    <>
                      , frees <Bytes bytes={map.figures.freed} /> if deleted
                    </>
                  )}
                </span>
              </p>
            </div>
          </li>
        ))}
      </ul>
      {chosen === null ? (
        <p className="text-muted text-secondary">
          {cells.length > 1
            ? "Choose a cell to see who else holds it; drag, or Shift with the arrow keys, for a stretch."
            : "Choose the cell to see who else holds it."}{" "}
          Counted within what you can see.
        </p>
      ) : (
        <RangePanel
          id={id}
          path={path}
          start={cells[chosen[0]]!.start}
          end={cells[chosen[1]]!.end}
          onClose={() => choose(null)}
        />
      )}
      <MapTable map={map} name={path} />
    </div>
  );
}

/** The chosen stretch, which the address keeps as bytes: `?start=0&end=4096`. */
function useChosen({ cells }: FileMap): { chosen: CellRange | null; choose: (range: CellRange | null) => void } {
  const pathname = usePathname();
  const params = useSearchParams();
  const [chosen, setChosen] = useState(() =>
    cellsOf(cells, Number(params.get("start") ?? 0), Number(params.get("end") ?? 0)),
  );
  return {
    // The map may have been drawn again with fewer cells.
    chosen: chosen !== null && chosen[1] < cells.length ? chosen : null,
    choose(range) {
      if (range !== null && chosen !== null && range[0] === chosen[0] && range[1] === chosen[1]) return;
      setChosen(range);
      const query = new URLSearchParams(window.location.search);
      query.delete("start");
      query.delete("end");
      if (range !== null) {
        query.set("start", String(cells[range[0]]!.start));
        query.set("end", String(cells[range[1]]!.end));
      }
      window.history.replaceState(null, "", query.size === 0 ? pathname : `${pathname}?${query}`);
    },
  };
}
