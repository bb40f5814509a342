import { cva, type VariantProps } from "class-variance-authority";
import Link from "next/link";
import type { ComponentProps } from "react";

export const button = cva(
  "inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-control font-medium transition-colors duration-120 ease-out disabled:opacity-50 aria-disabled:opacity-50 [&>svg]:size-3.5 [&>svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-on-accent hover:not-disabled:bg-accent-hover",
        outline: "border border-line-strong bg-panel text-ink hover:not-disabled:bg-hover",
        ghost: "text-muted hover:not-disabled:bg-hover hover:not-disabled:text-ink",
        danger: "border border-line-strong bg-panel text-del-ink hover:not-disabled:bg-del-soft",
        delete: "bg-del-fill text-on-accent hover:not-disabled:brightness-90",
      },
      size: {
        small: "h-6.5 px-2 text-secondary pointer-coarse:h-11",
        normal: "h-7.5 px-2.5 text-body pointer-coarse:h-11 pointer-coarse:px-3.5",
        large: "h-8.5 px-3.5 text-body pointer-coarse:h-11.5",
        icon: "size-7.5 text-body pointer-coarse:size-11",
        iconSmall: "size-6.5 text-body pointer-coarse:size-11",
      },
    },
    defaultVariants: { variant: "outline", size: "normal" },
  },
);

type Look = VariantProps<typeof button>;

interface ButtonProps extends ComponentProps<"button">, Look {
  /** Turns a ring beside the label and takes no further clicks. */
  busy?: boolean;
}

export function Button({ variant, size, busy = false, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={button({ variant, size, className })}
      disabled={disabled || busy}
      aria-busy={busy}
      {...rest}
    >
      {busy && <span aria-hidden className="spinner size-3.5" />}
      {children}
    </button>
  );
}

export function ButtonLink({ variant, size, className, ...rest }: ComponentProps<typeof Link> & Look) {
  return <Link className={button({ variant, size, className })} {...rest} />;
}

/** A plain link that looks like a button: downloads and other addresses that Next must not take over. */
export function ButtonAnchor({ variant, size, className, children, ...rest }: ComponentProps<"a"> & Look) {
  return (
    <a className={button({ variant, size, className })} {...rest}>
      {children}
    </a>
  );
}
