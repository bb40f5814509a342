"use client";

import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "./button.tsx";

interface DialogProps {
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  /** Verbs, the one that acts last. */
  actions?: ReactNode;
  width?: number;
  /** Without a head line: the content brings its own (palette). `title` still names the dialog. */
  bare?: boolean;
}

/** A modal dialog while mounted: the browser's own, which traps focus, closes on Escape and gives focus back. */
export function Dialog({ onClose, title, children, actions, width = 480, bare = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const dialog = ref.current!;
    const before = document.activeElement;
    if (!dialog.open) dialog.showModal();
    // To the first field, else to the first verb, which is the one that changes nothing.
    dialog.querySelector<HTMLElement>("input, select, textarea, [data-verbs] button")?.focus();
    const onBackdrop = (event: MouseEvent) => {
      if (event.target === dialog) dialog.close();
    };
    dialog.addEventListener("mousedown", onBackdrop);
    return () => {
      dialog.removeEventListener("mousedown", onBackdrop);
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  return (
    <dialog
      ref={ref}
      onClose={onClose}
      aria-labelledby={titleId}
      style={{ width }}
      className={`m-auto max-h-[min(86dvh,720px)] max-w-[calc(100vw-24px)] animate-[rise_180ms_var(--ease-out)] overflow-hidden rounded-float bg-panel text-ink shadow-float open:flex open:flex-col ${bare ? "mt-[12dvh]" : ""}`}
    >
      {bare ? (
        <h2 id={titleId} className="sr-only">
          {title}
        </h2>
      ) : (
        <div className="flex items-start gap-3 px-5 pt-4 pb-1">
          <h2 id={titleId} className="mr-auto font-semibold text-[16px] leading-6 tracking-[-0.015em]">
            {title}
          </h2>
          <Button
            variant="ghost"
            size="iconSmall"
            aria-label="Close"
            className="-mr-1.5"
            onClick={() => ref.current?.close()}
          >
            <X />
          </Button>
        </div>
      )}
      <div className={`min-h-0 overflow-y-auto ${bare ? "" : "px-5 pt-1 pb-4"}`}>{children}</div>
      {actions && (
        <div data-verbs className="flex flex-wrap justify-end gap-2 border-line border-t bg-sunken/60 px-5 py-3">
          {actions}
        </div>
      )}
    </dialog>
  );
}
