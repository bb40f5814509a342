"use client";

import { ChevronRight, CircleCheck, CircleX, ClockAlert, MessageSquare } from "lucide-react";
import { memo } from "react";
import type { PlanLine } from "#lib/browser/review/plan-rows.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import type { PlanDirection, PlanKind, PlanRow } from "#lib/core/plan/plan.ts";
import { EntryIcon } from "../../tree/entry-icon.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Checkbox } from "../../ui/checkbox.tsx";
import { Size } from "../../ui/size.tsx";
import { bytesToSend, kindWords, MARKS, MarkBox, totalsWords } from "../marks.tsx";
import { isSettled, type Tick } from "./checked.ts";
import { findingBadges } from "./finding-words.ts";

export interface LineActions {
  onCursor(path: string): void;
  onTick(path: string, range: boolean): void;
  /** Opens a folder, or what there is to say about an operation. */
  onOpen(row: PlanRow): void;
  onComments(path: string): void;
}

interface OperationLineProps {
  line: PlanLine & { type: "row" };
  index: number;
  kinds: readonly PlanKind[];
  /** Kinds that the filter shows; none: all. */
  only: readonly PlanKind[];
  direction: PlanDirection;
  tick: Tick;
  cursor: boolean;
  /** The line that Tab reaches. */
  reachable: boolean;
  /** A folder's children, or an operation's details, are shown. */
  open: boolean;
  comments: number;
  /** The list shows whole paths, the tree names. */
  flat: boolean;
  /** The reader decides: boxes can be ticked. */
  decides: boolean;
  actions: LineActions;
}

/** Columns of head and lines alike. `--kinds` is the number of marks. */
export const COLUMNS =
  "grid grid-cols-[42px_minmax(0,1fr)_repeat(var(--kinds),54px)_92px] max-sm:grid-cols-[52px_minmax(0,1fr)_44px]";

const stop = (event: { stopPropagation(): void }) => event.stopPropagation();

export const OperationLine = memo(function OperationLine(props: OperationLineProps) {
  const { line, index, tick, cursor, reachable, open, comments, flat, decides, actions } = props;
  const { row, level } = line;
  const folder = row.type === "folder";
  const name = flat ? row.path : baseName(folder ? row.path.slice(0, -1) : row.path);
  const settled = isSettled(row);
  const left = decides && tick === "none" && !settled;
  const words = lineWords(props, name);
  return (
    <tr
      aria-level={flat ? undefined : level}
      aria-rowindex={index + 2}
      aria-expanded={folder ? open : undefined}
      aria-label={words}
      tabIndex={reachable ? 0 : -1}
      data-line={index}
      data-cursor={cursor || undefined}
      data-left={left || undefined}
      data-stale={(row.type === "operation" && row.stale) || undefined}
      onFocus={() => actions.onCursor(row.path)}
      onClick={() => actions.onOpen(row)}
      className={`group relative ${COLUMNS} h-[33px] cursor-pointer items-center border-hairline border-b hover:bg-hover focus-visible:outline-offset-[-2px] data-left:bg-sunken data-stale:bg-mod-soft/50 data-cursor:bg-accent-soft data-cursor:before:absolute data-cursor:before:inset-y-0 data-cursor:before:left-0 data-cursor:before:w-0.5 data-cursor:before:bg-stored max-sm:h-[52px]`}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the box does nothing */}
      <td onClick={stop} className="flex h-full cursor-default items-center pl-3.5 max-sm:justify-center max-sm:pl-2">
        {decides && (
          <Checkbox
            aria-label={`Approve ${name}${folder ? "/" : ""}`}
            tabIndex={reachable ? 0 : -1}
            checked={tick === "all"}
            mixed={tick === "some"}
            disabled={settled}
            onChange={(event) => actions.onTick(row.path, (event.nativeEvent as MouseEvent).shiftKey === true)}
            className="[&>input:disabled]:opacity-50 max-sm:scale-125 max-sm:[&>input]:after:-inset-4"
          />
        )}
      </td>
      <td
        className="flex min-w-0 items-center gap-2 pr-2 max-sm:gap-2.5"
        style={{ paddingLeft: flat ? 0 : `calc(${level - 1} * var(--indent))` }}
      >
        {folder ? (
          <ChevronRight
            aria-hidden
            className={`size-3.5 shrink-0 text-muted transition-transform duration-120 max-sm:hidden ${open ? "rotate-90" : ""}`}
          />
        ) : (
          !flat && <span aria-hidden className="w-3.5 shrink-0 max-sm:hidden" />
        )}
        {folder ? <EntryIcon entry={{ type: "directory", path: row.path }} /> : <MarkBox kind={row.kind} />}
        <span className="flex min-w-0 items-center gap-2 max-sm:grid max-sm:flex-1 max-sm:gap-0">
          <span className="flex min-w-0 items-center gap-2">
            <span
              title={row.path}
              className={`truncate group-data-left:text-muted group-data-left:line-through ${folder ? "font-medium max-sm:text-[15px]" : "font-mono text-[12px]"}`}
            >
              {name}
              {folder && <span className="font-normal text-faint">/</span>}
            </span>
            <LineBadges row={row} open={open} />
          </span>
          <span className="truncate text-muted text-secondary sm:hidden">
            <PhoneFacts {...props} />
          </span>
        </span>
        {comments > 0 && (
          <button
            type="button"
            tabIndex={reachable ? 0 : -1}
            aria-label={`${plural(comments, "comment")} on ${name}`}
            onClick={(event) => {
              event.stopPropagation();
              actions.onComments(row.path);
            }}
            className="inline-flex shrink-0 items-center gap-1 rounded-mark px-1 text-accent-ink text-secondary hover:bg-accent-soft"
          >
            <MessageSquare aria-hidden className="size-3.5" />
            {formatCount(comments)}
          </button>
        )}
      </td>
      {row.type === "folder" ? (
        <FolderCounts {...props} row={row} />
      ) : (
        <td
          colSpan={props.kinds.length}
          className="truncate pr-1 text-right text-muted text-secondary max-sm:hidden"
          style={{ gridColumn: `span ${props.kinds.length}` }}
          title={row.error ?? row.moved ?? row.reason}
        >
          {row.error !== null ? <span className="text-del-ink">{row.error}</span> : (row.moved ?? row.reason)}
        </td>
      )}
      <td className="pr-3.5 text-right group-data-left:text-muted group-data-left:line-through max-sm:hidden">
        <Size bytes={sizeOf(row)} />
      </td>
      <td aria-hidden className="sm:hidden">
        <ChevronRight
          className={`mx-auto size-4 text-faint transition-transform duration-120 ${open ? "rotate-90" : ""}`}
        />
      </td>
    </tr>
  );
});

