"use client";

import { useMutation } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, CircleX, MessageSquareWarning } from "lucide-react";
import { useId, useState } from "react";
import { askReviewers } from "#lib/browser/queries/plan.ts";
import { formatCount } from "#lib/core/format.ts";
import type { PlanDetails, PlanReviewer } from "#lib/core/plan/plan.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Card, CardHead } from "../../ui/card.tsx";
import { inputLook } from "../../ui/field.tsx";
import { ErrorNotice } from "../../ui/notice.tsx";
import { announce } from "../../ui/toast.tsx";
import { usePlanChanged, useReview } from "./plan-context.ts";

/** Who decides, and what each has said. */
export function ReviewersCard() {
  const { plan, me } = useReview();
  const [asking, setAsking] = useState(false);
  const { have, need } = plan.approvals;
  return (
    <Card aria-label="Reviewers">
      <CardHead title="Reviewers">
        <span className="text-muted text-secondary">{`${formatCount(have)} of ${formatCount(need)} needed`}</span>
      </CardHead>
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-1 px-3.5 py-2.5">
        {plan.reviewers.map((reviewer) => (
          <li key={reviewer.name} className="flex min-h-7 items-center gap-2">
            <Avatar name={reviewer.name} size="small" />
            <span className={`mr-auto min-w-0 truncate ${reviewer.state === "may-not" ? "text-muted" : ""}`}>
              {reviewer.name === me ? "You" : reviewer.fullName || reviewer.name}
              {reviewer.asked && reviewer.state === "waiting" && <span className="text-muted"> asked</span>}
            </span>
            <State reviewer={reviewer} reason={reviewer.name === plan.by.name ? ownReason(plan) : reviewer.reason} />
          </li>
        ))}
        {plan.reviewers.length === 0 && <li className="text-muted">Nobody may approve under the present rules.</li>}
      </ul>
      {plan.rights.comment && (
        <div className="border-line border-t px-2 py-1.5">
          {asking ? (
            <AskForm onDone={() => setAsking(false)} />
          ) : (
            <Button variant="ghost" size="small" onClick={() => setAsking(true)}>
              Ask somebody
            </Button>
          )}
        </div>
      )}
    </Card>
  );
}

function ownReason({ by }: PlanDetails): string {
  return by.agent ? "owns the agent, may not" : "submitted it, may not";
}

function State({ reviewer: { state, count }, reason }: { reviewer: PlanReviewer; reason: string | null }) {
  const look = "inline-flex shrink-0 items-center gap-1 text-secondary [&>svg]:size-3.5";
  if (state === "approved") {
    return (
      <span className={`${look} text-add-ink`}>
        <CircleCheck aria-hidden />
        {`Approved ${formatCount(count)}`}
      </span>
    );
  }
  if (state === "rejected") {
    return (
      <span className={`${look} text-del-ink`}>
        <CircleX aria-hidden />
        Rejected
      </span>
    );
  }
  if (state === "changes-requested") {
    return (
      <span className={`${look} text-mod-ink`}>
        <MessageSquareWarning aria-hidden />
        Requested changes
      </span>
    );
  }
  if (state === "may-not") {
    return (
      <span title={reason ?? undefined} className="min-w-0 truncate text-muted text-secondary">
        {reason ?? "may not"}
      </span>
    );
  }
  return (
    <span className={`${look} text-muted`}>
      <CircleDashed aria-hidden />
      Waiting
    </span>
  );
}

function AskForm({ onDone }: { onDone: () => void }) {
  const { plan } = useReview();
  const id = useId();
  const changed = usePlanChanged();
  const [text, setText] = useState("");
  const names = text
    .split(/[\s,]+/)
    .map((name) => name.replace(/^@/, ""))
    .filter(Boolean);
  const ask = useMutation({
    mutationFn: () => {
      const asked = plan.reviewers.filter((reviewer) => reviewer.asked).map((reviewer) => reviewer.name);
      return askReviewers(plan.id, [...new Set([...asked, ...names])]);
    },
    onSuccess: async () => {
      onDone();
      announce(`Asked ${names.join(", ")}`);
      await changed();
    },
  });
  return (
    <form
      className="grid gap-2 p-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (names.length > 0) ask.mutate();
      }}
    >
      <label htmlFor={id} className="sr-only">
        Names of the people to ask
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          // biome-ignore lint/a11y/noAutofocus: the reader opened this field
          autoFocus
          value={text}
          placeholder="name, name"
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && onDone()}
          className={`${inputLook} h-7.5`}
        />
        <Button type="submit" busy={ask.isPending} disabled={names.length === 0}>
          {`Ask ${names.length === 0 ? "" : names.length}`}
        </Button>
      </div>
      {ask.error && <ErrorNotice title="Nobody was asked" error={ask.error} />}
    </form>
  );
}
