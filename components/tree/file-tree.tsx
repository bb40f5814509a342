"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { formatTreeView, parseTreeView, type TreeSort, type TreeView, treeQuery } from "#lib/browser/queries/tree.ts";
import type { BucketEntry, BucketFile } from "#lib/core/bucket/entry.ts";
import { type BucketId, formatHandle } from "#lib/core/bucket/id.ts";
import { parentOf } from "#lib/core/bucket/path.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import { useKeys } from "../shell/keys.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Checkbox } from "../ui/checkbox.tsx";
import { ArrowDown, ArrowDownWideNarrow, ArrowUp } from "../ui/icons.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { usePhone } from "../ui/phone.ts";
import { copy } from "../ui/toast.tsx";
import { useDoor } from "../upload/door.ts";
import { FilterField } from "./filter-field.tsx";
import { entryPage, folderPage } from "./links.ts";
import { useRowWindow } from "./row-window.ts";
import { useSelection } from "./selection.ts";
import { type RowActions, TreeRow } from "./tree-row.tsx";

const ComingRows = lazy(() => import("../upload/coming-rows.tsx").then((module) => ({ default: module.ComingRows })));
const DeleteDialog = lazy(() => import("./delete-dialog.tsx").then((module) => ({ default: module.DeleteDialog })));
const ErrorNotice = lazy(() => import("../ui/notice.tsx").then((module) => ({ default: module.ErrorNotice })));
const SelectionBar = lazy(() => import("./selection-bar.tsx").then((module) => ({ default: module.SelectionBar })));
const RenameDialog = lazy(() => import("./rename-dialog.tsx").then((module) => ({ default: module.RenameDialog })));

/** Up to here all rows are in the document, so that the browser's own search finds them. */
const PLAIN_ROWS = 200;

const SORT_NAMES: Record<TreeSort, string> = { name: "Name", size: "Size", uploaded: "Uploaded" };
/** What one wants first: the alphabet from its start, the biggest, the newest. */
const FIRST_DIRECTION = { name: "asc", size: "desc", uploaded: "desc" } as const;

interface FileTreeProps {
  id: BucketId;
  prefix: string;
  /** Logical bytes below the folder; null where not known. */
  total: number | null;
  write: boolean;
  /** The Hub is this server's own, which knows what deleting frees. */
  figures: boolean;
  breadcrumbs: ReactNode;
}

