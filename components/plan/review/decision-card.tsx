"use client";

import { Check, MessageSquareWarning, X } from "lucide-react";
import type { Measure } from "#lib/browser/queries/plan.ts";
import { formatCount, shortHash } from "#lib/core/format.ts";
import type { PlanDetails, PlanDirection, PlanTotals } from "#lib/core/plan/plan.ts";
import { allows } from "#lib/core/plan/status.ts";
import { Button } from "../../ui/button.tsx";
import { Card, CardHead } from "../../ui/card.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { Until } from "../../ui/full-time.tsx";
import { Kbd } from "../../ui/kbd.tsx";
import { ErrorNotice } from "../../ui/notice.tsx";
import { Bytes } from "../../ui/size.tsx";
import { Time } from "../../ui/time.tsx";
import { copy } from "../../ui/toast.tsx";
import { bytesToSend, countOf, kindsOf, MarkCount } from "../marks.tsx";
import type { Asking } from "./decision-dialog.tsx";
import { useReview } from "./plan-context.ts";
import { TakeBack } from "./take-back.tsx";
import type { Decision } from "./use-decision.ts";
import { FigureText, freedFigure, growthFigure, newFigure, useWeight } from "./weight.tsx";

interface DecisionCardProps {
  decision: Decision;
  onAsk: (asking: Asking) => void;
}

/** What an approval would take, in numbers, and the verbs. */
export function DecisionCard({ decision, onAsk }: DecisionCardProps) {
  const { plan } = useReview();
  const { measure, count, of, whole, measuring, whyNot, mine } = decision;
  return (
    <Card aria-label="Your decision">
      <CardHead title="Your decision">
        <span className="text-muted text-secondary">
          {whyNot !== null
            ? ""
            : measuring
              ? "counting"
              : whole
                ? "approves all"
                : count === 0
                  ? "approves nothing"
                  : "approves a part"}
        </span>
      </CardHead>
      <div className="grid gap-3 p-3.5">
        {whyNot !== null ? <MayRun plan={plan} /> : measure && <CheckedFacts decision={decision} measure={measure} />}
        {decision.error && <ErrorNotice title="What is checked could not be counted" error={decision.error} />}
        {whyNot === null && decision.over.length > 0 && (
          <div className="rounded-control bg-del-soft px-3 py-2 text-del-ink">
            <p className="font-medium">More than the bucket's limits allow</p>
            {decision.over.map((limit) => (
              <p key={limit}>{limit}</p>
            ))}
          </div>
        )}
        {mine && <Standing plan={plan} mine={mine} />}
        {whyNot !== null ? (
          <>
            <p className="rounded-control bg-sunken px-3 py-2 text-muted">{whyNot}</p>
            {decision.objects && <Objections onAsk={onAsk} />}
          </>
        ) : (
          <div className="grid gap-2 max-xl:hidden">
            <Button
              variant="primary"
              size="large"
              disabled={measuring || count === 0 || decision.over.length > 0}
              onClick={() => onAsk({ verdict: "approve", whole: false })}
            >
              <Check aria-hidden />
              {`Approve ${formatCount(count)} of ${formatCount(of)}`}
              <Kbd className="ml-1 border-on-accent/40 bg-transparent text-on-accent">⇧A</Kbd>
            </Button>
            {!whole && (
              <div className="flex items-center gap-2">
                <Button
                  className="flex-1"
                  disabled={plan.stale > 0 || (decision.over.length > 0 && count === of)}
                  onClick={() => onAsk({ verdict: "approve", whole: true })}
                >
                  {`Approve all ${formatCount(of)}`}
                </Button>
                {plan.stale > 0 && <span className="text-muted text-secondary">after a rebase</span>}
              </div>
            )}
            <Objections onAsk={onAsk} />
          </div>
        )}
        {whyNot === null && <Binding plan={plan} />}
      </div>
    </Card>
  );
}

function Objections({ onAsk }: Pick<DecisionCardProps, "onAsk">) {
  return (
    <div className="grid grid-cols-2 gap-2">
      <Button onClick={() => onAsk({ verdict: "request-changes", whole: false })}>
        <MessageSquareWarning aria-hidden />
        Request changes
      </Button>
      <Button variant="danger" onClick={() => onAsk({ verdict: "reject", whole: false })}>
        <X aria-hidden />
        Reject
      </Button>
    </div>
  );
}

