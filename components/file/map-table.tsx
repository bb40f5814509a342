"use client";

import { useState } from "react";
import type { FileMap } from "#lib/core/bucket/dedup/figures.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { formatCount } from "#lib/core/format.ts";
import { Button } from "../ui/button.tsx";
import { Size } from "../ui/size.tsx";
import { mapCsv } from "./map-words.ts";

/** The map in numbers: the same cells as rows. */
export function MapTable({ map, name }: { map: FileMap; name: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)} className="border-hairline border-t pt-2.5">
      <summary className="w-fit rounded-mark text-muted text-secondary hover:text-ink pointer-coarse:py-3">
        The map as a table
      </summary>
      {open && (
        <div className="mt-2.5 grid grid-cols-[minmax(0,1fr)] gap-2.5">
          <section
            aria-label="The map as a table"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
            tabIndex={0}
            className="max-h-80 overflow-auto rounded-control border border-line"
          >
            <table className="w-full whitespace-nowrap text-right [&_td]:px-3 [&_td]:py-1 [&_th]:px-3 [&_th]:py-1.5">
              <caption className="sr-only">{`Stretches of ${name} in file order, sizes by who holds them`}</caption>
              <thead className="sticky top-0 bg-panel text-muted text-secondary [&_th]:font-medium">
                <tr>
                  <th scope="col" className="text-left">
                    From byte
                  </th>
                  <th scope="col">Size</th>
                  <th scope="col">Exclusive</th>
                  <th scope="col">Shared with few</th>
                  <th scope="col">Shared widely</th>
                  <th scope="col">Chunks</th>
                  <th scope="col">Xorbs</th>
                </tr>
              </thead>
              <tbody className="[&_tr]:border-hairline [&_tr]:border-t">
                {map.cells.map((cell) => (
                  <tr key={cell.start}>
                    <th scope="row" className="text-left font-normal">
                      {formatCount(cell.start)}
                    </th>
                    <td>
                      <Size bytes={cell.end - cell.start} />
                    </td>
                    <td>
                      <Size bytes={cell.own} />
                    </td>
                    <td>
                      <Size bytes={cell.few} />
                    </td>
                    <td>
                      <Size bytes={cell.wide} />
                    </td>
                    <td>{formatCount(cell.chunks)}</td>
                    <td>{formatCount(cell.xorbs)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <Button
            size="small"
            className="w-fit"
            onClick={() => saveCsv(mapCsv(map.cells), `${baseName(name)}-map.csv`)}
          >
            Save as CSV
          </Button>
        </div>
      )}
    </details>
  );
}

function saveCsv(text: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
