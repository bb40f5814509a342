"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { Fragment, type KeyboardEvent, type ReactNode, type RefObject, useMemo, useRef, useState } from "react";
import { type DedupOrder, dedupEntriesQuery } from "#lib/browser/queries/dedup.ts";
import type { DedupEntry, DedupSort } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { useKeys } from "../shell/keys.tsx";
import { filePage, folderPage } from "../tree/links.ts";
import { Button } from "../ui/button.tsx";
import { Checkbox } from "../ui/checkbox.tsx";
import { ArrowDown, ArrowUp } from "../ui/icons.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { FolderRow, type FolderRowActions } from "./folder-row.tsx";
import type { Picked } from "./picked.ts";

interface FolderTableProps {
  id: BucketId;
  order: DedupOrder;
  onOrder: (order: DedupOrder) => void;
  picked: Picked;
}

/** Every folder with every figure: a tree whose branches are read when they are opened, page by page. */
export function FolderTable({ id, order, onOrder, picked }: FolderTableProps) {
  const router = useRouter();
  const root = useInfiniteQuery(dedupEntriesQuery(id, "", order));
  const rows = root.data?.pages.flatMap((page) => page.items) ?? [];
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<string | null>(null);
  const table = useRef<HTMLTableElement>(null);
  const nodes = useNodes(table);

  const expand = (path: string, open = !expanded.has(path)) => {
    const next = new Set(expanded);
    if (open) next.add(path);
    else next.delete(path);
    setExpanded(next);
  };
  const latest = useRef({ expand, toggle: picked.toggle });
  latest.current = { expand, toggle: picked.toggle };
  const actions = useMemo<FolderRowActions>(
    () => ({
      onCursor: setCursor,
      onExpand: (path) => latest.current.expand(path),
      onPick: (entry) => latest.current.toggle(entry),
    }),
    [],
  );
  /** Entries of rows, by path: keys act on what they see. */
  const known = useRef(new Map<string, DedupEntry>());
  const current = cursor === null ? undefined : known.current.get(cursor);

  function move(step: number) {
    const all = nodes();
    const at = all.findIndex((row) => row.dataset.path === cursor);
    all[at === -1 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))]?.focus();
  }
  function into() {
    if (current?.type !== "folder") return;
    if (expanded.has(current.path)) move(1);
    else expand(current.path, true);
  }
  function out() {
    const all = nodes();
    const at = all.findIndex((row) => row.dataset.path === cursor);
    if (current && expanded.has(current.path)) expand(current.path, false);
    else if (at !== -1) {
      const level = Number(all[at]!.dataset.level);
      all
        .slice(0, at)
        .findLast((row) => Number(row.dataset.level) < level)
        ?.focus();
    }
  }
  const open = () => {
    if (current) router.push(current.type === "folder" ? folderPage(id, current.path) : filePage(id, current.path));
  };

  const toggle = () => {
    if (current && picked.stateOf(current.path) !== "inside") picked.toggle(current);
  };

  useKeys({
    j: () => move(1),
    k: () => move(-1),
    x: toggle,
    e: () => current?.type === "folder" && expand(current.path),
    escape: () => picked.clear(),
  });

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onRow = event.target instanceof HTMLTableRowElement;
    const action = new Map<string, () => void>([
      ["ArrowDown", () => move(1)],
      ["ArrowUp", () => move(-1)],
      ["ArrowRight", into],
      ["ArrowLeft", out],
      ["Home", () => nodes()[0]?.focus()],
      ["End", () => nodes().at(-1)?.focus()],
      // A focused link, box or button answers these by itself.
      ...(onRow
        ? ([
            ["Enter", open],
            [" ", toggle],
          ] as const)
        : []),
    ]).get(event.key);
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  const all = rows.length > 0 && rows.every(({ path }) => picked.stateOf(path) === "on");
  return (
    <div className="min-w-0">
      <table
        ref={table}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose rows open and are walked by arrows.
        role="treegrid"
        aria-label={`Folders and files of ${id}`}
        aria-multiselectable
        onKeyDown={onKeyDown}
        className="w-full table-fixed border-separate border-spacing-0 text-left max-sm:block"
      >
        <thead className="max-sm:sr-only">
          <tr className="h-8.5 text-muted text-secondary">
            <th scope="col" className={`${headLook} w-11 pl-3.5`}>
              <Checkbox
                aria-label="Select all"
                checked={all}
                mixed={picked.entries.length > 0 && !all}
                onChange={() => picked.toggleAll(rows)}
                className="align-middle"
              />
            </th>
            <Head order={order} onOrder={onOrder} sort="name" name="Folder" className="pl-7" />
            <th scope="col" className={`${headLook} w-40 max-lg:hidden`}>
              <span className="sr-only">Stored and unique of logical</span>
            </th>
            <Head
              order={order}
              onOrder={onOrder}
              sort="logical"
              name="Logical"
              mark="bg-logical"
              className={numberLook}
            />
            <Head order={order} onOrder={onOrder} sort="unique" name="Unique" mark="bg-unique" className={numberLook} />
            <Head order={order} onOrder={onOrder} sort="exclusive" name="Exclusive" className={numberLook} />
            <Head order={order} onOrder={onOrder} sort="stored" name="Stored" mark="bg-stored" className={numberLook} />
            <Head
              order={order}
              onOrder={onOrder}
              sort="freed"
              name="Freed if deleted"
              className="w-33 pr-3.5 text-right lg:w-36"
            />
          </tr>
        </thead>
        <tbody className="max-sm:block [&>tr:last-child]:max-sm:border-b-0 [&>tr:last-child>td]:border-b-0">
          <Level
            id={id}
            path=""
            level={1}
            order={order}
            expanded={expanded}
            cursor={cursor}
            stop={cursor ?? rows[0]?.path ?? null}
            picked={picked}
            known={known}
            actions={actions}
          />
        </tbody>
      </table>
    </div>
  );
}

