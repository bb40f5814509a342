"use client";

import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { decide } from "#lib/browser/queries/plan.ts";
import { isHubError } from "#lib/core/errors.ts";
import { formatCount, formatSize, plural, shortHash } from "#lib/core/format.ts";
import { emptyTotals, PLAN_KINDS, type PlanTotals, SELECT_ALL, type Selection } from "#lib/core/plan/plan.ts";
import { inputLook } from "../../ui/field.tsx";
import { announce } from "../../ui/toast.tsx";
import { bytesToSend, countOf, totalsWords } from "../marks.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { usePlanChanged, useReview } from "./plan-context.ts";
import type { Decision } from "./use-decision.ts";
import { useWeight } from "./weight.tsx";

export interface Asking {
  verdict: "approve" | "request-changes" | "reject";
  /** Everything, whatever is checked. */
  whole: boolean;
}

interface DecisionDialogProps {
  asking: Asking;
  selection: Selection;
  decision: Decision;
  onClose: () => void;
  /** The whole was approved: the boxes follow. */
  onWhole: () => void;
}

/** Asks once, with the numbers. What was seen is what is decided: the digest goes along. */
export function DecisionDialog({ asking, selection, decision, onClose, onWhole }: DecisionDialogProps) {
  const { plan } = useReview();
  const changed = usePlanChanged();
  const id = useId();
  const [note, setNote] = useState("");
  // What the dialog showed when it opened; the plan may move on behind it.
  const [seen] = useState(plan);
  const { verdict, whole } = asking;
  const totals = whole ? minus(seen.totals, seen.spent) : decision.measure?.selected;
  const { weight } = useWeight(whole ? SELECT_ALL : selection, verdict === "approve");
  const count = totals ? countOf(totals) : 0;
  const of = seen.operations - countOf(seen.spent);
  const send = useMutation({
    mutationFn: () =>
      decide(plan.id, { verdict, digest: seen.digest, selection: whole ? SELECT_ALL : selection, note: note.trim() }),
    onSuccess: async (answer) => {
      if (whole) onWhole();
      onClose();
      announce(
        {
          approve: `Approved ${formatCount(count)} of ${formatCount(of)}`,
          "request-changes": "Changes requested",
          reject: "Plan rejected",
        }[verdict],
      );
      await changed(answer);
    },
    onError: (error) => {
      // Somebody was faster: what is shown behind the dialog follows.
      if (isHubError(error, "Conflict")) changed();
    },
  });
  const words = {
    approve: {
      title: `Approve ${formatCount(count)} of ${plural(of, "operation")}?`,
      verb: `Approve ${formatCount(count)} of ${formatCount(of)}`,
      field: "Note (optional)",
    },
    "request-changes": { title: "Request changes?", verb: "Request changes", field: "What has to change" },
    reject: { title: `Reject all ${formatCount(of)}?`, verb: "Reject the plan", field: "Why (optional)" },
  }[verdict];
  return (
    <ConfirmDialog
      title={words.title}
      verb={words.verb}
      danger={verdict === "reject"}
      busy={send.isPending}
      disabled={(verdict === "approve" && count === 0) || (verdict === "request-changes" && note.trim() === "")}
      error={send.error}
      errorTitle="Nothing was decided"
      onConfirm={() => send.mutate()}
      onClose={onClose}
    >
      {verdict === "approve" && totals && (
        <>
          <p>
            {`${totalsWords(totals, seen.direction)}. ${seen.direction === "download" ? "Fetches" : "Sends"} ${formatSize(bytesToSend(totals))}`}
            {totals.delete.count > 0 && `, deletes ${formatSize(totals.delete.bytes)} logical`}
            {weight !== null && weight.freed > 0 && `, frees ${formatSize(weight.freed)} on disk`}.
          </p>
          <p className="text-muted text-body">
            {leftOut(of - count, whole ? 0 : seen.stale)}
            {`Bound to digest ${shortHash(seen.digest)}: these operations run and no others.`}
          </p>
        </>
      )}
      {verdict === "request-changes" && (
        <p className="text-muted text-body">
          Nothing of the plan runs until you take this back, or a new version answers it.
        </p>
      )}
      {verdict === "reject" && (
        <p className="text-muted text-body">
          Nothing of the plan runs, whatever others approved, for as long as this stands.
        </p>
      )}
      <label htmlFor={id} className="grid gap-1.5 text-body">
        <span className="font-medium">{words.field}</span>
        <textarea
          id={id}
          rows={2}
          value={note}
          maxLength={10_000}
          onChange={(event) => setNote(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send.mutate();
          }}
          className={`${inputLook} h-auto! resize-y py-1.5`}
        />
      </label>
    </ConfirmDialog>
  );
}

function leftOut(count: number, stale: number): string {
  if (count === 0) return "Nothing is left out. ";
  const words = `${formatCount(count)} ${count === 1 ? "is" : "are"} left out`;
  if (stale === count) return `${words}: out of date. `;
  return stale > 0 ? `${words}, ${formatCount(stale)} of them out of date. ` : `${words}. `;
}

/** What is left of totals once a part of them is taken away. */
function minus(totals: PlanTotals, part: PlanTotals): PlanTotals {
  const left = emptyTotals();
  for (const kind of PLAN_KINDS) {
    left[kind].count = totals[kind].count - part[kind].count;
    left[kind].bytes = totals[kind].bytes - part[kind].bytes;
  }
  return left;
}
