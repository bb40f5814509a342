"use client";

import { startTransition, useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react";
import {
  FIRST_ROWS,
  filterQuery,
  isFiltered,
  isMoving,
  NEXT_ROWS,
  type ReviewView,
  readFolder,
  readOperations,
} from "#lib/browser/queries/plan.ts";
import { PlanRows, type PlanRowsState, type ReadRows } from "#lib/browser/review/plan-rows.ts";
import type { Page } from "#lib/core/bucket/entry.ts";
import type { PlanDetails, PlanRow } from "#lib/core/plan/plan.ts";
import { stampOf } from "./plan-context.ts";

/** Ms between two reads of rows that others are changing. */
const REFRESH_MS = 2500;

export type FirstRows = ReadonlyMap<string, Page<PlanRow>>;

interface Held {
  key: string;
  rows: PlanRows;
}

/**
 * The rows of a view, which follow the plan. While another view is being read the old one stays; `pending` says so.
 * `first`: what the server read for the view that the page opened with.
 */
export function usePlanRows(
  plan: PlanDetails,
  view: ReviewView,
  first: FirstRows,
): { rows: PlanRows; state: PlanRowsState; pending: boolean } {
  const key = `${plan.version} ${view.shape} ${filterQuery(view.filter)}`;
  const [held, setHeld] = useState<Held>(() => ({ key, rows: new PlanRows(reader(plan.id, view), first) }));

  const opened = useRef<ReadonlySet<string>>(new Set());
  const swap = useEffectEvent((wanted: string) => {
    const next = new PlanRows(reader(plan.id, view));
    // Folders that the reader opened stay open in another version, under another filter, and after a look at the list.
    next
      .start(view.shape === "tree" ? opened.current : undefined)
      .then(() => startTransition(() => setHeld((now) => (now.key === wanted ? now : { key: wanted, rows: next }))));
    return next;
  });
  useEffect(() => {
    if (held.key === key) return;
    const next = swap(key);
    let kept = false;
    return () => {
      // Another view was asked for before this one came, or this one is shown now.
      kept = next.read().ready;
      if (!kept) next.close();
    };
  }, [key, held.key]);
  useEffect(() => {
    // Strict mode mounts twice: what was closed starts anew.
    held.rows.start();
    return () => held.rows.close();
  }, [held]);

  const mark = stampOf(plan);
  const [seen, setSeen] = useState(mark);
  const moving = isMoving(view.filter);
  useEffect(() => {
    if (seen === mark) return;
    const timer = setTimeout(
      () => {
        setSeen(mark);
        held.rows.refresh();
      },
      moving ? 0 : lately(held.rows),
    );
    return () => clearTimeout(timer);
  }, [mark, seen, held, moving]);

  const state = useSyncExternalStore(held.rows.subscribe, held.rows.read, held.rows.read);
  useEffect(() => {
    // A filter hides folders; they are not closed by that.
    if (view.shape === "tree" && held.key === key && !isFiltered(view.filter)) opened.current = state.open;
  }, [view, held.key, key, state.open]);
  return { rows: held.rows, state, pending: held.key !== key };
}

const refreshed = new WeakMap<PlanRows, number>();

/** Ms until these rows may be read again. */
function lately(rows: PlanRows): number {
  const wait = Math.max(0, (refreshed.get(rows) ?? 0) + REFRESH_MS - Date.now());
  refreshed.set(rows, Date.now() + wait);
  return wait;
}

function reader(id: number, { shape, filter }: ReviewView): ReadRows {
  return (folder, cursor, signal) => {
    const limit = cursor === null ? FIRST_ROWS : NEXT_ROWS;
    return shape === "list"
      ? readOperations(id, filter, limit, cursor, signal)
      : readFolder(id, folder, filter, limit, cursor, signal);
  };
}
