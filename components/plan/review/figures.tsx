"use client";

import { Recycle } from "lucide-react";
import type { CSSProperties, ReactNode } from "react";
import { formatCount } from "#lib/core/format.ts";
import { Bytes } from "../../ui/size.tsx";
import { bytesToSend, kindsOf, kindTitle, MarkBox } from "../marks.tsx";
import { useReview } from "./plan-context.ts";

const NEW_UNKNOWN =
  "The plan names files, not their chunks: what of them is new is known once they are read for the upload.";
const FREED_UNKNOWN = "Known once the chunks of what is deleted are weighed against every other file that shares them.";

/** How big it is: a figure a kind, then what moves and what it gives back. */
export function Figures() {
  const { plan } = useReview();
  const { totals, direction } = plan;
  const send = bytesToSend(totals);
  return (
    <section
      aria-label="Figures"
      className="grid grid-cols-[repeat(var(--figures),minmax(0,1fr))] overflow-hidden rounded-card border border-line bg-panel max-xl:grid-cols-3 max-sm:mx-4 max-sm:grid-cols-[repeat(var(--kinds),minmax(0,1fr))]"
      style={{ "--kinds": kindsOf(direction).length, "--figures": kindsOf(direction).length + 2 } as CSSProperties}
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
        <Figure
          wide
          icon={<span aria-hidden className="size-2 rounded-[2px] bg-new" />}
          name="New bytes"
          value={send === 0 ? "0 B" : "–"}
          title={send === 0 ? undefined : NEW_UNKNOWN}
          ink={send === 0 ? "text-new-ink" : "text-faint"}
        >
          of <Bytes bytes={send} /> to send
        </Figure>
      )}
      {direction !== "download" && (
        <Figure
          wide
          icon={<Recycle aria-hidden className="size-3.5 text-muted" />}
          name="Freed by deleting"
          value={totals.delete.count === 0 ? "0 B" : "–"}
          title={totals.delete.count === 0 ? undefined : FREED_UNKNOWN}
          ink={totals.delete.count === 0 ? "" : "text-faint"}
        >
          of <Bytes bytes={totals.delete.bytes} /> logical
        </Figure>
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
      className={`-mt-px -ml-px min-w-0 border-line border-t border-l px-3 py-2.5 ${wide ? "max-sm:col-span-2 max-sm:text-left" : "max-sm:px-1 max-sm:text-center"}`}
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
