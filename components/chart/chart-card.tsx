"use client";

import { ChartNoAxesColumn, Download, FileSpreadsheet, Image as ImageIcon, Shapes, Table2 } from "lucide-react";
import { lazy, type ReactNode, Suspense, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { announce } from "../ui/toast.tsx";
import type { ChartData } from "./chart-data.ts";
import type { ChartFormat } from "./save-chart.ts";

const ChartTable = lazy(() => import("./chart-table.tsx").then((module) => ({ default: module.ChartTable })));

interface ChartCardProps {
  title: string;
  /** Of saved files: "kestrel-new-bytes". */
  name: string;
  /** Written under the title of saved pictures. */
  note: string;
  data: ChartData;
  /** What is shown is a table already: there is nothing behind it, and no picture. */
  plain?: boolean;
  /** Beside the title, in a quieter voice. */
  subtitle?: string;
  controls?: ReactNode;
  /** Drawn for pictures alone, where the page shows something that is no drawing. */
  picture?: ReactNode;
  className?: string;
  /** The drawing, or what stands in for it, and the words around it. */
  children: ReactNode;
}

/** A chart in its card: as a drawing, as the table behind it, and as files. */
export function ChartCard({
  title,
  name,
  note,
  data,
  plain = false,
  subtitle,
  controls,
  picture,
  className = "",
  children,
}: ChartCardProps) {
  const id = useId();
  const body = useRef<HTMLDivElement>(null);
  const [wanted, setTabled] = useState(false);
  const tabled = wanted && !plain;
  const [drawn, setDrawn] = useState(false);

  async function save(format: ChartFormat) {
    const { saveChart } = await import("./save-chart.ts");
    const offPage = picture !== undefined || tabled;
    if (format !== "csv" && offPage) flushSync(() => setDrawn(true));
    const drawing = body.current!.querySelector<SVGSVGElement>("svg[data-chart]");
    try {
      await saveChart(format, name, data, drawing, { title, note });
      announce(`Saved ${name}.${format}`);
    } catch {
      announce(`The browser could not save ${name}.${format}`);
    }
    setDrawn(false);
  }

  return (
    <Card aria-labelledby={id} className={`min-w-0 max-sm:rounded-none max-sm:border-x-0 ${className}`}>
      <div className="flex min-h-11 flex-wrap items-center gap-x-2 gap-y-1 py-1.5 pr-2 pl-3.5 max-sm:px-4">
        <h2 id={id} className="mr-auto font-semibold">
          {title}
          {subtitle && <span className="ml-2.5 font-normal text-muted max-sm:hidden">{subtitle}</span>}
        </h2>
        {controls && (
          <div className="flex flex-wrap items-center gap-2 max-sm:order-last max-sm:basis-full">{controls}</div>
        )}
        {!plain && (
          <Button
            variant="ghost"
            size="icon"
            aria-pressed={tabled}
            aria-label={`${title}: as a table`}
            title={tabled ? "Show the chart" : "Show the table behind it"}
            onClick={() => setTabled(!tabled)}
          >
            {tabled ? <ChartNoAxesColumn /> : <Table2 />}
          </Button>
        )}
        <Menu
          label={`${title}: save`}
          title="Save as a file"
          look={{ variant: "ghost", size: "icon" }}
          trigger={<Download />}
        >
          {!plain && (
            <>
              <MenuItem icon={<ImageIcon />} onSelect={() => save("png")} hint={<Hint>PNG</Hint>}>
                Save the picture
              </MenuItem>
              <MenuItem icon={<Shapes />} onSelect={() => save("svg")} hint={<Hint>SVG</Hint>}>
                Save the drawing
              </MenuItem>
            </>
          )}
          <MenuItem icon={<FileSpreadsheet />} onSelect={() => save("csv")} hint={<Hint>CSV</Hint>}>
            Save the figures
          </MenuItem>
        </Menu>
      </div>
      <div ref={body}>
        {tabled ? (
          <Suspense fallback={<div className="h-64" />}>
            <ChartTable title={title} data={data} />
          </Suspense>
        ) : (
          children
        )}
        {drawn && (
          <div aria-hidden className="pointer-events-none fixed top-0 left-[-200vw] w-240">
            {picture ?? children}
          </div>
        )}
      </div>
    </Card>
  );
}

function Hint({ children }: { children: string }) {
  return <span className="text-faint text-secondary">{children}</span>;
}
