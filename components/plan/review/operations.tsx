"use client";

import { type CSSProperties, useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { isFiltered, NO_FILTER, type ReviewView, readOperations, shapeOf } from "#lib/browser/queries/plan.ts";
import { LINES_MAX, type PlanLine, type PlanRows, type PlanRowsState } from "#lib/browser/review/plan-rows.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import {
  type PlanComment,
  type PlanRow,
  SELECT_ALL,
  SELECTION_RULES_MAX,
  type Selection,
} from "#lib/core/plan/plan.ts";
import { useKeys } from "../../shell/keys.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Checkbox } from "../../ui/checkbox.tsx";
import { ErrorNotice } from "../../ui/notice.tsx";
import { usePhone } from "../../ui/phone.ts";
import { announce } from "../../ui/toast.tsx";
import { kindsOf, kindTitle, MARKS } from "../marks.tsx";
import { Checked } from "./checked.ts";
import { LinePanel } from "./line-panel.tsx";
import { type OpenPanel, useLineWindow } from "./line-window.ts";
import { COLUMNS, isNote, type LineActions, OperationLine } from "./operation-line.tsx";
import { useReview } from "./plan-context.ts";
import { ReviewFilters } from "./review-filters.tsx";

interface OperationsProps {
  view: ReviewView;
  onView: (view: ReviewView) => void;
  rows: PlanRows;
  state: PlanRowsState;
  /** Another view is on its way; this one still stands. */
  pending: boolean;
  checked: Checked;
  onSelection: (selection: Selection) => void;
  decides: boolean;
}

type RowLine = PlanLine & { type: "row" };

