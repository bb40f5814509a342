"use client";

import { ArrowDownWideNarrow, Globe, Lock, Plus, ShieldCheck } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { type ReactNode, useEffect, useEffectEvent, useMemo, useRef } from "react";
import type { BucketInfo } from "#lib/core/bucket/entry.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import { useKeys } from "../shell/keys.tsx";
import { refreshPage } from "../shell/refresh-page.ts";
import { FilterField } from "../tree/filter-field.tsx";
import { Avatar } from "../ui/avatar.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { Size } from "../ui/size.tsx";
import { Time } from "../ui/time.tsx";

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
  /** There are more than were read. */
  more: boolean;
  /** Ids of those that wear the shield. */
  shielded: string[];
  /** Stands between the head line and the table. */
  totals: ReactNode;
}

const SORTS = { updated: "Updated", name: "Name", size: "Size", files: "Files" } as const;
type Sort = keyof typeof SORTS;

const COMPARE: Record<Sort, (a: BucketInfo, b: BucketInfo) => number> = {
  updated: (a, b) => b.updatedAt - a.updatedAt,
  name: (a, b) => (a.id < b.id ? -1 : 1),
  size: (a, b) => b.size - a.size,
  files: (a, b) => b.files - a.files,
};

/** How long after the last look the list is asked for again when the reader comes back, ms. */
const STALE = 20_000;

export function BucketList({ namespaces, buckets, more, shielded, totals }: BucketListProps) {
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
    const found = buckets
      .filter((bucket) => words.every((word) => bucket.id.toLowerCase().includes(word)))
      .sort(COMPARE[sort]);
    const byName = new Map<string, BucketInfo[]>();
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
  }, [buckets, namespaces, filter, sort]);
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
          {(Object.keys(SORTS) as Sort[]).map((key) => (
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
              <th scope="col" className="w-44 pr-28 text-right">
                Logical
              </th>
              <th scope="col" className="w-24 pr-6 text-right max-md:hidden">
                Files
              </th>
              <th scope="col" className="w-36 max-md:hidden">
                Created
              </th>
              <th scope="col" className="w-36">
                Updated
              </th>
            </tr>
          </thead>
          {bands.map(({ band, buckets: rows }) => (
            <tbody key={band.name} className="max-sm:block">
              <tr className="h-9.5 bg-sunken max-sm:grid">
                <th scope="rowgroup" colSpan={5} className="border-line border-b px-3.5 py-1.5 font-normal">
                  <span className="flex flex-wrap items-center gap-x-2.5">
                    <Avatar name={band.name} square size="small" />
                    <span className="font-semibold">{band.name}</span>
                    <span className="text-muted text-secondary">{kindOf(band)}</span>
                    <span className="ml-auto text-muted text-secondary">
                      {`${formatSize(sum(rows, "size"))} logical, ${plural(sum(rows, "files"), "file")}`}
                    </span>
                  </span>
                </th>
              </tr>
              {rows.map((bucket) => (
                <Row key={bucket.key} bucket={bucket} largest={largest} shield={shielded.includes(bucket.id)} />
              ))}
              {rows.length === 0 && (
                <tr className="max-sm:grid">
                  <td colSpan={5} className="h-11 px-3.5 text-muted">
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

function Row({ bucket, largest, shield }: { bucket: BucketInfo; largest: number; shield: boolean }) {
  const Icon = bucket.visibility === "private" ? Lock : Globe;
  const name = bucket.id.slice(bucket.id.indexOf("/") + 1);
  return (
    <tr className="group h-9 max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] focus-within:bg-accent-soft hover:bg-hover max-sm:h-14 [&:not(:last-child)>td]:border-hairline [&:not(:last-child)>td]:border-b">
      <td className="relative p-0 group-focus-within:before:absolute group-focus-within:before:inset-y-0 group-focus-within:before:left-0 group-focus-within:before:w-0.5 group-focus-within:before:bg-stored">
        <Link
          data-bucket
          href={`/buckets/${bucket.id}`}
          prefetch={false}
          className="flex h-[35px] min-w-0 items-center gap-2.5 pr-3 pl-3.5 focus-visible:outline-offset-[-2px] max-sm:h-[55px]"
        >
          <Icon aria-label={bucket.visibility} strokeWidth={1.75} className="size-4 shrink-0 text-faint" />
          <span className="grid min-w-0">
            <span className="flex min-w-0 items-center gap-2">
              <span className="truncate font-medium max-sm:text-[15px]">{name}</span>
              {shield && (
                <ShieldCheck aria-label="protected" strokeWidth={1.75} className="size-3.5 shrink-0 text-faint" />
              )}
            </span>
            <span className="truncate text-muted text-secondary sm:hidden">
              {plural(bucket.files, "file")} · <Time value={bucket.updatedAt} />
            </span>
          </span>
        </Link>
      </td>
      <td className="pr-4">
        <span className="flex items-center justify-end gap-3 max-sm:h-full max-sm:flex-col max-sm:items-end max-sm:justify-center max-sm:gap-1">
          <Size bytes={bucket.size} />
          <span aria-hidden className="h-1 w-20 overflow-hidden rounded-full bg-line/70 max-sm:w-14">
            <span
              className="block h-full rounded-full bg-unique"
              style={{ width: `${(bucket.size / largest) * 100}%` }}
            />
          </span>
        </span>
      </td>
      <td className="pr-6 text-right max-md:hidden">{formatCount(bucket.files)}</td>
      <td className="truncate text-muted max-md:hidden">
        <Time value={bucket.createdAt} />
      </td>
      <td className="truncate text-muted max-sm:hidden">
        <Time value={bucket.updatedAt} />
      </td>
    </tr>
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
