"use client";

import { createContext, type ReactNode, useContext, useSyncExternalStore } from "react";
import { formatAgo, formatClock, formatDateTime } from "#lib/core/format.ts";

/** The server's own clock at the moment it rendered: hydration shows the same words, then the reader's clock takes over. */
const ServerNow = createContext(0);

export function Clock({ now, children }: { now: number; children: ReactNode }) {
  return <ServerNow value={now}>{children}</ServerNow>;
}

const TICK = 20_000;
const listeners = new Set<() => void>();
let now = 0;
let ticking: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void) {
  listeners.add(listener);
  ticking ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
    now = 0;
  };
}

/** 0 stands for "not in the browser yet". */
function read() {
  if (now === 0) now = Date.now();
  return now;
}

/** The present, and the zone to write times in: the server's until the page is alive. */
export function useNow(): { now: number; zone: string | undefined } {
  const server = useContext(ServerNow);
  const live = useSyncExternalStore(subscribe, read, () => 0);
  return live === 0 ? { now: server, zone: "UTC" } : { now: live, zone: undefined };
}

interface TimeProps {
  value: number | null;
  /** "14:32" instead: of figures, which say as of when. */
  clock?: boolean;
  className?: string;
}

/** "41 minutes ago"; hover gives the full time with its zone. */
export function Time({ value, clock = false, className }: TimeProps) {
  const { now, zone } = useNow();
  if (value === null) return <span className="text-faint">–</span>;
  // A file just made may be younger than the last tick.
  const shown = Math.max(now, Math.min(value, now + TICK));
  return (
    <time dateTime={new Date(value).toISOString()} title={formatDateTime(value, zone)} className={className}>
      {(clock ? formatClock : formatAgo)(value, shown, zone)}
    </time>
  );
}
