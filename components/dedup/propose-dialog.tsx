"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { DELETE_PLAN_MAX, makeDeletePlan } from "#lib/browser/plan/delete-plan.ts";
import { submitPlan } from "#lib/browser/queries/plans.ts";
import type { DedupEntry, DedupFigures } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import { planPage } from "../plan-list/links.ts";
import { TitleField } from "../plan-submit/title-field.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNotice, Notice } from "../ui/notice.tsx";
import { announce } from "../ui/toast.tsx";

interface ProposeDialogProps {
  id: BucketId;
  entries: DedupEntry[];
  paths: { files: string[]; folders: string[] };
  figures: DedupFigures;
  onClose: () => void;
}

/** Hands a selection over to review: a plan that deletes it, and nothing else. */
export function ProposeDialog({ id, entries, paths, figures, onClose }: ProposeDialogProps) {
  const router = useRouter();
  const [title, setTitle] = useState(() => titleOf(entries));
  const [read, setRead] = useState(0);
  const tooMany = figures.files > DELETE_PLAN_MAX;
  const propose = useMutation({
    mutationFn: async () => {
      const plan = await makeDeletePlan({ id, paths, now: Date.now(), onProgress: setRead });
      return submitPlan(plan.body, title.trim() || undefined);
    },
    onSuccess: (plan) => {
      announce(`Plan #${plan.id} proposed`);
      router.push(planPage(plan));
    },
  });
  const what = plural(figures.files, "file");
  return (
    <Dialog
      title={`Propose deleting ${what}, ${formatSize(figures.logical)}?`}
      onClose={onClose}
      width={520}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={propose.isPending} disabled={tooMany} onClick={() => propose.mutate()}>
            {propose.isPending
              ? `Reading, ${formatCount(read)} of ${formatCount(figures.files)}`
              : `Propose ${plural(figures.files, "delete")}`}
          </Button>
        </>
      }
    >
      <p className="mb-3.5 text-muted">
        Nothing is deleted yet. The plan lists every file, is reviewed like any other, and runs once it is approved. Run
        as it stands today it frees <strong className="font-semibold text-ink">{formatSize(figures.freed)}</strong>.
      </p>
      {tooMany ? (
        <Notice title={`${what} are too many for one plan`}>
          A plan made here takes up to {formatCount(DELETE_PLAN_MAX)}. Choose less, or let the client write it: hf
          buckets sync with --delete and --plan.
        </Notice>
      ) : (
        <TitleField value={title} onChange={setTitle} placeholder="Drop the checkpoints of v2" />
      )}
      {propose.error && (
        <div className="mt-3.5">
          <ErrorNotice title="The plan was not taken" error={propose.error} kept="Nothing was deleted." />
        </div>
      )}
    </Dialog>
  );
}

/** "Delete sft-tulu-v2 and export", "Delete 12 folders and files". */
function titleOf(entries: DedupEntry[]): string {
  const names = entries.map(({ path }) => baseName(path));
  if (names.length > 3) return `Delete ${names.length} folders and files`;
  return `Delete ${names.join(", ").replace(/, ([^,]*)$/, " and $1")}`.slice(0, 200);
}
