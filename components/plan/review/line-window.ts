"use client";

import { type RefObject, startTransition, useLayoutEffect, useState } from "react";

/** Lines beyond each edge of the screen: a flick shows lines, not a gap. */
const OVERSCAN = 14;
/** The window moves in steps of this many lines, so that most scroll events change nothing. */
const STEP = 8;
/** Up to here all lines are in the document, so that the browser's own search finds them. */
const PLAIN = 120;

/** What stands open under a line: its index and its height in px. In order of the lines. */
export interface OpenPanel {
  index: number;
  height: number;
}

export interface LineWindow {
  /** Half-open range of lines in the document. */
  start: number;
  end: number;
  /** Px that the lines before and after it take. */
  before: number;
  after: number;
  /** Brings a line on screen, whether it is in the document or not. */
  reveal(index: number): void;
}

/** Px from the first line to the top of this one. */
export function lineTop(index: number, height: number, panels: readonly OpenPanel[]): number {
  let top = index * height;
  for (const panel of panels) if (panel.index < index) top += panel.height;
  return top;
}

/** The line at a place, px from the first one. */
export function lineAt(y: number, height: number, panels: readonly OpenPanel[]): number {
  let open = 0;
  for (const panel of panels) {
    const under = (panel.index + 1) * height + open;
    if (y < under) break;
    if (y < under + panel.height) return panel.index;
    open += panel.height;
  }
  return Math.max(0, Math.floor((y - open) / height));
}

/** Which of `count` lines of one height, some with a panel under them, stand in the document while the page scrolls. */
export function useLineWindow(
  body: RefObject<HTMLElement | null>,
  count: number,
  height: number,
  panels: readonly OpenPanel[],
): LineWindow {
  const on = count > PLAIN;
  // Scroll place relative to the first line, in steps; the server and the first frame stand at the top.
  const [place, setPlace] = useState(0);
  const step = STEP * height;
  useLayoutEffect(() => {
    if (!on) return;
    const update = () => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      setPlace(Math.max(0, Math.floor(-top / step) * step));
    };
    // Lines are made in small slices, so that a scroll never waits for them.
    const later = () => startTransition(update);
    update();
    window.addEventListener("scroll", later, { passive: true });
    window.addEventListener("resize", later);
    return () => {
      window.removeEventListener("scroll", later);
      window.removeEventListener("resize", later);
    };
  }, [on, body, step]);

  const screen = on ? window.innerHeight + step : 0;
  const last = Math.max(0, count - Math.ceil(screen / height));
  const start = on ? Math.max(0, Math.min(lineAt(place, height, panels), last) - OVERSCAN) : 0;
  const end = on ? Math.min(count, lineAt(place + screen, height, panels) + 1 + OVERSCAN) : count;
  return {
    start,
    end,
    before: lineTop(start, height, panels),
    after: lineTop(count, height, panels) - lineTop(end, height, panels),
    reveal(index) {
      const top = (body.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
      const y = top + lineTop(index, height, panels);
      // Clear of the sticky head above, and of the key strip or the phone's decision bar below.
      const high = 3 * height;
      const low = 5 * height;
      if (y < window.scrollY + high) window.scrollTo({ top: y - high });
      else if (y > window.scrollY + window.innerHeight - low) window.scrollTo({ top: y - window.innerHeight + low });
    },
  };
}
