import type { ComponentProps } from "react";

interface CheckboxProps extends Omit<ComponentProps<"input">, "type"> {
  /** Some of what it stands for is checked. */
  mixed?: boolean;
}

const CHECK = "M3.2 8.4 6.4 11.4 12.8 4.8";
const DASH = "M4 8h8";

export function Checkbox({ mixed = false, checked, className = "", ...rest }: CheckboxProps) {
  return (
    <span className={`relative inline-flex size-4 shrink-0 ${className}`}>
      <input
        type="checkbox"
        checked={checked}
        ref={(element) => {
          if (element) element.indeterminate = mixed;
        }}
        className="peer size-4 appearance-none rounded-mark border border-control bg-panel checked:border-accent checked:bg-accent indeterminate:border-accent indeterminate:bg-accent after:absolute after:-inset-2.5 after:content-['']"
        {...rest}
      />
      <svg
        viewBox="0 0 16 16"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        className="pointer-events-none absolute inset-0 size-4 text-on-accent opacity-0 peer-checked:opacity-100 peer-indeterminate:opacity-100"
      >
        <path d={mixed ? DASH : CHECK} />
      </svg>
    </span>
  );
}
