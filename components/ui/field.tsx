import type { ComponentProps, ReactNode } from "react";

export const inputLook =
  "h-8.5 w-full min-w-0 rounded-control border border-control bg-panel px-2.5 text-body text-ink transition-colors duration-120 hover:border-muted disabled:bg-sunken disabled:text-muted aria-invalid:border-del pointer-coarse:h-11 pointer-coarse:text-[16px]";

interface FieldProps {
  id: string;
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong with the value; stands at the field and is read out. */
  error?: ReactNode;
  children: ReactNode;
}

/** Give the control `id` and `aria-describedby={describe(id)}`. */
export function Field({ id, label, hint, error, children }: FieldProps) {
  return (
    <div className="grid content-start gap-1.5">
      <label htmlFor={id} className="font-medium text-body">
        {label}
      </label>
      {children}
      <div id={describe(id)} aria-live="polite" className="text-secondary text-muted empty:hidden">
        {error ? <span className="text-del-ink">{error}</span> : hint}
      </div>
    </div>
  );
}

export function describe(id: string): string {
  return `${id}-note`;
}

export function Input({ className = "", id, ...rest }: ComponentProps<"input">) {
  return <input id={id} aria-describedby={id && describe(id)} className={`${inputLook} ${className}`} {...rest} />;
}

export function Select({ className = "", id, ...rest }: ComponentProps<"select">) {
  return (
    <select id={id} aria-describedby={id && describe(id)} className={`${inputLook} pr-8 ${className}`} {...rest} />
  );
}
