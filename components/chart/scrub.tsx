"use client";

import type { KeyboardEvent, ReactNode } from "react";

interface ScrubProps {
  /** What the arrows move along: "Checkpoints". */
  label: string;
  count: number;
  /** Where one stands; null: nowhere yet. */
  at: number | null;
  onMove: (at: number) => void;
  /** The place in words, read out as it changes. */
  text: string;
  className?: string;
  children: ReactNode;
}

/** Makes a drawing walkable by the arrow keys, value by value, with its words read out. */
export function Scrub({ label, count, at, onMove, text, className = "", children }: ScrubProps) {
  function onKeyDown(event: KeyboardEvent) {
    const here = at ?? count;
    const to = {
      ArrowRight: here + 1,
      ArrowUp: here + 1,
      ArrowLeft: here - 1,
      ArrowDown: here - 1,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onMove(Math.max(0, Math.min(count - 1, to)));
  }
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={`${label}, by arrow keys`}
      aria-valuemin={1}
      aria-valuemax={Math.max(1, count)}
      aria-valuenow={at === null ? Math.max(1, count) : at + 1}
      aria-valuetext={text}
      onKeyDown={onKeyDown}
      className={`rounded-control focus-visible:outline-offset-[-2px] ${className}`}
    >
      {children}
    </div>
  );
}
