"use client";

import { useQuery } from "@tanstack/react-query";
import { usePathname, useSearchParams } from "next/navigation";
import { useEffect, useEffectEvent, useMemo, useState } from "react";
import {
  formatReviewView,
  NO_FILTER,
  parseReviewView,
  planQuery,
  type ReviewView,
  shapeOf,
} from "#lib/browser/queries/plan.ts";
import type { Page } from "#lib/core/bucket/entry.ts";
import { formatCount } from "#lib/core/format.ts";
import { type PlanDetails, type PlanRow, SELECT_ALL } from "#lib/core/plan/plan.ts";
import { useKeys } from "../../shell/keys.tsx";
import { Button } from "../../ui/button.tsx";
import { ErrorNotice } from "../../ui/notice.tsx";
import { announce } from "../../ui/toast.tsx";
import { totalsWords } from "../marks.tsx";
import { Banners } from "./banners.tsx";
import { DecisionBar } from "./decision-bar.tsx";
import { DecisionCard } from "./decision-card.tsx";
import { type Asking, DecisionDialog } from "./decision-dialog.tsx";
import { Discussion } from "./discussion.tsx";
import { Figures } from "./figures.tsx";
import { KeyStrip } from "./key-strip.tsx";
import { Notes } from "./notes.tsx";
import { Operations } from "./operations.tsx";
import { ReviewProvider } from "./plan-context.ts";
import { ReviewHeader } from "./review-header.tsx";
import { ReviewersCard } from "./reviewers-card.tsx";
import { RunCard } from "./run-card.tsx";
import { Timeline } from "./timeline.tsx";
import { useChecked } from "./use-checked.ts";
import { useDecision } from "./use-decision.ts";
import { type FirstRows, usePlanRows } from "./use-plan-rows.ts";

interface PlanReviewProps {
  id: number;
  /** The reader's account name; null: nobody signed in. */
  me: string | null;
  /** Folders that the server has read, for the view of the address; "" is the root. */
  first: [string, Page<PlanRow>][];
}

/** One plan: still true, how big, how dangerous, where, decide. */
export function PlanReview({ id, me, first }: PlanReviewProps) {
  const { data: plan, error, refetch } = useQuery(planQuery(id));
  if (plan === undefined) {
    return (
      <main id="content" className="mx-auto max-w-[1600px] p-6">
        {error && (
          <ErrorNotice
            title={`Plan #${id} could not be read`}
            error={error}
            action={<Button onClick={() => refetch()}>Read it again</Button>}
          />
        )}
      </main>
    );
  }
  return (
    <ReviewProvider value={{ plan, me }}>
      {error && (
        <p role="status" className="bg-mod-soft px-6 py-1.5 text-center text-mod-ink text-secondary">
          The server does not answer: this is what was read last. Your ticks and texts are kept.
        </p>
      )}
      <Body plan={plan} me={me} first={first} />
    </ReviewProvider>
  );
}

function Body({ plan, me, first }: { plan: PlanDetails; me: string | null; first: [string, Page<PlanRow>][] }) {
  const { view, show } = useView();
  const [read] = useState<FirstRows>(() => new Map(first));
  const drawn = useMemo(() => ({ ...view, shape: shapeOf(view) }), [view]);
  const { rows, state, pending } = usePlanRows(plan, drawn, read);
  const { checked, setSelection } = useChecked(plan, me);
  const decision = useDecision(checked);
  const [asking, setAsking] = useState<Asking | null>(null);
  const decides = decision.whyNot === null;

  const showOnly = (filter: Partial<ReviewView["filter"]>) => {
    show({ shape: view.shape, filter: { ...NO_FILTER, ...filter } });
    document.querySelector("[aria-label=Operations]")?.scrollIntoView({ block: "start" });
  };

  useKeys({
    "shift+a": () => {
      if (!decides) announce(decision.whyNot!);
      else if (decision.measuring) announce("Counting what is checked");
      else if (decision.count === 0) announce("Nothing is checked");
      else if (decision.over.length > 0) announce(`Over the limits: ${decision.over.join("; ")}`);
      else setAsking({ verdict: "approve", whole: false });
    },
  });

  return (
    <>
      <ReviewHeader />
      <main
        id="content"
        className={`mx-auto grid max-w-[1600px] grid-cols-[minmax(0,1fr)] items-start gap-4 pt-4 sm:px-6 xl:grid-cols-[minmax(0,1fr)_326px] xl:gap-5 ${decides ? "pb-36 xl:pb-24" : "pb-24"}`}
      >
        <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
          <Banners onShowStale={() => showOnly({ stale: true })} onShowFailed={() => showOnly({ failed: true })} />
          <Figures />
          <Notes onShow={(findings) => showOnly({ findings })} />
          <Operations
            view={view}
            onView={show}
            rows={rows}
            state={state}
            pending={pending}
            checked={checked}
            onSelection={setSelection}
            decides={decides}
          />
          <Discussion />
        </div>
        <aside
          aria-label="Decide and run"
          className="grid grid-cols-[minmax(0,1fr)] gap-4 max-sm:px-4 max-xl:sm:grid-cols-2 max-xl:items-start"
        >
          <DecisionCard decision={decision} onAsk={setAsking} />
          <ReviewersCard />
          <RunCard />
          <Timeline />
        </aside>
      </main>
      <DecisionBar decision={decision} onAsk={setAsking} />
      <KeyStrip />
      <p role="status" className="sr-only">
        {decides && !decision.measuring && decision.measure
          ? `${formatCount(decision.count)} of ${formatCount(decision.of)} checked: ${totalsWords(decision.measure.selected, plan.direction)}`
          : ""}
      </p>
      {asking && (
        <DecisionDialog
          asking={asking}
          selection={checked.selection}
          decision={decision}
          onClose={() => setAsking(null)}
          onWhole={() => setSelection(SELECT_ALL)}
        />
      )}
    </>
  );
}

/** The view of the address. A refresh of the page that was under way when the reader chose another one puts the old address back: ours wins. */
function useView(): { view: ReviewView; show: (next: ReviewView) => void } {
  const pathname = usePathname();
  const address = useSearchParams().toString();
  const [view, setView] = useState(() => parseView(address));
  const write = (next: ReviewView) => window.history.replaceState(null, "", pathname + formatReviewView(next));
  const keep = useEffectEvent((seen: string) => {
    if (formatReviewView(parseView(seen)) !== formatReviewView(view)) write(view);
  });
  useEffect(() => keep(address), [address]);
  useEffect(() => {
    const back = () => setView(parseView(window.location.search));
    window.addEventListener("popstate", back);
    return () => window.removeEventListener("popstate", back);
  }, []);
  return {
    view,
    show(next) {
      setView(next);
      write(next);
    },
  };
}

function parseView(address: string): ReviewView {
  const query = new URLSearchParams(address);
  return parseReviewView((name) => query.get(name));
}
