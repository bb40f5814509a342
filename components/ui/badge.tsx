import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";

const badge = cva(
  "inline-flex shrink-0 items-center gap-1 whitespace-nowrap rounded-full text-caption font-medium [&>svg]:size-[11px] [&>svg]:shrink-0",
  {
    variants: {
      tone: {
        outline: "h-5 border border-line-strong px-2 text-muted",
        soft: "h-4.5 bg-sunken px-1.5 text-muted",
        accent: "h-5 bg-accent-soft px-2 text-accent-ink",
        add: "h-5 bg-add-soft px-2 text-add-ink",
        mod: "h-5 bg-mod-soft px-2 text-mod-ink",
        del: "h-5 bg-del-soft px-2 text-del-ink",
        new: "h-5 bg-new-soft px-2 text-new-ink",
      },
    },
    defaultVariants: { tone: "outline" },
  },
);

export function Badge({ tone, className, ...rest }: ComponentProps<"span"> & VariantProps<typeof badge>) {
  return <span className={badge({ tone, className })} {...rest} />;
}
