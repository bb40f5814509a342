"use client";

import { useMutation } from "@tanstack/react-query";
import { CircleCheck, CirclePause, CircleX, ClockAlert, MessageSquareWarning, RefreshCw, Undo2 } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { rebasePlan } from "#lib/browser/queries/plan.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import type { PlanApproval, PlanDetails } from "#lib/core/plan/plan.ts";
import { doerWords } from "../../plan-list/doer-face.tsx";
import { Button } from "../../ui/button.tsx";
import { ErrorNotice } from "../../ui/notice.tsx";
import { Time } from "../../ui/time.tsx";
import { announce } from "../../ui/toast.tsx";
import { countOf, totalsWords } from "../marks.tsx";
import { usePlanChanged, useReview } from "./plan-context.ts";

type Tone = "mod" | "del" | "add" | "plain";

const TONES: Record<Tone, { box: string; icon: string }> = {
  mod: { box: "border-mod/50 bg-mod-soft", icon: "text-mod-ink" },
  del: { box: "border-del/40 bg-del-soft", icon: "text-del-ink" },
  add: { box: "border-add/40 bg-add-soft", icon: "text-add-ink" },
  plain: { box: "border-line-strong bg-panel", icon: "text-muted" },
};

interface BannerProps {
  tone: Tone;
  icon: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}