/** The operations as a tree or a list: judged with the keys j k x e c n p, Space and Enter, or by pointer. */
export function Operations({ view, onView, rows, state, pending, checked, onSelection, decides }: OperationsProps) {
  const { plan } = useReview();
  const { lines, open } = state;
  const flat = shapeOf(view) === "list";
  const kinds = useMemo(() => kindsOf(plan.direction), [plan.direction]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [anchor, setAnchor] = useState<string | null>(null);
  const [facts, setFacts] = useState<ReadonlySet<string>>(new Set());
  const [writing, setWriting] = useState<string | null>(null);
  /** Threads that were closed; all others are open where their line is. */
  const [quiet, setQuiet] = useState<ReadonlySet<string>>(new Set());
  const [heights, setHeights] = useState<ReadonlyMap<string, number>>(new Map());
  const [collecting, setCollecting] = useState(false);

  const comments = useMemo(() => {
    const byPath = new Map<string, PlanComment[]>();
    for (const comment of plan.comments) {
      if (comment.path === null) continue;
      const list = byPath.get(comment.path);
      if (list) list.push(comment);
      else byPath.set(comment.path, [comment]);
    }
    return byPath;
  }, [plan.comments]);

  const hasPanel = (path: string) => facts.has(path) || writing === path || (comments.has(path) && !quiet.has(path));
  const withPanels = new Set([
    ...facts,
    ...[...comments.keys()].filter((path) => !quiet.has(path)),
    ...(writing ? [writing] : []),
  ]);
  const panels: OpenPanel[] = [];
  if (withPanels.size > 0) {
    for (const [index, line] of lines.entries()) {
      if (line.type !== "row" || !withPanels.has(line.row.path)) continue;
      panels.push({ index, height: heights.get(line.row.path) ?? 0 });
    }
  }

  const body = useRef<HTMLTableSectionElement>(null);
  // Of a line, px: two lines of text on a phone.
  const height = usePhone() ? 52 : 33;
  const { start, end, before, after, reveal } = useLineWindow(body, lines.length, height, panels);

  const indexOf = (path: string | null) =>
    path === null ? -1 : lines.findIndex((line) => line.type === "row" && line.row.path === path);
  const at = indexOf(cursor);
  const current = at === -1 ? null : (lines[at] as RowLine).row;

  /** The line to focus once it is in the document. */
  const wanted = useRef<number | null>(null);
  useEffect(() => {
    if (wanted.current === null) return;
    const line = body.current?.querySelector<HTMLElement>(`[data-line="${wanted.current}"]`);
    if (!line) return;
    wanted.current = null;
    line.focus({ preventScroll: true });
  });
  function goTo(index: number) {
    const line = lines[index];
    if (line?.type !== "row") return;
    wanted.current = index;
    setCursor(line.row.path);
    reveal(index);
    body.current?.querySelector<HTMLElement>(`[data-line="${index}"]`)?.focus({ preventScroll: true });
  }
  function move(step: 1 | -1, wantedLine: (line: RowLine) => boolean = () => true) {
    for (let next = at === -1 ? (step === 1 ? 0 : lines.length - 1) : at + step; lines[next]; next += step) {
      const line = lines[next]!;
      if (line.type === "row" && wantedLine(line)) return goTo(next);
      if (line.type === "more") rows.more(line.folder);
    }
    return undefined;
  }
  const note = ({ row }: RowLine) =>
    isNote(row, row.type === "folder" && open.has(row.path), comments.get(row.path)?.length ?? 0);

  function toggleFacts(path: string) {
    const next = new Set(facts);
    if (!next.delete(path)) next.add(path);
    setFacts(next);
  }
  function openRow(row: PlanRow) {
    if (row.type === "operation") toggleFacts(row.path);
    else if (open.has(row.path)) rows.collapse(row.path);
    else rows.expand(row.path);
  }
  function toggleComments(path: string) {
    const next = new Set(quiet);
    if (!next.delete(path)) next.add(path);
    setQuiet(next);
    if (writing === path) setWriting(null);
  }

  /** Paths of all operations under a folder that the filter lets through; null when there are too many for a selection. */
  async function collect(folder: string): Promise<string[] | null> {
    const paths: string[] = [];
    let next: string | null = null;
    do {
      const page = await readOperations(plan.id, view.filter, 1000, next);
      for (const { path } of page.items) if (path.startsWith(folder)) paths.push(path);
      if (paths.length > SELECTION_RULES_MAX) return null;
      next = page.cursor;
    } while (next !== null);
    return paths;
  }
  /** A folder's box means what is shown of it: with a filter only that part changes. */
  async function tickFolder(path: string, include: boolean) {
    const { kinds: only, ...others } = view.filter;
    if (!isFiltered({ ...others, kinds: [] })) {
      onSelection(checked.set(path, include, only.length > 0 ? only : undefined));
      return;
    }
    setCollecting(true);
    try {
      const paths = await collect(path === "/" ? "" : path);
      const next = paths && checked.setEach(paths, include);
      if (next === null)
        announce(`More than ${formatCount(SELECTION_RULES_MAX)} match: narrow the filter, or check folders`);
      else onSelection(next);
    } catch (error) {
      announce(error instanceof Error ? error.message : "The operations could not be read");
    } finally {
      setCollecting(false);
    }
  }
  function tick(path: string, range: boolean) {
    const index = indexOf(path);
    const line = lines[index];
    if (!decides || line?.type !== "row") return;
    const include = checked.tick(line.row) === "none";
    const from = range ? indexOf(anchor) : -1;
    setAnchor(path);
    if (from !== -1 && from !== index) {
      const include = checked.tick((lines[from] as RowLine).row) !== "none";
      let next = checked.selection;
      for (const each of lines.slice(Math.min(from, index), Math.max(from, index) + 1)) {
        if (each.type === "row") next = new Checked(next).set(each.row.path, include);
      }
      onSelection(next);
    } else if (line.row.type === "folder") tickFolder(path, include);
    else onSelection(checked.set(path, include));
  }
  function tickAll() {
    if (!decides) return;
    const include = checked.root !== "all";
    if (isFiltered(view.filter)) tickFolder("/", !shownAll());
    else onSelection(include ? SELECT_ALL : []);
  }
  /** Whether every operation that is shown is checked. */
  function shownAll(): boolean {
    return lines.every((line) => line.type === "more" || checked.tick(line.row) !== "none");
  }

  /** A focused control answers Enter and Space by itself. */
  const press = (event: KeyboardEvent) => {
    const control = event.target instanceof Element && event.target.closest<HTMLElement>("a, button, input, summary");
    if (control) control.click();
    else if (current) openRow(current);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    home: () => goTo(0),
    arrowright: () => {
      if (current?.type !== "folder") return;
      if (open.has(current.path)) move(1);
      else rows.expand(current.path);
    },
    arrowleft: () => {
      if (current?.type === "folder" && open.has(current.path)) rows.collapse(current.path);
      else if (at !== -1) goTo(indexOf((lines[at] as RowLine).parent));
    },
    n: () => move(1, note),
    p: () => move(-1, note),
    enter: press,
    " ": press,
    x: () => current && tick(current.path, false),
    "shift+x": () => current && tick(current.path, true),
    a: tickAll,
    e: () => {
      if (current) openRow(current);
    },
    "shift+e": async () => {
      const path = current?.type === "folder" ? current.path : "";
      if (path !== "" && open.has(path)) rows.collapseAll(path);
      else if (!(await rows.expandAll(path))) announce("Too many folders to open all: the first 200 are open");
    },
    c: () => {
      const path = current?.path ?? null;
      if (!plan.rights.comment) return announce("You may not comment on this plan");
      if (path === null) return document.querySelector<HTMLElement>("[data-discussion] textarea")?.focus();
      setQuiet(new Set([...quiet].filter((each) => each !== path)));
      setWriting(path);
      return undefined;
    },
    escape: () => {
      if (current && facts.has(current.path)) toggleFacts(current.path);
      else if (current && hasPanel(current.path)) toggleComments(current.path);
      else if (isFiltered(view.filter)) onView({ ...view, filter: NO_FILTER });
      else setCursor(null);
    },
  });

  const actions = useSteadyActions({ onCursor: setCursor, onTick: tick, onOpen: openRow, onComments: toggleComments });
  const onHeight = useCallback((path: string, px: number) => {
    setHeights((now) => (now.get(path) === px ? now : new Map(now).set(path, px)));
  }, []);

  const whole = lines.at(-1)?.type !== "more" && !lines.some((line) => line.type === "more");
  const reachable = at !== -1 && at >= start && at < end ? at : start;
  return (
    <Card
      aria-label="Operations"
      className="[--indent:18px] max-sm:rounded-none max-sm:border-x-0 max-sm:[--indent:14px]"
      style={{ "--kinds": kinds.length } as CSSProperties}
    >
      <ReviewFilters view={view} busy={pending || state.busy || collecting} onChange={onView} />
      <table
        role={flat ? "grid" : "treegrid"}
        aria-label="Operations of the plan"
        aria-rowcount={whole ? lines.length + 1 : -1}
        aria-busy={pending}
        className={`block text-left ${pending ? "opacity-70" : ""}`}
      >
        <thead className="sticky top-0 z-10 block bg-panel">
          <tr
            aria-rowindex={1}
            className={`${COLUMNS} h-8.5 items-center border-line border-b text-muted text-secondary [&>th]:font-medium`}
          >
            <th scope="col" className="flex items-center pl-3.5 max-sm:justify-center max-sm:pl-2">
              {decides ? (
                <Checkbox
                  aria-label={isFiltered(view.filter) ? "Approve everything that is shown" : "Approve everything"}
                  checked={checked.root === "all"}
                  mixed={checked.root === "some"}
                  onChange={tickAll}
                  className="max-sm:scale-125 max-sm:[&>input]:after:-inset-4"
                />
              ) : (
                <span className="sr-only">Decision</span>
              )}
            </th>
            <th scope="col" className="truncate">
              {plan.prefix === "" ? "Path" : `Path in ${plan.prefix}/`}
            </th>
            {kinds.map((kind) => (
              <th
                key={kind}
                scope="col"
                aria-label={kindTitle(kind, plan.direction)}
                title={kindTitle(kind, plan.direction)}
                className={`pr-1 text-right font-mono font-semibold max-sm:hidden ${MARKS[kind].ink}`}
              >
                {MARKS[kind].glyph}
              </th>
            ))}
            <th scope="col" className="pr-10 text-right max-sm:hidden">
              Size
            </th>
          </tr>
        </thead>
        <tbody ref={body} className="block [overflow-anchor:none]">
          {before > 0 && <Space height={before} />}
          {lines.slice(start, end).map((line, offset) => {
            const index = start + offset;
            if (line.type === "more") {
              return <MoreLine key={`more ${line.folder}`} line={line} rows={rows} count={lines.length} />;
            }
            const { row } = line;
            const said = comments.get(row.path) ?? NONE;
            return [
              <OperationLine
                key={row.path}
                line={line}
                index={index}
                kinds={kinds}
                only={view.filter.kinds}
                direction={plan.direction}
                tick={checked.tick(row)}
                cursor={row.path === cursor}
                reachable={index === reachable}
                open={row.type === "folder" ? open.has(row.path) : facts.has(row.path)}
                comments={said.length}
                flat={flat}
                decides={decides}
                actions={actions}
              />,
              hasPanel(row.path) && (
                <LinePanel
                  key={`${row.path} panel`}
                  row={row}
                  level={flat ? 0 : line.level}
                  columns={kinds.length + 3}
                  facts={row.type === "operation" && facts.has(row.path)}
                  comments={quiet.has(row.path) ? NONE : said}
                  writing={writing === row.path}
                  onHeight={onHeight}
                  onClose={() => {
                    setWriting(null);
                    if (indexOf(row.path) !== -1) goTo(indexOf(row.path));
                  }}
                />
              ),
            ];
          })}
          {after > 0 && <Space height={after} />}
        </tbody>
      </table>
      {state.ready && lines.length === 0 && (
        <div className="flex flex-col items-center gap-3 px-4 py-12 text-center">
          <p>
            {isFiltered(view.filter)
              ? "No operation matches the filter."
              : "The plan has no operation: both sides are the same."}
          </p>
          {isFiltered(view.filter) && <Button onClick={() => onView({ ...view, filter: NO_FILTER })}>Show all</Button>}
        </div>
      )}
      {!state.ready && !state.error && (
        <div role="status" aria-label="Reading the operations" className="after-150 grid gap-4 p-3.5">
          {[42, 56, 38, 50, 44, 60].map((width) => (
            <span key={width} className="skeleton h-4" style={{ width: `${width}%` }} />
          ))}
        </div>
      )}
      {state.error && (
        <div className="p-3.5">
          <ErrorNotice
            title="The operations could not be read"
            error={state.error}
            action={<Button onClick={() => rows.start()}>Read them again</Button>}
          />
        </div>
      )}
      <p className="flex flex-wrap items-center justify-between gap-x-4 border-line border-t px-3.5 py-2 text-muted text-secondary">
        <span>
          {lines.length >= LINES_MAX
            ? `The first ${formatCount(LINES_MAX)} lines are shown: filter to see others.`
            : footWords(lines, whole, flat)}
        </span>
        <span className="max-sm:hidden">Sizes as the client wrote them</span>
      </p>
    </Card>
  );
}

