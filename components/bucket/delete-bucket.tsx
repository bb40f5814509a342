"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useId, useState } from "react";
import { deleteBucket } from "#lib/browser/queries/buckets.ts";
import { dedupQuery } from "#lib/browser/queries/dedup.ts";
import type { BucketInfo } from "#lib/core/bucket/entry.ts";
import { formatSize, plural } from "#lib/core/format.ts";
import { FreedLines } from "../dedup/freed-lines.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, Input } from "../ui/field.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { announce } from "../ui/toast.tsx";

interface DeleteBucketDialogProps {
  info: BucketInfo;
  /** What it frees can be told: the Hub is this server's own. */
  figures: boolean;
  onClose: () => void;
}

export function DeleteBucketDialog({ info, figures, onClose }: DeleteBucketDialogProps) {
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const weighed = figures && info.files > 0;
  const dedup = useQuery({ ...dedupQuery(info.id), enabled: weighed });
  const ids = { form: useId(), name: useId() };
  const remove = useMutation({
    mutationFn: () => deleteBucket(info.id),
    onSuccess: () => {
      announce(`${info.id} deleted, ${plural(info.files, "file")}`);
      router.replace("/");
      router.refresh();
    },
  });

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (typed === info.id) remove.mutate();
  }

  return (
    <Dialog
      title={`Delete ${info.id}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button type="submit" form={ids.form} variant="delete" disabled={typed !== info.id} busy={remove.isPending}>
            {info.files === 0 ? "Delete the bucket" : `Delete ${plural(info.files, "file")}`}
          </Button>
        </>
      }
    >
      <form id={ids.form} onSubmit={onSubmit} className="grid gap-3">
        <p className="text-muted">
          {info.files === 0
            ? "It holds no files. Its name becomes free."
            : `${plural(info.files, "file")}, ${formatSize(info.size)} logical, are deleted and can not be brought back. Other buckets that hold the same bytes keep theirs.`}
        </p>
        {weighed && <FreedLines figures={dedup.data?.figures} failed={dedup.isError} />}
        <Field
          id={ids.name}
          label={
            <>
              Type <code className="font-mono">{info.id}</code> to confirm
            </>
          }
        >
          <Input
            id={ids.name}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            spellCheck={false}
            autoComplete="off"
            className="font-mono"
          />
        </Field>
        {remove.error && (
          <ErrorNotice title="The bucket was not deleted" error={remove.error} kept="All its files are still there." />
        )}
      </form>
    </Dialog>
  );
}
