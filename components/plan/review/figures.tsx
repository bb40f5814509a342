"use client";

import { ChartNoAxesColumnIncreasing, Recycle } from "lucide-react";
import type { CSSProperties, ReactNode } from "react";
import { formatCount } from "#lib/core/format.ts";
import { SELECT_ALL } from "#lib/core/plan/plan.ts";
import { Bytes } from "../../ui/size.tsx";
import { bytesToSend, countOf, kindsOf, kindTitle, MarkBox } from "../marks.tsx";
import { useReview } from "./plan-context.ts";
import { FigureText, freedFigure, growthFigure, newFigure, useWeight } from "./weight.tsx";

/** How big it is: a figure a kind, then what moves and what it gives back. */
export function Figures() {
  const { plan } = useReview();
  const { totals, direction } = plan;
  const send = bytesToSend(totals);
  const { weight, failed } = useWeight(SELECT_ALL);
  return (
    <section
      aria-label="Figures"
      className="grid grid-cols-[repeat(var(--figures),minmax(0,1fr))] overflow-hidden rounded-card border border-line bg-panel max-xl:grid-cols-3 max-sm:mx-4 max-sm:grid-cols-[repeat(var(--kinds),minmax(0,1fr))]"
      style={
        {
          "--kinds": kindsOf(direction).length,
          "--figures": kindsOf(direction).length + (direction === "download" ? 1 : 3),
        } as CSSProperties
      }
    >
      {kindsOf(direction).map((kind) => (
        <Figure
          key={kind}
          icon={<MarkBox kind={kind} />}
          name={kindTitle(kind, direction)}
          value={formatCount(totals[kind].count)}
          ink={totals[kind].count === 0 ? "text-faint" : ""}
        >
          <Bytes bytes={totals[kind].bytes} />
          {kind === "delete" ? " logical" : kind === "skip" ? " untouched" : ""}
        </Figure>
      ))}
      {direction !== "download" && (
        <>
          <Figure
            wide
            icon={<span aria-hidden className="size-2 rounded-[2px] bg-new" />}
            name="New bytes"
            value={<FigureText figure={weight && newFigure(weight)} failed={failed} />}
            ink="text-new-ink"
          >
            of <Bytes bytes={send} /> to send
          </Figure>
          <Figure
            wide
            icon={<Recycle aria-hidden className="size-3.5 text-muted" />}
            name={totals.overwrite.count > 0 ? "Freed" : "Freed by deleting"}
            value={<FigureText figure={weight && freedFigure(weight)} failed={failed} />}
          >
            {totals.overwrite.count > 0 && totals.delete.count === 0 ? (
              "by overwriting"
            ) : (
              <>
                of <Bytes bytes={totals.delete.bytes} /> logical
              </>
            )}
          </Figure>
          <Figure
            wide
            icon={<ChartNoAxesColumnIncreasing aria-hidden className="size-3.5 text-muted" />}
            name="Net growth"
            value={<FigureText figure={weight && growthFigure(weight)} failed={failed} />}
          >
            {weight === null
              ? failed
                ? "not to be computed"
                : "being computed"
              : countOf(plan.spent) > 0
                ? "of what has not run"
                : "new less freed"}
          </Figure>
        </>
      )}
      {direction === "download" && (
        <Figure
          wide
          icon={<span aria-hidden className="size-2 rounded-[2px] bg-stored" />}
          name="To fetch"
          value={<Bytes bytes={send} />}
        >
          the bucket is not changed
        </Figure>
      )}
    </section>
  );
}

interface FigureProps {
  icon: ReactNode;
  name: string;
  value: ReactNode;
  title?: string;
  ink?: string;
  /** Two of these share a line on a phone. */
  wide?: boolean;
  children: ReactNode;
}

function Figure({ icon, name, value, title, ink = "", wide = false, children }: FigureProps) {
  return (
    <div
      title={title}
      className={`-mt-px -ml-px min-w-0 border-line border-t border-l px-3 py-2.5 ${wide ? "max-sm:col-span-2 max-sm:text-left max-sm:last:col-span-full" : "max-sm:px-1 max-sm:text-center"}`}
    >
      <p
        className={`flex items-center gap-1.5 text-muted text-secondary ${wide ? "" : "max-sm:justify-center max-sm:gap-1 max-sm:text-caption"}`}
      >
        {icon}
        <span className="truncate">{name}</span>
      </p>
      <p className={`font-semibold text-figure ${ink} max-sm:text-stat`}>
        {value}
        {title && <span className="sr-only">{title}</span>}
      </p>
      <p className={`truncate text-muted text-secondary ${wide ? "" : "max-sm:hidden"}`}>{children}</p>
    </div>
  );
}
