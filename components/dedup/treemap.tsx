"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { hierarchy, Treemap as Layout, treemapSquarify } from "@visx/hierarchy";
import { useRouter } from "next/navigation";
import { Fragment, type KeyboardEvent, useEffect, useRef } from "react";
import { dedupEntriesQuery } from "#lib/browser/queries/dedup.ts";
import type { DedupEntry } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName, parentOf } from "#lib/core/bucket/path.ts";
import { formatSize, plural } from "#lib/core/format.ts";
import { heatFill, heatInk } from "../chart/heat.ts";
import { useWidth } from "../chart/use-width.ts";
import { filePage } from "../tree/links.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import type { Measure } from "./view.ts";

const HEIGHT = 420;
const GAP = 2;
/** Tiles below this have no room for a name, px. */
const NAMED = { width: 54, height: 22 };

/** Part of what it takes on disk that deleting it frees, 0 to 1. */
const freedShare = ({ figures: { stored, freed } }: DedupEntry) => (stored === 0 ? 1 : freed / stored);

interface TreemapProps {
  id: BucketId;
  /** "" is the root. */
  folder: string;
  by: Measure;
  onOpen: (folder: string) => void;
}

/** A folder's entries by area; opening one goes a level down. */
export function Treemap({ id, folder, by, onOpen }: TreemapProps) {
  const router = useRouter();
  const [box, width] = useWidth<HTMLDivElement>();
  const query = useInfiniteQuery(dedupEntriesQuery(id, folder, { sort: by, direction: "desc" }));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const drawing = useRef<SVGSVGElement>(null);
  /** After going up or down by keyboard the focus stays in the drawing. */
  const walked = useRef(false);
  useEffect(() => {
    if (!walked.current || query.isPlaceholderData || items.length === 0) return;
    walked.current = false;
    drawing.current?.querySelector<SVGElement>("[data-tile]")?.focus();
  });

  function open(entry: DedupEntry) {
    if (entry.type === "file") router.push(filePage(id, entry.path));
    else {
      walked.current = document.activeElement?.closest("[data-tile]") != null;
      onOpen(entry.path);
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    const tiles = [...drawing.current!.querySelectorAll<SVGElement>("[data-tile]")];
    const at = tiles.indexOf(document.activeElement as unknown as SVGElement);
    if (event.key === "Backspace" && folder !== "") {
      event.preventDefault();
      walked.current = true;
      onOpen(parentOf(folder));
    } else if (event.key === "Enter" || event.key === " ") {
      const entry = items.find(({ path }) => path === tiles[at]?.dataset.tile);
      if (entry === undefined) return;
      event.preventDefault();
      open(entry);
    } else {
      const to = { Home: 0, End: -1 }[event.key] ?? neighbour(tiles, at, event.key);
      if (to === null) return;
      event.preventDefault();
      tiles.at(to)?.focus();
    }
  }

  if (query.error && items.length === 0) {
    return (
      <div className="p-3.5">
        <ErrorNotice
          title="The folder could not be read"
          error={query.error}
          action={
            <div className="flex gap-2">
              {folder !== "" && (
                <Button size="small" onClick={() => onOpen("")}>
                  To the whole bucket
                </Button>
              )}
              <Button size="small" onClick={() => query.refetch()}>
                Retry
              </Button>
            </div>
          }
        />
      </div>
    );
  }
  const drawn = items.filter(({ figures }) => figures[by] > 0);
  const root = hierarchy({
    entry: null as DedupEntry | null,
    children: drawn.map((entry) => ({ entry, children: [] })),
  }).sum((node) => node.entry?.figures[by] ?? 0);
  return (
    <div className="grid gap-2.5 p-3.5 max-sm:px-4">
      <nav aria-label="Folder of the treemap" className="flex flex-wrap items-center gap-x-1 text-secondary">
        {trailOf(folder).map((path, at, all) => (
          <Fragment key={path}>
            {at > 0 && (
              <span aria-hidden className="text-faint">
                /
              </span>
            )}
            {at === all.length - 1 ? (
              <span aria-current="page" className="px-1 font-medium">
                {path === "" ? nameOf(id) : baseName(path)}
              </span>
            ) : (
              <button
                type="button"
                onClick={() => onOpen(path)}
                className="rounded-mark px-1 text-muted hover:text-ink pointer-coarse:min-h-11"
              >
                {path === "" ? nameOf(id) : baseName(path)}
              </button>
            )}
          </Fragment>
        ))}
        {query.isFetching && <span aria-hidden className="spinner after-150 ml-1 size-3 text-muted" />}
      </nav>
      <div ref={box} className="min-h-[420px]">
        {width > 0 && query.data && (
          <svg ref={drawing} data-chart width={width} height={HEIGHT} className="block" onKeyDown={onKeyDown}>
            <title>{`${folder === "" ? nameOf(id) : folder} by ${by} bytes`}</title>
            <Layout top={0} left={0} root={root} size={[width, HEIGHT]} tile={treemapSquarify} round paddingInner={GAP}>
              {(map) => (
                <g>
                  {map.leaves().map((node, at) => {
                    const { entry } = node.data;
                    if (entry === null) return null;
                    return (
                      <Tile
                        key={entry.path}
                        entry={entry}
                        by={by}
                        box={{ x: node.x0, y: node.y0, width: node.x1 - node.x0, height: node.y1 - node.y0 }}
                        first={at === 0}
                        onOpen={() => open(entry)}
                      />
                    );
                  })}
                </g>
              )}
            </Layout>
          </svg>
        )}
        {query.data && drawn.length === 0 && (
          <p className="py-10 text-center text-muted">{`Nothing here has ${by} bytes.`}</p>
        )}
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5 text-muted text-secondary">
        <span className="mr-auto">
          {`Area: ${by} bytes of ${plural(drawn.length, "entry", "entries")}`}
          {query.hasNextPage && ", the largest that were read. "}
          {query.hasNextPage && (
            <Button size="small" variant="ghost" busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
              Read more
            </Button>
          )}
        </span>
        <span className="inline-flex items-center gap-2">
          Of what it stores, deleting frees none
          <span
            aria-hidden
            className="h-1.5 w-18 rounded-full"
            style={{ background: `linear-gradient(to right in oklab, ${heatFill(0)}, ${heatFill(1)})` }}
          />
          all
        </span>
      </div>
    </div>
  );
}

/** The root, all folders above, and the folder itself. */
function trailOf(folder: string): string[] {
  return folder === "" ? [""] : [...trailOf(parentOf(folder)), folder];
}

const nameOf = (id: BucketId) => id.slice(id.indexOf("/") + 1);

interface TileProps {
  entry: DedupEntry;
  by: Measure;
  box: { x: number; y: number; width: number; height: number };
  first: boolean;
  onOpen: () => void;
}

function Tile({ entry, by, box, first, onOpen }: TileProps) {
  const depth = freedShare(entry);
  const folder = entry.type === "folder";
  const name = baseName(entry.path) + (folder ? "/" : "");
  const { logical, exclusive, stored, freed } = entry.figures;
  const words = `${name}: ${formatSize(logical)} logical, ${formatSize(exclusive)} exclusive, ${formatSize(stored)} stored, ${formatSize(freed)} freed if deleted`;
  const room = Math.floor((box.width - 14) / 6.6);
  const named = box.width >= NAMED.width && box.height >= NAMED.height;
  return (
    <g>
      {/* biome-ignore lint/a11y/useSemanticElements: there is no button in a drawing. */}
      <g
        role="button"
        aria-label={`${words}. ${folder ? "Open" : "Go to the file"}`}
        data-tile={entry.path}
        tabIndex={first ? 0 : -1}
        onClick={onOpen}
        className="group cursor-pointer outline-none"
      >
        <title>{words}</title>
        <rect
          x={box.x}
          y={box.y}
          width={box.width}
          height={box.height}
          rx={3}
          style={{ fill: heatFill(depth) }}
          className="group-hover:stroke-ink group-hover:stroke-1"
        />
        {named && (
          <text x={box.x + 7} y={box.y + 15} className="font-medium text-[11.5px]" style={{ fill: heatInk(depth) }}>
            {name.length > room ? `${name.slice(0, Math.max(1, room - 1))}…` : name}
          </text>
        )}
        {named && box.height >= 38 && (
          <text x={box.x + 7} y={box.y + 30} className="text-[11px]" style={{ fill: heatInk(depth) }}>
            {formatSize(entry.figures[by])}
          </text>
        )}
        <rect
          data-screen
          x={box.x + 1.5}
          y={box.y + 1.5}
          width={Math.max(0, box.width - 3)}
          height={Math.max(0, box.height - 3)}
          rx={2}
          fill="none"
          className="hidden stroke-2 stroke-ink group-focus-visible:inline"
        />
      </g>
    </g>
  );
}

const DIRECTIONS: Record<string, [x: number, y: number]> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The nearest tile on that side, by the middles of their boxes; null: none. */
function neighbour(tiles: SVGElement[], at: number, key: string): number | null {
  const direction = DIRECTIONS[key];
  if (direction === undefined) return null;
  const middle = (tile: SVGElement) => {
    const { left, right, top, bottom } = tile.getBoundingClientRect();
    return [(left + right) / 2, (top + bottom) / 2] as const;
  };
  if (at === -1) return 0;
  const [x, y] = middle(tiles[at]!);
  let best: { index: number; distance: number } | null = null;
  for (const [index, tile] of tiles.entries()) {
    const [otherX, otherY] = middle(tile);
    const along = (otherX - x) * direction[0] + (otherY - y) * direction[1];
    const across = Math.abs((otherX - x) * direction[1]) + Math.abs((otherY - y) * direction[0]);
    if (index === at || along <= 1) continue;
    const distance = along + 2 * across;
    if (best === null || distance < best.distance) best = { index, distance };
  }
  return best?.index ?? null;
}
