/** How long content stays that nothing refers to, and what follows from it. All ms. */

/** Thinning copies the live part of a xorb to free the rest: where less than half is live, it writes less than it frees. */
export const DEFAULT_SHARE = 0.5;

const DAY = 24 * 3600 * 1000;

/** `hf_xet` takes what it uploaded to be there for three weeks. */
export const DEFAULT_GRACE = 21 * DAY;

/** How long a client may lean on a dedup answer, at most. */
const ANSWER_LIFETIME = 7 * DAY;
const ANSWER_LIFETIME_MIN = 60_000;

/**
 * For so long chunks are offered no more before they are freed: by then whoever was offered them has forgotten. It is the last part of the
 * grace, not added to it.
 */
export function holdOf(grace: number): number {
  return Math.min(ANSWER_LIFETIME, grace);
}

/** How long a dedup answer is good: no longer than what it offers surely stays. */
export function promiseOf(grace: number): number {
  return Math.max(ANSWER_LIFETIME_MIN, holdOf(grace));
}
