"use client";

import { useQuery } from "@tanstack/react-query";
import { CopyCheck, FileKey2, GitCompareArrows } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useId, useState } from "react";
import { dedupFilesQuery } from "#lib/browser/queries/dedup.ts";
import type { DuplicateGroup, NearDuplicate, RankedFile } from "#lib/core/bucket/dedup/figures.ts";
import { formatPart } from "#lib/core/bucket/dedup/percent.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName, parentOf } from "#lib/core/bucket/path.ts";
import { formatCount, formatSize, plural, shortHash } from "#lib/core/format.ts";
import { EntryIcon } from "../tree/entry-icon.tsx";
import { filePage } from "../tree/links.ts";
import { Button } from "../ui/button.tsx";
import { Card, CardHead } from "../ui/card.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Size } from "../ui/size.tsx";

/** Lines of a list before it is asked for more. */
const FEW = 6;

/** The files worth looking at: what is exclusive, what is there twice, what is nearly the same. */
export function RankedFiles({ id }: { id: BucketId }) {
  const query = useQuery(dedupFilesQuery(id));
  if (query.error && !query.data) {
    return (
      <div className="max-sm:px-4">
        <ErrorNotice title="The ranked files could not be read" error={query.error} onRetry={() => query.refetch()} />
      </div>
    );
  }
  const { data } = query;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 sm:gap-5 xl:grid-cols-3">
      <Exclusive id={id} files={data?.exclusive} />
      <Duplicates id={id} groups={data?.duplicates} />
      <Near id={id} pairs={data?.near} capped={data?.capped ?? false} />
    </div>
  );
}

interface ListProps<T> {
  title: string;
  note: string;
  icon: ReactNode;
  items: T[] | undefined;
  empty: string;
  keyOf: (item: T) => string;
  children: (item: T) => ReactNode;
  foot?: string | null;
}

function List<T>({ title, note, icon, items, empty, keyOf, children, foot }: ListProps<T>) {
  const id = useId();
  const [all, setAll] = useState(false);
  return (
    <Card aria-labelledby={id} className="min-w-0 max-sm:rounded-none max-sm:border-x-0">
      <CardHead id={id} title={title} icon={icon}>
        {items !== undefined && items.length > 0 && (
          <span className="text-muted text-secondary">
            {items.length === 100 ? "the top 100" : formatCount(items.length)}
          </span>
        )}
      </CardHead>
      {items === undefined ? (
        <div className="skeleton m-3.5 h-56" />
      ) : items.length === 0 ? (
        <p className="px-3.5 py-6 text-muted max-sm:px-4">{empty}</p>
      ) : (
        <>
          <p className="px-3.5 pt-2 text-muted text-secondary max-sm:px-4">{note}</p>
          <ul className="py-1">
            {items.slice(0, all ? items.length : FEW).map((item) => (
              <li key={keyOf(item)} className="border-hairline border-t px-3.5 py-1.5 first:border-t-0 max-sm:px-4">
                {children(item)}
              </li>
            ))}
          </ul>
          {items.length > FEW && !all && (
            <div className="border-hairline border-t p-1.5">
              <Button variant="ghost" size="small" onClick={() => setAll(true)}>
                Show all {formatCount(items.length)}
              </Button>
            </div>
          )}
        </>
      )}
      {foot && <p className="border-hairline border-t px-3.5 py-2 text-muted text-secondary max-sm:px-4">{foot}</p>}
    </Card>
  );
}

function FileLink({ id, path }: { id: BucketId; path: string }) {
  const folder = parentOf(path);
  return (
    <Link
      href={filePage(id, path)}
      prefetch={false}
      title={path}
      className="flex min-w-0 items-center gap-2.5 hover:underline pointer-coarse:min-h-11"
    >
      <EntryIcon entry={{ type: "file", path }} />
      <span className="grid min-w-0">
        <span className="truncate font-medium">{baseName(path)}</span>
        {folder !== "" && (
          // The end of a folder's path tells more than its start: it is cut at the left.
          <span dir="rtl" className="truncate text-left text-faint text-secondary">
            <bdi>{folder}/</bdi>
          </span>
        )}
      </span>
    </Link>
  );
}

