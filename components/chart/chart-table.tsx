"use client";

import { Size } from "../ui/size.tsx";
import { useNow } from "../ui/time.tsx";
import { type ChartData, formatCell } from "./chart-data.ts";

/** Rows shown at first; the CSV has all. */
const SHOWN = 500;

export function ChartTable({ title, data: { columns, rows } }: { title: string; data: ChartData }) {
  const { zone } = useNow();
  return (
    <section
      aria-label={`${title}, table`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls needs the focus.
      tabIndex={0}
      className="max-h-96 overflow-auto border-line border-t focus-visible:outline-offset-[-2px]"
    >
      <table className="w-full border-separate border-spacing-0 text-left">
        <caption className="sr-only">{title}</caption>
        <thead>
          <tr className="h-8.5 text-muted text-secondary">
            {columns.map(({ name, kind }) => (
              <th
                key={name}
                scope="col"
                className={`sticky top-0 whitespace-nowrap border-line border-b bg-panel px-3.5 font-medium ${kind === "text" || kind === "time" ? "" : "text-right"}`}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name and never move.
            <tr key={at} className="h-8">
              {row.map((value, column) => {
                const { name, kind } = columns[column]!;
                const text = kind === "text" || kind === "time";
                return (
                  <td
                    key={name}
                    className={`whitespace-nowrap border-hairline border-b px-3.5 ${text ? "" : "text-right"}`}
                  >
                    {kind === "bytes" && typeof value === "number" ? (
                      <Size bytes={value} />
                    ) : (
                      formatCell(value, kind, zone)
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && (
        <p className="px-3.5 py-2 text-muted text-secondary">
          The first {SHOWN} of {rows.length} rows; the CSV has all.
        </p>
      )}
    </section>
  );
}
