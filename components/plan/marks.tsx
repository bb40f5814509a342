import { formatCount, plural } from "#lib/core/format.ts";
import { PLAN_KINDS, type PlanDirection, type PlanKind, type PlanTotals } from "#lib/core/plan/plan.ts";

interface Mark {
  glyph: string;
  ink: string;
  soft: string;
  /** "1 upload", "3 uploads". */
  one: string;
  many: string;
}

/** Marks before colour: the glyph says what happens, colour repeats it. */
export const MARKS: Record<PlanKind, Mark> = {
  add: { glyph: "+", ink: "text-add-ink", soft: "bg-add-soft", one: "upload", many: "uploads" },
  overwrite: { glyph: "~", ink: "text-mod-ink", soft: "bg-mod-soft", one: "overwrite", many: "overwrites" },
  download: { glyph: "↓", ink: "text-add-ink", soft: "bg-add-soft", one: "download", many: "downloads" },
  delete: { glyph: "−", ink: "text-del-ink", soft: "bg-del-soft", one: "delete", many: "deletes" },
  skip: { glyph: "=", ink: "text-muted", soft: "bg-sunken", one: "skip", many: "skips" },
};

/** The kinds that a plan of this direction can have, in the order of the page's columns. */
export function kindsOf(direction: PlanDirection): PlanKind[] {
  return direction === "download" ? ["download", "delete", "skip"] : ["add", "overwrite", "delete", "skip"];
}

/** "3 uploads", in the words of the plan: what a copy adds is copied, not uploaded. */
export function kindWords(kind: PlanKind, count: number, direction: PlanDirection): string {
  if (kind === "add" && direction === "copy") return plural(count, "copy", "copies");
  return plural(count, MARKS[kind].one, MARKS[kind].many);
}

/** The name of a kind in heads and chips: "Uploads". */
export function kindTitle(kind: PlanKind, direction: PlanDirection): string {
  const word = kind === "add" && direction === "copy" ? "copies" : MARKS[kind].many;
  return word[0]!.toUpperCase() + word.slice(1);
}

/** The glyph in its square. */
export function MarkBox({ kind, className = "" }: { kind: PlanKind; className?: string }) {
  const { glyph, ink, soft } = MARKS[kind];
  return (
    <span
      aria-hidden
      className={`inline-flex size-4.5 shrink-0 items-center justify-center rounded-mark font-mono font-semibold text-[12px] leading-none ${soft} ${ink} ${className}`}
    >
      {glyph}
    </span>
  );
}

/** "+23": glyph and number in the kind's ink; screen readers hear the word. */
export function MarkCount({ kind, count, direction }: { kind: PlanKind; count: number; direction: PlanDirection }) {
  const { glyph, ink } = MARKS[kind];
  return (
    <span className={`whitespace-nowrap ${ink}`}>
      <span aria-hidden>
        <span className="font-mono">{glyph}</span>
        {formatCount(count)}
      </span>
      <span className="sr-only">{kindWords(kind, count, direction)}</span>
    </span>
  );
}

/** Operations of all kinds. */
export function countOf(totals: PlanTotals): number {
  return PLAN_KINDS.reduce((sum, kind) => sum + totals[kind].count, 0);
}

/** Bytes that move: uploads, overwrites, downloads, copies. */
export function bytesToSend(totals: PlanTotals): number {
  return totals.add.bytes + totals.overwrite.bytes + totals.download.bytes;
}

/** "3 uploads, 1 delete"; "no operation" when there are none. */
export function totalsWords(totals: PlanTotals, direction: PlanDirection): string {
  const words = PLAN_KINDS.filter((kind) => totals[kind].count > 0).map((kind) =>
    kindWords(kind, totals[kind].count, direction),
  );
  return words.join(", ") || "no operation";
}
