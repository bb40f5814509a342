"use client";

import { Copy, ShieldAlert, ShieldCheck, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { plural } from "#lib/core/format.ts";
import type { Finding } from "#lib/core/plan/plan.ts";
import { bitOf } from "./finding-words.ts";
import { useReview } from "./plan-context.ts";

interface NotesProps {
  /** Shows the operations of a finding. */
  onShow: (bit: number) => void;
}

/** What is dangerous, then what was looked at and is fine. */
export function Notes({ onShow }: NotesProps) {
  const { plan } = useReview();
  const [all, setAll] = useState(false);
  const { findings, checksPassed } = plan;
  return (
    <section
      aria-label="Notes"
      className="grid overflow-hidden rounded-card border border-line bg-panel *:-mt-px *:-ml-px *:border-line *:border-t *:border-l max-sm:mx-4 sm:grid-cols-[repeat(auto-fit,minmax(220px,1fr))]"
    >
      {findings.map((finding) => (
        <Note key={finding.code} finding={finding} onShow={onShow} />
      ))}
      <div className="flex gap-2.5 bg-panel px-3.5 py-3 max-sm:hidden">
        <ShieldCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-add-ink" />
        <div className="min-w-0">
          <p className="font-semibold">{plural(checksPassed.length, "check")} passed</p>
          <p className="text-muted text-secondary">
            {(all ? checksPassed : checksPassed.slice(0, 3)).join(" · ")}
            {checksPassed.length > 3 && (
              <button
                type="button"
                aria-expanded={all}
                onClick={() => setAll(!all)}
                className="ml-1 font-medium text-accent-ink hover:underline"
              >
                {all ? "Show fewer" : `and ${checksPassed.length - 3} more`}
              </button>
            )}
          </p>
        </div>
      </div>
    </section>
  );
}

const ICONS = { danger: ShieldAlert, warning: TriangleAlert, note: Copy };
const INKS = { danger: "text-del-ink", warning: "text-mod-ink", note: "text-mod-ink" };

function Note({ finding, onShow }: { finding: Finding; onShow: (bit: number) => void }) {
  const Icon = ICONS[finding.severity];
  const bit = bitOf(finding.code);
  const inner = (
    <>
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${INKS[finding.severity]}`} />
      <span className="grid min-w-0 content-start">
        <span className="font-semibold wrap-anywhere">{finding.title}</span>
        <span className="text-muted text-secondary wrap-anywhere">{finding.detail}</span>
        {bit !== 0 && finding.count > 0 && (
          <span className="font-medium text-accent-ink text-secondary">{`Show ${plural(finding.count, "operation")}`}</span>
        )}
      </span>
    </>
  );
  const look = "flex gap-2.5 bg-panel px-3.5 py-3 text-left";
  if (bit === 0 || finding.count === 0) return <div className={look}>{inner}</div>;
  return (
    <button
      type="button"
      onClick={() => onShow(bit)}
      className={`${look} hover:bg-hover focus-visible:outline-offset-[-2px]`}
    >
      {inner}
    </button>
  );
}