const NONE: PlanComment[] = [];

function footWords(lines: readonly PlanLine[], whole: boolean, flat: boolean): string {
  const count = lines.filter((line) => line.type === "row").length;
  return `${flat ? plural(count, "operation") : plural(count, "line")}${whole ? "" : " so far"}`;
}

/** Handlers that never change, so that a line is drawn again only when it changes. */
function useSteadyActions(now: LineActions): LineActions {
  const latest = useRef(now);
  latest.current = now;
  return useMemo(
    () => ({
      onCursor: (path) => latest.current.onCursor(path),
      onTick: (path, range) => latest.current.onTick(path, range),
      onOpen: (row) => latest.current.onOpen(row),
      onComments: (path) => latest.current.onComments(path),
    }),
    [],
  );
}

/** Stands for the lines that are not in the document. */
function Space({ height }: { height: number }) {
  return (
    <tr aria-hidden className="block" style={{ height }}>
      <td />
    </tr>
  );
}

/** Asks for the next page as soon as it comes near the screen. */
function MoreLine({ line, rows, count }: { line: PlanLine & { type: "more" }; rows: PlanRows; count: number }) {
  const ask = useEffectEvent(() => {
    if (line.error === null) rows.more(line.folder);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page that came may leave room for one more
  useEffect(() => ask(), [count, line.folder]);
  return (
    <tr className="flex h-[33px] items-center border-hairline border-b pl-11 text-muted text-secondary max-sm:h-[52px]">
      <td className="flex items-center gap-2">
        {line.error === null ? (
          <>
            <span aria-hidden className="spinner after-150 size-3" />
            Reading more of {line.folder === "" ? "the plan" : line.folder}
          </>
        ) : (
          <>
            <span className="text-del-ink">{line.error.message}</span>
            <Button size="small" onClick={() => rows.more(line.folder)}>
              Retry
            </Button>
          </>
        )}
      </td>
    </tr>
  );
}
