"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { renamePlan } from "#lib/browser/queries/plan.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Input } from "../../ui/field.tsx";
import { announce } from "../../ui/toast.tsx";
import { usePlanChanged, useReview } from "./plan-context.ts";

/** Longest title that the list shows. */
const TITLE_MAX = 200;

export function RenamePlan({ onClose }: { onClose: () => void }) {
  const { plan } = useReview();
  const changed = usePlanChanged();
  const [title, setTitle] = useState(plan.title);
  const rename = useMutation({
    mutationFn: () => renamePlan(plan.id, title.trim()),
    onSuccess: async () => {
      onClose();
      announce("Plan renamed");
      await changed();
    },
  });
  const empty = title.trim() === "";
  return (
    <Dialog title="Rename the plan" onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!empty) rename.mutate();
        }}
      >
        <Field id="plan-title" label="Title" error={rename.error?.message}>
          <Input
            id="plan-title"
            value={title}
            maxLength={TITLE_MAX}
            onChange={(event) => setTitle(event.target.value)}
          />
        </Field>
        <div className="flex justify-end gap-2">
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button size="large" type="submit" variant="primary" busy={rename.isPending} disabled={empty}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