function FolderCounts({ row, kinds, only, direction }: OperationLineProps & { row: PlanRow & { type: "folder" } }) {
  return kinds.map((kind) => {
    const count = only.length === 0 || only.includes(kind) ? row.totals[kind].count : 0;
    const { glyph, ink } = MARKS[kind];
    return (
      <td key={kind} className="pr-1 text-right max-sm:hidden" title={kindWords(kind, count, direction)}>
        {count === 0 ? (
          <span aria-hidden className="text-faint">
            ·
          </span>
        ) : (
          <span className={`font-medium group-data-left:line-through ${ink} ${kind === "skip" ? "font-normal" : ""}`}>
            <span className="font-mono">{glyph}</span>
            {formatCount(count)}
          </span>
        )}
      </td>
    );
  });
}

/** The second line on a phone. */
function PhoneFacts({ line: { row }, kinds }: OperationLineProps) {
  if (row.type === "operation") {
    return (
      <>
        {row.error ?? row.moved ?? row.reason} · <Size bytes={row.size} />
      </>
    );
  }
  return (
    <>
      {kinds
        .filter((kind) => row.totals[kind].count > 0)
        .map((kind) => (
          <span key={kind} className={`mr-2 ${MARKS[kind].ink}`}>
            <span className="font-mono">{MARKS[kind].glyph}</span>
            {formatCount(row.totals[kind].count)}
          </span>
        ))}
      <Size bytes={sizeOf(row)} />
    </>
  );
}

function LineBadges({ row, open }: { row: PlanRow; open: boolean }) {
  const folder = row.type === "folder";
  // An open folder leaves the word to the lines below it.
  const bits = folder && open ? 0 : row.findings;
  return (
    <>
      {findingBadges(bits)
        .filter(({ code }) => !(folder && code === "protected-prefix"))
        .map(({ code, tone, words }) => (
          <Badge key={code} tone={tone} className="max-sm:hidden [[data-left]_&]:opacity-80">
            {words}
          </Badge>
        ))}
      {folder && row.stale > 0 && (
        <Badge tone="mod">
          <ClockAlert aria-hidden />
          {formatCount(row.stale)} out of date
        </Badge>
      )}
      {folder && row.spent > 0 && (
        <Badge tone="add">
          <CircleCheck aria-hidden />
          {isSettled(row) ? "ran" : `${formatCount(row.spent)} ran`}
        </Badge>
      )}
      {!folder && row.stale && (
        <Badge tone="mod">
          <ClockAlert aria-hidden />
          out of date
        </Badge>
      )}
      {!folder && row.error !== null && (
        <Badge tone="del">
          <CircleX aria-hidden />
          failed
        </Badge>
      )}
      {!folder && row.spentAt !== null && (
        <Badge tone="add">
          <CircleCheck aria-hidden />
          ran
        </Badge>
      )}
      {!folder && row.approved && row.spentAt === null && !row.stale && (
        <CircleCheck aria-label="approved" role="img" className="size-3.5 shrink-0 text-add-ink" />
      )}
    </>
  );
}

/** Bytes that move; where only deletes or skips are below, theirs. */
export function sizeOf(row: PlanRow): number {
  if (row.type === "operation") return row.size;
  const sent = bytesToSend(row.totals);
  if (sent > 0) return sent;
  return row.totals.delete.count > 0 ? row.totals.delete.bytes : row.totals.skip.bytes;
}

/** What a screen reader says for a line. */
function lineWords({ line: { row }, tick, comments, direction, decides }: OperationLineProps, name: string): string {
  const words: string[] = [];
  if (row.type === "folder") {
    words.push(`${name}, folder`, totalsWords(row.totals, direction));
    if (row.stale > 0) words.push(`${formatCount(row.stale)} out of date`);
  } else {
    words.push(name, MARKS[row.kind].one, row.error ?? row.moved ?? row.reason);
    if (row.stale) words.push("out of date");
    if (row.spentAt !== null) words.push("has run");
    else if (row.approved) words.push("approved");
  }
  for (const badge of findingBadges(row.findings)) words.push(badge.words);
  if (comments > 0) words.push(plural(comments, "comment"));
  if (decides && !isSettled(row)) words.push({ all: "checked", some: "partly checked", none: "left out" }[tick]);
  return words.join(", ");
}

/** Whether a line deserves a stop of `n` and `p`. */
export function isNote(row: PlanRow, open: boolean, comments: number): boolean {
  if (comments > 0) return true;
  if (row.type === "operation") return row.stale || row.error !== null || row.findings !== 0;
  return !open && (row.stale > 0 || row.findings !== 0);
}
