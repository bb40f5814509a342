"use client";

import { type CSSProperties, type FocusEvent, type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import type { MapCell } from "#lib/core/bucket/dedup/figures.ts";
import { formatSize } from "#lib/core/format.ts";
import { cellFill, cellName, chunkWords, classOf, mixWords } from "./map-words.ts";
import { CLASS_MARKS } from "./swatch.tsx";

/** Places of the first and the last cell. */
export type CellRange = [number, number];

interface MapCellsProps {
  cells: MapCell[];
  chosen: CellRange | null;
  onChoose: (range: CellRange | null) => void;
}

/** The most cells of a row, wide and on a phone. */
const ROW = { wide: 64, phone: 32 };

/** The cells in file order: one tab stop, arrows inside, Shift for a stretch. */
export function MapCells({ cells, chosen, onChoose }: MapCellsProps) {
  const list = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(chosen?.[0] ?? 0);
  /** Where a stretch began that Shift makes longer. */
  const [anchor, setAnchor] = useState<number | null>(null);
  const [told, setTold] = useState<number | null>(null);
  const at = Math.min(cursor, cells.length - 1);

  const cellAt = (index: number) => list.current?.children[index] as HTMLElement | undefined;
  const indexOf = (target: EventTarget) => {
    const cell = (target as HTMLElement).closest("[role=option]");
    return cell === null ? -1 : [...list.current!.children].indexOf(cell);
  };

  function goTo(index: number, extend: boolean) {
    const next = Math.max(0, Math.min(cells.length - 1, index));
    cellAt(next)?.focus();
    if (!extend) return setAnchor(null);
    const from = anchor ?? at;
    setAnchor(from);
    onChoose([Math.min(from, next), Math.max(from, next)]);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== "a") return;
      onChoose([0, cells.length - 1]);
      return event.preventDefault();
    }
    const columns = getComputedStyle(list.current!).gridTemplateColumns.split(" ").length;
    const to = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + columns,
      ArrowUp: at - columns,
      Home: 0,
      End: cells.length - 1,
    }[event.key];
    if (to !== undefined) {
      // Up from the first row stays in its column instead of jumping to the start.
      if (to >= 0 && to < cells.length) goTo(to, event.shiftKey);
    } else if (event.key === "Enter" || event.key === " ") {
      const only = chosen !== null && chosen[0] === at && chosen[1] === at;
      onChoose(only ? null : [at, at]);
      setAnchor(at);
    } else if (event.key === "Escape" && (chosen !== null || told !== null)) {
      onChoose(null);
      setTold(null);
      setAnchor(null);
    } else return;
    event.preventDefault();
  }

  /** A press picks a cell, a drag or Shift a stretch. */
  function onPointer(event: PointerEvent) {
    const index = indexOf(document.elementFromPoint(event.clientX, event.clientY) ?? event.target);
    if (event.type === "pointermove") {
      setTold(index === -1 || event.pointerType === "touch" ? null : index);
      if (event.buttons !== 1 || anchor === null || index === -1 || event.pointerType === "touch") return;
    }
    if (index === -1) return;
    const from = event.type === "pointermove" || event.shiftKey ? (anchor ?? at) : index;
    if (event.type === "pointerdown" && !event.shiftKey) setAnchor(index);
    setCursor(index);
    onChoose([Math.min(from, index), Math.max(from, index)]);
  }

  return (
    <div className="relative">
      <div
        ref={list}
        role="listbox"
        aria-label="Chunk map, in file order"
        aria-multiselectable
        aria-orientation="horizontal"
        tabIndex={-1}
        onKeyDown={onKeyDown}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
        onPointerLeave={() => setTold(null)}
        onBlur={() => setTold(null)}
        style={
          {
            "--wide": Math.min(ROW.wide, cells.length),
            "--phone": Math.min(ROW.phone, cells.length),
          } as CSSProperties
        }
        className="grid select-none grid-cols-[repeat(var(--wide),minmax(0,1fr))] gap-y-0.5 max-sm:grid-cols-[repeat(var(--phone),minmax(0,1fr))]"
      >
        {cells.map((cell, index) => (
          <Cell
            key={cell.start}
            cell={cell}
            here={index === at}
            band={chosen !== null && index >= chosen[0] && index <= chosen[1]}
            first={chosen?.[0] === index}
            last={chosen?.[1] === index}
            wide={cells.length < ROW.phone}
            onFocus={(event) => {
              setCursor(index);
              // A press chooses, and what is chosen is told below.
              if (event.currentTarget.matches(":focus-visible")) setTold(index);
            }}
          />
        ))}
      </div>
      {told !== null && cells[told] && <Tip cell={cells[told]} over={cellAt(told)} />}
    </div>
  );
}

interface CellProps {
  cell: MapCell;
  here: boolean;
  band: boolean;
  first: boolean;
  last: boolean;
  /** There are so few that squares would be large. */
  wide: boolean;
  onFocus: (event: FocusEvent<HTMLElement>) => void;
}

function Cell({ cell, here, band, first, last, wide, onFocus }: CellProps) {
  return (
    <div
      role="option"
      aria-label={cellName(cell)}
      aria-selected={band}
      tabIndex={here ? 0 : -1}
      onFocus={onFocus}
      className={`relative cursor-pointer p-px focus-visible:z-20 focus-visible:rounded-[5px] focus-visible:outline-offset-1 ${
        band
          ? `before:absolute before:-inset-y-0.5 before:inset-x-0 before:z-10 before:border-ink before:border-y-2 ${first ? "before:-left-0.5 before:rounded-l-[5px] before:border-l-2" : ""} ${last ? "before:-right-0.5 before:rounded-r-[5px] before:border-r-2" : ""}`
          : ""
      }`}
    >
      <span
        style={{ background: cellFill(cell) }}
        className={`relative block w-full rounded-[3px] ${wide ? "h-4" : "aspect-square"} ${CLASS_MARKS[classOf(cell)]}`}
      />
    </div>
  );
}

/** Above the cell, kept inside of the map. */
function Tip({ cell, over }: { cell: MapCell; over: HTMLElement | undefined }) {
  if (over === undefined) return null;
  const share = (over.offsetLeft + over.offsetWidth / 2) / (over.parentElement?.offsetWidth || 1);
  return (
    <div
      aria-hidden
      style={{ left: `${share * 100}%`, top: over.offsetTop - 8, translate: `${-share * 100}% -100%` }}
      className="pointer-events-none absolute z-30 w-max max-w-full rounded-control bg-panel px-2.5 py-1.5 text-secondary shadow-float"
    >
      <p>
        <strong className="font-semibold">{formatSize(cell.end - cell.start)}</strong>
        <span className="text-muted">{` from ${formatSize(cell.start)}`}</span>
      </p>
      <p className={cell.own > 0 ? "text-new-ink" : ""}>{mixWords(cell)}</p>
      <p className="text-muted">{chunkWords(cell)}</p>
    </div>
  );
}
