import { formatCount, plural } from "#lib/core/format.ts";
import type { PlanKind, PlanTotals } from "#lib/core/plan/plan.ts";

const MARKS: { kind: PlanKind; glyph: string; ink: string; word: string }[] = [
  { kind: "add", glyph: "+", ink: "text-add-ink", word: "new file" },
  { kind: "download", glyph: "↓", ink: "text-add-ink", word: "download" },
  { kind: "overwrite", glyph: "~", ink: "text-mod-ink", word: "overwrite" },
  { kind: "delete", glyph: "−", ink: "text-del-ink", word: "delete" },
  { kind: "skip", glyph: "=", ink: "text-muted", word: "skip" },
];

interface PlanCountsProps {
  totals: PlanTotals;
  /** Also say what stays untouched. */
  skips?: boolean;
}

/** "+32 ~17 −96": marks before colour; zeros are left out. */
export function PlanCounts({ totals, skips = false }: PlanCountsProps) {
  const shown = MARKS.filter(({ kind }) => totals[kind].count > 0 && (skips || kind !== "skip"));
  if (shown.length === 0) return <span className="text-faint">nothing to do</span>;
  return (
    <span className="inline-flex flex-wrap gap-x-2 font-medium">
      {shown.map(({ kind, glyph, ink, word }) => (
        <span key={kind} className={`whitespace-nowrap ${ink}`} title={plural(totals[kind].count, word)}>
          <span aria-hidden>
            <span className="font-mono">{glyph}</span>
            {formatCount(totals[kind].count)}
          </span>
          <span className="sr-only">{plural(totals[kind].count, word)}</span>
        </span>
      ))}
    </span>
  );
}
