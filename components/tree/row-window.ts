"use client";

import { type RefObject, useLayoutEffect, useState } from "react";

/** Rows beyond each edge of the screen: a flick shows rows, not a gap. */
const OVERSCAN = 16;
/** The window moves in steps of this many rows, so that most scroll events change nothing. */
const STEP = 8;

export interface RowWindow {
  /** Half-open range of rows in the document. */
  start: number;
  end: number;
  /** Brings a row on screen, whether it is in the document or not. */
  reveal(index: number): void;
}

/**
 * Which of `count` rows of one height stand in the document while the page scrolls. Below `plain` rows it is all of
 * them, so that the browser's own search finds every name; so it is on the server.
 */
export function useRowWindow(
  body: RefObject<HTMLElement | null>,
  count: number,
  height: number,
  plain: number,
): RowWindow {
  const on = count > plain;
  const [{ top, first }, setPlace] = useState({ top: 0, first: 0 });
  useLayoutEffect(() => {
    if (!on) return;
    const update = () => {
      // What stands above the table may change with every look at it: a notice, another width.
      const top = (body.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
      const first = Math.max(0, Math.floor((window.scrollY - top) / height / STEP) * STEP);
      setPlace((place) => (place.top === top && place.first === first ? place : { top, first }));
    };
    update();
    window.addEventListener("scroll", update, { passive: true });
    window.addEventListener("resize", update);
    return () => {
      window.removeEventListener("scroll", update);
      window.removeEventListener("resize", update);
    };
  }, [on, body, height]);
  const seen = on ? Math.ceil(window.innerHeight / height) + STEP : plain;

  return {
    start: on ? Math.min(Math.max(0, first - OVERSCAN), Math.max(0, count - seen)) : 0,
    end: on ? Math.min(count, first + seen + OVERSCAN) : count,
    reveal(index) {
      if (!on) return;
      const y = top + index * height;
      // Clear of the sticky head above and of the selection bar below.
      const low = window.scrollY + 2 * height;
      const high = window.scrollY + window.innerHeight - 3 * height;
      if (y < low) window.scrollTo({ top: y - 2 * height });
      else if (y > high) window.scrollTo({ top: y - window.innerHeight + 3 * height });
    },
  };
}
