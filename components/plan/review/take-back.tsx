"use client";

import { useMutation } from "@tanstack/react-query";
import { takeBackDecision } from "#lib/browser/queries/plan.ts";
import { Button } from "../../ui/button.tsx";
import { announce } from "../../ui/toast.tsx";
import { usePlanChanged, useReview } from "./plan-context.ts";

/** Undoes the reader's own standing decision. */
export function TakeBack() {
  const { plan } = useReview();
  const changed = usePlanChanged();
  const undo = useMutation({
    mutationFn: () => takeBackDecision(plan.id),
    onSuccess: async (answer) => {
      announce("Your decision is taken back");
      await changed(answer);
    },
    onError: (error) => announce(error.message),
  });
  return (
    <Button size="small" busy={undo.isPending} onClick={() => undo.mutate()}>
      Take it back
    </Button>
  );
}
