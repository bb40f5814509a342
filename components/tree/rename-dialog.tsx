"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useId, useState } from "react";
import { treeKey } from "#lib/browser/queries/tree.ts";
import { renameFile } from "#lib/browser/queries/tree-changes.ts";
import type { BucketFile } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName, parentOf } from "#lib/core/bucket/path.ts";
import { pathProblem } from "#lib/core/bucket/path-rule.ts";
import { refreshPage } from "../shell/refresh-page.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, Input } from "../ui/field.tsx";
import { announce } from "../ui/toast.tsx";

interface RenameDialogProps {
  id: BucketId;
  file: BucketFile;
  onClose: () => void;
  onDone?: (path: string) => void;
}

export function RenameDialog({ id, file, onClose, onDone }: RenameDialogProps) {
  const router = useRouter();
  const client = useQueryClient();
  const formId = useId();
  const fieldId = useId();
  const [path, setPath] = useState(file.path);
  const problem = pathProblem(path);
  const rename = useMutation({
    mutationFn: () => renameFile(id, file, path),
    onSuccess: () => {
      announce(`Renamed to ${path}`);
      client.invalidateQueries({ queryKey: treeKey(id) });
      if (onDone) onDone(path);
      else refreshPage(router);
      onClose();
    },
  });

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (problem === null && path !== file.path) rename.mutate();
  }

  const moved = parentOf(path) !== parentOf(file.path);
  return (
    <Dialog
      title={`Rename ${baseName(file.path)}`}
      onClose={onClose}
      width={560}
      actions={
        <>
          <Button onClick={onClose}>Keep the name</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            busy={rename.isPending}
            disabled={problem !== null || path === file.path}
          >
            {moved ? "Move" : "Rename"}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={onSubmit} className="pt-2">
        <Field
          id={fieldId}
          label="Path in the bucket"
          error={rename.error?.message ?? (problem && path !== "" ? `This can not be a path: ${problem}.` : null)}
          hint="Another folder in the path moves the file there. No bytes are copied."
        >
          <Input
            id={fieldId}
            value={path}
            onChange={(event) => {
              setPath(event.target.value);
              rename.reset();
            }}
            spellCheck={false}
            autoComplete="off"
            aria-invalid={problem !== null || rename.error !== null}
            className="font-mono"
            onFocus={(event) => {
              const start = parentOf(path).length === 0 ? 0 : parentOf(path).length + 1;
              const dot = path.lastIndexOf(".");
              event.target.setSelectionRange(start, dot > start ? dot : path.length);
            }}
          />
        </Field>
      </form>
    </Dialog>
  );
}