export function FileTree({ id, prefix, total, write, figures, breadcrumbs }: FileTreeProps) {
  const router = useRouter();
  const pathname = usePathname();
  const params = useSearchParams();
  const view = parseTreeView((name) => params.get(name));
  const tree = useInfiniteQuery({ ...treeQuery(id, prefix, view), placeholderData: keepPreviousData });
  const rows = useMemo(() => tree.data?.pages.flatMap((page) => page.items) ?? [], [tree.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = tree;

  const marks = useDoor("marks");
  const selection = useSelection();
  const [cursor, setCursor] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<BucketEntry[] | null>(null);
  const [renaming, setRenaming] = useState<BucketFile | null>(null);
  const [reading, setReading] = useState<number | null>(null);

  const body = useRef<HTMLTableSectionElement>(null);
  // px: two lines on a phone.
  const rowHeight = usePhone() ? 56 : 36;
  const { start, end: stop, reveal } = useRowWindow(body, rows.length, rowHeight, PLAIN_ROWS);
  const before = start * rowHeight;
  const after = (rows.length - stop) * rowHeight;

  /** The row to focus once it is in the document. */
  const wanted = useRef<number | null>(null);
  useEffect(() => {
    if (wanted.current === null) return;
    const link = body.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"] a`);
    if (!link) return;
    wanted.current = null;
    link.focus();
  });

  function show(next: TreeView) {
    window.history.replaceState(null, "", pathname + formatTreeView(next));
  }
  function sortBy(sort: TreeSort) {
    const flipped = view.direction === "asc" ? "desc" : "asc";
    show({ ...view, sort, direction: sort === view.sort ? flipped : FIRST_DIRECTION[sort] });
  }

  const at = cursor === null ? -1 : rows.findIndex((row) => row.path === cursor);
  const current = rows[at];
  function move(step: number) {
    if (rows.length === 0) return;
    const next = at === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step));
    wanted.current = next;
    setCursor(rows[next]!.path);
    reveal(next);
    if (next === at) body.current?.querySelector<HTMLElement>(`[data-row="${next}"] a`)?.focus();
  }
  const chosen = selection.entries.length > 0 ? selection.entries : current ? [current] : [];

  useKeys({
    j: () => move(1),
    k: () => move(-1),
    enter: (event) => {
      // A focused link or button answers Enter by itself.
      if (event.target instanceof Element && event.target.closest("a, button")) (event.target as HTMLElement).click();
      else if (current) router.push(entryPage(id, current));
    },
    backspace: () => prefix !== "" && router.push(folderPage(id, parentOf(prefix))),
    x: () => at !== -1 && selection.toggle(rows, at, false),
    "shift+x": () => at !== -1 && selection.toggle(rows, at, true),
    a: () => selection.toggleAll(rows),
    y: () => {
      const handles = chosen.map((entry) => formatHandle(id, entry.path));
      copy(
        handles.length === 0 ? formatHandle(id, prefix) : handles.join("\n"),
        handles.length > 1 ? `${handles.length} handles` : "Handle",
      );
    },
    d: () => {
      const files = chosen.filter((entry) => entry.type === "file").map((entry) => entry.path);
      if (files.length > 0) import("./download.ts").then((module) => module.downloadFiles(id, files));
    },
    escape: () => selection.clear(),
  });

  const latest = useRef({ rows, toggle: selection.toggle });
  latest.current = { rows, toggle: selection.toggle };
  const actions = useMemo<RowActions>(
    () => ({
      onCursor: setCursor,
      onToggle: (index, range) => latest.current.toggle(latest.current.rows, index, range),
      onRename: setRenaming,
      onDelete: (entry) => setDeleting([entry]),
    }),
    [],
  );

  /** Fires whenever the end of the list comes near; made anew for each page, so that a short page asks on. */
  const end = useCallback(
    (element: HTMLDivElement | null) => {
      if (!element) return;
      const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && fetchNextPage(), {
        rootMargin: "1600px",
      });
      observer.observe(element);
      return () => observer.disconnect();
    },
    [fetchNextPage],
  );

  async function selectAll() {
    setReading(rows.length);
    let result = tree as Pick<typeof tree, "data" | "hasNextPage" | "error">;
    while (result.hasNextPage && !result.error) {
      result = await fetchNextPage();
      setReading(result.data?.pages.reduce((sum, page) => sum + page.items.length, 0) ?? null);
    }
    selection.set(result.data?.pages.flatMap((page) => page.items) ?? []);
    setReading(null);
  }

  const all = rows.length > 0 && selection.entries.length >= rows.length;
  // A long folder of an upstream comes by name, whatever order was asked for.
  const unsorted = tree.data?.pages[0]?.order === "path" && !(view.sort === "name" && view.direction === "asc");
  const heads = { view: unsorted ? { ...view, sort: "name" as const, direction: "asc" as const } : view, sortBy };
  return (
    <Card aria-label="Files" className="overflow-clip max-sm:rounded-none max-sm:border-x-0">
      <div className="flex min-h-11.5 flex-wrap items-center gap-2 border-line border-b py-2 pr-3 pl-3.5 max-sm:px-4">
        <div className="mr-auto flex min-w-0 items-center gap-3">
          {breadcrumbs}
          <span aria-live="polite" className="shrink-0 text-muted text-secondary">
            {tree.data &&
              `${formatCount(rows.length)}${hasNextPage ? "+" : ""} ${rows.length === 1 && !hasNextPage ? "item" : "items"}`}
          </span>
          {tree.isFetching && !isFetchingNextPage && (
            <span aria-hidden className="spinner after-150 size-3 text-muted" />
          )}
        </div>
        <div className="flex items-center gap-2 max-sm:w-full">
          <FilterField
            label="Filter this folder"
            value={view.filter}
            onChange={(filter) => show({ ...view, filter })}
          />
          <Menu
            label={`Sorted by ${SORT_NAMES[view.sort].toLowerCase()}`}
            look={{}}
            trigger={
              <>
                <ArrowDownWideNarrow />
                <span className="max-sm:sr-only">{SORT_NAMES[view.sort]}</span>
              </>
            }
          >
            {(["name", "size", "uploaded"] as const).map((sort) => (
              <MenuItem
                key={sort}
                checked={sort === view.sort}
                onSelect={() => sortBy(sort)}
                icon={
                  sort === view.sort ? (
                    view.direction === "asc" ? (
                      <ArrowUp />
                    ) : (
                      <ArrowDown />
                    )
                  ) : (
                    <span className="size-4" />
                  )
                }
              >
                {SORT_NAMES[sort]}
              </MenuItem>
            ))}
          </Menu>
        </div>
      </div>
      {tree.error && (
        <div className="border-line border-b p-3">
          <Suspense>
            <ErrorNotice
              title={tree.data ? "The list could not be read again" : "This folder could not be read"}
              error={tree.error}
              kept={tree.data ? "What was read before is still shown." : undefined}
              onRetry={() => tree.refetch()}
            />
          </Suspense>
        </div>
      )}
      {unsorted && (
        <p role="status" className="border-line border-b px-3.5 py-2 text-muted text-secondary max-sm:px-4">
          The Hub behind this server sorts by name only, and this folder is too long to be sorted here: shown by name.
        </p>
      )}
      <table
        aria-label={`Files in ${prefix || id}`}
        aria-rowcount={hasNextPage ? -1 : rows.length + 1}
        className="w-full table-fixed border-separate border-spacing-0 text-left max-sm:block"
      >
        <thead className="max-sm:sr-only">
          <tr aria-rowindex={1} className="h-8.5 text-muted text-secondary">
            <th scope="col" className={`${headLook} w-11 pl-3.5`}>
              <Checkbox
                aria-label="Select all"
                checked={all}
                mixed={selection.entries.length > 0 && !all}
                onChange={() => selection.toggleAll(rows)}
                className="align-middle"
              />
            </th>
            <Head {...heads} sort="name" className="" />
            <Head {...heads} sort="size" className="w-42 pr-24 text-right" />
            <Head {...heads} sort="uploaded" className="w-36" />
            <th scope="col" className={`${headLook} w-28 max-md:hidden`}>
              Xet hash
            </th>
            <th scope="col" className={`${headLook} w-12`}>
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        {marks.size > 0 && (
          <Suspense>
            <ComingRows marks={marks} has={(path) => rows.some((row) => row.path === path)} />
          </Suspense>
        )}
        <tbody ref={body} className="[overflow-anchor:none] max-sm:block">
          {before > 0 && <Space height={before} />}
          {rows.slice(start, stop).map((entry, at) => (
            <TreeRow
              key={entry.path}
              id={id}
              entry={entry}
              index={start + at}
              total={total}
              selected={selection.has(entry.path)}
              cursor={entry.path === cursor}
              write={write}
              percent={marks.get(entry.path)?.percent}
              actions={actions}
            />
          ))}
          {after > 0 && <Space height={after} />}
        </tbody>
      </table>
      {tree.isSuccess && rows.length === 0 && !hasNextPage && (
        <div className="flex flex-col items-center gap-3 px-4 py-12 text-center">
          <p>{view.filter === "" ? "This folder is empty." : `No name in this folder contains “${view.filter}”.`}</p>
          {view.filter !== "" && <Button onClick={() => show({ ...view, filter: "" })}>Show all</Button>}
        </div>
      )}
      {hasNextPage && (
        <div
          key={tree.data?.pages.length}
          ref={end}
          className="border-hairline border-t px-4 py-3 text-center text-muted text-secondary"
        >
          {view.filter === ""
            ? "Reading more…"
            : `Looking through the folder, ${plural(rows.length, "match", "matches")} so far…`}
        </div>
      )}
      <Suspense>
        {selection.entries.length > 0 && (
          <SelectionBar
            id={id}
            entries={selection.entries}
            write={write}
            figures={figures}
            onAll={hasNextPage && (all || reading !== null) ? selectAll : undefined}
            reading={reading}
            onDelete={() => setDeleting(selection.entries)}
            onClear={selection.clear}
          />
        )}
        {deleting && (
          <DeleteDialog
            id={id}
            entries={deleting}
            figures={figures}
            onClose={() => setDeleting(null)}
            onDone={() => {
              selection.clear();
              // A folder lives by its files: with the last one it is gone.
              if (prefix !== "" && !hasNextPage && view.filter === "" && deleting.length >= rows.length) {
                router.push(folderPage(id, parentOf(prefix)));
              }
            }}
          />
        )}
        {renaming && <RenameDialog id={id} file={renaming} onClose={() => setRenaming(null)} />}
      </Suspense>
    </Card>
  );
}

const headLook = "sticky top-0 z-10 border-line border-b bg-panel p-0 font-medium";

interface HeadProps {
  sort: TreeSort;
  view: TreeView;
  sortBy: (sort: TreeSort) => void;
  className: string;
}

function Head({ sort, view, sortBy, className }: HeadProps) {
  const active = sort === view.sort;
  const Arrow = view.direction === "asc" ? ArrowUp : ArrowDown;
  return (
    <th
      scope="col"
      aria-sort={active ? (view.direction === "asc" ? "ascending" : "descending") : undefined}
      className={`${headLook} ${className}`}
    >
      <button
        type="button"
        onClick={() => sortBy(sort)}
        className={`-mx-1 inline-flex h-8 items-center gap-1 rounded-mark px-1 hover:text-ink ${active ? "text-ink" : ""}`}
      >
        {SORT_NAMES[sort]}
        {active && <Arrow aria-hidden className="size-3" />}
      </button>
    </th>
  );
}

/** Stands for the rows that are not in the document. */
function Space({ height }: { height: number }) {
  return (
    <tr aria-hidden style={{ height }} className="max-sm:block">
      <td colSpan={6} />
    </tr>
  );
}
