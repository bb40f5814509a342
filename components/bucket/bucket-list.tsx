"use client";

import { ArrowDownWideNarrow, Plus } from "lucide-react";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { type ReactNode, useEffect, useEffectEvent, useMemo, useRef } from "react";
import { type DedupFigures, NO_FIGURES, type StoreFigures, savingOf } from "#lib/core/bucket/dedup/figures.ts";
import { formatPart } from "#lib/core/bucket/dedup/percent.ts";
import type { BucketInfo } from "#lib/core/bucket/entry.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import { useKeys } from "../shell/keys.tsx";
import { refreshPage } from "../shell/refresh-page.ts";
import { FilterField } from "../tree/filter-field.tsx";
import { Avatar } from "../ui/avatar.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { BucketRow } from "./bucket-row.tsx";

export interface NamespaceBand {
  name: string;
  fullName: string;
  type: "user" | "org" | null;
  /** The reader's own. */
  own: boolean;
  /** The reader may put buckets into it. */
  write: boolean;
}

interface BucketListProps {
  namespaces: NamespaceBand[];
  buckets: BucketInfo[];
  /** What is stored; null where there are no figures. */
  store: StoreFigures | null;
  /** There are more than were read. */
  more: boolean;
  /** Ids of those that wear the shield. */
  shielded: string[];
  /** Stands between the head line and the table. */
  totals: ReactNode;
}

/** A bucket with what it takes on disk; null where that is not known. */
export interface ListedBucket extends BucketInfo {
  figures: DedupFigures | null;
}

const SORTS = {
  updated: "Updated",
  name: "Name",
  size: "Logical",
  stored: "Stored",
  saving: "Saving",
  files: "Files",
} as const;
type Sort = keyof typeof SORTS;

const COMPARE: Record<Sort, (a: ListedBucket, b: ListedBucket) => number> = {
  updated: (a, b) => b.updatedAt - a.updatedAt,
  name: (a, b) => (a.id < b.id ? -1 : 1),
  size: (a, b) => b.size - a.size,
  stored: (a, b) => (b.figures?.stored ?? -1) - (a.figures?.stored ?? -1),
  saving: (a, b) => savingOf(b.figures ?? NO_FIGURES).total - savingOf(a.figures ?? NO_FIGURES).total,
  files: (a, b) => b.files - a.files,
};

/** How long after the last look the list is asked for again when the reader comes back, ms. */
const STALE = 20_000;

