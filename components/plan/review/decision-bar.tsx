"use client";

import { Check, MessageSquareWarning, X } from "lucide-react";
import type { Measure } from "#lib/browser/queries/plan.ts";
import { formatCount, formatSize } from "#lib/core/format.ts";
import type { PlanDirection } from "#lib/core/plan/plan.ts";
import type { PlanWeight } from "#lib/core/plan/weight.ts";
import { Button } from "../../ui/button.tsx";
import { bytesToSend, kindsOf, MarkCount } from "../marks.tsx";
import type { Asking } from "./decision-dialog.tsx";
import { useReview } from "./plan-context.ts";
import type { Decision } from "./use-decision.ts";
import { useWeight } from "./weight.tsx";

interface DecisionBarProps {
  decision: Decision;
  onAsk: (asking: Asking) => void;
}

/** The decision at the thumb, where the rail has no place. */
export function DecisionBar({ decision, onAsk }: DecisionBarProps) {
  const { plan } = useReview();
  const { measure, measuring, count, of, whyNot, selection } = decision;
  const { weight } = useWeight(selection, whyNot === null);
  if (whyNot !== null) return null;
  return (
    <section
      aria-label="Decide"
      className="fixed inset-x-0 bottom-0 z-30 border-line border-t bg-panel px-4 pt-2.5 pb-[max(14px,env(safe-area-inset-bottom))] shadow-float xl:hidden"
    >
      <div className="mx-auto grid max-w-[720px] grid-cols-[minmax(0,1fr)] gap-2">
        <p className="flex flex-wrap items-center justify-between gap-x-3">
          <span className="flex gap-2.5 font-semibold">
            {kindsOf(plan.direction).map((kind) => (
              <MarkCount key={kind} kind={kind} count={measure?.selected[kind].count ?? 0} direction={plan.direction} />
            ))}
          </span>
          <span
            className={`min-w-0 text-secondary wrap-anywhere ${decision.over.length > 0 ? "text-del-ink" : "text-muted"}`}
          >
            {decision.over[0] ?? (measure ? moves(measure, weight, plan.direction) : "")}
          </span>
        </p>
        <div className="flex gap-2">
          <Button
            variant="primary"
            className="h-11.5! flex-1 text-prose!"
            disabled={measuring || count === 0 || decision.over.length > 0}
            onClick={() => onAsk({ verdict: "approve", whole: false })}
          >
            <Check aria-hidden />
            {`Approve ${formatCount(count)} of ${formatCount(of)}`}
          </Button>
          <Button
            aria-label="Request changes"
            className="size-11.5! p-0!"
            onClick={() => onAsk({ verdict: "request-changes", whole: false })}
          >
            <MessageSquareWarning aria-hidden className="size-4.5!" />
          </Button>
          <Button
            aria-label="Reject"
            variant="danger"
            className="size-11.5! p-0!"
            onClick={() => onAsk({ verdict: "reject", whole: false })}
          >
            <X aria-hidden className="size-4.5!" />
          </Button>
        </div>
      </div>
    </section>
  );
}

function moves({ selected }: Measure, weight: PlanWeight | null, direction: PlanDirection): string {
  const sends = `${direction === "download" ? "fetches" : "sends"} ${formatSize(bytesToSend(selected))}`;
  const deletes = selected.delete.bytes > 0 ? `, deletes ${formatSize(selected.delete.bytes)}` : "";
  const frees = weight !== null && weight.freed > 0 ? `, frees ${formatSize(weight.freed)}` : "";
  return sends + deletes + frees;
}
