import type { ComponentProps } from "react";

export function Kbd({ className = "", ...rest }: ComponentProps<"kbd">) {
  return (
    <kbd
      className={`inline-flex h-4.5 min-w-4.5 shrink-0 items-center justify-center rounded-mark border border-line-strong bg-panel px-1 font-sans text-caption text-muted ${className}`}
      {...rest}
    />
  );
}
