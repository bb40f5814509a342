"use client";

import { formatDateTime, formatUntil } from "#lib/core/format.ts";
import { useNow } from "./time.tsx";

/** "20 Nov 2026, 14:32:07 UTC", in the reader's zone. */
export function FullTime({ value }: { value: number | null }) {
  const { zone } = useNow();
  if (value === null) return <span className="text-faint">–</span>;
  return <time dateTime={new Date(value).toISOString()}>{formatDateTime(value, zone)}</time>;
}

/** "in 6 days", "expired". */
export function Until({ value }: { value: number }) {
  const { now, zone } = useNow();
  return (
    <time dateTime={new Date(value).toISOString()} title={formatDateTime(value, zone)}>
      {formatUntil(value, now)}
    </time>
  );
}