/** The rows in the order of the page. */
function useNodes(table: RefObject<HTMLTableElement | null>) {
  return () => [...(table.current?.querySelectorAll<HTMLElement>("tr[data-path]") ?? [])];
}

interface LevelProps {
  id: BucketId;
  path: string;
  level: number;
  order: DedupOrder;
  expanded: ReadonlySet<string>;
  cursor: string | null;
  stop: string | null;
  picked: Picked;
  known: RefObject<Map<string, DedupEntry>>;
  actions: FolderRowActions;
}

/** One folder's entries, and below each open folder its own. */
function Level(props: LevelProps) {
  const { id, path, level, order, expanded, cursor, stop, picked, known, actions } = props;
  const list = useInfiniteQuery(dedupEntriesQuery(id, path, order));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  for (const entry of items) known.current.set(entry.path, entry);
  return (
    <>
      {items.map((entry, at) => (
        <Fragment key={entry.path}>
          <FolderRow
            id={id}
            entry={entry}
            level={level}
            place={at + 1}
            of={list.hasNextPage ? -1 : items.length}
            expanded={expanded.has(entry.path)}
            pick={picked.stateOf(entry.path)}
            cursor={entry.path === cursor}
            stop={entry.path === stop}
            actions={actions}
          />
          {entry.type === "folder" && expanded.has(entry.path) && (
            <Level {...props} path={entry.path} level={level + 1} />
          )}
        </Fragment>
      ))}
      {list.isPending && (
        <Line level={level}>
          <span className="skeleton inline-block h-4 w-56" />
          <span className="sr-only">Reading</span>
        </Line>
      )}
      {list.error && (
        <Line level={level}>
          <ErrorNotice
            title={items.length > 0 ? "The figures could not be read again" : "This folder could not be read"}
            error={list.error}
            kept={items.length > 0 ? "What was read before is still shown." : undefined}
            onRetry={() => list.refetch()}
          />
        </Line>
      )}
      {list.hasNextPage && !list.error && (
        <Line level={level}>
          <Button size="small" variant="ghost" busy={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
            {path === "" ? "Show more" : `Show more of ${path}/`}
          </Button>
        </Line>
      )}
    </>
  );
}

function Line({ level, children }: { level: number; children: ReactNode }) {
  return (
    <tr className="max-sm:block">
      <td
        colSpan={8}
        className="border-hairline border-b py-1.5 max-sm:block"
        style={{ paddingLeft: 44 + (level - 1) * 20 }}
      >
        {children}
      </td>
    </tr>
  );
}

const headLook = "sticky top-0 z-10 border-line border-b bg-panel p-0 font-medium";
const numberLook = "w-21 pr-3 text-right lg:w-25";

interface HeadProps {
  sort: DedupSort;
  name: string;
  order: DedupOrder;
  onOrder: (order: DedupOrder) => void;
  /** The figure's colour in the bars. */
  mark?: string;
  className: string;
}

function Head({ sort, name, order, onOrder, mark, className }: HeadProps) {
  const active = sort === order.sort;
  const Arrow = order.direction === "asc" ? ArrowUp : ArrowDown;
  const first = sort === "name" ? "asc" : "desc";
  const flipped = order.direction === "asc" ? "desc" : "asc";
  return (
    <th
      scope="col"
      aria-sort={active ? (order.direction === "asc" ? "ascending" : "descending") : undefined}
      className={`${headLook} ${className}`}
    >
      <button
        type="button"
        onClick={() => onOrder({ sort, direction: active ? flipped : first })}
        className={`-mx-1 inline-flex h-8 items-center gap-1.5 whitespace-nowrap rounded-mark px-1 hover:text-ink ${active ? "text-ink" : ""}`}
      >
        {mark && <span aria-hidden className={`size-2 rounded-[2px] ${mark}`} />}
        {name}
        {active && <Arrow aria-hidden className="size-3" />}
      </button>
    </th>
  );
}