function Exclusive({ id, files }: { id: BucketId; files: RankedFile[] | undefined }) {
  return (
    <List
      title="Largest exclusive files"
      note="By what deleting the one file would free."
      icon={<FileKey2 aria-hidden strokeWidth={1.75} />}
      items={files}
      empty="No file has bytes of its own: deleting any one of them would free nothing."
      keyOf={({ path }) => path}
    >
      {({ path, figures }) => (
        <div className="flex items-center gap-3">
          <span className="mr-auto min-w-0">
            <FileLink id={id} path={path} />
          </span>
          <span className="shrink-0 text-right">
            <span className="block font-semibold">
              <Size bytes={figures.freed} />
            </span>
            <span className="block text-faint text-secondary">of {formatSize(figures.logical)}</span>
          </span>
        </div>
      )}
    </List>
  );
}

function Duplicates({ id, groups }: { id: BucketId; groups: DuplicateGroup[] | undefined }) {
  return (
    <List
      title="Duplicates"
      note="The same content under several names. It takes room once; deleting a copy frees nothing."
      icon={<CopyCheck aria-hidden strokeWidth={1.75} />}
      items={groups}
      empty="No two files have the same content."
      keyOf={({ xetHash }) => xetHash}
    >
      {({ xetHash, size, count, paths }) => (
        <details className="group/copies">
          <summary className="flex items-center gap-3 rounded-mark pointer-coarse:min-h-11">
            <span className="mr-auto flex min-w-0 items-center gap-2.5">
              <EntryIcon entry={{ type: "file", path: paths[0] ?? "" }} />
              <span className="truncate font-medium" title={paths[0]}>
                {baseName(paths[0] ?? "")}
              </span>
              <span className="shrink-0 text-muted text-secondary">{formatCount(count)} times</span>
            </span>
            <span className="shrink-0 text-right">
              <span className="block">
                <Size bytes={size * (count - 1)} />
              </span>
              <span className="block text-faint text-secondary">repeated</span>
            </span>
          </summary>
          <ul className="mt-1 grid gap-0.5 pb-1.5 pl-6.5">
            {paths.map((path) => (
              <li key={path} className="min-w-0">
                <Link
                  href={filePage(id, path)}
                  prefetch={false}
                  className="block truncate font-mono text-[11.5px] text-muted hover:text-ink hover:underline pointer-coarse:flex pointer-coarse:min-h-11 pointer-coarse:items-center"
                  title={path}
                >
                  {path}
                </Link>
              </li>
            ))}
            <li className="text-faint text-secondary">
              {count > paths.length && `and ${formatCount(count - paths.length)} more. `}
              {plural(count, "file")} of {formatSize(size)}, hash {shortHash(xetHash)}
            </li>
          </ul>
        </details>
      )}
    </List>
  );
}

function Near({ id, pairs, capped }: { id: BucketId; pairs: NearDuplicate[] | undefined; capped: boolean }) {
  return (
    <List
      title="Near-duplicates"
      note="Different content that shares at least half of the smaller file's unique bytes."
      icon={<GitCompareArrows aria-hidden strokeWidth={1.75} />}
      items={pairs}
      empty="No two different files share half of their bytes."
      keyOf={({ paths }) => paths.join("\n")}
      foot={capped ? "There was so much to compare that some pairs were left out." : null}
    >
      {({ paths, shared, share }) => (
        <div className="flex items-center gap-3">
          <span className="mr-auto grid min-w-0 gap-1">
            {paths.map((path) => (
              <FileLink key={path} id={id} path={path} />
            ))}
          </span>
          <span className="w-22 shrink-0 text-right">
            <span className="block font-semibold">{formatPart(share)}</span>
            <span aria-hidden className="my-1 block h-1 overflow-hidden rounded-full bg-logical">
              <span className="block h-full bg-unique" style={{ width: `${share * 100}%` }} />
            </span>
            <span className="block text-faint text-secondary">
              <Size bytes={shared} />
            </span>
          </span>
        </div>
      )}
    </List>
  );
}
