"use client";

import { CircleCheck, CircleDashed, CircleX, ClockAlert, ListFilter, X } from "lucide-react";
import type { ReactNode } from "react";
import { isFiltered, NO_FILTER, type ReviewFilter, type ReviewView, shapeOf } from "#lib/browser/queries/plan.ts";
import { formatCount } from "#lib/core/format.ts";
import type { PlanKind } from "#lib/core/plan/plan.ts";
import { FilterField } from "../../tree/filter-field.tsx";
import { Button } from "../../ui/button.tsx";
import { countOf, kindsOf, kindTitle, kindWords, MARKS } from "../marks.tsx";
import { findingBadges } from "./finding-words.ts";
import { useReview } from "./plan-context.ts";

/** What counts as big, bytes. */
const BIG = 1e9;

interface ReviewFiltersProps {
  view: ReviewView;
  busy: boolean;
  onChange: (view: ReviewView) => void;
}

/** Tree or list, and what of it: each chip says how many it would show. */
export function ReviewFilters({ view, busy, onChange }: ReviewFiltersProps) {
  const { plan } = useReview();
  const { filter, shape } = view;
  const drawn = shapeOf(view);
  const set = (part: Partial<ReviewFilter>) => onChange({ ...view, filter: { ...filter, ...part } });
  const failed = plan.run?.failed ?? 0;
  const decided =
    plan.approvalsGiven.some(({ verdict, counts }) => verdict === "approve" && counts) || countOf(plan.spent) > 0;
  return (
    <div className="flex flex-wrap items-center gap-2 border-line border-b px-3 py-2 max-sm:px-4">
      <fieldset className="inline-flex rounded-control border border-line bg-sunken p-0.5">
        <legend className="sr-only">Shape</legend>
        {(["tree", "list"] as const).map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === drawn}
            disabled={each === "tree" && shape === "tree" && drawn === "list"}
            title={each === "tree" && drawn !== shape ? "This filter shows a list" : undefined}
            onClick={() => onChange({ ...view, shape: each })}
            className="h-6 rounded-small border border-transparent px-2.5 font-medium text-muted text-secondary hover:text-ink aria-pressed:border-line-strong aria-pressed:bg-panel aria-pressed:text-ink pointer-coarse:h-11 pointer-coarse:px-4"
          >
            {each === "tree" ? "Tree" : "List"}
          </button>
        ))}
      </fieldset>
      <fieldset className="flex flex-wrap items-center gap-1.5 max-sm:order-last max-sm:-mx-4 max-sm:w-screen max-sm:flex-nowrap max-sm:overflow-x-auto max-sm:px-4 max-sm:py-0.5">
        <legend className="sr-only">Show only</legend>
        {kindsOf(plan.direction)
          .filter((kind) => plan.totals[kind].count > 0)
          .map((kind) => (
            <KindChip
              key={kind}
              kind={kind}
              on={filter.kinds.includes(kind)}
              onToggle={() =>
                set({
                  kinds: filter.kinds.includes(kind)
                    ? filter.kinds.filter((each) => each !== kind)
                    : [...filter.kinds, kind],
                })
              }
            />
          ))}
        {plan.stale > 0 && (
          <Chip on={filter.stale} onToggle={() => set({ stale: !filter.stale })} icon={<ClockAlert aria-hidden />}>
            {`Out of date ${formatCount(plan.stale)}`}
          </Chip>
        )}
        {failed > 0 && (
          <Chip on={filter.failed} onToggle={() => set({ failed: !filter.failed })} icon={<CircleX aria-hidden />}>
            {`Failed ${formatCount(failed)}`}
          </Chip>
        )}
        <Chip on={filter.min === BIG} onToggle={() => set({ min: filter.min === BIG ? 0 : BIG })}>
          Over 1 GB
        </Chip>
        {decided && (
          <>
            <Chip
              on={filter.approved === true}
              onToggle={() => set({ approved: filter.approved === true ? null : true })}
              icon={<CircleCheck aria-hidden />}
            >
              Approved
            </Chip>
            <Chip
              on={filter.approved === false}
              onToggle={() => set({ approved: filter.approved === false ? null : false })}
              icon={<CircleDashed aria-hidden />}
            >
              Not approved
            </Chip>
          </>
        )}
        {filter.findings !== 0 && (
          <Chip on onToggle={() => set({ findings: 0 })} icon={<ListFilter aria-hidden />}>
            {findingBadges(filter.findings)
              .map(({ words }) => words)
              .join(", ")}
          </Chip>
        )}
        {isFiltered(filter) && (
          <Button variant="ghost" size="small" onClick={() => onChange({ ...view, filter: NO_FILTER })}>
            <X aria-hidden />
            Show all
          </Button>
        )}
      </fieldset>
      <div className="ml-auto flex min-w-0 items-center gap-2 max-sm:flex-1">
        {busy && <span aria-hidden className="spinner after-150 size-3 text-muted" />}
        <FilterField label="Path or glob" value={filter.match} onChange={(match) => set({ match })} />
      </div>
    </div>
  );
}

const chipLook =
  "inline-flex h-6 shrink-0 items-center gap-1 rounded-full border px-2 text-secondary font-medium pointer-coarse:h-11 pointer-coarse:px-3.5 [&>svg]:size-3";

function Chip({
  on,
  onToggle,
  icon,
  children,
}: {
  on: boolean;
  onToggle: () => void;
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={onToggle}
      className={`${chipLook} border-line-strong text-muted hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent-ink`}
    >
      {icon}
      {children}
    </button>
  );
}

function KindChip({ kind, on, onToggle }: { kind: PlanKind; on: boolean; onToggle: () => void }) {
  const { plan } = useReview();
  const { glyph, ink, soft } = MARKS[kind];
  const { count } = plan.totals[kind];
  return (
    <button
      type="button"
      aria-pressed={on}
      aria-label={`Only ${kindWords(kind, count, plan.direction)}`}
      title={`Only ${kindTitle(kind, plan.direction).toLowerCase()}`}
      onClick={onToggle}
      className={`${chipLook} ${ink} ${kind === "skip" ? "border-line-strong" : `border-transparent ${soft}`} hover:border-line-strong aria-pressed:border-current`}
    >
      <span className="font-mono">{glyph}</span>
      {formatCount(count)}
    </button>
  );
}
