/** What running operations of a plan does to what is stored: the answer of `POST /api/plans/ID/weight` with `{ selection }`. Sizes are bytes. */

import type { AsOf } from "../bucket/dedup/figures.ts";

export interface PlanWeight {
  /**
   * Stored bytes that the deletes and overwrites free, within what the reader can see: chunks that lose their last reference. Content that
   * is uploaded by the same plan and not known yet may keep some of it, and brings that much less.
   */
  freed: number;
  /** Logical bytes to be written whose content is stored already: nothing of them is new. */
  known: number;
  /** Logical bytes to be written whose content is not known yet: at most so much of them is new. */
  unknown: number;
}

export interface PlanWeighing extends AsOf {
  /** null: it is being computed for the first time; ask again. `asOf` is 0 then. */
  weight: PlanWeight | null;
}

/** By how much the store grows, between these two: nothing of what is not known is new, or all of it. */
export function growthOf({ freed, unknown }: PlanWeight): { least: number; most: number } {
  // Adding zero turns a negative zero into a plain one.
  return { least: 0 - freed, most: unknown - freed };
}