function CheckedFacts({ decision, measure }: { decision: Decision; measure: Measure }) {
  const { plan } = useReview();
  const { measuring, selection } = decision;
  const { weight, failed } = useWeight(selection);
  return (
    <div aria-busy={measuring} className={`grid gap-3 ${measuring ? "opacity-60" : ""}`}>
      <TotalCells totals={measure.selected} direction={plan.direction} />
      <Facts>
        <Fact name={plan.direction === "download" ? "Fetches" : "Sends"}>
          <Bytes bytes={bytesToSend(measure.selected)} />
        </Fact>
        {plan.direction !== "download" && (
          <>
            <Fact name="Of that new">
              <span className="text-new-ink">
                <FigureText figure={weight && newFigure(weight)} failed={failed} />
              </span>
            </Fact>
            <Fact name="Deletes, logical">
              <Bytes bytes={measure.selected.delete.bytes} />
            </Fact>
            <Fact name="Frees">
              <FigureText figure={weight && freedFigure(weight)} failed={failed} />
            </Fact>
            <Fact name="Net growth">
              <FigureText figure={weight && growthFigure(weight)} failed={failed} />
            </Fact>
          </>
        )}
        <Fact name="Left out by you">{formatCount(countOf(measure.left))}</Fact>
        {countOf(plan.spent) > 0 && <Fact name="Has run">{formatCount(countOf(plan.spent))}</Fact>}
        {countOf(measure.stale) > 0 && <Fact name="Left out, out of date">{formatCount(countOf(measure.stale))}</Fact>}
      </Facts>
    </div>
  );
}

/** For who does not decide: what others have let through. */
function MayRun({ plan }: { plan: PlanDetails }) {
  const ran = countOf(plan.spent);
  const may = countOf(plan.runnable);
  if (ran + may === 0) return null;
  return (
    <div className="grid gap-3">
      <TotalCells totals={may > 0 ? plan.runnable : plan.spent} direction={plan.direction} />
      <Facts>
        {may > 0 && <Fact name="Approved, may run">{formatCount(may)}</Fact>}
        {ran > 0 && <Fact name="Has run">{formatCount(ran)}</Fact>}
        <Fact name="Of the plan">{formatCount(plan.operations)}</Fact>
      </Facts>
    </div>
  );
}

/** "+23 ~16 −64 =472", a cell a kind. */
function TotalCells({ totals, direction }: { totals: PlanTotals; direction: PlanDirection }) {
  const kinds = kindsOf(direction);
  return (
    <div className="grid auto-cols-fr grid-flow-col divide-x divide-line overflow-hidden rounded-control border border-line text-center font-semibold">
      {kinds.map((kind) => (
        <span key={kind} className="px-1 py-1">
          <MarkCount kind={kind} count={totals[kind].count} direction={direction} />
        </span>
      ))}
    </div>
  );
}

/** Digest and expiry stand under the button that binds them. */
function Binding({ plan }: { plan: PlanDetails }) {
  const { expiresAfter, approvals } = plan.rules;
  return (
    <p className="text-muted text-secondary">
      Bound to digest{" "}
      <button
        type="button"
        title={`${plan.digest}\nCopy digest`}
        onClick={() => copy(plan.digest, "Digest")}
        className="rounded-mark font-mono text-[11.5px] hover:text-ink"
      >
        {shortHash(plan.digest)}
      </button>{" "}
      of these operations and to the present state of their paths.{" "}
      {expiresAfter === null ? "It does not expire." : `Expires in ${duration(expiresAfter)}.`}
      {approvals > 1 && ` ${approvals} approvals are needed.`}
    </p>
  );
}

const HOUR = 3600_000;

export function duration(ms: number): string {
  if (ms < HOUR) return `${Math.round(ms / 60_000)} min`;
  return ms < 72 * HOUR ? `${Math.round(ms / HOUR)} h` : `${Math.round(ms / 24 / HOUR)} days`;
}

const DECIDED = { approve: "You approved", "request-changes": "You requested changes", reject: "You rejected this" };

function Standing({ plan, mine }: { plan: PlanDetails; mine: NonNullable<Decision["mine"]> }) {
  return (
    <div className="flex flex-wrap items-center gap-2 rounded-control bg-sunken px-3 py-2">
      <p className="mr-auto min-w-0">
        <span className="font-medium">
          {mine.verdict === "approve"
            ? `${DECIDED.approve} ${formatCount(mine.covers)} of ${formatCount(plan.operations)}`
            : DECIDED[mine.verdict]}
        </span>
        <span className="block text-muted text-secondary">
          <Time value={mine.at} />
          {mine.expiresAt !== null && mine.verdict === "approve" && (
            <>
              , expires <Until value={mine.expiresAt} />
            </>
          )}
        </span>
      </p>
      {allows(plan.status, "take-back") && <TakeBack />}
    </div>
  );
}
