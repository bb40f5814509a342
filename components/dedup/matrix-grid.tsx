"use client";

import { type KeyboardEvent, memo, type SyntheticEvent, useRef } from "react";
import type { SharingMatrix } from "#lib/core/bucket/dedup/figures.ts";
import { heatFill, heatInk } from "../chart/heat.ts";
import { depthOf, domainOf, formatShare, type Pair, shareOf } from "./matrix-data.ts";

/** From here on cells are narrow. */
const MANY = 14;

interface MatrixGridProps {
  matrix: SharingMatrix;
  labels: string[];
  chosen: Pair;
  onChoose: (pair: Pair) => void;
}

/** A cell for each pair; arrows move, and the rows and columns one points at are lit. */
export function MatrixGrid({ matrix, labels, chosen, onChoose }: MatrixGridProps) {
  const table = useRef<HTMLTableElement>(null);
  const { length } = matrix.scopes;
  const { low, high } = domainOf(matrix) ?? { low: 0, high: 1 };
  const cell = length > MANY ? 40 : 48;
  const head = Math.min(150, Math.max(...labels.map((label) => label.length)) * 7 + 16);

  function onKeyDown(event: KeyboardEvent) {
    const { row, column } = chosen;
    const to = {
      ArrowRight: [row, column + 1],
      ArrowLeft: [row, column - 1],
      ArrowDown: [row + 1, column],
      ArrowUp: [row - 1, column],
      Home: [event.ctrlKey ? 0 : row, 0],
      End: [event.ctrlKey ? length - 1 : row, length - 1],
    }[event.key];
    if (to === undefined || event.altKey || event.metaKey) return;
    event.preventDefault();
    const [nextRow, nextColumn] = to.map((place) => Math.max(0, Math.min(length - 1, place))) as [number, number];
    onChoose({ row: nextRow, column: nextColumn });
    table.current!.querySelector<HTMLElement>(`[data-cell="${nextRow} ${nextColumn}"]`)?.focus();
  }

  /** Lights the two heads of a cell, without drawing 2,500 cells anew. */
  function light(event: SyntheticEvent) {
    const place = (event.target as Element).closest<HTMLElement>("[data-cell]")?.dataset.cell?.split(" ");
    const lit = place === undefined || event.type === "pointerleave" || event.type === "blur" ? [] : place;
    for (const element of table.current!.querySelectorAll<HTMLElement>("[data-head]"))
      element.toggleAttribute(
        "data-lit",
        element.dataset.head === `row ${lit[0]}` || element.dataset.head === `column ${lit[1]}`,
      );
  }

  return (
    <div className="max-h-100 overflow-auto px-3.5 pb-1 max-sm:px-4">
      <table
        ref={table}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells are walked by arrows.
        role="grid"
        aria-label="Part of the row's unique bytes that the column holds too, in percent"
        onKeyDown={onKeyDown}
        onPointerOver={light}
        onPointerLeave={light}
        onFocus={light}
        onBlur={light}
        className="w-full table-fixed border-separate border-spacing-0.5 text-center"
        style={{ minWidth: head + length * cell }}
      >
        <thead>
          <tr>
            <td style={{ width: head }} className="sticky top-0 left-0 z-30 bg-panel" />
            {labels.map((label, column) => (
              <th
                key={matrix.scopes[column]!.path}
                scope="col"
                data-head={`column ${column}`}
                title={matrix.scopes[column]!.path}
                className={`${headLook} sticky top-0 z-20 bg-panel px-0.5 pb-1`}
              >
                <span className="block truncate">{label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((label, row) => (
            <Row
              key={matrix.scopes[row]!.path}
              matrix={matrix}
              label={label}
              row={row}
              low={low}
              high={high}
              chosen={chosen.row === row ? chosen.column : null}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const headLook = "font-normal text-caption text-muted data-lit:font-semibold data-lit:text-ink";

interface RowProps {
  matrix: SharingMatrix;
  label: string;
  row: number;
  /** The cells' domain. */
  low: number;
  high: number;
  /** The column chosen in this row. */
  chosen: number | null;
  onChoose: (pair: Pair) => void;
}

const Row = memo(function Row({ matrix, label, row, low, high, chosen, onChoose }: RowProps) {
  return (
    <tr>
      <th
        scope="row"
        data-head={`row ${row}`}
        title={matrix.scopes[row]!.path}
        className={`${headLook} sticky left-0 z-10 bg-panel pr-2 text-left`}
      >
        <span className="block truncate">{label}</span>
      </th>
      {matrix.scopes.map(({ path }, column) => {
        const share = row === column ? null : shareOf(matrix, row, column);
        const depth = share === null ? 0 : depthOf(share, { low, high });
        const here = chosen === column;
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the grid hears the keys.
          <td
            key={path}
            // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell of a grid.
            role="gridcell"
            data-cell={`${row} ${column}`}
            aria-selected={here}
            tabIndex={here ? 0 : -1}
            onClick={() => onChoose({ row, column })}
            onFocus={() => onChoose({ row, column })}
            className="h-7.5 cursor-pointer rounded-mark p-0 font-medium text-caption outline-offset-1 aria-selected:outline-2 aria-selected:outline-ink pointer-coarse:h-11"
            style={
              share === null
                ? { background: "var(--sunken)", color: "var(--muted)" }
                : { background: heatFill(depth), color: heatInk(depth) }
            }
          >
            {row === column ? "·" : formatShare(share)}
          </td>
        );
      })}
    </tr>
  );
});