export function BucketList({ namespaces, buckets, store, more, shielded, totals }: BucketListProps) {
  const params = useSearchParams();
  const pathname = usePathname();
  const filter = params.get("q") ?? "";
  const sort = (params.get("sort") ?? "updated") in SORTS ? ((params.get("sort") ?? "updated") as Sort) : "updated";
  useFreshness();

  function show(next: { filter?: string; sort?: Sort }) {
    const query = new URLSearchParams();
    const text = next.filter ?? filter;
    const order = next.sort ?? sort;
    if (text !== "") query.set("q", text);
    if (order !== "updated") query.set("sort", order);
    window.history.replaceState(null, "", query.size === 0 ? pathname : `${pathname}?${query}`);
  }

  const bands = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const known = new Map(store?.buckets.map(({ bucket, figures }) => [bucket, figures]));
    const found = buckets
      .map((bucket): ListedBucket => ({ ...bucket, figures: known.get(bucket.id) ?? null }))
      .filter((bucket) => words.every((word) => bucket.id.toLowerCase().includes(word)))
      .sort(COMPARE[sort]);
    const byName = new Map<string, ListedBucket[]>();
    for (const bucket of found) {
      const name = bucket.id.slice(0, bucket.id.indexOf("/"));
      byName.set(name, [...(byName.get(name) ?? []), bucket]);
    }
    // In the order of their first bucket, so that the sort holds between bands too; empty ones last.
    const named = [...byName.keys(), ...(words.length === 0 ? namespaces.map((each) => each.name) : [])];
    return [...new Set(named)].map((name) => ({
      band: namespaces.find((each) => each.name === name) ?? {
        name,
        fullName: "",
        type: null,
        own: false,
        write: false,
      },
      buckets: byName.get(name) ?? [],
    }));
  }, [buckets, store, namespaces, filter, sort]);
  const sorts = (Object.keys(SORTS) as Sort[]).filter(
    (key) => store !== null || (key !== "stored" && key !== "saving"),
  );
  // Stored bytes of some of a namespace's buckets do not add up: what they share counts once.
  const storedOf = (name: string) =>
    filter === "" && !more ? store?.namespaces.find((each) => each.name === name) : undefined;
  const largest = Math.max(1, ...buckets.map((bucket) => bucket.size));

  const table = useRef<HTMLTableElement>(null);
  function move(step: number) {
    const links = [...(table.current?.querySelectorAll<HTMLElement>("[data-bucket]") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[at === -1 ? 0 : Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
  }
  useKeys({ j: () => move(1), k: () => move(-1) });

  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex flex-wrap items-center gap-2 max-sm:px-4">
        <h1 className="mr-auto font-semibold text-title max-sm:-order-3">Buckets</h1>
        <span aria-hidden className="-order-1 basis-full sm:hidden" />
        <FilterField label="Filter buckets" value={filter} onChange={(text) => show({ filter: text })} delay={0} />
        <Menu
          label={`Sorted by ${SORTS[sort].toLowerCase()}`}
          look={{}}
          trigger={
            <>
              <ArrowDownWideNarrow />
              {SORTS[sort]}
            </>
          }
        >
          {sorts.map((key) => (
            <MenuItem key={key} checked={key === sort} onSelect={() => show({ sort: key })}>
              {SORTS[key]}
            </MenuItem>
          ))}
        </Menu>
        <ButtonLink variant="primary" href="/new-bucket" prefetch={false} className="max-sm:-order-2">
          <Plus />
          New bucket
        </ButtonLink>
      </div>
      {totals}
      <Card aria-label="Buckets" className="overflow-clip max-sm:rounded-none max-sm:border-x-0">
        <table ref={table} className="w-full table-fixed border-separate border-spacing-0 text-left max-sm:block">
          <caption className="sr-only">Buckets by namespace</caption>
          <thead className="max-sm:sr-only">
            <tr className="h-8.5 text-muted text-secondary [&>th]:border-line [&>th]:border-b [&>th]:font-medium">
              <th scope="col" className="pl-3.5">
                Bucket
              </th>
              {store === null ? (
                <th scope="col" className="w-44 pr-28 text-right">
                  Logical
                </th>
              ) : (
                <>
                  <th scope="col" className="w-24 pr-7 text-right">
                    Logical
                  </th>
                  <th scope="col" className="w-24 pr-7 text-right">
                    Stored
                  </th>
                  <th scope="col" className="w-42 pr-6 text-right max-md:hidden">
                    Saving
                  </th>
                </>
              )}
              <th scope="col" className="w-24 pr-6 text-right max-md:hidden">
                Files
              </th>
              {store === null && (
                <th scope="col" className="w-36 max-md:hidden">
                  Created
                </th>
              )}
              <th scope="col" className="w-36">
                Updated
              </th>
            </tr>
          </thead>
          {bands.map(({ band, buckets: rows }) => (
            <tbody key={band.name} className="max-sm:block">
              <tr className="h-9.5 bg-sunken max-sm:grid max-sm:h-auto">
                <th scope="rowgroup" colSpan={6} className="border-line border-b px-3.5 py-1.5 font-normal">
                  <span className="flex flex-wrap items-center gap-x-2.5">
                    <Avatar name={band.name} square size="small" />
                    <span className="font-semibold">{band.name}</span>
                    <span className="text-muted text-secondary">{kindOf(band)}</span>
                    <BandFigures rows={rows} figures={storedOf(band.name)?.figures ?? null} />
                  </span>
                </th>
              </tr>
              {rows.map((bucket) => (
                <BucketRow
                  key={bucket.key}
                  bucket={bucket}
                  stored={store !== null}
                  largest={largest}
                  shield={shielded.includes(bucket.id)}
                />
              ))}
              {rows.length === 0 && (
                <tr className="max-sm:grid">
                  <td colSpan={6} className="h-11 px-3.5 text-muted">
                    <span className="flex items-center justify-between gap-3">
                      No buckets yet.
                      {band.write && (
                        <ButtonLink
                          size="small"
                          href={`/new-bucket?owner=${encodeURIComponent(band.name)}`}
                          prefetch={false}
                        >
                          <Plus />
                          {`New bucket in ${band.name}`}
                        </ButtonLink>
                      )}
                    </span>
                  </td>
                </tr>
              )}
            </tbody>
          ))}
        </table>
        {bands.length === 0 && (
          <div className="flex flex-col items-center gap-3 px-4 py-12 text-center">
            <p>{`No bucket's name contains “${filter}”.`}</p>
            <Button onClick={() => show({ filter: "" })}>Show all</Button>
          </div>
        )}
        {more && (
          <p className="border-line border-t px-4 py-2.5 text-muted text-secondary">
            {`The first ${formatCount(buckets.length)} buckets by last change. Sums and filter cover these.`}
          </p>
        )}
      </Card>
    </div>
  );
}

function kindOf({ type, own, write }: NamespaceBand): string {
  if (own) return "You";
  if (type === null) return "Shared with you";
  const kind = type === "org" ? "Organization" : "User";
  return write ? kind : `${kind}, read only`;
}

const sum = (buckets: BucketInfo[], figure: "size" | "files") =>
  buckets.reduce((total, bucket) => total + bucket[figure], 0);

/** "17.1 TB logical, 7.34 TB stored, 57% saved". */
function BandFigures({ rows, figures }: { rows: ListedBucket[]; figures: DedupFigures | null }) {
  return (
    <span className="ml-auto text-muted text-secondary">
      {`${formatSize(sum(rows, "size"))} logical, `}
      {figures === null ? (
        plural(sum(rows, "files"), "file")
      ) : (
        <>
          <strong className="font-semibold text-ink">{`${formatSize(figures.stored)} stored`}</strong>
          {`, ${formatPart(Math.max(0, savingOf(figures).total))} saved`}
        </>
      )}
    </span>
  );
}

/** Coming back to the tab after a while shows the present. */
function useFreshness(): void {
  const router = useRouter();
  const seen = useRef(Date.now());
  const onReturn = useEffectEvent(() => {
    if (document.visibilityState !== "visible" || Date.now() - seen.current < STALE) return;
    seen.current = Date.now();
    refreshPage(router);
  });
  useEffect(() => {
    const listener = () => onReturn();
    document.addEventListener("visibilitychange", listener);
    return () => document.removeEventListener("visibilitychange", listener);
  }, []);
}
