import type { BucketId } from "#lib/core/bucket/id.ts";

/** The page that reviews a plan. */
export function planPage(plan: { bucket: BucketId; id: number }): string {
  return `/buckets/${plan.bucket}/plans/${plan.id}`;
}
