import type { AsOf as Moment } from "#lib/core/bucket/dedup/figures.ts";
import { CircleCheck } from "../ui/icons.tsx";
import { Time } from "../ui/time.tsx";

interface AsOfProps {
  of: Moment;
  /** The word alone. */
  short?: boolean;
}

/** "Exact, as of 14:32": every group of figures says how good it is. */
export function AsOf({ of: { asOf, pending }, short = false }: AsOfProps) {
  return (
    <span
      title={pending ? "The bucket has changed since: its figures are being computed again." : undefined}
      className="inline-flex items-center gap-1 whitespace-nowrap text-caption text-faint"
    >
      {pending ? (
        <span aria-hidden className="spinner size-3" />
      ) : (
        <CircleCheck aria-hidden strokeWidth={1.75} className="size-3" />
      )}
      {short ? (
        pending ? (
          "Computing"
        ) : (
          "Exact"
        )
      ) : (
        <span>
          {pending ? "As of " : "Exact, as of "}
          <Time value={asOf} clock />
          {pending && ", computing again"}
        </span>
      )}
    </span>
  );
}
