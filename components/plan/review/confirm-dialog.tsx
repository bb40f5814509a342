"use client";

import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNotice } from "../../ui/notice.tsx";

interface ConfirmDialogProps {
  title: string;
  /** What the button does, in numbers. */
  verb: ReactNode;
  danger?: boolean;
  busy: boolean;
  disabled?: boolean;
  error: Error | null;
  errorTitle: string;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** Asks once. The first verb changes nothing and has the focus, unless a field comes before it. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, verb, danger = false, busy, disabled, error, errorTitle, onConfirm, onClose, children } = props;
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button
            size="large"
            variant={danger ? "delete" : "primary"}
            busy={busy}
            disabled={disabled}
            onClick={onConfirm}
          >
            {verb}
          </Button>
        </>
      }
    >
      <div className="grid gap-3 text-prose">
        {typeof children === "string" ? <p className="text-muted">{children}</p> : children}
        {error && <ErrorNotice title={errorTitle} error={error} kept="Nothing was changed." />}
      </div>
    </Dialog>
  );
}