function Banner({ tone, icon, title, children, actions }: BannerProps) {
  return (
    <section
      aria-label="State of the plan"
      className={`flex flex-wrap items-start gap-x-3 gap-y-2 rounded-card border px-3.5 py-3 ${TONES[tone].box}`}
    >
      <span aria-hidden className={`mt-0.5 [&>svg]:size-4 ${TONES[tone].icon}`}>
        {icon}
      </span>
      <div className="min-w-[min(100%,10rem)] flex-1 wrap-anywhere">
        <p className="font-semibold">{title}</p>
        {children && <div className="text-ink/80 text-secondary">{children}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </section>
  );
}

interface BannersProps {
  onShowStale: () => void;
  onShowFailed: () => void;
}

/** Is it still true, and how far is it: the first thing a reviewer reads. */
export function Banners({ onShowStale, onShowFailed }: BannersProps) {
  const { plan } = useReview();
  const over = plan.status === "withdrawn" || plan.status === "rejected" || plan.status === "done";
  return (
    <div className="grid gap-3 empty:hidden max-sm:px-4">
      {!over && plan.stale > 0 && <StaleBanner onShow={onShowStale} />}
      <StateBanner plan={plan} onShowFailed={onShowFailed} />
    </div>
  );
}

function StaleBanner({ onShow }: { onShow: () => void }) {
  const { plan } = useReview();
  const changed = usePlanChanged();
  const rebase = useMutation({
    mutationFn: () => rebasePlan(plan.id),
    onSuccess: async (answer) => {
      announce(`Rebased: version ${answer.version}`);
      await changed(answer);
    },
  });
  const { stale, operations, staleExamples } = plan;
  const kept = operations - stale;
  const rest = stale - staleExamples.length;
  return (
    <>
      <Banner
        tone="mod"
        icon={<ClockAlert />}
        title={
          <>
            <span className="max-sm:hidden">The bucket changed after this plan was made: </span>
            {`${formatCount(stale)} of ${plural(operations, "operation")} ${stale === 1 ? "is" : "are"} out of date`}
          </>
        }
        actions={
          <>
            <Button size="small" onClick={onShow} className="max-sm:hidden">
              {`Show the ${formatCount(stale)}`}
            </Button>
            {plan.rights.rebase && (
              <Button size="small" busy={rebase.isPending} onClick={() => rebase.mutate()}>
                {!rebase.isPending && <RefreshCw />}
                <span>
                  Rebase<span className="max-sm:sr-only">{`, keeps ${formatCount(kept)}`}</span>
                </span>
              </Button>
            )}
          </>
        }
      >
        <p className="sm:hidden">{totalsWords(plan.staleTotals, plan.direction)}</p>
        <ul className="max-sm:hidden">
          {staleExamples.slice(0, 3).map((row) => (
            <li key={row.path}>
              <span className="font-mono text-[11.5px]">{row.path}</span>
              {row.moved && `, ${row.moved}`}
            </li>
          ))}
          {(rest > 0 || staleExamples.length > 3) && (
            <li>{`and ${formatCount(stale - Math.min(3, staleExamples.length))} more. They are left out of every approval until a rebase.`}</li>
          )}
        </ul>
      </Banner>
      {rebase.error && (
        <ErrorNotice title="The plan was not rebased" error={rebase.error} kept="The plan stands as it was." />
      )}
    </>
  );
}

function StateBanner({ plan, onShowFailed }: { plan: PlanDetails; onShowFailed: () => void }) {
  const last = (verdict: PlanApproval["verdict"]) =>
    plan.approvalsGiven.find((each) => each.verdict === verdict && each.counts);
  if (plan.status === "rejected") {
    return (
      <Banner tone="del" icon={<CircleX />} title={`Rejected${by(last("reject"))}`}>
        <Note of={last("reject")} />
        <p>Nothing of it runs for as long as that stands. Whoever rejected it can take it back.</p>
      </Banner>
    );
  }
  if (plan.status === "changes-requested") {
    return (
      <Banner tone="mod" icon={<MessageSquareWarning />} title={`Changes requested${by(last("request-changes"))}`}>
        <Note of={last("request-changes")} />
        <p>Nothing of it runs until that is taken back, or a new version answers it.</p>
      </Banner>
    );
  }
  if (plan.status === "withdrawn") {
    return (
      <Banner tone="plain" icon={<Undo2 />} title="Withdrawn">
        <p>
          Nothing of it runs. {countOf(plan.spent) > 0 && `${totalsWords(plan.spent, plan.direction)} had run before.`}
        </p>
      </Banner>
    );
  }
  if (plan.status === "failed" && plan.run) {
    return (
      <Banner
        tone="del"
        icon={<CirclePause />}
        title={`The run ended with ${plural(plan.run.failed, "failure")}: ${formatCount(plan.run.done)} of ${formatCount(plan.run.total)} ran`}
        actions={
          plan.run.failed > 0 && (
            <Button size="small" onClick={onShowFailed}>
              {`Show the ${formatCount(plan.run.failed)}`}
            </Button>
          )
        }
      >
        {plan.run.message && <p>{plan.run.message}</p>}
        <p>What ran stays; what did not is still approved and can run again.</p>
      </Banner>
    );
  }
  if (plan.status === "done") {
    const left = plan.operations - countOf(plan.spent);
    return (
      <Banner tone="add" icon={<CircleCheck />} title={`Done: ${plural(countOf(plan.spent), "operation")} ran`}>
        <p>
          {plan.run?.message ?? "0 pending."}
          {left > 0 && ` ${formatCount(left)} were left out or had nothing to do.`}
          {plan.revertedBy.map((id) => (
            <span key={id}>
              {" "}
              Taken back by{" "}
              <Link href={`/buckets/${plan.bucket}/plans/${id}`} prefetch={false} className="font-medium underline">
                #{id}
              </Link>
              .
            </span>
          ))}
        </p>
      </Banner>
    );
  }
  if (plan.revertOf !== null) {
    return (
      <Banner
        tone="plain"
        icon={<Undo2 />}
        title={
          <>
            Takes back{" "}
            <Link href={`/buckets/${plan.bucket}/plans/${plan.revertOf}`} prefetch={false} className="underline">
              #{plan.revertOf}
            </Link>
          </>
        }
      />
    );
  }
  return null;
}

const by = (decision: PlanApproval | undefined) => (decision ? ` by ${doerWords(decision.by)}` : "");

function Note({ of }: { of: PlanApproval | undefined }) {
  if (!of) return null;
  return (
    <>
      {of.note !== "" && <p className="whitespace-pre-wrap text-ink">{of.note}</p>}
      <p>
        <Time value={of.at} />
      </p>
    </>
  );
}
